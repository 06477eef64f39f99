#include "line/prepare/shard_files.hpp"

#include <fmt/format.h>

namespace batchd::prepare {

Result<ShardFiles> ShardFiles::create(model::Shard shard, const Path& state_folder, std::string_view spool) {
  shard.requests_file = fmt::format("{}/{:04}.requests.jsonl", spool, shard.n);
  shard.rows_file = fmt::format("{}/{:04}.rows.jsonl", spool, shard.n);
  auto requests = FileWriter::create(state_folder / shard.requests_file);
  if (!requests) return requests.error();
  auto rows = FileWriter::create(state_folder / shard.rows_file);
  if (!rows) return rows.error();
  return ShardFiles(std::move(shard), std::move(*requests), std::move(*rows));
}

Status ShardFiles::add(model::Item& item, std::string_view request_line, std::string_view row) {
  item.shard = shard_.n;
  item.row_offset = rows_.offset();
  item.row_length = row.size();
  item.request_offset = requests_.offset();
  item.request_length = request_line.size() - 1;

  if (shard_.requests == 0) shard_.first_sequence = item.sequence;
  shard_.last_sequence = item.sequence;
  ++shard_.requests;
  hash_.add(request_line);
  if (auto written = requests_.write(request_line); !written) return written;
  rows_hash_.add(row);
  rows_hash_.add("\n");
  if (auto written = rows_.write(row); !written) return written;
  return rows_.write("\n");
}

Result<model::Shard> ShardFiles::finish() {
  shard_.bytes = requests_.offset();
  shard_.requests_hash = to_hex(hash_.digest());
  shard_.rows_mark = {rows_.offset(), to_hex(rows_hash_.digest())};
  if (auto finished = requests_.finish(); !finished) return finished.error();
  if (auto finished = rows_.finish(); !finished) return finished.error();
  return std::move(shard_);
}

Status sync_spool(const Path& state_folder, std::string_view spool) {
  Path folder = state_folder;
  if (auto synced = sync_folder(folder); !synced) return synced;
  for (const auto& part : Path(spool)) {
    folder /= part;
    if (auto synced = sync_folder(folder); !synced) return synced;
  }
  return {};
}

}  // namespace batchd::prepare
