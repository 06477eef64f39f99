#include "doors/daemon/access.hpp"

#include <doctest/doctest.h>

#include "core/store/store.hpp"
#include "ground/base/hash.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::daemon;
using namespace std::chrono_literals;

namespace {

struct Desk {
  Desk() {
    auto opened = store::Store::open(folder / "batchd.db", store::Mode::read_write);
    REQUIRE(opened.ok());
    store = std::move(*opened);
    sql = std::make_unique<async::Lane>(loop, "sql");
    around.reset(new runner::Surroundings{loop, *sql, workers, *store, {}, folder.path(), this_process(), log, random});
  }
  void add_token(const std::string& name, const std::string& secret, model::Scopes scopes,
                 std::optional<Time> expires_at = {}) {
    model::ApiToken token;
    token.id = "tok_" + name;
    token.name = name;
    token.hash = sha256_hex(secret);
    token.scopes = scopes;
    token.created_at = clock.now();
    token.expires_at = expires_at;
    REQUIRE(store->add_token(token).ok());
  }
  Result<Visitor> visitor(http::Headers headers, std::string peer = "10.0.0.7:50000") {
    http::ServerRequest request;
    request.headers = std::move(headers);
    request.peer = std::move(peer);
    return loop.run(access->visitor_of(request));
  }
  void open(bool tokens_needed) { access.emplace(*around, AccessRules{tokens_needed, {}}); }

  test::TemporaryFolder folder;
  TurnedClock clock{*parse_utc("2026-11-29T00:00:00Z")};
  async::Loop loop{clock};
  async::WorkerPool workers{loop};
  RecordingLog log;
  Random random{1};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<async::Lane> sql;
  std::unique_ptr<runner::Surroundings> around;
  std::optional<Access> access;
};

http::Headers bearer(const std::string& secret) { return {{"Authorization", "Bearer " + secret}}; }

constexpr model::Scopes reading{true, false, false, false};

}  // namespace

TEST_CASE("where only this machine can come in, it may everything, and is known by its door") {
  Desk desk;
  desk.open(false);
  CHECK(desk.visitor({}, "127.0.0.1:50000")->who == "127.0.0.1");
  CHECK(desk.visitor({}, "unix")->who == "unix socket");
  CHECK(allows(desk.visitor({}, "unix")->scopes, Scope::admin));
}

TEST_CASE("bug: the cookie of another daemon on this machine locked its own user out") {
  Desk desk;
  desk.open(false);
  CHECK(desk.visitor({{"Cookie", "batchd_token=batchd_of_another"}}, "127.0.0.1:50000").ok());
  CHECK_FALSE(desk.visitor(bearer("batchd_of_another"), "127.0.0.1:50000").ok());  // that was meant for us
}

TEST_CASE("where others can come in, whoever comes by TCP shows a token, this machine's users too") {
  Desk desk;
  desk.open(true);
  desk.add_token("ci", "s3cret", reading);
  CHECK(desk.visitor({}).error().kind == ErrorKind::denied);
  CHECK(desk.visitor({}, "127.0.0.1:50000").error().kind == ErrorKind::denied);
  CHECK(desk.visitor(bearer("s3cre")).error().kind == ErrorKind::denied);
  CHECK(desk.visitor(bearer("")).error().kind == ErrorKind::denied);
  CHECK(desk.visitor({{"Authorization", "Basic s3cret"}}).error().kind == ErrorKind::denied);
  const auto known = desk.visitor(bearer("s3cret"));
  REQUIRE(known.ok());
  CHECK(known->who == "token ci");
  CHECK(known->scopes == reading);
  CHECK(desk.visitor({{"Cookie", "a=b; batchd_token=s3cret; c=d"}})->who == "token ci");
  CHECK(desk.visitor({}, "unix")->who == "unix socket");  // its mode has decided
  CHECK(desk.log.has("a token that nobody made was shown"));
  CHECK_FALSE(desk.log.has("s3cre"));  // never repeated
}

TEST_CASE("a token ends when it expires, and within seconds of being revoked") {
  Desk desk;
  desk.open(true);
  desk.add_token("brief", "one", reading, desk.clock.now() + 1h);
  desk.add_token("lasting", "two", reading);
  CHECK(desk.visitor(bearer("one")).ok());
  CHECK(desk.visitor(bearer("two")).ok());
  REQUIRE(desk.store->revoke_token("tok_lasting", desk.clock.now()).ok());
  desk.clock.turn_to(desk.clock.now() + 1h);
  CHECK(desk.visitor(bearer("one")).error().message == "the token \"brief\" has expired");
  CHECK(desk.visitor(bearer("two")).error().message == "the token \"lasting\" was revoked");
}

TEST_CASE("a scope allows itself, and admin allows all") {
  for (const auto scope : {Scope::none, Scope::read, Scope::content, Scope::run, Scope::admin})
    CHECK(allows({false, false, false, true}, scope));
  CHECK(allows(reading, Scope::read));
  CHECK(allows({}, Scope::none));
  CHECK_FALSE(allows(reading, Scope::content));
  CHECK_FALSE(allows({false, false, true, false}, Scope::read));
  CHECK_FALSE(allows({true, true, true, false}, Scope::admin));
}

TEST_CASE("a change is written down with who made it") {
  Desk desk;
  desk.open(true);
  desk.loop.run(desk.access->note({"token ci", reading}, "cancel", "01jd"));
  const auto entries = desk.store->audit_entries(10).value();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].who == "token ci");
  CHECK(entries[0].action == "cancel");
  CHECK(entries[0].object == "01jd");
}
