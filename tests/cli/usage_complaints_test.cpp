#include "doors/cli/usage_complaints.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

TEST_CASE("a job that is not there is answered by what lies beside it") {
  const test::TemporaryFolder folder;
  const auto hint = [&](const char* name) {
    auto said = no_such_job_file((folder / name).string()).hint;
    for (const auto prefix = folder.path().string() + "/"; said.find(prefix) != std::string::npos;)
      said.replace(said.find(prefix), prefix.size(), "");
    return said;
  };
  CHECK(hint("x.yaml") == "`batchd init NAME` writes one to begin with");
  CHECK(hint("nowhere/x.yaml") == "`batchd init NAME` writes one to begin with");
  folder.write("ticket_summaries.yaml", "");
  folder.write("debian_catalog.yml", "");
  folder.write("notes.txt", "");
  folder.write("batchd.yaml", "");  // is a config
  CHECK(hint("ticket-summaries.yaml") == "did you mean ticket_summaries.yaml?");
  CHECK(hint("ticket_summaries") == "did you mean ticket_summaries.yaml?");
  CHECK(hint("ticket_sumaries.yaml") == "did you mean ticket_summaries.yaml?");
  CHECK(hint("debian_catalog.yaml") == "did you mean debian_catalog.yml?");
  for (const char* name : {"a.yaml", "b.yaml", "c.yaml", "d.yaml"})
    folder.write(name, "");
  CHECK(hint("somethingelse.yaml") == "there are: a.yaml, b.yaml, c.yaml, d.yaml, debian_catalog.yml and 1 more");
}

TEST_CASE("a folder is answered by the job files in it") {
  const test::TemporaryFolder folder;
  folder.write("jobs/tickets.yaml", "");
  const auto path = (folder / "jobs").string();
  const auto error = folder_is_no_job(path);
  CHECK(error.message == path + " is a folder, not a job file");
  CHECK(error.hint == "there is: " + path + "/tickets.yaml");
}

}  // namespace
}  // namespace batchd::cli
