#pragma once
// The pages' style, script and sign, built into the binary. Their address holds their hash: what is kept under it never
// changes.

#include <string>
#include <string_view>

#include "ground/http/handler.hpp"

namespace batchd::daemon {

struct Asset {
  std::string_view path;  // "/assets/batchd.css"
  std::string_view content_type;
  std::string_view bytes;
  std::string tag;  // of the bytes
};

const Asset& page_style();
const Asset& page_script();
const Asset& page_icon();

std::string address_of(const Asset& asset);  // "/assets/batchd.css?v=…"
const Asset* find_asset(std::string_view path);
// 304 when the client has it already.
http::ServerResponse asset_answer(const Asset& asset, const http::ServerRequest& request);

}  // namespace batchd::daemon
