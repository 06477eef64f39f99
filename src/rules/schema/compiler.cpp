#include "rules/schema/compiler.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ground/json/writer.hpp"

namespace batchd::schema {

using json::Kind;
using json::View;

namespace {

bool runs_no_block(Op op) {
  return op < Op::elements || op == Op::distinct || op == Op::size_at_least || op == Op::size_at_most ||
         op == Op::demands || op == Op::equals_one_of;
}

}  // namespace

Result<std::unique_ptr<const Program>> Compiler::compile(std::string_view text, const CompileOptions& options) {
  Compiler compiler(options);
  if (const Status done = compiler.run(text); !done) return done.error();
  return std::unique_ptr<const Program>(std::move(compiler.program_));
}

Compiler::Compiler(const CompileOptions& options)
    : options_(options), library_(options), program_(std::make_unique<Program>()) {
  program_->blocks.emplace_back();  // accept_everything
  program_->locations.emplace_back();
  keyword("");
}

Status Compiler::run(std::string_view text) {
  const auto root = library_.add_root(text);
  if (!root) return root.error();
  program_->root = block_of(*root);
  // Definitions nobody refers to are compiled, too: their faults are faults of this schema.
  for (std::size_t next = 0; fault_.ok() && next < library_.of_root_document().size(); ++next) {
    block_of(library_.of_root_document()[next]);
    compile_pending();
  }
  settle_dynamic_names();
  if (!fault_.ok()) return fault_;
  if (const auto endless = find_endless_chain(*program_)) {
    return Error(ErrorKind::invalid,
                 fmt::format("{}: refers back to itself without stepping into the value, so that checking "
                             "a value would never end",
                             program_->locations[*endless].empty() ? "the schema" : program_->locations[*endless]));
  }
  for (std::uint32_t i = 0; i < keyword_table_.size(); ++i)
    program_->keywords.emplace_back(keyword_table_.key(i));
  program_->documents = library_.take_documents();
  return {};
}

void Compiler::compile_pending() {
  while (fault_.ok() && !pending_.empty()) {
    const auto [schema, id] = pending_.back();
    pending_.pop_back();
    compile_block(schema, id);
  }
}

// A dynamic reference may land in any schema that bears the anchor's name, and compiling those may bring more.
void Compiler::settle_dynamic_names() {
  for (bool changed = true; changed && fault_.ok();) {
    changed = false;
    program_->dynamic_names.resize(dynamic_names_.size());
    for (std::size_t name = 0; name < dynamic_names_.size(); ++name) {
      auto& targets = program_->dynamic_names[name].targets;
      for (std::uint32_t id = 0; id < library_.resource_count(); ++id) {
        const auto& anchors = library_.resource(id).dynamic_anchors;
        const auto anchor = anchors.find(dynamic_names_[name]);
        const bool known = std::ranges::find(targets, id, &DynamicName::Target::resource) != targets.end();
        if (anchor == anchors.end() || known) continue;
        targets.push_back({id, block_of(anchor->second)});
        changed = true;
      }
    }
    compile_pending();
  }
}

BlockId Compiler::block_of(const Sketch& sketch, View subschema) {
  const SchemaNode schema{sketch.schema.document, subschema.index()};
  if (library_.knows(schema)) return block_of(schema);
  // Only a metaschema of the user's own lets this through.
  if (fault_.ok()) {
    const std::string place = library_.place(sketch.schema, "");
    fault_ =
        Error(ErrorKind::invalid, fmt::format("{}: {} stands where a schema must be", place, subschema.source_text()));
  }
  return accept_everything;
}

BlockId Compiler::block_of(SchemaNode schema) {
  const View view = library_.view(schema);
  if (view.as_bool().value_or(false)) return accept_everything;
  const auto [known, is_new] =
      block_of_schema_.try_emplace(schema.key(), static_cast<BlockId>(program_->blocks.size()));
  if (is_new) {
    program_->blocks.emplace_back();
    program_->locations.emplace_back();
    pending_.emplace_back(schema, known->second);
  }
  return known->second;
}

void Compiler::gather(Sketch& sketch, View schema) {
  const Dialect dialect = sketch.dialect = library_.resource(sketch.resource).dialect;
  sketch.asserts_formats = options_.formats == Formats::assert_them || dialect.demands_formats();
  const View reference = schema.find(facts_of(Word::ref).name);
  if (dialect.reference_hides_siblings() && reference) {
    sketch.words[static_cast<std::size_t>(Word::ref)] = reference;
    return;
  }
  for (const auto [key, value] : schema.members()) {
    const WordFacts* word = find_word(key);
    if (word == nullptr) continue;
    if (dialect.has(*word)) sketch.words[static_cast<std::size_t>(word->word)] = value;
    if (!word->refused.empty() && !dialect.in_draft(*word))
      fail(sketch, word->word, fmt::format("is not in force here: {}", word->refused));
  }
}

void Compiler::compile_block(SchemaNode schema, BlockId id) {
  const View view = library_.view(schema);
  Sketch sketch;
  sketch.schema = schema;
  sketch.resource = library_.facts(schema).resource;
  sketch.block.resource = sketch.resource;
  program_->locations[id] = library_.facts(schema).location;
  if (view.is(Kind::boolean)) {
    sketch.block.never = true;
    sketch.block.kinds = 0;
    sketch.block.kinds_keyword = keyword("false");
    return place(sketch, id);
  }
  gather(sketch, view);
  kinds(sketch);
  choices(sketch, Word::const_);
  choices(sketch, Word::enum_);
  numbers(sketch);
  strings(sketch);
  arrays(sketch);
  objects(sketch);
  references(sketch);
  combinations(sketch);
  conditions(sketch);
  unevaluated(sketch);
  place(sketch, id);
}

void Compiler::place(Sketch& sketch, BlockId id) {
  auto& all = program_->instructions;
  const std::size_t first = all.size();
  for (std::size_t kind = 0; kind < sketch.of_kind.size(); ++kind) {
    sketch.block.begin[kind] = static_cast<std::uint32_t>(all.size());
    all.insert(all.end(), sketch.of_kind[kind].begin(), sketch.of_kind[kind].end());
  }
  sketch.block.begin[6] = static_cast<std::uint32_t>(all.size());
  all.insert(all.end(), sketch.of_any.begin(), sketch.of_any.end());
  all.insert(all.end(), sketch.last.begin(), sketch.last.end());
  sketch.block.begin[7] = static_cast<std::uint32_t>(all.size());
  sketch.block.is_leaf =
      std::ranges::all_of(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(), runs_no_block, &Instruction::op);
  program_->blocks[id] = sketch.block;
}

void Compiler::fail(const Sketch& sketch, Word word, std::string_view message, std::string_view below) {
  if (!fault_.ok()) return;
  const std::string place = library_.place(sketch.schema, fmt::format("/{}{}", facts_of(word).name, below));
  fault_ = Error(ErrorKind::invalid, fmt::format("{}: {}", place, message));
}

std::optional<std::uint32_t> Compiler::count(const Sketch& sketch, Word word) {
  const View value = sketch.word(word);
  if (!value) return std::nullopt;
  const auto text = value.as_number_text();
  const Decimal decimal = text ? Decimal::from_text(*text) : Decimal();
  if (!text || !decimal.is_integer() || decimal.is_negative()) {
    fail(sketch, word, "must be an integer, 0 or more");
    return std::nullopt;
  }
  // Nothing we can hold has more elements or characters than this.
  const auto exact = value.as_int64();
  return exact && *exact < nothing ? static_cast<std::uint32_t>(*exact) : nothing;
}

std::optional<std::uint32_t> Compiler::number(const Sketch& sketch, Word word) {
  const View value = sketch.word(word);
  if (!value) return std::nullopt;
  const auto text = value.as_number_text();
  if (!text) {
    fail(sketch, word, "must be a number");
    return std::nullopt;
  }
  const auto plain = plain_integer(*text);
  program_->numbers.push_back({*text, Decimal::from_text(*text), plain.has_value(), plain.value_or(0)});
  return static_cast<std::uint32_t>(program_->numbers.size() - 1);
}

std::optional<std::uint32_t> Compiler::pattern(const Sketch& sketch, Word word, std::string_view text,
                                               std::string_view below) {
  const auto [known, is_new] =
      known_patterns_.try_emplace(std::string(text), static_cast<std::uint32_t>(program_->patterns.size()));
  if (!is_new) return known->second;
  auto compiled = Pattern::compile(text);
  if (!compiled) {
    fail(sketch, word,
         fmt::format("the pattern {} cannot be compiled: {}", json::quoted(text), compiled.error().message), below);
    return std::nullopt;
  }
  program_->patterns.push_back(std::move(*compiled));
  return known->second;
}

bool Compiler::is_object(const Sketch& sketch, Word word) {
  const View value = sketch.word(word);
  if (value && !value.is(Kind::object)) fail(sketch, word, "must be an object");
  return value.is(Kind::object);
}

std::uint16_t Compiler::keyword(std::string_view name) { return static_cast<std::uint16_t>(keyword_table_.add(name)); }

void Compiler::emit(std::vector<Instruction>& to, Op op, Word word, std::uint32_t a, std::uint32_t b) {
  to.push_back({op, keyword(word), a, b});
}

std::uint32_t Compiler::dynamic_name(const std::string& name) {
  const auto found = std::ranges::find(dynamic_names_, name);
  if (found != dynamic_names_.end()) return static_cast<std::uint32_t>(found - dynamic_names_.begin());
  dynamic_names_.push_back(name);
  return static_cast<std::uint32_t>(dynamic_names_.size() - 1);
}

}  // namespace batchd::schema
