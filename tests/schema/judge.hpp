#pragma once
// A schema and a value, both as text: what tests of the schema room ask about.

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "ground/json/document.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::schema {

inline Schema compiled(std::string_view schema, const CompileOptions& options = {}) {
  auto result = Schema::compile(schema, options);
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? std::string() : result.error().text()));
  return std::move(result).value();
}

inline std::string compile_error(std::string_view schema, const CompileOptions& options = {}) {
  const auto result = Schema::compile(schema, options);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == ErrorKind::invalid);
  return result.error().message;
}

inline std::vector<Fault> faults_of(const Schema& schema, std::string_view instance, std::size_t faults_max = 64) {
  json::Document document;
  const auto value = document.parse(instance);
  REQUIRE(value.ok());
  auto faults = schema.explain(*value, faults_max);
  // The two modes may never disagree.
  CHECK(schema.accepts(*value) == faults.empty());
  return faults;
}

inline bool accepts(std::string_view schema, std::string_view instance, const CompileOptions& options = {}) {
  return faults_of(compiled(schema, options), instance).empty();
}

inline std::vector<std::string> sentences_of(std::string_view schema, std::string_view instance,
                                             const CompileOptions& options = {}) {
  std::vector<std::string> sentences;
  for (const Fault& fault : faults_of(compiled(schema, options), instance))
    sentences.push_back(fault.sentence());
  return sentences;
}

// The one sentence there is.
inline std::string sentence_of(std::string_view schema, std::string_view instance, const CompileOptions& options = {}) {
  const auto sentences = sentences_of(schema, instance, options);
  REQUIRE(sentences.size() == 1);
  return sentences.front();
}

}  // namespace batchd::schema
