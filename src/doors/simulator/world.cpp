#include "doors/simulator/world.hpp"

#include <algorithm>
#include <system_error>

#include "doors/simulator/ids.hpp"
#include "doors/simulator/input_check.hpp"
#include "doors/simulator/tokens.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::string_view record_suffix = ".json";
constexpr std::string_view asked_suffix = ".asked";
constexpr std::uint64_t sequences_a_batch = 3;  // its own and one for each of its result files

Path with_suffix(Path path, std::string_view suffix) {
  path += suffix;
  return path;
}

// Every record in a folder, parsed.
template <typename T>
Result<std::vector<T>> read_records(const Path& folder, Result<T> (*parse)(std::string_view)) {
  std::vector<T> records;
  std::error_code fault;
  for (std::filesystem::directory_iterator it(folder, fault), end; !fault && it != end; it.increment(fault)) {
    if (it->path().extension() != record_suffix) continue;
    const auto text = read_file(it->path(), record_bytes_max);
    if (!text) return text.error();
    auto record = parse(*text);
    if (!record) return record.error().within(it->path().string());
    records.push_back(std::move(*record));
  }
  if (fault) return Error(ErrorKind::io, "cannot list " + folder.string() + ": " + fault.message());
  std::sort(records.begin(), records.end(), [](const T& a, const T& b) { return a.sequence < b.sequence; });
  return records;
}

// The world outlives the process, not the machine: no wait for the disk.
Status rename_now(const Path& from, const Path& to) {
  std::error_code fault;
  std::filesystem::rename(from, to, fault);
  if (fault) return Error(ErrorKind::io, "cannot rename " + from.string() + ": " + fault.message());
  return {};
}

Status write_record(const Path& path, std::string_view text) {
  const Path beside = with_suffix(path, ".new");
  auto file = File::create(beside);
  if (!file) return file.error();
  if (auto written = file->write(text); !written) return written;
  if (auto closed = file->close(); !closed) return closed;
  return rename_now(beside, path);
}

Rest rest_of(const Batch& batch, State state, Time end) {
  Rest rest;
  rest.done = done_by(batch, end);
  if (state == State::expired) {
    rest.error_code = "batch_expired";
    rest.error_message = "This request could not be executed before the completion window expired.";
  } else if (state == State::cancelled && batch.dialect == Dialect::openai) {
    rest.error_code = "batch_cancelled";
    rest.error_message = "This request could not be executed because the batch was cancelled.";
  }
  return rest;
}

Pace pace_of(const Settings& settings, const Faults& faults) {
  const bool slow_to_cancel = faults.cancel_ms.value > Duration(0);
  return {.validating = settings.validating,
          .finalizing = settings.finalizing,
          .cancelling = slow_to_cancel ? faults.cancel_ms.value : settings.finalizing,
          .requests_per_second = settings.requests_per_second};
}

}  // namespace

World::World(const Settings& settings, const Faults& faults, Journal journal, Answerer answerer)
    : folder_(settings.folder),
      seed_(settings.seed),
      faults_(faults),
      pace_(pace_of(settings, faults)),
      journal_(std::move(journal)),
      answerer_(std::move(answerer)) {}

Result<World> World::open(const Settings& settings, const Faults& faults) {
  for (const std::string_view name : {"files", "batches", "unfinished"})
    if (auto made = make_folders(settings.folder / name); !made) return made.error();
  auto journal = Journal::open(settings.journal.value_or(settings.folder / "journal.jsonl"));
  if (!journal) return journal.error();
  auto answerer = Answerer::make(settings.seed, faults, settings.fallback_schema);
  if (!answerer) return answerer.error();
  World world(settings, faults, std::move(*journal), std::move(*answerer));
  if (auto loaded = world.load(); !loaded) return loaded.error();
  return world;
}

Status World::load() {
  const Path path = folder_ / "world.json";
  if (path_exists(path)) {
    const auto text = read_file(path, record_bytes_max);
    if (!text) return text.error();
    json::Document document;
    const auto root = document.parse(*text);
    if (!root) return root.error().within(path.string());
    openings_ = static_cast<std::uint64_t>(root->find("openings").as_int64().value_or(0));
  }
  ++openings_;
  std::string text;
  json::Writer(text).begin_object().key("version").integer(1).key("openings").unsigned_integer(openings_).end_object();
  if (auto saved = write_record(path, text + "\n"); !saved) return saved;
  if (auto loaded = load_files(); !loaded) return loaded;
  if (auto loaded = load_batches(); !loaded) return loaded;
  if (auto loaded = load_asked(); !loaded) return loaded;
  return fill_gaps_in_journal();
}

