#include "core/store/database.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace batchd::store {

// -- Query

Query::~Query() { reset(); }

void Query::reset() {
  if (statement_) sqlite3_reset(statement_);
}

void Query::begin() {
  reset();
  failed_ = false;
  met_known_row_ = false;
  copies_texts_ = false;
  bound_ = 0;
}

bool Query::next() {
  if (failed_ || !statement_) return failed_ = true, false;
  const int code = sqlite3_step(statement_);
  failed_ = code != SQLITE_ROW && code != SQLITE_DONE;
  met_known_row_ = code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE;
  return code == SQLITE_ROW;
}

bool Query::finish() {
  while (next()) {
  }
  // At once, not with the scope: a statement that is not reset holds its page and would keep a COMMIT from ending.
  if (!failed_) reset();
  return !failed_;
}

void Query::fail_as_damaged(int column) {
  failed_ = true;
  database_->damage_ =
      fmt::format("column \"{}\" holds a value no version has written", sqlite3_column_name(statement_, column));
}

void Query::put_null(int index) { sqlite3_bind_null(statement_, index); }

void Query::put_integer(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }

void Query::put(int index, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may have one.
  sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(),
                      copies_texts_ ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
}

void Query::put(int index, const Hash128& hash) {
  const auto bytes = to_bytes(hash);
  sqlite3_bind_blob(statement_, index, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
}

void Query::put(int index, const Blob& blob) {
  sqlite3_bind_blob64(statement_, index, blob.bytes.data(), blob.bytes.size(), SQLITE_TRANSIENT);
}

bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

void Query::get(int column, std::string& text) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  text.assign(bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

void Query::get(int column, Hash128& hash) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (sqlite3_column_bytes(statement_, column) != 16) return fail_as_damaged(column);
  hash = hash128_from_bytes({bytes, 16});
}

void Query::get(int column, Blob& blob) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  blob.bytes.assign(bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

// -- Database

std::string many_rows(std::string_view head, int columns) {
  std::string row = "(?";
  for (int column = 1; column < columns; ++column)
    row += ",?";
  row += ')';
  std::string sql(head);
  for (std::size_t n = 0; n < rows_per_statement; ++n) {
    sql += n == 0 ? " " : ",";
    sql += row;
  }
  return sql;
}

namespace {

// SQLite gives its -wal and -shm files the mode of the database, so the database must have it before it is opened.
Status create_private_file(const Path& file) {
  if (auto made = make_folders(file.parent_path()); !made) return made;
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return Error{ErrorKind::io, fmt::format("cannot open the database {}: {}", file.string(), std::strerror(errno))};
  ::close(descriptor);
  return {};
}

// `file:` with what would mean something else there escaped.
std::string immutable_uri(const Path& file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    const bool plain = c != '?' && c != '#' && c != '%';
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri + "?immutable=1";
}

bool holds_changes(const Path& log) {
  std::error_code fault;
  const auto size = std::filesystem::file_size(log, fault);
  return !fault && size > 0;
}

Error unreadable_changes(const Path& file) {
  return {ErrorKind::io,
          fmt::format("the newest changes of the database {} cannot be read without writing beside it", file.string()),
          "Read it as a user who may write to its folder; a run that ends properly leaves a file that all can read."};
}

Error missing(const Path& file) {
  return {ErrorKind::not_found, fmt::format("there is no database {}", file.string()),
          "No job has been run with this state directory yet; --state-dir or the config's state_dir names another."};
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const Path& file, Mode mode) {
  if (mode == Mode::read_write) {
    if (auto created = create_private_file(file); !created) return created.error();
  } else if (!exists(file)) {
    return missing(file);
  }
  auto database = connect(file, file.string(), mode == Mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  if (database && mode == Mode::read_only && (*database)->is_locked_out()) {
    // SQLite wants to put its shared memory beside a WAL file's database, also for reading. Where it may not (a
    // read-only folder, another user's), the file by itself is the truth only if nothing lies in its log.
    if (holds_changes(file.string() + "-wal")) return unreadable_changes(file);
    database = connect(file, immutable_uri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  }
  if (!database) return database;
  const std::string settings = fmt::format("PRAGMA cache_size = -{}; PRAGMA foreign_keys = ON", cache_kib);
  if (auto set = (*database)->execute(settings, "open it"); !set) return set.error();
  return database;
}

Result<std::unique_ptr<Database>> Database::connect(const Path& file, const std::string& name, int flags) {
  sqlite3* connection = nullptr;
  const int code =
      sqlite3_open_v2(name.c_str(), &connection, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | flags, nullptr);
  std::unique_ptr<Database> database{new Database(connection, file)};
  if (code != SQLITE_OK) return database->failure("open it");
  sqlite3_busy_timeout(connection, busy_timeout_ms);
  return database;
}

// Damage is told when it is met; here only the door counts.
bool Database::is_locked_out() {
  if (sqlite3_exec(connection_, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr) == SQLITE_OK)
    return false;
  const int code = sqlite3_errcode(connection_) & 0xff;
  return code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

Database::~Database() {
  for (auto& [sql, statement] : statements_)
    sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

Status Database::prepare_for_writing() {
  const std::string settings = fmt::format(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = {}", journal_size_max);
  // Of several processes that open a new file at the same moment one makes it a WAL file. SQLite turns the others away
  // at once, whatever the busy timeout: they have begun to read, and it does not wait for a lock while reading.
  constexpr int pause_ms = 5;
  for (int waited_ms = 0;; waited_ms += pause_ms) {
    auto prepared = execute(settings, "open it for writing");
    const bool is_busy = !prepared && (sqlite3_errcode(connection_) & 0xff) == SQLITE_BUSY;
    if (!is_busy || waited_ms >= busy_timeout_ms) return prepared;
    sqlite3_sleep(pause_ms);
  }
}

Query Database::query(std::string_view sql) {
  auto [place, is_new] = statements_.try_emplace(sql, nullptr);
  if (!place->second) {
    sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &place->second,
                       nullptr);
  }
  // Left null when SQLite refuses (a damaged schema): the query then fails, and failure() says why.
  check(!place->second || !sqlite3_stmt_busy(place->second), "a statement is used by one query at a time");
  return {*this, place->second};
}

Status Database::execute(const std::string& sql, std::string_view doing) {
  if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure(doing);
  return {};
}

Result<std::int64_t> Database::number(std::string_view sql, std::string_view doing) {
  Query asked = query(sql);
  std::int64_t value = 0;
  if (asked.bind().next()) asked.read(value);
  if (asked.failed()) return failure(doing);
  return value;
}

std::int64_t Database::last_inserted() const { return sqlite3_last_insert_rowid(connection_); }

std::int64_t Database::changed_rows() const { return sqlite3_changes64(connection_); }

Error Database::failure(std::string_view doing) {
  if (!damage_.empty()) return failure_of(SQLITE_CORRUPT, std::exchange(damage_, {}), doing);
  return failure_of(sqlite3_extended_errcode(connection_), sqlite3_errmsg(connection_), doing);
}

Error Database::failure_of(int code, std::string_view message, std::string_view doing) const {
  const std::string name = file_.string();
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorKind::io, fmt::format("the database {} is damaged, cannot {}: {}", name, doing, message),
              std::string(damage_hint)};
    case SQLITE_FULL:
      return {ErrorKind::io, fmt::format("cannot {} in {}: the disk is full", doing, name),
              "Free some space, then give the same command again: nothing is lost."};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::io,
              fmt::format("cannot {} in {}: another process has kept it locked for {} s", doing, name,
                          busy_timeout_ms / 1000),
              "Give the same command again once that process is done."};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {ErrorKind::io, fmt::format("cannot {}: the database {}: {}", doing, name, message),
              "This user must be able to write to the file and to the folder it lies in."};
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_ERROR:
      return {ErrorKind::internal, fmt::format("cannot {} in {}: {}", doing, name, message)};
    default:
      return {ErrorKind::io, fmt::format("cannot {} in {}: {}", doing, name, message)};
  }
}

// -- Transaction

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
  // A writer takes its lock at once: a transaction that reads first and writes later may find that another process
  // wrote in between, and could only start over.
  const bool ok = database.query(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED").run();
  if (!ok) begun_ = database.failure("begin a transaction");
  open_ = ok;
}

Transaction::~Transaction() {
  if (open_) database_.query("ROLLBACK").run();
}

Status Transaction::commit(std::string_view doing) {
  if (!database_.query("COMMIT").run()) return database_.failure(doing);
  open_ = false;
  return {};
}

}  // namespace batchd::store
