#include <doctest/doctest.h>

#include "job/fixture.hpp"

using batchd::job::test::Fixture;

TEST_CASE("a provider that is not there is answered with the ones that are") {
  CHECK(Fixture().complaints_with_line(2, "provider: dashscope-intel") ==
        "job.yaml:2:11: provider: there is no provider \"dashscope-intel\"; did you mean \"dashscope-intl\"?");
  CHECK(Fixture().complaints_with_line(2, "provider: groq") ==
        "job.yaml:2:11: provider: there is no provider \"groq\"; there are dashscope-cn, dashscope-intl, openai");
  Fixture fixture;
  fixture.config_text = "providers: {groq: {base_url: \"https://api.groq.com/openai/v1\"}}\n";
  CHECK(fixture.complaints_with_line(2, "provider: groq") == "");
}

TEST_CASE("an endpoint is one the provider batches and whose answers have content") {
  CHECK(Fixture().complaints_with("endpoint: /v1/responses\n") ==
        "job.yaml:13:11: endpoint: dashscope-intl batches no \"/v1/responses\"; it takes /v1/chat/completions, "
        "/v1/chat/ds-test");
  CHECK(Fixture().complaints_with_line(2, "provider: openai\nendpoint: /v1/responses") == "");
  CHECK(Fixture().complaints_with_line(2, "provider: openai\nendpoint: /v1/embeddings") ==
        "job.yaml:3:11: endpoint: an answer of /v1/embeddings has no content; write output.take: embedding or body");
}

TEST_CASE("what is taken of an answer is something the endpoint answers with") {
  const auto taking = [](const std::string& endpoint, const std::string& take) {
    const std::string job = Fixture::with_line(2, "provider: openai\nendpoint: " + endpoint);
    return Fixture().complaints(job + "  take: " + take + "\n");
  };
  CHECK(taking("/v1/chat/completions", "tool_arguments") == "");
  CHECK(taking("/v1/responses", "tool_arguments") == "");
  CHECK(taking("/v1/embeddings", "embedding") == "");
  CHECK(taking("/v1/moderations", "body") == "");
  CHECK(taking("/v1/completions", "tool_arguments") ==
        "job.yaml:14:9: output.take: an answer of /v1/completions has no tool_arguments; write output.take: content or "
        "body");
  CHECK(taking("/v1/chat/completions", "embedding") ==
        "job.yaml:14:9: output.take: an answer of /v1/chat/completions has no embedding; write output.take: content, "
        "tool_arguments or body");
}

TEST_CASE("the completion window lies within what the provider takes") {
  CHECK(Fixture().complaints_with("batch: {completion_window: 336h}\n") == "");
  CHECK(Fixture().complaints_with("batch: {completion_window: 14d}\n") == "");
  CHECK(Fixture().complaints_with("batch: {completion_window: 15d}\n") ==
        "job.yaml:13:28: batch.completion_window: dashscope-intl takes 24h to 336h, not 360h");
  CHECK(Fixture().complaints_with("batch: {completion_window: 12h}\n") ==
        "job.yaml:13:28: batch.completion_window: dashscope-intl takes 24h to 336h, not 12h");
  CHECK(Fixture().complaints_with_line(2, "provider: openai\nbatch: {completion_window: 2d}") ==
        "job.yaml:3:28: batch.completion_window: openai takes only 24h, not 48h");
}

TEST_CASE("a schedule's time and zone are complained about where they stand") {
  CHECK(Fixture().complaints_with("schedule: {cron: \"30 1 * * *\", timezone: Europe/Berlin}\n") == "");
  CHECK(Fixture().complaints_with("schedule: {cron: \"60 1 * * *\"}\n") ==
        "job.yaml:13:18: schedule.cron: minute: 60 is none of 0 to 59. The first one is written 0.");
  CHECK(Fixture()
            .complaints_with("schedule: {cron: \"0 0 30 2 *\"}\n")
            .starts_with("job.yaml:13:18: schedule.cron: day of "
                         "the month: 30 never comes: "));
  CHECK(
      Fixture().complaints_with("schedule:\n  cron: \"@reboot\"\n  timezone: Berlin\n") ==
      "job.yaml:14:9: schedule.cron: @reboot is no time: nothing here is due because a machine was started. Write a "
      "time, 30 1 * * *; what was missed meanwhile is made up for by catch_up.\n"
      "job.yaml:15:13: schedule.timezone: there is no time zone \"Berlin\"; did you mean \"Europe/Berlin\"? A zone is "
      "written as in /usr/share/zoneinfo: Europe/Berlin, UTC.");
}

