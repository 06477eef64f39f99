#include "doors/daemon/openapi.hpp"

#include <map>

#include "ground/json/writer.hpp"

namespace batchd::daemon {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower;
  for (const char c : text)
    lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return lower;
}

void write_parameters(json::Writer& writer, std::string_view pattern) {
  writer.key("parameters").begin_array();
  for (auto open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
    const auto name = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
    writer.begin_object().key("name").string(name).key("in").string("path").key("required").boolean(true);
    writer.key("schema").begin_object().key("type").string("string").end_object().end_object();
  }
  writer.end_array();
}

}  // namespace

std::string openapi_of(std::span<const Api::Route> routes, const std::string& version) {
  std::map<std::string_view, std::vector<const Api::Route*>> by_path;
  for (const auto& route : routes)
    by_path[route.pattern].push_back(&route);
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("openapi").string("3.1.0").key("info").begin_object();
  writer.key("title").string("batchd").key("version").string(version).end_object().key("paths").begin_object();
  for (const auto& [path, on_path] : by_path) {
    writer.key(path).begin_object();
    for (const auto* route : on_path) {
      writer.key(lower_case(name_of(route->method))).begin_object().key("summary").string(route->summary);
      write_parameters(writer, route->pattern);
      writer.key("responses").begin_object();
      writer.key("default").begin_object().key("description").string("The answer, or a problem (RFC 9457)");
      writer.end_object().end_object().end_object();
    }
    writer.end_object();
  }
  writer.end_object().end_object();
  return text;
}

}  // namespace batchd::daemon
