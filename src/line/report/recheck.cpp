#include "line/report/recheck.hpp"

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "line/report/row_source.hpp"

namespace batchd::report {
namespace {

constexpr std::uint64_t line_bytes_max = 256'000'000;  // a result holds a whole answer

}  // namespace

struct RowCheck::State {
  explicit State(const Path& state_folder) : rows(state_folder) {}
  RowSources rows;
  std::optional<json::LineReader> results;
  std::uint64_t lines = 0;
  json::Document document;

  // "": it says what is known of the item.
  std::string fault_of(const CheckedItem& item, std::string_view row) {
    const auto parsed = document.parse(row, {.duplicate_keys_are_errors = false});
    if (!parsed || !parsed->is(json::Kind::object)) return "is no object";
    if (parsed->find("id").as_string() != item.id) return "has another id";
    if (parsed->find("status").as_string() != name_of(item.ref.status)) return "has another status";
    if (parsed->find("reason").as_string().value_or("") != name_of(item.reason)) return "has another reason";
    return {};
  }
};

RowCheck::RowCheck(std::unique_ptr<State> state) : state_(std::move(state)) {}
RowCheck::RowCheck(RowCheck&&) noexcept = default;
RowCheck::~RowCheck() = default;

Result<RowCheck> RowCheck::open(const Path& state_folder, const std::optional<Path>& results) {
  auto state = std::make_unique<State>(state_folder);
  if (results) {
    auto reader = json::LineReader::open(*results, line_bytes_max);
    if (!reader) return reader.error();
    state->results.emplace(std::move(*reader));
  }
  return RowCheck(std::move(state));
}

Result<std::string> RowCheck::take(const CheckedItem& item) {
  const auto says = [&](std::string_view where, std::string_view fault) {
    return fmt::format("item {} (row #{}): {} {}", item.id, item.ref.sequence, where, fault);
  };
  // The line goes first: whatever the row is like, the next item's line is the next one.
  std::string_view line;
  if (state_->results) {
    const auto read = state_->results->next();
    if (!read) return read.error();
    if (read->at_end) return says("results.jsonl", "ends before its row");
    ++state_->lines;
    line = read->text;
  }
  if (item.ref.row) {
    const auto row = state_->rows.read(item.ref.row);
    if (!row) return says(item.ref.row.file, "does not hold its row: " + row.error().message);
    if (const auto fault = state_->fault_of(item, *row); !fault.empty())
      return says(fmt::format("its row in {}", item.ref.row.file), fault);
    if (state_->results && line != *row) return says("its row in results.jsonl", "is not the one that was judged");
    return std::string();
  }
  if (!state_->results) return std::string();
  auto fault = state_->fault_of(item, line);
  return fault.empty() ? fault : says("its row in results.jsonl", fault);
}

Result<std::uint64_t> RowCheck::surplus_lines() {
  std::uint64_t surplus = 0;
  while (state_->results) {
    const auto read = state_->results->next();
    if (!read) return read.error();
    if (read->at_end) break;
    ++surplus;
  }
  return surplus;
}

std::uint64_t RowCheck::result_lines() const { return state_->lines; }

}  // namespace batchd::report
