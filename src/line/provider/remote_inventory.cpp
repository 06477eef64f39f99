// What the account holds: RemoteProvider's two lists.

#include "line/provider/remote_provider.hpp"

namespace batchd::provider {
namespace {

using What = Asked::What;

constexpr std::uint32_t batch_pages_max = 200;  // 20,000 batches at 100 a page
constexpr std::uint32_t file_pages_max = 100;   // 100,000 files at 1,000 a page; DashScope keeps 10,000

// Of a list that goes back in time, and what follows is older still.
bool is_all_before(const BatchPage& page, Time since) {
  for (const auto& batch : page.batches)
    if (!batch.created_at || *batch.created_at >= since) return false;
  return page.batches.size() > 1 && *page.batches.back().created_at < *page.batches.front().created_at;
}

}  // namespace

async::Task<Result<BatchList>> RemoteProvider::list_batches(Time since, async::StopToken stop) {
  auto ask = asked(What::list, {});
  const auto how = options(stop);
  BatchList list;
  ListQuery query;
  for (std::uint32_t n = 0;; ++n) {
    auto message = dialect_->list(query);
    const auto response = co_await exchange(ask, lists_, message, how);
    if (!response) co_return response.error();
    if (const auto date = response->headers.find("Date")) list.server_time = parse_http_date(*date);
    auto page = read_batch_page(response->body, Dialect::page_size);
    if (!page) co_return not_understood(ask, *response, page.error());
    const bool ends = !page->has_more || is_all_before(*page, since);
    for (auto& batch : page->batches)
      list.batches.push_back(std::move(batch));
    if (ends) co_return list;
    list.is_whole = !page->last_id.empty() && page->last_id != query.after && n + 1 < batch_pages_max;
    if (!list.is_whole) co_return list;
    query.after = std::move(page->last_id);
  }
}

async::Task<Result<FileList>> RemoteProvider::list_files(async::StopToken stop) {
  auto ask = asked(What::list_files, {});
  const auto how = options(stop);
  FileList list;
  std::string after;
  for (std::uint32_t n = 0;; ++n) {
    auto message = dialect_->list_files(after);
    const auto response = co_await exchange(ask, files_, message, how);
    if (!response) co_return response.error();
    auto page = read_file_page(response->body, Dialect::files_page_size);
    if (!page) co_return not_understood(ask, *response, page.error());
    for (auto& file : page->files)
      list.files.push_back(std::move(file));
    if (!page->has_more) co_return list;
    list.is_whole = !page->last_id.empty() && page->last_id != after && n + 1 < file_pages_max;
    if (!list.is_whole) co_return list;
    after = std::move(page->last_id);
  }
}

}  // namespace batchd::provider
