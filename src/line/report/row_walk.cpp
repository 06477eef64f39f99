#include "line/report/row_walk.hpp"

#include <future>
#include <memory>
#include <system_error>

namespace batchd::report {
namespace {

using Page = std::vector<RowRef>;

Status take_all(const Page& page, const std::function<Status(const RowRef&)>& take) {
  for (const RowRef& ref : page)
    if (auto taken = take(ref); !taken) return taken;
  return {};
}

// A machine that has no thread left does the same, only later.
std::future<Status> begin(Page page, const std::function<Status(const RowRef&)>& take) {
  auto work = [page = std::make_shared<const Page>(std::move(page)), &take] { return take_all(*page, take); };
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, std::move(work));
  }
}

}  // namespace

Status walk(const Rows& rows, const std::function<Status(const RowRef&)>& take) {
  std::future<Status> busy;  // its destructor waits
  std::uint64_t after = 0;
  for (;;) {
    auto page = rows(after, page_rows);
    if (busy.valid())
      if (auto done = busy.get(); !done) return done;
    if (!page) return page.error();
    if (page->empty()) return {};
    after = page->back().sequence;
    busy = begin(std::move(*page), take);
  }
}

}  // namespace batchd::report
