#include "line/collect/collect.hpp"

#include <fmt/format.h>

#include "line/collect/shard_pass.hpp"

namespace batchd::collect {
namespace {

Error in_shard(const Request& request, const Error& error) {
  return error.within(fmt::format("collecting shard {}", request.shard.n));
}

// A shard is collected when nothing more can come of it; earlier its open requests would be called missing.
bool is_over(const Request& request) {
  switch (request.shard.end) {
    case model::EndKind::none:
      return false;
    case model::EndKind::batch:
      return model::is_terminal(request.submission.state);
    case model::EndKind::refused:
    case model::EndKind::not_sent:
    case model::EndKind::given_up:
      break;
  }
  return true;
}

Result<Collected> write_outcomes(const Request& request, const Path& file) {
  auto writer = FileWriter::create(file);
  if (!writer) return writer.error();
  auto pass = ShardPass::begin(request, *writer);
  if (!pass) return pass.error();
  if (!request.shard.output_file.empty())
    if (auto read = (*pass)->read(request.state_folder / request.shard.output_file, false); !read) return read.error();
  // A batch whose lines all failed has only this file, and calls itself completed.
  if (!request.shard.error_file.empty())
    if (auto read = (*pass)->read(request.state_folder / request.shard.error_file, true); !read) return read.error();
  if (auto settled = (*pass)->settle(); !settled) return settled.error();
  if (auto finished = writer->finish(); !finished) return finished.error();
  return (*pass)->take();
}

}  // namespace

Result<Collected> collect(const Request& request) {
  check(is_over(request), "a shard is collected after its end");
  const Path file = request.state_folder / request.shard.outcome_file;
  if (auto made = make_folders(file.parent_path()); !made) return in_shard(request, made.error());
  // A crash before the rename leaves the half-written name, which the next try truncates.
  Path partial = file;
  partial += ".partial";
  auto collected = write_outcomes(request, partial);
  if (!collected) return in_shard(request, collected.error());
  if (auto renamed = rename_durably(partial, file); !renamed) return in_shard(request, renamed.error());
  return collected;
}

}  // namespace batchd::collect
