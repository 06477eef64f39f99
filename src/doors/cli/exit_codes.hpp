#pragma once
// What a command answers, and what an error of each kind makes of it.

#include "ground/base/result.hpp"
#include "rules/model/exit_code.hpp"

namespace batchd::cli {

using model::exit_denied;
using model::exit_failed;
using model::exit_internal;
using model::exit_ok;
using model::exit_owned;
using model::exit_signal_base;
using model::exit_stopped;
using model::exit_unreachable;
using model::exit_usage;

int exit_code_of(ErrorKind kind);

}  // namespace batchd::cli
