// bench_prepare_probe TICKETS FOLDER
// The floor under Prepare: what this hardware can do with the same bytes and the same promises kept, and no product
// around it. Every line is parsed in full, ids are checked for duplicates, a template of three fields is rendered,
// shards of requests and rows are written and synced, items and ids are in SQLite (WAL, synchronous=FULL). Two
// threads: one reads, judges and renders, the other writes and records.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "bench/exchange.hpp"
#include "bench/measured.hpp"

namespace {

using batchd::bench::Exchange;

constexpr std::size_t read_bytes = 1 << 20;
constexpr std::size_t block_rows = 1'024;
constexpr std::size_t shard_rows = 50'000;
constexpr std::size_t rows_a_transaction = 10'000;
constexpr std::size_t write_bytes = 256 * 1024;
constexpr std::string_view run_id = "01kb0000000000000000000000";

void must(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::exit(1);
}

struct Row {
  std::uint64_t sequence;
  std::uint32_t row_length, body_length, id_length;
  XXH128_hash_t key;
};

struct Block {
  std::string rows, bodies, ids;
  std::vector<Row> accepted;
  bool at_end = false;
  void clear() {
    rows.clear();
    bodies.clear();
    ids.clear();
    accepted.clear();
    at_end = false;
  }
};

struct IdKey {
  std::uint64_t hash, sequence;
};

// Open addressing over the ids' hashes. That two ids of one hash are compared in full is left out: it never happens.
class SeenIds {
 public:
  bool insert(std::uint64_t hash, std::uint64_t sequence) {
    if ((count_ + 1) * 10 > slots_.size() * 7) grow();
    std::size_t at = hash & (slots_.size() - 1);
    for (; slots_[at].sequence != 0; at = (at + 1) & (slots_.size() - 1))
      if (slots_[at].hash == hash) return false;
    slots_[at] = {hash, sequence};
    ++count_;
    return true;
  }
  std::vector<IdKey> sorted() {
    std::erase_if(slots_, [](const IdKey& key) { return key.sequence == 0; });
    std::sort(slots_.begin(), slots_.end(), [](const IdKey& a, const IdKey& b) { return a.hash < b.hash; });
    return std::move(slots_);
  }

 private:
  void grow() {
    std::vector<IdKey> old = std::move(slots_);
    slots_.assign(old.size() * 2, {0, 0});
    count_ = 0;
    for (const IdKey& key : old)
      if (key.sequence != 0) insert(key.hash, key.sequence);
  }
  std::vector<IdKey> slots_ = std::vector<IdKey>(1 << 16, {0, 0});
  std::size_t count_ = 0;
};

constexpr std::array<bool, 256> must_be_escaped = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c)
    table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

void append_escaped(std::string& out, std::string_view text) {
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (!must_be_escaped[c]) [[likely]]
      continue;
    out.append(text, from, at - from);
    from = at + 1;
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      (out += '\\') += static_cast<char>(c);
    else
      out += fmt::format("\\u{:04x}", c);
  }
  out.append(text, from);
}

class Judge {
 public:
  std::uint64_t rows() const { return sequence_; }
  SeenIds& ids() { return ids_; }

  void read(const char* path, Exchange<Block>& full, Exchange<Block>& empty) {
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    must(file >= 0, path);
    Block* block = empty.take();
    std::vector<char> buffer(read_bytes * 2 + simdjson::SIMDJSON_PADDING);
    std::size_t held = 0;
    for (;;) {
      const ssize_t got = ::read(file, buffer.data() + held, read_bytes);
      must(got >= 0, "read");
      if (got == 0) break;
      held += static_cast<std::size_t>(got);
      std::size_t begin = 0;
      while (const void* end = std::memchr(buffer.data() + begin, '\n', held - begin)) {
        const auto length = static_cast<std::size_t>(static_cast<const char*>(end) - buffer.data()) - begin;
        take(buffer.data() + begin, length, *block);
        begin += length + 1;
        if (block->accepted.size() == block_rows) {
          full.give(block);
          block = empty.take();
        }
      }
      std::memmove(buffer.data(), buffer.data() + begin, held - begin);
      held -= begin;
    }
    ::close(file);
    block->at_end = true;
    full.give(block);
  }

