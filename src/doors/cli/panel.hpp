#pragma once
// What the live panel shows, as lines: no terminal in here, so that tests read it.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/engine.hpp"
#include "doors/cli/terminal.hpp"
#include "line/prepare/prepare.hpp"
#include "rules/model/run.hpp"

namespace batchd::cli {

class Panel {
 public:
  explicit Panel(Style style) : style_(style) {}

  void preparing(const prepare::Tally& tally, std::uint64_t bytes_total);
  void prepared(const model::Run& run, const std::vector<model::Shard>& shards);
  void changed(const engine::State& state, Time now);
  void uploading(std::uint32_t shard, std::uint64_t sent, Time now);
  // None is wider than `columns`; what matters less goes first.
  std::vector<std::string> lines(Time now, unsigned columns) const;

 private:
  std::string title(unsigned columns) const;
  std::string rows_line(unsigned columns) const;
  std::string upload_line(unsigned columns) const;
  std::string batches_line(unsigned columns) const;
  std::string results_line(unsigned columns) const;
  std::vector<std::string> waiting_lines(Time now, unsigned columns) const;

  Style style_;
  prepare::Tally tally_;
  std::uint64_t bytes_total_ = 0;
  std::optional<model::Run> run_;
  std::map<std::uint32_t, model::Shard> shards_;
  std::map<std::uint32_t, model::Submission> submissions_;  // the newest of each shard
  std::map<std::uint32_t, std::uint64_t> sent_bytes_;       // of shards under way
  std::optional<Time> first_sent_at_;
  std::uint64_t sent_since_first_ = 0;
  Time last_sent_at_{};
};

}  // namespace batchd::cli
