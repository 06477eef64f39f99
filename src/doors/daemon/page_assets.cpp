#include "doors/daemon/page_assets.hpp"

#include <array>

#include "doors/daemon/problem.hpp"
#include "ground/base/hash.hpp"

namespace batchd::daemon {

extern const std::string_view batchd_css;
extern const std::string_view batchd_js;
extern const std::string_view batchd_svg;

namespace {

Asset asset_of(std::string_view path, std::string_view content_type, std::string_view bytes) {
  return {path, content_type, bytes, to_hex(xxh3_128(bytes)).substr(0, 16)};
}

}  // namespace

// Made when first asked for: the embedded texts are other files' globals.
const Asset& page_style() {
  static const Asset asset = asset_of("/assets/batchd.css", "text/css; charset=utf-8", batchd_css);
  return asset;
}

const Asset& page_script() {
  static const Asset asset = asset_of("/assets/batchd.js", "text/javascript; charset=utf-8", batchd_js);
  return asset;
}

const Asset& page_icon() {
  static const Asset asset = asset_of("/assets/batchd.svg", "image/svg+xml", batchd_svg);
  return asset;
}

std::string address_of(const Asset& asset) { return std::string(asset.path) + "?v=" + asset.tag; }

const Asset* find_asset(std::string_view path) {
  for (const auto* asset : {&page_style(), &page_script(), &page_icon()})
    if (asset->path == path) return asset;
  return nullptr;
}

http::ServerResponse asset_answer(const Asset& asset, const http::ServerRequest& request) {
  const auto tag = "\"" + asset.tag + "\"";
  const bool is_known = request.headers.find("If-None-Match") == tag;
  auto response = answer(is_known ? 304 : 200, asset.content_type, is_known ? "" : std::string(asset.bytes));
  const bool is_named_by_hash = request.find_query("v") == asset.tag;
  response.headers.set("Cache-Control", is_named_by_hash ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.set("ETag", tag);
  return response;
}

}  // namespace batchd::daemon
