#include "rules/model/provider_spec.hpp"

namespace batchd::model {

std::string_view name_of(Profile profile) {
  switch (profile) {
    case Profile::dashscope:
      return "dashscope";
    case Profile::openai:
      return "openai";
    case Profile::openai_compatible:
      return "openai-compatible";
  }
  return "";
}

}  // namespace batchd::model
