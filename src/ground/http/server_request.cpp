#include "ground/http/server_request.hpp"

#include <limits>

#include "ground/base/hash.hpp"
#include "ground/base/random.hpp"
#include "ground/http/url.hpp"

namespace batchd::http {

SpoolNames::SpoolNames(Path folder) : folder_(std::move(folder)) {
  Random random = Random::from_system();
  Hash128 unique;
  unique.high = random.next();
  unique.low = random.next();
  prefix_ = "body-" + to_hex(unique) + "-";
}

Path SpoolNames::next() { return folder_ / (prefix_ + std::to_string(++count_)); }

ServerRequest make_server_request(Method method, std::string target, Headers headers, std::string peer) {
  ServerRequest request;
  request.method = method;
  const auto mark = target.find('?');
  request.path = percent_decode(std::string_view(target).substr(0, mark));
  if (mark != target.npos) request.query = parse_query(std::string_view(target).substr(mark + 1));
  request.target = std::move(target);
  request.headers = std::move(headers);
  request.peer = std::move(peer);
  return request;
}

BodyCollector::BodyCollector(const BodyPlan& plan, SpoolNames& names)
    : bytes_max_(plan.bytes_max),
      memory_bytes_max_(plan.memory_bytes_max),
      reset_after_bytes_(plan.reset_after_bytes),
      names_(names),
      sink_(std::numeric_limits<std::uint64_t>::max()) {}

Result<BodyCollector::Verdict> BodyCollector::take(std::string_view piece) {
  const std::uint64_t bytes = sink_.bytes() + piece.size();
  if (bytes > bytes_max_) return Verdict::too_long;
  if (reset_after_bytes_ && bytes >= *reset_after_bytes_) return Verdict::reset_here;
  if (bytes > memory_bytes_max_ && !sink_.is_file()) {
    spooled_ = names_.next();
    const Status moved = sink_.move_to_file(spooled_, std::numeric_limits<std::uint64_t>::max());
    if (!moved.ok()) return moved.error();
  }
  const Status taken = sink_.take(piece);
  if (!taken.ok()) return taken.error();
  return Verdict::more;
}

Status BodyCollector::finish(ServerRequest& request) {
  const Status finished = sink_.finish();
  if (!finished.ok()) return finished;
  if (sink_.is_file()) {
    request.body = SpooledFile(spooled_, sink_.bytes());
  } else {
    request.body = sink_.take_text();
  }
  return {};
}

ServerResponse plain_answer(int status, std::string text) {
  ServerResponse response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text) + "\n";
  response.close = true;
  return response;
}

Body take_body(ServerResponse& response) {
  if (auto* text = std::get_if<std::string>(&response.body)) return std::move(*text);
  if (auto* range = std::get_if<FileRange>(&response.body)) return std::move(*range);
  return std::monostate();
}

}  // namespace batchd::http
