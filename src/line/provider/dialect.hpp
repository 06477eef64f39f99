#pragma once
// Internal to the room: one remote's way of speaking. PURE: model value ⇄ HTTP message; nothing here awaits, sends,
// knows a key or reads a clock. The base speaks OpenAI's Files and Batches; make_dialect() gives the variant.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"
#include "ground/http/message.hpp"
#include "ground/http/rate_limiter.hpp"
#include "line/provider/batch_answer.hpp"
#include "line/provider/provider.hpp"
#include "rules/model/provider_spec.hpp"

namespace batchd::provider {

// How often an account may call, as documented; {} is no limit.
struct CallLimits {
  http::RateLimit upload;
  http::RateLimit create;
  http::RateLimit look;  // GET and cancel of one batch
  http::RateLimit list;
  http::RateLimit file;  // every other call about files
};

struct ListQuery {
  std::string after;                        // an id of the page before; "" for the newest
  std::vector<std::string> input_file_ids;  // asks only for these files' batches, where Dialect::lists_by_input_file()
};

using Metadata = std::map<std::string, std::string>;

class Dialect {
 public:
  static constexpr std::uint32_t page_size = 100;
  static constexpr std::uint32_t files_page_size = 1'000;

  explicit Dialect(std::string base_url) : base_url_(std::move(base_url)) {}
  virtual ~Dialect() = default;
  const std::string& base_url() const { return base_url_; }

  // Ids are opaque: any length, any character; they are percent-encoded into paths.
  http::Request upload(const Path& file, const std::string& filename) const;  // purpose first, then the file
  http::Request create(const CreateRequest& request) const;
  http::Request list(const ListQuery& query) const;
  http::Request poll(std::string_view batch_id) const;
  http::Request cancel(std::string_view batch_id) const;
  http::Request remove(std::string_view file_id) const;
  http::Request list_files(std::string_view after) const;  // a page of them; after: an id of the page before, or ""
  // A file id that is a URL is fetched as it is when it leads to base_url's own origin; the key goes nowhere else, so
  // any other is rejected.
  Result<http::Request> content(std::string_view file_id) const;

  // What a create sends as metadata, within the remote's limits.
  virtual Metadata metadata(const CreateRequest& request) const = 0;
  virtual bool lists_by_input_file() const { return false; }
  // Older batches are not listed any more: that one is not found says nothing then.
  virtual std::optional<Duration> listed_for() const { return std::nullopt; }
  virtual CallLimits call_limits() const { return {}; }
  // A 429 that will not pass: the account is out of money or of its free quota.
  virtual bool means_no_money(std::string_view code, std::string_view message) const = 0;
  // What is known about keys that are refused with 401 at `host`, as a hint; "" when nothing is. Never repeats the key.
  virtual std::string hint_for_refused_key(std::string_view key, std::string_view host) const {
    (void)key, (void)host;
    return {};
  }

 private:
  http::Request request(http::Method method, std::string_view path) const;
  std::string base_url_;
};

std::unique_ptr<Dialect> make_dialect(const model::ProviderSpec& spec);

// The first `characters_max` characters (code points) of UTF-8 text.
std::string_view first_characters(std::string_view text, std::size_t characters_max);

}  // namespace batchd::provider
