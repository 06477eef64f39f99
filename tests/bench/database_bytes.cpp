// bench_database_bytes DATABASE ROWS: what each table takes on the disk, in bytes a row (bytes.TABLE=…, the largest
// first), and the whole file.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <sqlite3.h>

#include "bench/measured.hpp"

namespace {

[[noreturn]] void fail(sqlite3* database) {
  std::fprintf(stderr, "bench_database_bytes: %s\n", sqlite3_errmsg(database));
  std::exit(1);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "bench_database_bytes DATABASE ROWS\n");
    return 2;
  }
  const double rows = std::stod(arguments[2]);
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) fail(database);
  sqlite3_stmt* tables = nullptr;
  constexpr const char* query = "SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC";
  if (sqlite3_prepare_v2(database, query, -1, &tables, nullptr) != SQLITE_OK) fail(database);
  while (sqlite3_step(tables) == SQLITE_ROW) {
    const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(tables, 0));
    batchd::bench::print_figure(("bytes." + name).c_str(), sqlite3_column_double(tables, 1) / rows);
  }
  sqlite3_finalize(tables);
  sqlite3_close(database);
  double bytes = static_cast<double>(std::filesystem::file_size(arguments[1]));
  const std::string log = std::string(arguments[1]) + "-wal";  // a closed database has none
  if (std::filesystem::exists(log)) bytes += static_cast<double>(std::filesystem::file_size(log));
  batchd::bench::print_figure("bytes_a_row", bytes / rows);
}
