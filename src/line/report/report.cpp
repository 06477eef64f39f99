#include "line/report/report.hpp"

#include "line/report/machine.hpp"
#include "line/report/people.hpp"
#include "line/report/publish.hpp"
#include "line/report/rows.hpp"
#include "line/report/truth.hpp"

namespace batchd::report {
namespace {

Status write_text(const Path& path, std::string_view text) {
  auto file = FileWriter::create(path);
  if (!file) return file.error();
  if (auto written = file->write(text); !written) return written;
  return file->finish();
}

Status copy_rejected(const Path& from, const Path& to) {
  auto copy = FileWriter::create(to);
  if (!copy) return copy.error();
  if (exists(from)) {
    const auto file = File::open_to_read(from);
    if (!file) return file.error();
    const auto size_bytes = file->size();
    if (!size_bytes) return size_bytes.error();
    if (auto copied = copy_range(*file, 0, *size_bytes, *copy); !copied) return copied;
  }
  return copy->finish();
}

// The job as it ran. One that was not made from YAML is kept as the JSON it was frozen to, which is YAML as well.
std::string_view job_text(const Request& request) {
  return request.job.yaml.empty() ? std::string_view(request.run.frozen_job) : std::string_view(request.job.yaml);
}

Status fill(const Request& request, const Path& folder, const Path& final_folder, const std::string& summary) {
  const auto copied = copy_rows(request, folder);
  if (!copied) return copied.error();
  if (auto true_to_counts = check_copied(request, *copied); !true_to_counts) return true_to_counts;
  if (auto done = copy_rejected(request.rejected_file, folder / "rejected.jsonl"); !done) return done;
  if (auto done = write_text(folder / "report.json", summary + "\n"); !done) return done;
  if (auto done = write_text(folder / "report.md", report_markdown(request, final_folder)); !done) return done;
  if (auto done = write_text(folder / "job.yaml", job_text(request)); !done) return done;
  if (request.job.output.schema) {
    if (auto done = write_text(folder / "output.schema.json", request.job.output.schema->text); !done) return done;
  }
  return sync_folder(folder);
}

// A stopped or cancelled run is not finished, a sample not full, nor are failures that were fed back. A simulated run
// has its own parent, and `latest`.
bool may_be_latest(const Request& request) {
  const bool is_of_failures = !request.job.input.row_pointer.empty();
  return !request.run.sample && !is_of_failures &&
         (request.state == model::RunState::succeeded || request.state == model::RunState::failed);
}

}  // namespace

Path folder_of(const model::Run& run) {
  Path folder = run.output_folder;
  if (run.simulated) folder /= "simulated";
  if (run.sample) folder /= "samples";
  return folder;
}

Result<Written> write(const Request& request) {
  check(is_final(request.state), "a report is written of a run that is over");
  if (auto true_table = check_counts(request); !true_table) return true_table.error();
  const Path parent = folder_of(request.run);
  const Path folder = parent / request.run.id;
  const Path partial = parent / ("." + request.run.id + ".partial");
  if (auto removed = remove_tree(partial); !removed) return removed.error();  // a crash left it
  if (auto made = make_folders(partial); !made) return made.error();

  Written written{folder, report_json(request)};
  if (auto filled = fill(request, partial, folder, written.summary); !filled) {
    // The disk may be full because of it. What went wrong first is what the user has to know.
    static_cast<void>(remove_tree(partial));
    return filled.error();
  }
  if (auto published = publish(partial, folder); !published) return published.error();
  if (may_be_latest(request)) {
    if (auto moved = move_latest(parent, request.run.id); !moved) return moved.error();
  }
  return written;
}

}  // namespace batchd::report
