#pragma once
// Schema text to Program. Every subschema becomes one block; a reference becomes the number of its target's block.
// Compilation is sticky about faults: the first one stays, and what follows is harmless.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/schema/library.hpp"
#include "rules/schema/program.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::schema {

class Compiler {
 public:
  static Result<std::unique_ptr<const Program>> compile(std::string_view text, const CompileOptions& options);

 private:
  // One block while it is being written.
  struct Sketch {
    SchemaNode schema;
    std::uint32_t resource = 0;
    Dialect dialect{Draft::draft_2020_12};
    std::array<json::View, word_count> words;  // absent: not in the schema, or not in force in it
    Block block;
    std::array<std::vector<Instruction>, 6> of_kind;
    std::vector<Instruction> of_any;
    std::vector<Instruction> last;  // those that ask what the others have looked at
    bool asserts_formats = false;

    json::View word(Word word) const { return words[static_cast<std::size_t>(word)]; }
    std::vector<Instruction>& of(json::Kind kind) { return of_kind[static_cast<std::size_t>(kind)]; }
  };

  explicit Compiler(const CompileOptions& options);
  Status run(std::string_view text);
  void compile_pending();
  void compile_block(SchemaNode schema, BlockId id);
  void gather(Sketch& sketch, json::View schema);
  void place(Sketch& sketch, BlockId id);
  void settle_dynamic_names();

  // compile_values.cpp: what numbers, strings and arrays must be
  void kinds(Sketch& sketch);
  void choices(Sketch& sketch, Word word);
  void numbers(Sketch& sketch);
  void strings(Sketch& sketch);
  void limit(Sketch& sketch, Word inclusive, Word exclusive, Op at, Op beyond);
  void arrays(Sketch& sketch);
  void elements(Sketch& sketch);
  void contains(Sketch& sketch);
  // compile_members.cpp: what objects must be
  void objects(Sketch& sketch);
  void members(Sketch& sketch);
  void required(Sketch& sketch, MembersRule& rule);
  void dependencies(Sketch& sketch, Word word);
  // compile_combinations.cpp: references and what combines subschemas
  void references(Sketch& sketch);
  void reference(Sketch& sketch, Word word);
  void combinations(Sketch& sketch);
  void conditions(Sketch& sketch);
  void unevaluated(Sketch& sketch);
  void list_of_blocks(Sketch& sketch, Word word, Op op);

  // Helpers that check a value's shape and note a fault where it is wrong.
  void fail(const Sketch& sketch, Word word, std::string_view message, std::string_view below = {});
  std::optional<std::uint32_t> count(const Sketch& sketch, Word word);  // absent or wrong: nothing
  std::optional<std::uint32_t> number(const Sketch& sketch, Word word);
  std::optional<std::uint32_t> pattern(const Sketch& sketch, Word word, std::string_view text,
                                       std::string_view below = {});
  bool is_object(const Sketch& sketch, Word word);
  std::uint16_t keyword(std::string_view name);
  std::uint16_t keyword(Word word) { return keyword(facts_of(word).name); }
  void emit(std::vector<Instruction>& to, Op op, Word word, std::uint32_t a = 0, std::uint32_t b = 0);
  BlockId block_of(const Sketch& sketch, json::View subschema);
  BlockId block_of(SchemaNode schema);
  std::uint32_t dynamic_name(const std::string& name);

  const CompileOptions& options_;
  Library library_;
  std::unique_ptr<Program> program_;
  std::unordered_map<std::uint64_t, BlockId> block_of_schema_;
  std::vector<std::pair<SchemaNode, BlockId>> pending_;
  std::vector<std::string> dynamic_names_;
  KeyTable keyword_table_;
  std::unordered_map<std::string, std::uint32_t> known_patterns_;
  Status fault_;
};

// A chain of references that never steps into the value would never end. Names the place of one, if there is any.
std::optional<BlockId> find_endless_chain(const Program& program);

}  // namespace batchd::schema
