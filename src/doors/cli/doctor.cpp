#include "doors/cli/doctor.hpp"

#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/screen.hpp"
#include "doors/cli/workplace.hpp"
#include "ground/base/units.hpp"
#include "ground/http/socket_transport.hpp"
#include "ground/http/url.hpp"

namespace batchd::cli {
namespace {

constexpr std::size_t check_columns = 14;
constexpr std::size_t indent = 5 + 2 + check_columns + 2;

}  // namespace

void DoctorReport::tell(Verdict verdict, std::string_view check, const std::string& text, const std::string& hint) {
  constexpr std::string_view names[] = {"ok", "note", "wrong"};
  const auto name = names[static_cast<int>(verdict)];
  if (global_.json) {
    return thing("check", {}, [&](json::Writer& writer) {
      writer.key("check").string(check).key("verdict").string(name).key("text").string(text).key("hint").string(hint);
    });
  }
  if (global_.quiet && verdict != Verdict::wrong) return;
  const auto style = canvas_of(global_, STDOUT_FILENO).style;
  const auto shown = fmt::format("{:<5}", name);
  std::cout << (verdict == Verdict::ok      ? style.green(shown)
                : verdict == Verdict::wrong ? style.red(shown)
                                            : style.yellow(shown))
            << "  " << fmt::format("{:<{}}", check, check_columns) << "  " << printable(text) << "\n";
  if (!hint.empty()) std::cout << std::string(indent, ' ') << printable(hint) << "\n";
  std::cout << std::flush;
}

void DoctorReport::thing(std::string_view type, const std::string& text,
                         const std::function<void(json::Writer&)>& fields) {
  if (!global_.json) {
    std::cout << std::string(indent, ' ') << printable(text) << std::endl;
    return;
  }
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string(type).key("time").string(format_utc(SystemClock().now(), true));
  fields(writer);
  writer.end_object();
  std::cout << line << std::endl;
}

int DoctorReport::finish() {
  const bool is_well = wrong_ == 0 && left_ == 0;
  if (global_.json) {
    thing("summary", {}, [&](json::Writer& writer) {
      writer.key("wrong").unsigned_integer(wrong_).key("left_over").unsigned_integer(left_);
    });
  } else if (!global_.quiet) {
    std::cout << (is_well ? "All is well.\n"
                          : fmt::format("{} wrong, {} left over at a provider.\n", format_count(wrong_),
                                        format_count(left_)));
  }
  return is_well ? exit_ok : exit_failed;
}

Result<std::unique_ptr<RemoteSide>> RemoteSide::open(const model::ProviderSpec& spec, const GlobalOptions& global) {
  http::SocketTransportOptions options;
  if (!spec.http.ca_file.empty()) options.ca_file = spec.http.ca_file;
  options.proxy = http::ProxyChoice(spec.http.proxy, read_variable);
  const auto base_url = http::parse_url(spec.base_url);
  if (!base_url) return base_url.error();
  if (const auto proxy = options.proxy.proxy_for(*base_url); !proxy) return proxy.error();
  std::unique_ptr<RemoteSide> remote(new RemoteSide);
  remote->log_ = make_screen_log(global.log_format, global.verbose ? LogLevel::debug : LogLevel::error);
  remote->loop_ = std::make_unique<async::Loop>();
  remote->transport_ = std::make_unique<http::SocketTransport>(*remote->loop_, options);
  remote->provider_ = provider::make_provider(
      spec, {*remote->loop_, *remote->transport_, *remote->log_, remote->random_, read_variable});
  return remote;
}

RemoteSide::~RemoteSide() = default;

}  // namespace batchd::cli
