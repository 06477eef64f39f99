#include "line/provider/redirect.hpp"

#include "ground/http/url.hpp"

namespace batchd::provider {

bool follow(const Asked& asked, const http::Response& answer, http::Request& request) {
  const bool says_elsewhere =
      answer.status == 301 || answer.status == 302 || answer.status == 307 || answer.status == 308;
  const auto location = answer.headers.find("Location");
  if (!says_elsewhere || !location || location->empty() || request.method != http::Method::get) return false;
  const auto target = http::resolve_url(request.url, *location);
  if (!target) return false;
  const auto here = http::parse_url(request.url);
  const auto there = http::parse_url(*target);
  if (!here || !there) return false;
  if (here->origin() != there->origin()) {
    if (asked.what != Asked::What::fetch || (here->is_tls() && !there->is_tls())) return false;
    request.headers.remove("Authorization");
  }
  request.url = *target;
  return true;
}

}  // namespace batchd::provider
