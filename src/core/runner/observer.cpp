#include "core/runner/observer.hpp"

namespace batchd::runner {

void Observer::on_preparing(const prepare::Tally&, std::uint64_t) {}
void Observer::on_prepared(const model::Run&, const std::vector<model::Shard>&) {}
void Observer::on_changed(const engine::State&, const model::Changes&) {}
void Observer::on_uploading(std::uint32_t, std::uint64_t, std::uint64_t) {}
void Observer::on_reported(const model::Run&, const Path&, const std::string&) {}

}  // namespace batchd::runner