Status World::load_files() {
  auto files = read_records<StoredFile>(folder_ / "files", file_from_json);
  if (!files) return files.error();
  files_ = std::move(*files);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    file_places_[files_[i].id] = i;
    next_sequence_ = std::max(next_sequence_, files_[i].sequence + 1);
  }
  return {};
}

Status World::load_batches() {
  auto batches = read_records<Batch>(folder_ / "batches", batch_from_json);
  if (!batches) return batches.error();
  batches_ = std::move(*batches);
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    batch_places_[batches_[i].id] = i;
    next_sequence_ = std::max(next_sequence_, batches_[i].sequence + sequences_a_batch);
  }
  return {};
}

Status World::load_asked() {
  asked_ = Asked();
  const Path chats = folder_ / "chats.asked";
  if (path_exists(chats))
    if (auto loaded = asked_.load(chats); !loaded) return loaded;
  for (const Batch& batch : batches_) {
    const Path keys = with_suffix(folder_ / "batches" / batch.id, asked_suffix);
    if (!batch.outcome || !path_exists(keys)) continue;
    if (auto loaded = asked_.load(keys); !loaded) return loaded;
  }
  return {};
}

Status World::fill_gaps_in_journal() {
  for (const Batch& batch : batches_) {
    if (!journal_.knows_creation_of(batch))
      if (auto told = journal_.batch_created(batch); !told) return told;
    if (!batch.outcome || journal_.knows_answer_of(batch)) continue;
    const StoredFile* output = find_file(batch.dialect, batch.outcome->output_file_id);
    const auto state = name_of(state_of(batch, end_of(batch).value_or(batch.completed)));
    if (auto told = journal_.batch_answered(batch, state, output ? output->xxh3 : ""); !told) return told;
  }
  return {};
}

const StoredFile* World::find_file(Dialect dialect, std::string_view id) const {
  const auto found = file_places_.find(id);
  if (found == file_places_.end()) return nullptr;
  const StoredFile& file = files_[found->second];
  return file.deleted || file.dialect != dialect ? nullptr : &file;
}

const Batch* World::find_batch(Dialect dialect, std::string_view id) const {
  const auto found = batch_places_.find(id);
  if (found == batch_places_.end() || batches_[found->second].dialect != dialect) return nullptr;
  return &batches_[found->second];
}

Status World::keep_file(StoredFile file, const Path& content) {
  if (auto moved = rename_now(content, content_of(file.id)); !moved) return moved;
  if (auto saved = write_record(with_suffix(content_of(file.id), record_suffix), to_json(file)); !saved) return saved;
  next_sequence_ = std::max(next_sequence_, file.sequence + 1);
  // Results that were written again after a kill are the same file.
  if (const auto known = file_places_.find(file.id); known != file_places_.end()) {
    files_[known->second] = std::move(file);
  } else {
    file_places_[file.id] = files_.size();
    files_.push_back(std::move(file));
  }
  return {};
}

Status World::add_file(StoredFile file, const Path& content) {
  const StoredFile told = file;
  if (auto kept = keep_file(std::move(file), content); !kept) return kept;
  return journal_.upload(told);
}

Status World::delete_file(const StoredFile& file) {
  StoredFile& record = files_[file_places_.find(file.id)->second];
  record.deleted = true;
  if (auto saved = write_record(with_suffix(content_of(record.id), record_suffix), to_json(record)); !saved)
    return saved;
  return remove_file(content_of(record.id));
}

Status World::save(const Batch& batch) {
  return write_record(with_suffix(folder_ / "batches" / batch.id, record_suffix), to_json(batch));
}

Status World::add_batch(Batch batch) {
  if (auto saved = save(batch); !saved) return saved;
  if (auto told = journal_.batch_created(batch); !told) return told;
  next_sequence_ = batch.sequence + sequences_a_batch;
  batch_places_[batch.id] = batches_.size();
  batches_.push_back(std::move(batch));
  return {};
}

Status World::cancel_batch(std::string_view id, Time now) {
  Batch& batch = batches_[batch_places_.find(id)->second];
  settle_cancel(batch, pace_, now);
  if (auto saved = save(batch); !saved) return saved;
  return journal_.cancel(batch);
}

Status World::settle(Time now) {
  std::vector<Batch*> ended;
  for (Batch& batch : batches_) {
    if (batch.outcome) continue;
    if (needs_check(batch, now))
      if (auto checked = check(batch); !checked) return checked;
    if (needs_outcome(batch, now)) ended.push_back(&batch);
  }
  std::stable_sort(ended.begin(), ended.end(), [](const Batch* a, const Batch* b) { return end_of(*a) < end_of(*b); });
  for (Batch* batch : ended)
    if (auto answered = answer(*batch); !answered) {
      // Its questions were counted and will be again.
      if (auto reloaded = load_asked(); !reloaded) return reloaded;
      return answered;
    }
  return {};
}

