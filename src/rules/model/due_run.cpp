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

const DueRun* most_telling(const std::vector<DueRun>& due) {
  for (const auto& one : due) {
    if (one.fate == DueFate::begun) break;
    if (one.fate == DueFate::refused) return &one;
  }
  return due.empty() ? nullptr : &due.front();
}

}  // namespace batchd::model
