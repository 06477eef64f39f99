#include "rules/model/resolution.hpp"

namespace batchd::model {

std::string_view name_of(Settlement settlement) {
  switch (settlement) {
    case Settlement::adopt:
      return "adopt";
    case Settlement::resubmit:
      return "resubmit";
    case Settlement::fail:
      return "fail";
  }
  return "";
}

}  // namespace batchd::model