Status World::check(Batch& batch) {
  const StoredFile* input = find_file(batch.dialect, batch.input_file_id);
  if (!input) {
    batch.check = Check{
        .errors = R"([{"code":"file_not_found","message":"The input file was deleted.","param":null,"line":null}])",
        .passed = false,
        .model = {}};
    return save(batch);
  }
  auto checked = check_input(content_of(input->id), *input, batch, queue_exceeded_by(batch, *input),
                             {faults_.faulty_lines, seed_});
  if (!checked) return checked.error();
  batch.check = std::move(*checked);
  return save(batch);
}

std::optional<std::uint64_t> World::queue_exceeded_by(const Batch& batch, const StoredFile& input) const {
  const std::uint64_t most = faults_.enqueued_tokens_max.value;
  if (most == 0) return std::nullopt;
  std::uint64_t bytes = input.bytes;
  for (const Batch& other : batches_) {
    if (other.sequence >= batch.sequence || other.dialect != batch.dialect) continue;
    const StoredFile* file = find_file(other.dialect, other.input_file_id);
    if (file && !is_final(state_of(other, batch.in_progress))) bytes += file->bytes;
  }
  return bytes / bytes_per_token > most ? std::optional(most) : std::nullopt;
}

Status World::answer(Batch& batch) {
  const Time end = end_of(batch).value_or(batch.completed);
  const Rest rest = rest_of(batch, state_of(batch, end), end);
  ExecutionPaths paths;
  paths.input = content_of(batch.input_file_id);
  paths.output = unfinished("output");
  paths.errors = unfinished("errors");
  paths.asked = unfinished("asked");
  // Cancelled before it was checked, or deleted since: nothing can be answered.
  Execution execution;
  if (batch.check && path_exists(paths.input)) {
    auto done = execute(batch, rest, end, seed_, faults_, answerer_, asked_, paths);
    if (!done) return done.error();
    execution = std::move(*done);
    if (auto moved = rename_now(paths.asked, with_suffix(folder_ / "batches" / batch.id, asked_suffix)); !moved)
      return moved;
  }
  return keep_results(batch, execution);
}

Status World::keep_results(Batch& batch, Execution& execution) {
  Outcome outcome;
  outcome.completed = execution.completed;
  outcome.failed = execution.failed;
  outcome.usage = execution.usage;
  auto output = keep_result_file(batch, false, execution.output, unfinished("output"));
  if (!output) return output.error();
  auto errors = keep_result_file(batch, true, execution.errors, unfinished("errors"));
  if (!errors) return errors.error();
  outcome.output_file_id = std::move(*output);
  outcome.error_file_id = std::move(*errors);
  batch.outcome = std::move(outcome);
  if (auto saved = save(batch); !saved) {
    batch.outcome.reset();
    return saved;
  }
  const auto state = name_of(state_of(batch, end_of(batch).value_or(batch.completed)));
  return journal_.batch_answered(batch, state, execution.output.xxh3);
}

Result<std::string> World::keep_result_file(const Batch& batch, bool errors, WrittenFile& written,
                                            const Path& content) {
  if (written.lines == 0) return std::string();
  StoredFile file;
  file.sequence = batch.sequence + (errors ? 2 : 1);
  file.id = Ids(seed_, batch.dialect).file(errors ? FileKind::errors : FileKind::output, file.sequence);
  file.dialect = batch.dialect;
  file.filename = batch.id + (errors ? "_error.jsonl" : "_output.jsonl");
  file.purpose = "batch_output";
  file.bytes = written.bytes;
  file.lines = written.lines;
  file.xxh3 = written.xxh3;
  file.created = end_of(batch).value_or(batch.completed);
  if (faults_.long_ids.hits(seed_, file.sequence)) file.id = lengthened(file.id);
  std::string id = file.id;
  if (auto kept = keep_file(std::move(file), content); !kept) return kept.error();
  return id;
}

Status World::ask(Question question, Reply& reply) {
  question.asked = asked_.count(question.body_hash);
  std::string key;
  Asked::append_key(key, question.body_hash);
  auto counted = File::open_to_append(folder_ / "chats.asked");
  if (!counted) return counted.error();
  if (auto written = counted->write(key); !written) return written;
  answerer_.answer(question, reply);
  return journal_.chat(question, reply);
}

}  // namespace batchd::simulator
