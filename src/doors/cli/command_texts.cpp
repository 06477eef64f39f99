#include "doors/cli/command_texts.hpp"

#include <algorithm>
#include <array>

#include "ground/base/check.hpp"

namespace batchd::cli {

const std::string_view program_text =
    "batchd asks a language model the same question about every row of a file, through the provider's Batch API at "
    "half the price. The same command is always safe to repeat: an unfinished run goes on, a finished one is shown "
    "again, and no item is paid for twice.";

namespace {

constexpr std::string_view to_start = "Start";
constexpr std::string_view to_run = "Run";
constexpr std::string_view to_look = "Look";
constexpr std::string_view to_use = "Tools";

const std::array<CommandText, 29> texts = {{
    {"init",
     to_start,
     "Write a job, its schemas, a sample and a config to begin with",
     {"Writes NAME.yaml and what belongs to it: a schema of the rows, a schema of the answers, a few sample rows, and "
      "batchd.yaml unless a config lies above already. The job runs at once with --simulate. Nothing that exists is "
      "overwritten: if a file is in the way, nothing is written, and all of them are named."},
     {{"batchd init reviews", "reviews.yaml and its files, in this folder"},
      {"batchd init reviews --dir jobs", "the same in jobs/"}}},
    {"validate",
     to_start,
     "Check jobs, schemas, templates and the first rows; no network",
     {"Reads each job with all it names and renders the first 100 rows. Every error is told at once, with file, line "
      "and column. Nothing is sent and nothing is written."},
     {{"batchd validate jobs/*.yaml", "all jobs of a folder"}}},
    {"plan",
     to_start,
     "Read the whole input: what would be sent? No network",
     {"Judges and renders every row and counts what a run would send: items, rejected rows with their lines, "
      "duplicates, reused rows, shards, bytes. Nothing is sent and nothing is written."},
     {{"batchd plan jobs/ticket_summaries.yaml", "what `batchd run` would do"},
      {"batchd plan jobs/ticket_summaries.yaml --limit 20", "with the first 20 rows only"}}},
    {"run",
     to_run,
     "Check, send, wait, collect and report; safe to repeat",
     {"Checks the job and its rows, cuts them into batches, sends these, waits for the answers, holds them against the "
      "output schema and writes the results in input order.",
      "A run is a job and a key. Without --key the key follows from what is asked of whom: the same command resumes an "
      "unfinished run and shows a finished one again, from any folder, after Ctrl-C, a kill or a reboot. A changed "
      "question, schema or input is a new run.",
      "With --provider a file of requests needs no job: each line is one as the Batch API takes it, and results keep "
      "its "
      "custom_id. A - stands for standard input, which is kept until the run is over."},
     {{"batchd run jobs/ticket_summaries.yaml --simulate", "rehearse: no key, no network, no money"},
      {"batchd run jobs/ticket_summaries.yaml --limit 20", "a sample for real"},
      {"batchd run jobs/ticket_summaries.yaml", "everything; again: goes on, or shows the end"},
      {"batchd run jobs/ticket_summaries.yaml --set request.model=qwen-max", "the same with another model: a new run"},
      {"batchd run jobs/ticket_summaries.yaml --input more.jsonl.gz", "the same of other rows"},
      {"batchd run requests.jsonl --provider openai", "a file of finished requests, without a job"},
      {"batchd run jobs/ticket_summaries.yaml --simulate --fault error_lines=0.1", "rehearse a bad night"}}},
    {"resume",
     to_run,
     "Go on with an unfinished run, with the job as it was",
     {"Finishes a run with the job as it was when the run began, whatever its file says today. Without RUN: the newest "
      "unfinished one."},
     {{"batchd resume", "the newest unfinished run"}, {"batchd resume ticket-summaries", "this job's newest run"}}},
    {"retry",
     to_run,
     "Ask what failed once more: the same requests in a new batch",
     {"What is missing, expired, cancelled or failed by a provider_error goes again, once, whatever recover.attempts "
      "says; "
      "--reason names others. What was refused, too large or a bad request never does: the same request would meet the "
      "same answer. Accepted answers stay, and the results are written anew when the new ones are there. Given again "
      "after a kill it goes on with what it had begun."},
     {{"batchd retry ticket-summaries", "of this job's newest run, or of its unfinished one"},
      {"batchd retry 01jd --reason schema_mismatch --reason not_json", "what did not fit, asked as it was"}}},
    {"cancel",
     to_run,
     "Send nothing more, cancel what is in flight, keep what is done",
     {"Asks the provider to cancel the run's batches and collects what has finished: that is paid for and stays. A "
      "process that works on the run does it; if there is none, this one."},
     {{"batchd cancel ticket-summaries", "this job's newest run"}}},
    {"pause",
     to_run,
     "Submit nothing more of a run, a job or a provider for now",
     {"While a pause holds nothing new is uploaded or submitted; batches at the provider go on, and are collected when "
      "they are done. A process that works on such a run stays and waits for `unpause`; it heeds both within seconds. "
      "A "
      "pause of a job or a provider holds for later runs, too: they are prepared, and wait.",
      "Without an argument: what is paused. What is paused already stays so, since when it was; `cancel` ends a paused "
      "run as any other."},
     {{"batchd pause ticket-summaries", "this job: what runs, and what will"},
      {"batchd pause --provider dashscope-intl", "every run here that asks it"},
      {"batchd pause", "what is paused, since when"}}},
    {"unpause",
     to_run,
     "Let go on what was paused",
     {"Ends the pause of a run, a job or a provider: named as it was paused. A run that something else pauses as well "
      "stays paused, and that is said. Where no process works on a run, `batchd resume` goes on with it."},
     {{"batchd unpause ticket-summaries", "this job again"},
      {"batchd unpause --provider dashscope-intl", "this provider again"}}},
    {"resolve",
     to_run,
     "Settle what the provider could not tell of a shard, and go on",
     {"Where the answer to a submission was lost and the provider cannot be asked for its batch, nothing more of that "
      "shard is sent until a person has looked. Look at the batches that the provider lists (in its console, say) for "
      "one of this shard's requests, made at that time; status and log tell which shard, and when.",
      "--adopt BATCH: that one is it. The provider is asked for it first, and what says that it is another run's, "
      "another shard's or made of other requests is refused. --resubmit: there is none. If there is one all the same, "
      "it is paid for twice; so it asks first, unless --yes. --fail: the shard ends and its items fail.",
      "What you say is written down before anything is done about it; said twice it is done once. A process that works "
      "on the run takes it up; if there is none, this one goes on with the run as resume does."},
     {{"batchd resolve tickets 3 --adopt batch_68f1", "shard 3 became that batch"},
      {"batchd resolve tickets 3 --resubmit", "the provider has none of it: submit it again"},
      {"batchd resolve tickets 3 --fail", "do without: its items fail"}}},
    {"status",
     to_look,
     "Where things stand, what they wait for, what comes next",
     {"Without RUN: every unfinished run in a few sentences, then the newest finished ones, a line each. With RUN: its "
      "items, shards and batches, what happened last, and how to go on or to cancel."},
     {{"batchd status", "is it fine?"}, {"batchd status ticket-summaries", "this job's newest run"}}},
    {"runs",
     to_look,
     "The runs there are, newest first",
     {"On a terminal ids are shortened to what tells them apart; in a pipe they are whole and times are in UTC."},
     {{"batchd runs", "all jobs"},
      {"batchd runs ticket-summaries --limit 5", "the last five of one job"},
      {"batchd runs --json", "one object a line, for programs"}}},
    {"watch",
     to_look,
     "Follow a run that another process works on",
     {"Prints what happens until the run ends, and then how it ended."},
     {{"batchd watch ticket-summaries --exit-status", "a script waits for it"}}},
    {"items",
     to_look,
     "The items of a run and what became of them",
     {"One line an item: row number, status, reason, id. A reason is one of not_json, empty, schema_mismatch, "
      "truncated, too_large, refused, bad_request, provider_error, expired, missing, cancelled, budget and deadline."},
     {{"batchd items ticket-summaries --status failed", "which did not make it, and why"},
      {"batchd items ticket-summaries --reason truncated", "whose answers were cut off"}}},
    {"show",
     to_look,
     "One item's whole life: row, request, answers, verdict",
     {"ITEM is the item's id, its row number as #N (quote it in a shell), or a custom_id of a batch."},
     {{"batchd show ticket-summaries T-10187", "by its id"}, {"batchd show ticket-summaries '#17'", "the 17th row"}}},
    {"results",
     to_look,
     "The results again, in input order",
     {"The rows of results.jsonl, also of an unfinished run: what has been collected so far."},
     {{"batchd results ticket-summaries | head -3", "the first three"},
      {"batchd results ticket-summaries --format csv -o results.csv", "for a spreadsheet"},
      {"batchd results ticket-summaries --format openai", "for code that reads the Batch API's output"}}},
    {"log",
     to_look,
     "What happened to a run, and when",
     {"A line for each thing that happened, oldest first: local times on a terminal, UTC in a pipe."},
     {{"batchd log ticket-summaries", "this job's newest run"},
      {"batchd log ticket-summaries --limit 20", "the last twenty"}}},
    {"verify",
     to_look,
     "Recount a run from the provider's own answers",
     {"Judges the stored answers once more, counts every row and item again, holds each stored file against the length "
      "and the hash it was written with, and results.jsonl against the rows. Changes nothing. Exits with 3 when "
      "anything does not agree."},
     {{"batchd verify ticket-summaries", "this job's newest run"},
      {"batchd verify ticket-summaries --json", "one object a finding, then a summary"}}},
    {"doctor",
     to_use,
     "Is all well: config, key, clock, disk, database, account",
     {"Looks at this machine and, for each provider that has a key, at its account: batches and files that carry "
      "batchd's mark and that no run of this state owns. They may belong to another state directory that uses the same "
      "account. What carries no mark is counted and left alone, unless its ID is named.",
      "--adopt, --cancel and --delete deal with what was found, and ask first; where nobody can be asked, --yes has to "
      "be said. Exits with 3 when something is wrong or left over."},
     {{"batchd doctor", "look, change nothing"},
      {"batchd doctor --adopt", "put lost batches to their runs; then batchd resume"},
      {"batchd doctor --cancel batch_68f1 --yes", "cancel this one"},
      {"batchd doctor --probe --provider dashscope-intl", "a whole batch, free of charge"}}},
    {"prune",
     to_use,
     "Delete what finished runs no longer need",
     {"Deletes the requests, the answers and the records (`ledger`) of runs that ended longer ago than `retention` in "
      "the config says: retention: {requests: 14d, answers: 14d, ledger: 400d}. What is not named there is kept for "
      "good. Published results stay. `verify`, `retry` and `results` need what is deleted; of a run without a record "
      "only a line is known, by which the same `run` does not ask, and pay, again.",
      "Answers that `reuse: true` would copy stay beyond their time, with their record, and it says so. `batchd serve` "
      "does this by itself, once a day."},
     {{"batchd prune -n", "what would go, and how much that frees"}, {"batchd prune", "delete it"}}},
    {"backup",
     to_use,
     "Copy the database while others work with it",
     {"One file, as the database was at one moment, checked and synced; an existing file is not overwritten. It holds "
      "what was asked, answered and paid, not the requests and answers themselves (spool/ and answers/ in the state "
      "directory). In the copy every job is paused: whoever goes on from it may not know what was submitted since.",
      "To restore: stop batchd, put the copy in the place of batchd.db, delete batchd.db-wal and batchd.db-shm, look "
      "with `batchd doctor` what was submitted since, then `batchd unpause JOB`: its runs ask the account before they "
      "send "
      "anything, and take over what is there already."},
     {{"batchd backup /backup/batchd.db", "where no such file is yet"}}},
    {"schema",
     to_use,
     "Check a JSON Schema, and hold values against it",
     {"Holds the schema against its draft's own rules: 2020-12, 2019-09, 7, 6 or 4, as $schema says. Then every line "
      "of the files is a value; what is wrong with it is told with file, line and place. Nothing is fetched: $ref "
      "leads "
      "to files, or to URIs that --map-uri names a folder for.",
      "Exits with 0 when all values fit, with 3 when some do not, with 2 when the schema or a file is wrong. With "
      "--json: an object for each value, with line, valid and errors."},
     {{"batchd schema schemas/ticket.schema.json", "is it one, and of which draft?"},
      {"batchd schema schemas/ticket.schema.json jobs/data/tickets.jsonl", "does every row fit?"},
      {"batchd schema my.schema.json --map-uri https://example.com/schemas/=schemas", "its parts lie in schemas/"}}},
    {"serve",
     to_run,
     "Run the jobs of a folder on their schedules",
     {"Begins every job of the folder when it is due, takes up unfinished runs, and answers an HTTP API at an address "
      "of "
      "this machine and at the socket batchd.sock in the state directory. An edit in the folder is noticed within "
      "seconds (SIGHUP: at once); a broken one is told, and the job goes on as it was.",
      "SIGTERM ends it: batches at the provider go on there, and the next start takes them up."},
     {{"batchd serve", "the jobs in jobs/, at 127.0.0.1:8740"},
      {"batchd serve --jobs /srv/batchd/jobs --listen 127.0.0.1:9000", "another folder, another port"},
      {"batchd serve --listen unix:/run/batchd/api.sock", "a second socket, for a proxy say"}}},
    {"token",
     to_run,
     "Who may ask the daemon from elsewhere",
     {"A daemon that others can reach wants a token from whoever comes by TCP. `create` shows its secret once; only a "
      "hash of it is kept. Scopes: read (states, counts, ids), content (rows and answers), run (begin, cancel, retry, "
      "pause), admin (everything, and the audit). `revoke` takes one back; a running daemon heeds both within "
      "seconds."},
     {{"batchd token create grafana --scope read", "for a scraper"},
      {"batchd token create ci --scope read --scope run --expires 90d", "for a pipeline"},
      {"batchd token list", "who has one, and what it allows"},
      {"batchd token revoke ci", "it opens nothing any more"}}},
    {"simulate",
     to_use,
     "The rehearsal provider as a server",
     {"OpenAI's Files, Batches and Chat API over HTTP, for programs other than batchd; `batchd run --simulate` needs "
      "no "
      "server. It prints its address and runs until it is interrupted. The same seed gives the same answers."},
     {{"batchd simulate --listen 127.0.0.1:8080", "at a fixed address"},
      {"batchd simulate --fault rate_429=0.1", "every tenth call is told to come later"},
      {"batchd simulate --list-faults", "everything that can go wrong"}}},
    {"completion",
     to_use,
     "Print a shell's completion script",
     {"It completes commands, options, their values, job files, runs and jobs. The installed program brings it along; "
      "these lines are for one that was only built."},
     {{"source <(batchd completion bash)", "bash: in ~/.bashrc"},
      {"source <(batchd completion zsh)", "zsh: in ~/.zshrc, after compinit"},
      {"batchd completion fish | source", "fish: in ~/.config/fish/config.fish"}}},
    {"help",
     to_use,
     "This help, or a command's",
     {"The same as COMMAND --help."},
     {{"batchd help run", "all about run"}}},
    {"man", "", "Print the man page", {}, {}},
    {"__complete", "", "Print what may stand at this place of a command line", {}, {}},
}};

}  // namespace

std::span<const CommandText> command_texts() { return texts; }

const CommandText& text_of(std::string_view command) {
  const auto found =
      std::find_if(texts.begin(), texts.end(), [&](const CommandText& text) { return text.name == command; });
  check(found != texts.end(), "every command has its text");
  return *found;
}

}  // namespace batchd::cli
