#include "rules/schema/schema.hpp"

#include "rules/schema/compiler.hpp"
#include "rules/schema/evaluation.hpp"

namespace batchd::schema {

std::string Fault::sentence() const { return (instance.empty() ? "the value" : instance) + ": " + message; }

Result<Schema> Schema::compile(std::string_view text, const CompileOptions& options) {
  auto program = Compiler::compile(text, options);
  if (!program) return program.error();
  return Schema(std::move(*program));
}

Schema::Schema(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

bool Schema::accepts(json::View instance) const { return Evaluation(*program_, instance).accepts(); }

std::vector<Fault> Schema::explain(json::View instance, std::size_t faults_max) const {
  return Evaluation(*program_, instance).explain(faults_max);
}

}  // namespace batchd::schema
