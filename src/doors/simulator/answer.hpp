#pragma once
// What the model says: a function of the seed, the request's body and how often that body was asked before, never of
// its custom_id.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "doors/simulator/dialect.hpp"
#include "doors/simulator/faults.hpp"
#include "doors/simulator/prose.hpp"
#include "doors/simulator/records.hpp"
#include "doors/simulator/reply.hpp"
#include "doors/simulator/shape.hpp"
#include "ground/json/document.hpp"

namespace batchd::simulator {

struct Question {
  Dialect dialect = Dialect::openai;
  std::string_view endpoint{};
  json::View body{};
  std::uint64_t body_hash = 0;  // of the body as it was written
  std::uint64_t asked = 0;      // how often before
  Time now{};
  std::string_view id{};  // the answer's own: "chatcmpl-" + this
};

inline constexpr std::string_view embeddings_endpoint = "/v1/embeddings";
inline constexpr std::string_view ds_test_endpoint = "/v1/chat/ds-test";

struct ChatContent;

struct Reply {
  int status = 200;
  std::string body;  // the response's body; of a failure {"error":…}
  ApiError error;    // of a failure
  Usage usage;
  bool ok() const { return status == 200; }
};

// A key for everything drawn for one question.
std::uint64_t key_of(const Question& question);

class Answerer {
 public:
  // fallback_schema: for requests without a schema of their own; "" when there is none.
  static Result<Answerer> make(std::uint64_t seed, const Faults& faults, std::string_view fallback_schema);

  // `reply` is overwritten; reuse it.
  void answer(const Question& question, Reply& reply);

 private:
  Answerer(std::uint64_t seed, const Faults& faults) : seed_(seed), faults_(faults) {}

  bool hit(const Share& share, const Question& question) const { return share.hits(seed_, key_of(question)); }
  bool is_stubborn(const Question& question, const Shape& shape) const;
  std::optional<ApiError> complaint_about(const Question& question) const;
  std::optional<ApiError> misfortune(const Question& question) const;
  const Shape* shape_of_request(json::View body);
  const Shape* shape_of_text(std::string_view schema);
  void say(const Question& question, ChatContent& content);
  void apply_faults(const Question& question, const Shape* shape, ChatContent& content);
  void chat(const Question& question, Reply& reply);

  std::uint64_t seed_;
  Faults faults_;
  std::optional<ShapeSet> fallback_;
  std::map<std::uint64_t, std::optional<ShapeSet>> shapes_;  // by the hash of the schema's text
  std::string_view last_schema_;
  const Shape* last_shape_ = nullptr;
  Prose prose_;
  std::string message_;  // of a message in several parts
};

}  // namespace batchd::simulator