TEST_CASE("a schedule that a variable holds is not repeated") {
  Fixture fixture;
  fixture.environment = {{"WHEN", "every night"}, {"WHERE", "at home"}};
  CHECK(fixture.complaints_with("schedule:\n  cron: ${WHEN}\n  timezone: ${WHERE}\n") ==
        "job.yaml:14:9: schedule.cron: the value of a variable is no cron pattern\n"
        "job.yaml:15:13: schedule.timezone: the value of a variable is no time zone");
}

TEST_CASE("at least one run of a job may go on") {
  CHECK(Fixture().complaints_with("schedule: {cron: \"@daily\", max_active_runs: 2}\n") == "");
  CHECK(
      Fixture().complaints_with("schedule: {cron: \"@daily\", max_active_runs: 0}\n").starts_with("job.yaml:13:45: "));
}

TEST_CASE("a batch is no larger than the provider takes") {
  CHECK(Fixture().complaints_with("batch: {max_requests: 50001, max_bytes: 501MB}\n") ==
        "job.yaml:13:23: batch.max_requests: dashscope-intl takes at most 50,000 requests in one batch\n"
        "job.yaml:13:41: batch.max_bytes: dashscope-intl takes at most 500.0 MB in one batch");
  CHECK(Fixture().complaints_with("batch: {max_bytes: 0B}\n") ==
        "job.yaml:13:20: batch.max_bytes: must be more than nothing");
  CHECK(Fixture()
            .complaints_with("batch: {max_bytes: 99999999999999TB}\n")
            .starts_with("job.yaml:13:20: batch.max_bytes: \"99999999999999TB\" does not fit: Write a whole number"));
}

TEST_CASE("requests are sent as they came: nothing is asked of them here") {
  constexpr std::string_view requests =
      "name: j\nprovider: openai\ninput: {path: a.jsonl, format: requests}\noutput:\n  path: out\n";
  Fixture fixture;
  const batchd::job::LoadedJob loaded = fixture.load(requests);
  CHECK(batchd::job::to_text(loaded.complaints) == "");
  CHECK(loaded.job.request == R"({"$row":"/body"})");
  CHECK(loaded.job.input.id == "/custom_id");
  CHECK(
      Fixture().complaints(std::string(requests) + "  structured: json_schema\nrequest: {model: m}\n") ==
      "job.yaml:6:15: output.structured: \"json_schema\" cannot be asked: the requests are sent as they came; write "
      "auto or off\n"
      "job.yaml:7:1: request: the lines of the input are whole requests (input.format: requests), so nothing is asked "
      "here; remove it");
  CHECK(Fixture().complaints(
            "name: j\nprovider: openai\ninput:\n  path: a\n  id: x\n  format: requests\noutput: {path: out}\n") ==
        "job.yaml:5:7: input.id: a request's id is its custom_id; remove the key");
}

TEST_CASE("rows need a request and an id, in whatever format they are") {
  CHECK(Fixture().complaints("name: j\nprovider: openai\ninput: {path: a}\noutput: {path: out}\n") ==
        "job.yaml:1:1: the key \"request\" is missing\n"
        "job.yaml:3:1: input: the key \"id\" is missing");
  CHECK(Fixture().complaints_with_line(5, "  id: a\n  format: csv") == "");
  CHECK(Fixture().complaints_with_line(5, "  id: a\n  format: cvs") ==
        "job.yaml:6:11: input.format: \"cvs\" is not rows, csv or requests; did you mean \"csv\"?");
}

TEST_CASE("an id is a field or a JSON Pointer") {
  CHECK(Fixture().complaints_with_line(5, "  id: /meta/a~1b") == "");
  CHECK(Fixture().complaints_with_line(5, "  id: a~b") == "");
  CHECK(Fixture().complaints_with_line(5, "  id: /a~b") ==
        "job.yaml:5:7: input.id: in a JSON Pointer \"~\" is written \"~0\" and \"/\" within a name \"~1\"");
}

TEST_CASE("fields are held against an input schema that closes its list") {
  Fixture fixture;
  fixture.folder.write("row.json",
                       R"({"properties": {"ticket_id": {}, "subject": {}}, "additionalProperties": false})");
  CHECK(fixture.complaints_with_line(5, "  id: tiket_id\n  schema: row.json") ==
        "job.yaml:5:7: input.id: the input schema knows no field \"tiket_id\"; did you mean \"ticket_id\"?");
  const std::string job = Fixture::with_line(5, "  id: ticket_id\n  schema: row.json");
  CHECK(fixture.complaints(job + "  include: [subject, subjct]\n") ==
        "job.yaml:14:22: output.include.1: the input schema knows no field \"subjct\"; did you mean \"subject\"?");
  fixture.folder.write("row.json", R"({"properties": {"ticket_id": {}}})");
  CHECK(fixture.complaints(job + "  include: [subjct]\n") == "");
  CHECK(fixture.complaints(job + "  include: [a, a]\n") == "job.yaml:14:16: output.include.1: \"a\" is there already");
}

