#include "rules/job/names.hpp"

#include <array>
#include <utility>

namespace batchd::job {
namespace {

using namespace model;  // NOLINT(google-build-using-namespace): the tables below are nothing but its enums

template <typename Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<InputFormat, 3> input_formats = {
    {{InputFormat::rows, "rows"}, {InputFormat::csv, "csv"}, {InputFormat::requests, "requests"}}};
constexpr Names<OnInvalid, 2> on_invalid = {{{OnInvalid::fail, "fail"}, {OnInvalid::skip, "skip"}}};
constexpr Names<OnDuplicate, 3> on_duplicate = {
    {{OnDuplicate::fail, "fail"}, {OnDuplicate::first, "first"}, {OnDuplicate::last, "last"}}};
constexpr Names<OnEmpty, 2> on_empty = {{{OnEmpty::fail, "fail"}, {OnEmpty::succeed, "succeed"}}};
constexpr Names<Structured, 4> structured = {{{Structured::automatic, "auto"},
                                              {Structured::json_schema, "json_schema"},
                                              {Structured::json_object, "json_object"},
                                              {Structured::off, "off"}}};
constexpr Names<Take, 4> takes = {{{Take::content, "content"},
                                   {Take::tool_arguments, "tool_arguments"},
                                   {Take::embedding, "embedding"},
                                   {Take::body, "body"}}};
constexpr Names<FormatCheck, 2> format_checks = {
    {{FormatCheck::annotate, "annotate"}, {FormatCheck::assert_them, "assert"}}};
constexpr Names<CatchUp, 3> catch_ups = {{{CatchUp::none, "none"}, {CatchUp::latest, "latest"}, {CatchUp::all, "all"}}};
constexpr Names<Overlap, 3> overlaps = {
    {{Overlap::skip, "skip"}, {Overlap::queue, "queue"}, {Overlap::cancel_previous, "cancel_previous"}}};

template <typename Enum, std::size_t N>
std::string_view name_in(const Names<Enum, N>& names, Enum value) {
  for (const auto& [known, name] : names)
    if (known == value) return name;
  return "";
}

template <typename Enum, std::size_t N>
bool set_from(const Names<Enum, N>& names, Enum& target, std::string_view name) {
  for (const auto& [known, known_name] : names)
    if (known_name == name) return target = known, true;
  return false;
}

}  // namespace

std::string_view name_of(InputFormat value) { return name_in(input_formats, value); }
std::string_view name_of(OnInvalid value) { return name_in(on_invalid, value); }
std::string_view name_of(OnDuplicate value) { return name_in(on_duplicate, value); }
std::string_view name_of(OnEmpty value) { return name_in(on_empty, value); }
std::string_view name_of(Structured value) { return name_in(structured, value); }
std::string_view name_of(Take value) { return name_in(takes, value); }
std::string_view name_of(FormatCheck value) { return name_in(format_checks, value); }
std::string_view name_of(CatchUp value) { return name_in(catch_ups, value); }
std::string_view name_of(Overlap value) { return name_in(overlaps, value); }

bool set_by_name(InputFormat& target, std::string_view name) { return set_from(input_formats, target, name); }
bool set_by_name(OnInvalid& target, std::string_view name) { return set_from(on_invalid, target, name); }
bool set_by_name(OnDuplicate& target, std::string_view name) { return set_from(on_duplicate, target, name); }
bool set_by_name(OnEmpty& target, std::string_view name) { return set_from(on_empty, target, name); }
bool set_by_name(Structured& target, std::string_view name) { return set_from(structured, target, name); }
bool set_by_name(Take& target, std::string_view name) { return set_from(takes, target, name); }
bool set_by_name(FormatCheck& target, std::string_view name) { return set_from(format_checks, target, name); }
bool set_by_name(CatchUp& target, std::string_view name) { return set_from(catch_ups, target, name); }
bool set_by_name(Overlap& target, std::string_view name) { return set_from(overlaps, target, name); }

}  // namespace batchd::job
