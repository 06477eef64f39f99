#pragma once
// The words a job file has for the closed lists of JobSpec; a frozen job uses the same.

#include <optional>
#include <string_view>

#include "rules/model/job_spec.hpp"

namespace batchd::job {

std::string_view name_of(model::InputFormat value);
std::string_view name_of(model::OnInvalid value);
std::string_view name_of(model::OnDuplicate value);
std::string_view name_of(model::OnEmpty value);
std::string_view name_of(model::Structured value);
std::string_view name_of(model::Take value);
std::string_view name_of(model::FormatCheck value);
std::string_view name_of(model::CatchUp value);
std::string_view name_of(model::Overlap value);

// Sets `target` to what the name means; false when it means nothing.
bool set_by_name(model::InputFormat& target, std::string_view name);
bool set_by_name(model::OnInvalid& target, std::string_view name);
bool set_by_name(model::OnDuplicate& target, std::string_view name);
bool set_by_name(model::OnEmpty& target, std::string_view name);
bool set_by_name(model::Structured& target, std::string_view name);
bool set_by_name(model::Take& target, std::string_view name);
bool set_by_name(model::FormatCheck& target, std::string_view name);
bool set_by_name(model::CatchUp& target, std::string_view name);
bool set_by_name(model::Overlap& target, std::string_view name);

}  // namespace batchd::job
