// token: who may ask the daemon from elsewhere. Rows of the state; a running daemon looks at them every few seconds.

#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/workplace.hpp"
#include "ground/base/hash.hpp"
#include "ground/base/secret.hpp"
#include "ground/base/ulid.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

constexpr std::size_t secret_size_bytes = 32;
constexpr std::size_t name_characters_max = 100;

std::vector<std::string_view> names_of(const model::Scopes& scopes) {
  std::vector<std::string_view> names;
  if (scopes.read) names.emplace_back("read");
  if (scopes.content) names.emplace_back("content");
  if (scopes.run) names.emplace_back("run");
  if (scopes.admin) names.emplace_back("admin");
  return names;
}

model::Scopes scopes_of(const std::vector<std::string>& names) {
  model::Scopes scopes;
  for (const auto& name : names) {
    scopes.read = scopes.read || name == "read";
    scopes.content = scopes.content || name == "content";
    scopes.run = scopes.run || name == "run";
    scopes.admin = scopes.admin || name == "admin";
  }
  return scopes;
}

std::optional<Error> fault_of(const TokenOptions& options) {
  const bool wants_name = options.what != "list";
  if (wants_name && options.name.empty())
    return Error(ErrorKind::invalid, fmt::format("which token is to be {}d?", options.what),
                 fmt::format("batchd token {} NAME", options.what));
  if (!wants_name && !options.name.empty()) return Error(ErrorKind::invalid, "token list takes no name");
  if (options.name.size() > name_characters_max)
    return Error(ErrorKind::invalid, fmt::format("a token's name has at most {} characters", name_characters_max));
  if (options.what == "create" && options.scopes.empty())
    return Error(ErrorKind::invalid, "what may it?", "--scope read, content, run or admin; several may be named");
  if (options.what != "create" && (!options.scopes.empty() || options.expires_in))
    return Error(ErrorKind::invalid, "--scope and --expires are for `token create`");
  return std::nullopt;
}

// Recognised by those who look for secrets in what was published by mistake.
std::string new_secret() {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string secret = "batchd_";
  for (const char c : secret_bytes(secret_size_bytes)) {
    secret += hex[static_cast<unsigned char>(c) >> 4];
    secret += hex[static_cast<unsigned char>(c) & 15];
  }
  return secret;
}

void print_json(const model::ApiToken& token, const std::string& secret) {
  std::string line;
  json::Writer writer(line);
  const auto time = [&](const std::optional<Time>& at) { at ? writer.string(format_utc(*at)) : writer.null(); };
  writer.begin_object().key("type").string("token").key("id").string(token.id).key("name").string(token.name);
  writer.key("scopes").begin_array();
  for (const auto name : names_of(token.scopes))
    writer.string(name);
  writer.end_array().key("created_at").string(format_utc(token.created_at)).key("expires_at");
  time(token.expires_at);
  writer.key("revoked_at");
  time(token.revoked_at);
  if (!secret.empty()) writer.key("secret").string(secret);
  writer.end_object();
  std::cout << line << std::endl;
}

int create(const GlobalOptions& global, Workplace& place, const TokenOptions& options) {
  const auto now = SystemClock().now();
  auto random = Random::from_system();
  const auto secret = new_secret();
  model::ApiToken token;
  token.id = "tok_" + make_ulid(now, random);
  token.name = options.name;
  token.hash = sha256_hex(secret);
  token.scopes = scopes_of(options.scopes);
  token.created_at = now;
  if (options.expires_in) token.expires_at = now + *options.expires_in;
  if (auto kept = place.store().add_token(token); !kept) return show_error(global, kept.error());
  if (global.json) return print_json(token, secret), exit_ok;
  std::cout << secret << std::endl;
  say(global, LogLevel::info,
      fmt::format("Token \"{}\" ({}) may {}. Its secret is shown only now:\n  Authorization: Bearer <secret>",
                  token.name, token.id, fmt::join(names_of(token.scopes), ", ")));
  return exit_ok;
}

std::string state_of(const model::ApiToken& token, Time now) {
  if (token.revoked_at) return fmt::format("revoked {}", format_ago(*token.revoked_at, now));
  if (!token.expires_at) return "";
  if (*token.expires_at <= now) return fmt::format("expired {}", format_ago(*token.expires_at, now));
  return fmt::format("expires in {}", format_duration(*token.expires_at - now));
}

int list(const GlobalOptions& global, Workplace& place) {
  const auto tokens = place.store().tokens();
  if (!tokens) return show_error(global, tokens.error());
  const auto now = SystemClock().now();
  for (const auto& token : *tokens) {
    if (global.json) {
      print_json(token, "");
      continue;
    }
    const auto state = state_of(token, now);
    std::cout << fmt::format("{}  {}  {}  made {}{}\n", token.id, token.name, fmt::join(names_of(token.scopes), ","),
                             format_ago(token.created_at, now), state.empty() ? "" : ", " + state);
  }
  if (tokens->empty() && !global.json) say(global, LogLevel::info, "There is no token.");
  return exit_ok;
}

int revoke(const GlobalOptions& global, Workplace& place, const std::string& name) {
  const auto tokens = place.store().tokens();
  if (!tokens) return show_error(global, tokens.error());
  const auto found = std::find_if(tokens->begin(), tokens->end(),
                                  [&](const auto& token) { return token.id == name || token.name == name; });
  if (found == tokens->end())
    return show_error(global, Error(ErrorKind::not_found, fmt::format("there is no token \"{}\"", name),
                                    "`batchd token list` shows them"));
  if (auto done = place.store().revoke_token(found->id, SystemClock().now()); !done)
    return show_error(global, done.error());
  say(global, LogLevel::info,
      found->revoked_at ? fmt::format("Token \"{}\" was revoked before; nothing is changed.", found->name)
                        : fmt::format("Token \"{}\" opens nothing any more.", found->name));
  return exit_ok;
}

}  // namespace

int token_command(const GlobalOptions& global, const TokenOptions& options) {
  if (const auto fault = fault_of(options)) return show_error(global, *fault);
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto place = Workplace::open(config->state_folder, global);
  if (!place) return show_error(global, place.error());
  if (options.what == "create") return create(global, **place, options);
  return options.what == "list" ? list(global, **place) : revoke(global, **place, options.name);
}

}  // namespace batchd::cli
