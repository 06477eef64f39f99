// What a token allows, as its holder sees it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/served.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::open_to_others;
using test::Served;
using test::token_of;

constexpr const char* words_of_provider = "made up by the fault";

http::Headers with_page(http::Headers headers) {
  headers.set("Accept", "text/html");
  return headers;
}

TEST_SUITE_BEGIN("account");

TEST_CASE("bug: a token with `read` alone was shown buttons that it may not use, and the provider's words") {
  const Account account({"faulty_lines=0.2"});
  open_to_others(account);
  const auto reader = token_of(account, {"read"});
  const auto all = token_of(account, {"admin"});
  Served daemon(account);
  const auto run = daemon.begin("tickets", all);
  daemon.wait_for(run, all);
  const auto get = [&](const std::string& target, const http::Headers& who) {
    return daemon.send(http::Method::get, target, with_page(who)).body;
  };
  for (const auto& page : {std::string("/"), std::string("/jobs/tickets"), "/runs/" + run}) {
    CAPTURE(page);
    const auto read = get(page, reader);
    CHECK(holds(read, "/sign-out\""));
    for (const char* form : {"/begin\"", "/cancel\"", "/retry\"", "/pause\""})
      CHECK_FALSE(holds(read, form));
    CHECK_FALSE(holds(read, words_of_provider));
  }
  CHECK(holds(get("/runs/" + run, all), words_of_provider));
  CHECK_FALSE(holds(get("/api/v1/runs/" + run, reader), words_of_provider));
  CHECK(holds(get("/", all), "/jobs/tickets/begin\""));
}

TEST_CASE("why a run's rows were refused is told to who may see content") {
  const Account account;
  open_to_others(account);
  account.folder.write("tickets.jsonl", R"({"id": "a", "name": "Anna"} trailing)"
                                        "\n");
  const auto reader = token_of(account, {"read", "run"});
  const auto all = token_of(account, {"read", "content"});
  Served daemon(account);
  const auto run = daemon.begin("tickets", reader);
  REQUIRE(daemon.program().has_said("a run cannot be begun"));
  const auto why = [&](const http::Headers& who) {
    return daemon.send(http::Method::get, "/api/v1/runs/" + run, who).body;
  };
  CHECK(holds(why(reader), "was not begun: why is told to who may see content"));
  CHECK(holds(why(all), "was not begun: "));
  CHECK_FALSE(holds(why(all), "is told to"));
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
