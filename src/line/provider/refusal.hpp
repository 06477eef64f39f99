#pragma once
// Internal to the room: an answer that is not a success, as an Error of ours. PURE. The kind decides what the engine
// does (providers.md 5.1), the sentence is for the person who has to act.

#include <optional>
#include <string>
#include <string_view>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"
#include "ground/http/message.hpp"
#include "line/provider/dialect.hpp"

namespace batchd::provider {

inline constexpr std::size_t message_bytes_max = 600;  // of the provider's words in a sentence of ours

// What was asked, for sentences.
struct Asked {
  enum class What { upload, create, list, poll, fetch, cancel, remove, list_files };
  What what = What::poll;
  std::string subject;   // what it was about: a batch or file id; may be empty
  std::string provider;  // its name in the config
  std::string base_url;
  std::string key_source;  // api_key.hpp
  std::string secret;      // the key, to be kept out of every sentence
};
std::string_view name_of(Asked::What what);  // "create"
// What comes after "did not": "create a batch of file-1", "tell the state of batch_7".
std::string describe(const Asked& asked);

// {"error":{message,type,code,param}}, {"error":"…"}, {"code","message","request_id"}, {"detail":…}, "…", plain text.
struct ErrorBody {
  std::string code;
  std::string message;
  std::string request_id;
};
ErrorBody read_error_body(std::string_view body);
// By which the provider finds the call again, from the answer's head, without our key in it; "": it does not say.
std::string request_id_of(const Asked& asked, const http::Response& response);

// What the answer means, before what was asked is taken into account.
ErrorKind kind_of(int status, const ErrorBody& body, const Dialect& dialect);

// `response` is not a 2xx. A create is `unknown` unless the answer proves that nothing came of it.
Error refusal(const Asked& asked, const http::Response& response, const Dialect& dialect, Time now);
// No answer came (an error of the transport). A create of which a byte may have left is `unknown`; a local file that
// is missing is io: "not found" is a word of the remote side's.
Error no_answer(const Asked& asked, const Error& error);
// A 2xx that cannot be understood: protocol, for a create `unknown`.
Error not_understood(const Asked& asked, const http::Response& response, const Error& error);

}  // namespace batchd::provider
