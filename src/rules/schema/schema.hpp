#pragma once
// JSON Schema, compiled. compile() turns schema text into a flat program; the evaluator runs a program over a tape and
// knows no schema words. Two modes: `accepts` answers yes or no as fast as it can and allocates nothing on the way
// to yes; `explain` names every fault with its place and a sentence a person or a model can act on.
//
// A schema is of the draft its $schema names, 2020-12 when it names none, and each document or embedded resource it
// refers to may be of another. A keyword its draft does not have is an annotation, as the standard says; but a
// reference of another draft ($recursiveRef, $dynamicRef) is an error of compile(): quietly skipped, it would accept
// wrong data for a whole night.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace batchd::schema {

// Under assert_them a format nobody here can check is an error of compile(), not a format that is always right.
enum class Formats { annotate, assert_them };

enum class Draft : std::uint8_t { draft_4, draft_6, draft_7, draft_2019_09, draft_2020_12 };

struct CompileOptions {
  Formats formats = Formats::annotate;
  // The text of another schema document by its URI without fragment: absolute where `base_uri` or an $id makes it so
  // (files are "file:///…"), else as written; not_found when there is none. Never the network. Empty: no outside
  // references.
  std::function<Result<std::string>(std::string_view uri)> load;
  std::string base_uri;  // of the schema itself; "" when it came from nowhere
  // Of a schema without $schema. (Documents without one that it refers to are of the schema's own draft.)
  Draft draft_if_unnamed = Draft::draft_2020_12;
};

struct Fault {
  // JSON Pointer into the instance: "/priority". Of a key that is missing, unknown or badly named: its object's.
  std::string instance;
  std::string schema;   // JSON Pointer of the keyword in the schema, through references: "/properties/priority/enum"
  std::string keyword;  // "enum"
  std::string message;  // "\"urgent!!\" is not one of \"low\", \"normal\", \"high\""
  std::string name;     // the key concerned: of required (missing) and additionalProperties (unknown); else ""
  // "/priority: \"urgent!!\" is not one of …"; the root is named "the value".
  std::string sentence() const;
};

class Program;  // opaque

class Schema {
 public:
  // ErrorKind::invalid: not JSON, a keyword with a wrong value, a $ref to nothing, a pattern that cannot be
  // compiled, an unknown $schema; the message begins with the JSON Pointer of the place.
  static Result<Schema> compile(std::string_view text, const CompileOptions& options = {});
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  // Thread-safe: a Schema is immutable, all state of an evaluation is the caller's stack or thread-local.
  bool accepts(json::View instance) const;
  // Empty when it accepts. At most `faults_max`, 1 at least. Of anyOf and oneOf the faults of the form most likely
  // meant: its type fits, then its fixed values (a "kind" key), then it got deepest, then it has the fewest faults.
  std::vector<Fault> explain(json::View instance, std::size_t faults_max = 64) const;

 private:
  explicit Schema(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

}  // namespace batchd::schema