TEST_CASE("results go into a folder") {
  Fixture fixture;
  fixture.folder.write("taken", "");
  CHECK(fixture.complaints_with_line(12, "  path: taken") ==
        "job.yaml:12:9: output.path: " + (fixture.folder / "taken").string() + " is a file; results go into a folder");
  CHECK(fixture.complaints_with_line(12, "  path: out\n  structured: json_schema") ==
        "job.yaml:13:15: output.structured: json_schema needs an output.schema to ask for");
}

TEST_CASE("who is told is told in one way, at one address, and the address holds no password") {
  Fixture told;
  told.environment["HOOK"] = "https://hooks.example";
  CHECK(told.complaints_with("notify:\n  - webhook: {url_env: HOOK}\n  - command: [tell]\n") == "");
  CHECK(Fixture().complaints_with("notify:\n  - on: [success]\n") ==
        "job.yaml:14:5: notify.0: write either a webhook or a command");
  CHECK(Fixture().complaints_with("notify:\n  - webhook: {}\n  - webhook: {url: \"https://a\", url_env: A}\n") ==
        "job.yaml:14:5: notify.0.webhook: write either url or url_env\n"
        "job.yaml:15:5: notify.1.webhook: write either url or url_env");
  CHECK(Fixture()
            .complaints_with("notify: [{webhook: {url: \"https://me:password@a\"}}]\n")
            .ends_with("a webhook's url begins with https:// or http://, and holds no user name or password"));
  CHECK(Fixture().complaints_with("notify: [{on: [sucess], command: [tell]}]\n").find("success") != std::string::npos);
}

TEST_CASE("a deadline is one of two, and a price needs its currency") {
  CHECK(Fixture().complaints_with("deadline: {after: 6h, at: \"07:00\"}\nbudget: {max_cost: 5}\n") ==
        "job.yaml:13:1: deadline: write either after or at\n"
        "job.yaml:14:1: budget: max_cost needs a currency");
  CHECK(Fixture().complaints_with("deadline: {at: \"7:00\"}\n") ==
        "job.yaml:13:16: deadline.at: \"7:00\" does not fit: a time of day is written \"07:00\"");
  CHECK(Fixture().complaints_with("budget: {max_cost: 0.0000000001, currency: USD}\n") ==
        "job.yaml:13:20: budget.max_cost: 0.0000000001 is no amount of money: digits, and at most nine places behind "
        "the point");
}

TEST_CASE("schema files are read and compiled at once") {
  Fixture fixture;
  CHECK(fixture.complaints_with_line(12, "  path: out\n  schema: no.json")
            .starts_with("job.yaml:13:11: output.schema: cannot open " + (fixture.folder / "no.json").string()));
  fixture.folder.write("bad.json", "{\"type\": \"strng\"}");
  const std::string text = fixture.complaints_with_line(12, "  path: out\n  schema: bad.json");
  CHECK_MESSAGE(text.starts_with("job.yaml:13:11: output.schema: bad.json: /type"), text);
  fixture.folder.write("with space/parts.json", R"({"$defs": {"id": {"type": "string"}}})");
  fixture.folder.write("with space/row.json", R"({"properties": {"a": {"$ref": "parts.json#/$defs/id"}}})");
  CHECK(fixture.complaints_with_line(5, "  id: a\n  schema: with space/row.json") == "");
  fixture.folder.write("far.json", R"({"$ref": "https://example.com/x.json"})");
  CHECK(fixture.complaints_with_line(5, "  id: a\n  schema: far.json") != "");
}

TEST_CASE("a provider the config may have failed to say is not doubted") {
  Fixture fixture;
  fixture.options.config_is_sound = false;
  CHECK(fixture.complaints_with_line(2, "provider: mine") == "");
}

TEST_CASE("bug: a variable that a webhook needs and nobody has set was noticed when there was something to tell") {
  Fixture fixture;
  fixture.environment["EMPTY"] = "";
  const auto loaded = fixture.load(std::string(batchd::job::test::sound_job) +
                                   "notify:\n  - webhook: {url_env: HOOK, secret_env: EMPTY}\n");
  CHECK(loaded.ok());
  CHECK(to_text(loaded.complaints) ==
        "job.yaml:14:24: warning: notify.0.webhook.url_env: the environment variable HOOK is not set: this webhook "
        "is told nothing until it is\n"
        "job.yaml:14:42: warning: notify.0.webhook.secret_env: the environment variable EMPTY is not set: this webhook "
        "is told nothing until it is");
  fixture.environment["HOOK"] = "https://hooks.example";
  fixture.environment["EMPTY"] = "no more";
  CHECK(fixture.complaints_with("notify:\n  - webhook: {url_env: HOOK, secret_env: EMPTY}\n") == "");
}