 private:
  void take(const char* line, std::size_t length, Block& block) {
    simdjson::dom::element row;
    must(!parser_.parse(line, length, false).get(row), "a ticket parses");
    std::string_view id, subject, body;
    must(!row["ticket_id"].get(id) && !row["subject"].get(subject) && !row["body"].get(body), "a ticket's fields");
    ++sequence_;
    must(ids_.insert(XXH3_64bits(id.data(), id.size()), sequence_), "an id is new");

    const std::size_t begin = block.bodies.size();
    block.bodies += R"({"model":"qwen-plus","temperature":0.2,"max_tokens":400,"messages":[{"role":"system","content":)"
                    R"("You summarise support tickets. Answer in JSON only."},{"role":"user","content":"Ticket )";
    append_escaped(block.bodies, id);
    block.bodies += R"(\nSubject: )";
    append_escaped(block.bodies, subject);
    block.bodies += R"(\n\n)";
    append_escaped(block.bodies, body);
    block.bodies += R"("}]})";
    const std::size_t rendered = block.bodies.size() - begin;
    block.rows.append(line, length);
    block.ids += id;
    block.accepted.push_back({sequence_, static_cast<std::uint32_t>(length), static_cast<std::uint32_t>(rendered),
                              static_cast<std::uint32_t>(id.size()),
                              XXH3_128bits(block.bodies.data() + begin, rendered)});
  }

  simdjson::dom::parser parser_;
  SeenIds ids_;
  std::uint64_t sequence_ = 0;
};

class OutFile {
 public:
  explicit OutFile(const std::string& path) : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600)) {
    must(file_ >= 0, path.c_str());
  }
  void write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > write_bytes) flush();
    buffer_ += bytes;
    offset_ += bytes.size();
  }
  std::uint64_t offset() const { return offset_; }
  void finish() {
    flush();
    must(::fdatasync(file_) == 0, "fdatasync");
    ::close(file_);
  }

 private:
  void flush() {
    must(::write(file_, buffer_.data(), buffer_.size()) == static_cast<ssize_t>(buffer_.size()), "write");
    buffer_.clear();
  }
  int file_;
  std::string buffer_;
  std::uint64_t offset_ = 0;
};

class Database {
 public:
  explicit Database(const std::string& path) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    must(::sqlite3_open_v2(path.c_str(), &database_, flags, nullptr) == SQLITE_OK, path.c_str());
    execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE items (run INTEGER, sequence INTEGER, id TEXT, shard INTEGER, row_offset INTEGER, row_length "
        "INTEGER, request_offset INTEGER, request_length INTEGER, request_key BLOB, PRIMARY KEY (run, sequence)) "
        "WITHOUT ROWID;"
        "CREATE TABLE keys (run INTEGER, hash INTEGER, sequence INTEGER, PRIMARY KEY (run, hash, sequence)) "
        "WITHOUT ROWID;");
    insert_item_ = prepare("INSERT INTO items VALUES (1,?,?,?,?,?,?,?,?)");
    insert_key_ = prepare("INSERT INTO keys VALUES (1,?,?)");
  }
  void execute(const char* sql) { must(::sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql); }

  void add_item(const Row& row, std::string_view id, std::size_t shard, std::uint64_t row_offset,
                std::uint64_t request_offset, std::uint64_t request_length) {
    if (pending_++ == 0) execute("BEGIN");
    const std::array<std::uint64_t, 5> numbers{shard, row_offset, row.row_length, request_offset, request_length};
    ::sqlite3_bind_int64(insert_item_, 1, static_cast<sqlite3_int64>(row.sequence));
    ::sqlite3_bind_text(insert_item_, 2, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      ::sqlite3_bind_int64(insert_item_, static_cast<int>(3 + i), static_cast<sqlite3_int64>(numbers[i]));
    ::sqlite3_bind_blob(insert_item_, 8, &row.key, sizeof row.key, SQLITE_STATIC);
    step(insert_item_);
    if (pending_ == rows_a_transaction) commit();
  }
  void add_keys(const std::vector<IdKey>& keys) {
    commit();
    execute("BEGIN");
    for (const IdKey& key : keys) {
      ::sqlite3_bind_int64(insert_key_, 1, static_cast<sqlite3_int64>(key.hash ^ (std::uint64_t{1} << 63)));
      ::sqlite3_bind_int64(insert_key_, 2, static_cast<sqlite3_int64>(key.sequence));
      step(insert_key_);
    }
    execute("COMMIT");
  }
  void commit() {
    if (pending_ > 0) execute("COMMIT");
    pending_ = 0;
  }

 private:
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    must(::sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK, sql);
    return statement;
  }
  static void step(sqlite3_stmt* statement) {
    must(::sqlite3_step(statement) == SQLITE_DONE, "insert");
    ::sqlite3_reset(statement);
  }
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_item_ = nullptr;
  sqlite3_stmt* insert_key_ = nullptr;
  std::size_t pending_ = 0;
};

