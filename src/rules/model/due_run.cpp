#include "rules/model/due_run.hpp"

namespace batchd::model {

std::string_view name_of(DueFate fate) {
  switch (fate) {
    case DueFate::watched:
      return "watched";
    case DueFate::queued:
      return "queued";
    case DueFate::begun:
      return "begun";
    case DueFate::skipped:
      return "skipped";
    case DueFate::refused:
      return "refused";
  }
  return "";
}

}  // namespace batchd::model
