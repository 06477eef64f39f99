#include "rules/model/pause.hpp"

namespace batchd::model {

std::string_view name_of(PauseOf of) {
  switch (of) {
    case PauseOf::run:
      return "run";
    case PauseOf::job:
      return "job";
    case PauseOf::provider:
      return "provider";
  }
  return "";
}

bool holds(const Pause& pause, const Run& run) {
  switch (pause.of) {
    case PauseOf::run:
      return pause.name == run.id;
    case PauseOf::job:
      return pause.name == run.job;
    case PauseOf::provider:
      return pause.name == run.provider;
  }
  return false;
}

std::string argument_of(const Pause& pause) {
  return pause.of == PauseOf::provider ? "--provider " + pause.name : pause.name;
}

}  // namespace batchd::model