class Writer {
 public:
  Writer(std::string folder, Database& database) : folder_(std::move(folder)), database_(database) {}
  void take_all(Exchange<Block>& full, Exchange<Block>& empty) {
    for (bool at_end = false; !at_end;) {
      Block* block = full.take();
      write(*block);
      at_end = block->at_end;
      block->clear();
      empty.give(block);
    }
    close();
  }

 private:
  void write(const Block& block) {
    std::size_t row_at = 0, body_at = 0, id_at = 0;
    for (const Row& row : block.accepted) {
      if (requests_ == nullptr || in_shard_ == shard_rows) open();
      line_.clear();
      fmt::format_to(std::back_inserter(line_),
                     R"({{"custom_id":"{}-{}-1","method":"POST","url":"/v1/chat/completions","body":)", run_id,
                     row.sequence);
      line_.append(block.bodies, body_at, row.body_length);
      line_ += "}\n";
      database_.add_item(row, std::string_view(block.ids).substr(id_at, row.id_length), shard_, rows_->offset(),
                         requests_->offset(), line_.size() - 1);
      requests_->write(line_);
      rows_->write(std::string_view(block.rows).substr(row_at, row.row_length));
      rows_->write("\n");
      row_at += row.row_length;
      body_at += row.body_length;
      id_at += row.id_length;
      ++in_shard_;
    }
  }
  void open() {
    close();
    ++shard_;
    in_shard_ = 0;
    requests_ = std::make_unique<OutFile>(fmt::format("{}/{:04}.requests.jsonl", folder_, shard_));
    rows_ = std::make_unique<OutFile>(fmt::format("{}/{:04}.rows.jsonl", folder_, shard_));
  }
  void close() {
    if (requests_ == nullptr) return;
    requests_->finish();
    rows_->finish();
  }

  std::string folder_;
  Database& database_;
  std::unique_ptr<OutFile> requests_, rows_;
  std::size_t shard_ = 0;
  std::size_t in_shard_ = 0;
  std::string line_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    fmt::print(stderr, "bench_prepare_probe TICKETS FOLDER\n");
    return 2;
  }
  const std::string folder = arguments[2];
  ::mkdir(folder.c_str(), 0700);
  const batchd::bench::Stopwatch watch;
  Database database(folder + "/probe.db");
  Exchange<Block> full, empty;
  std::array<Block, 3> blocks;
  for (Block& block : blocks)
    empty.give(&block);
  Writer writer(folder, database);
  std::thread writing([&] { writer.take_all(full, empty); });
  Judge judge;
  judge.read(arguments[1], full, empty);
  writing.join();
  database.add_keys(judge.ids().sorted());
  batchd::bench::print_figures(judge.rows(), watch.seconds());
}
