#pragma once
// Single values of a judged file. What is absent, null or of the wrong kind is "nothing": the schemas have complained
// about the last. What only a parser can refuse (a duration beyond a hundred years) is complained about here.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"
#include "rules/job/source.hpp"
#include "rules/model/money.hpp"

namespace batchd::job {

std::optional<std::string> text_at(const Source& source, std::string_view pointer);  // strings only
std::optional<std::string> label_of(json::View value);                               // numbers and booleans, too
std::optional<std::string> label_at(const Source& source, std::string_view pointer);
std::optional<bool> flag_at(const Source& source, std::string_view pointer);
std::optional<std::uint64_t> count_at(Source& source, std::string_view pointer);
std::optional<Duration> duration_at(Source& source, std::string_view pointer);
std::optional<std::uint64_t> size_at(Source& source, std::string_view pointer);
std::optional<model::Money> money_at(Source& source, std::string_view pointer);
std::vector<std::string> texts_at(const Source& source, std::string_view pointer);

// `written` as an absolute path, without "." and "..": relative to `folder`.
Path resolved(const Path& folder, std::string_view written);

}  // namespace batchd::job
