#pragma once
// One remote, one interface, several dialects. Every call is one await and answers in our nouns. What may be repeated
// (upload, poll, list, fetch, cancel, remove) is repeated inside by http/backoff; create never is: its Error has kind
// `unknown` when the batch may exist.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ground/async/loop.hpp"
#include "ground/async/task.hpp"
#include "ground/base/files.hpp"
#include "ground/base/log.hpp"
#include "ground/base/random.hpp"
#include "ground/base/result.hpp"
#include "ground/http/transport.hpp"
#include "rules/model/batch.hpp"
#include "rules/model/provider_spec.hpp"

namespace batchd::provider {

struct UploadRequest {
  Path file;
  std::string filename;                                       // as the provider sees it: "batchd-<run>-0001.jsonl"
  std::function<void(std::uint64_t bytes_sent)> on_progress;  // of the file; begins again when the upload is repeated
};
struct UploadAnswer {
  std::string file_id;
  std::optional<Time> server_time;  // the answer's Date
};

struct CreateRequest {
  std::string input_file_id;
  std::string endpoint;
  std::string completion_window;
  std::map<std::string, std::string> metadata;  // ours; a dialect adds its own (ds_name, ds_description)
};

// Which batches may be ours: those of this input file, else those whose metadata says run, shard and submission.
struct FindRequest {
  std::string input_file_id;
  std::string run;
  std::uint32_t shard = 0;
  Time since;  // listing goes back to before this server time
  // Batches that are known to exist: are they listed? At most witnesses_max of them.
  static constexpr std::size_t witnesses_max = 19;  // DashScope's filter takes twenty files
  struct Witness {
    std::string batch_id;
    std::string input_file_id;
  };
  std::vector<Witness> witnesses;
};
struct FindAnswer {
  std::vector<model::RemoteBatch> found;  // oldest first
  std::vector<std::string> listed;        // ids of those witnesses that the list shows
};

// What an account holds, whoever made it: as far back as it was asked for, in the provider's order.
struct BatchList {
  std::vector<model::RemoteBatch> batches;
  std::optional<Time> server_time;  // the last answer's Date
  bool is_whole = true;             // false: it goes on beyond what is read of a list
};
struct FileList {
  std::vector<model::RemoteFile> files;
  bool is_whole = true;
};

struct FetchAnswer {
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;  // ended or not; empty ones do not count
  std::string sha256;
};

class Provider {
 public:
  virtual ~Provider() = default;
  virtual async::Task<Result<UploadAnswer>> upload(UploadRequest request, async::StopToken stop) = 0;
  // unknown: it may exist. Every other kind: it certainly does not; `nothing_sent` where not a byte left.
  virtual async::Task<Result<model::RemoteBatch>> create(CreateRequest request, async::StopToken stop) = 0;
  // rejected: this provider cannot be asked, which is not the same as finding nothing.
  virtual async::Task<Result<FindAnswer>> find(FindRequest request, async::StopToken stop) = 0;
  virtual async::Task<Result<model::RemoteBatch>> poll(std::string batch_id, async::StopToken stop) = 0;
  // Downloads to `target` (`target`.partial, synced, renamed). A short body is repeated, then network. A file_id that
  // is a URL is followed only within the provider's own origin, else rejected: the key goes nowhere else.
  virtual async::Task<Result<FetchAnswer>> fetch(std::string file_id, Path target, async::StopToken stop) = 0;
  virtual async::Task<Result<model::RemoteBatch>> cancel(std::string batch_id, async::StopToken stop) = 0;
  virtual async::Task<Status> remove(std::string file_id, async::StopToken stop) = 0;  // 404 is success
  // Everything there is; what was made before `since` may be left out.
  virtual async::Task<Result<BatchList>> list_batches(Time since, async::StopToken stop) = 0;
  virtual async::Task<Result<FileList>> list_files(async::StopToken stop) = 0;
};

// One variable of the environment; nothing: it is not set. Nothing here reads the environment by itself.
using ReadVariable = std::function<std::optional<std::string>(const char* name)>;

struct Surroundings {
  async::Loop& loop;
  http::Transport& transport;
  Log& log;
  Random& random;
  ReadVariable read_variable = {};  // for api_key_env; without it no variable is set
};

// Is there a key where the spec says? denied: none, with the name of the variable to set. A spec that names no place
// for a key has none and needs none. Asks nobody.
Status check_key(const model::ProviderSpec& spec, const ReadVariable& read);

// Reads the key when it is first needed, and again when its file changes. denied: no key, with the name of the
// variable to set. Destroy the provider before the loop, and only when none of its calls is under way. One provider is
// one account: its calls share their rate limits.
std::unique_ptr<Provider> make_provider(const model::ProviderSpec& spec, Surroundings surroundings);

}  // namespace batchd::provider
