#pragma once
// SQLite, thinly: one connection, its prepared statements, a transaction. Nothing here knows what a run is, and
// nothing outside this room sees it.
//
// A Query that fails does not throw: next() and run() answer false, failed() tells, and Database::failure() turns
// what SQLite said into an Error with a sentence. A value that this version cannot have written (a state nobody knows,
// a negative count) fails the query in the same way, as damage.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "core/store/store.hpp"
#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"
#include "ground/base/hash.hpp"
#include "ground/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace batchd::store {

class Database;

// Bytes that are not text.
struct Blob {
  std::string bytes;
};

// The last value of an enum that is kept as a number; see stored_values.hpp.
template <typename Enum>
inline constexpr Enum last_stored = Enum{};

// A statement with its values. Borrowed from the connection that keeps it prepared; reset when it goes out of scope.
// The same text may not be used by two Queries at a time.
class Query {
 public:
  Query(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  // For reading: binds ?1, ?2, … (texts are copied), then next() until it is false.
  template <typename... Values>
  Query& bind(const Values&... values) {
    begin();
    copies_texts_ = true;
    append(values...);
    return *this;
  }
  bool next();
  // The columns of the row at hand, in order.
  template <typename... Values>
  void read(Values&... values) {
    int column = 0;
    (get(column++, values), ...);
  }

  // For writing: binds and runs to the end; may be called again and again. false: see Database::failure().
  template <typename... Values>
  bool run(const Values&... values) {
    begin();
    append(values...);
    return finish();
  }
  // The same for a statement of several rows (many_rows() below): begin(), append() each row, finish(). Texts must
  // live until then.
  void begin();
  template <typename... Values>
  void append(const Values&... values) {
    (put(++bound_, values), ...);
  }
  bool finish();

  bool failed() const { return failed_; }
  // It failed because a row of that key is there already; nothing of the statement has happened.
  bool met_known_row() const { return met_known_row_; }

 private:
  void reset();
  void fail_as_damaged(int column);

  void put_null(int index);
  void put_integer(int index, std::int64_t value);
  void put(int index, std::string_view text);
  void put(int index, const Hash128& hash);
  void put(int index, const Blob& blob);
  void put(int index, std::nullptr_t) { put_null(index); }
  void put(int index, bool value) { put_integer(index, value ? 1 : 0); }
  void put(int index, Time time) { put_integer(index, to_unix_ms(time)); }
  template <std::integral T>
  void put(int index, T value) {
    // Nothing of ours is that large; a number a user typed may be, and then is larger than all there is.
    put_integer(index, std::in_range<std::int64_t>(value) ? static_cast<std::int64_t>(value) : INT64_MAX);
  }
  template <typename T>
    requires std::is_enum_v<T>
  void put(int index, T value) {
    put_integer(index, static_cast<std::int64_t>(value));
  }
  template <typename T>
  void put(int index, const std::optional<T>& value) {
    value ? put(index, *value) : put_null(index);
  }

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  void get(int column, std::string& text);
  void get(int column, Hash128& hash);
  void get(int column, Blob& blob);
  void get(int column, std::int64_t& value) { value = integer(column); }
  void get(int column, Time& time) { time = from_unix_ms(integer(column)); }
  void get(int column, bool& value) { value = integer(column) != 0; }
  template <std::integral T>
  void get(int column, T& value) {
    const std::int64_t stored = integer(column);
    if (!std::in_range<T>(stored)) return fail_as_damaged(column);
    value = static_cast<T>(stored);
  }
  template <typename T>
    requires std::is_enum_v<T>
  void get(int column, T& value) {
    const std::int64_t stored = integer(column);
    if (stored < 0 || stored > static_cast<std::int64_t>(last_stored<T>)) return fail_as_damaged(column);
    value = static_cast<T>(stored);
  }
  template <typename T>
  void get(int column, std::optional<T>& value) {
    if (is_null(column)) return value.reset();
    get(column, value.emplace());
  }

  Database* database_;
  sqlite3_stmt* statement_;
  bool failed_ = false;
  bool met_known_row_ = false;
  int bound_ = 0;
  bool copies_texts_ = true;
};

// "INSERT INTO items VALUES (?,?),(?,?)…": `head`, then rows_per_statement rows of so many columns. Starting and ending
// a statement costs SQLite as much as the row itself; sixteen rows share it.
inline constexpr std::size_t rows_per_statement = 16;
std::string many_rows(std::string_view head, int columns);

class Database {
 public:
  static constexpr int busy_timeout_ms = 10'000;     // how long a writer waits for another one
  static constexpr int cache_kib = 8 * 1024;         // appending touches the right edge of each table only
  static constexpr int journal_size_max = 64 << 20;  // what the WAL file shrinks to after a large transaction

  // What to do with a damaged file.
  static constexpr std::string_view damage_hint =
      "Put a backup of it in its place. Do not just delete it: batches in flight would be forgotten, and paid for "
      "twice.";

  // read_write creates the file (0600) and its folder. The file is looked at, not changed otherwise: see
  // prepare_for_writing(). read_only also opens a file whose folder may not be written to, as long as it was closed
  // properly; if it was not, its newest changes cannot be read there, and the error says so (io).
  static Result<std::unique_ptr<Database>> open(const Path& file, Mode mode);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // The file becomes WAL, each commit is on the disk when it returns, foreign keys hold.
  Status prepare_for_writing();

  // Prepared once, kept. `sql` must live as long as the program: it is the key.
  Query query(std::string_view sql);
  // One or more statements without results, for the schema.
  Status execute(const std::string& sql, std::string_view doing);
  // One number: a pragma or a count.
  Result<std::int64_t> number(std::string_view sql, std::string_view doing);

  std::int64_t last_inserted() const;
  std::int64_t changed_rows() const;  // by the statement that ran last
  const Path& file() const { return file_; }

  // What SQLite said last, as an Error: "cannot keep the items in /…/batchd.db: database or disk is full".
  Error failure(std::string_view doing);

 private:
  friend class Query;
  static Result<std::unique_ptr<Database>> connect(const Path& file, const std::string& name, int flags);
  bool is_locked_out();  // it is there, but cannot be read in the ordinary way from where we may write
  Database(sqlite3* connection, Path file) : connection_(connection), file_(std::move(file)) {}
  Error failure_of(int code, std::string_view message, std::string_view doing) const;

  sqlite3* connection_;
  Path file_;
  std::unordered_map<std::string_view, sqlite3_stmt*> statements_;
  std::string damage_;  // what a Query could not believe
};

// All or nothing. Without commit() it is rolled back at the end of the scope.
class Transaction {
 public:
  enum class Kind { write, read };  // read: one moment's view over several queries
  explicit Transaction(Database& database, Kind kind = Kind::write);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  const Status& begun() const { return begun_; }
  Status commit(std::string_view doing);

 private:
  Database& database_;
  Status begun_;
  bool open_ = false;
};

}  // namespace batchd::store
