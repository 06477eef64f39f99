// init: a job to begin with.

#include <iostream>

#include <fmt/format.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "ground/json/writer.hpp"
#include "rules/job/job.hpp"

namespace batchd::cli {

// src/doors/cli/init/, embedded.
extern const std::string_view init_job;
extern const std::string_view init_input_schema;
extern const std::string_view init_output_schema;
extern const std::string_view init_sample;
extern const std::string_view init_config;

namespace {

constexpr std::string_view config_name = "batchd.yaml";
constexpr std::size_t name_characters_max = 100;  // as job.schema.json has it

struct NewFile {
  std::string name;
  std::string_view text;  // with @NAME@ in it
  std::string_view what;
};

Status check_name(const std::string& name) {
  constexpr std::string_view inner = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-";
  const auto refused = [&](const std::string& why, const std::string& hint) {
    return Error(ErrorKind::invalid, fmt::format("\"{}\" cannot be a job's name: {}", printable(name), why), hint);
  };
  for (const std::string_view ending : {".yaml", ".yml"}) {
    if (name.ends_with(ending))
      return refused("a name has no ending",
                     fmt::format("batchd init {}", name.substr(0, name.size() - ending.size())));
  }
  const bool sound = !name.empty() && name.size() <= name_characters_max &&
                     name.find_first_not_of(inner) == std::string::npos &&
                     std::string_view("._-").find(name.front()) == std::string_view::npos;
  if (!sound) {
    return refused("it begins with a letter or digit and goes on with letters, digits, \".\", \"_\" or \"-\"",
                   name.find('/') == std::string::npos ? "" : "the folder goes behind --dir");
  }
  if (name + ".yaml" == config_name) return refused("batchd.yaml is what the config is called", "take another one");
  return {};
}

std::string with_name(std::string_view text, const std::string& name) {
  constexpr std::string_view mark = "@NAME@";
  std::string out;
  for (;;) {
    const auto at = text.find(mark);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += name;
    text.remove_prefix(at + mark.size());
  }
}

bool is_there(const Path& path) {
  std::error_code fault;
  return std::filesystem::exists(std::filesystem::symlink_status(path, fault));  // a link to nowhere, too
}

// All of them at once: nobody wants to hear of the second one after having moved the first.
Status check_free(const Path& folder, const std::vector<NewFile>& files) {
  std::string taken;
  std::size_t count = 0;
  for (const auto& file : files) {
    if (!is_there(folder / file.name)) continue;
    taken += fmt::format("{}{}", count == 0 ? "" : ", ", shown_path(folder / file.name));
    ++count;
  }
  if (count == 0) return {};
  return Error(ErrorKind::invalid,
               fmt::format("{} {} there already; nothing was written", taken, count == 1 ? "is" : "are"),
               "take another NAME or another --dir, or move what is there");
}

Status write_all(const Path& folder, const std::string& name, const std::vector<NewFile>& files) {
  constexpr unsigned for_everyone = 0755;
  constexpr unsigned for_reading = 0644;
  if (auto made = make_folders(folder, for_everyone); !made) return made;
  for (const auto& file : files) {
    if (auto written = write_file_atomically(folder / file.name, with_name(file.text, name), for_reading); !written)
      return written;
  }
  return {};
}

void tell(const GlobalOptions& global, const Path& folder, const std::string& name, const std::vector<NewFile>& files,
          const Path& config) {
  if (global.json) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object().key("type").string("initialised").key("time").string(format_utc(SystemClock().now(), true));
    writer.key("job").string((folder / (name + ".yaml")).string()).key("files").begin_array();
    for (const auto& file : files)
      writer.string((folder / file.name).string());
    writer.end_array().key("config").string(config.string()).end_object();
    std::cout << line << std::endl;
    return;
  }
  if (global.quiet) return;
  const auto style = canvas_of(global, 1).style;
  unsigned widest = 0;
  for (const auto& file : files)
    widest = std::max(widest, width_of(shown_path(folder / file.name)));
  std::cout << "Wrote\n";
  for (const auto& file : files)
    std::cout << fmt::format("  {}  {}\n", padded(shown_path(folder / file.name), widest), style.dim(file.what));
  if (files.back().name != config_name)
    std::cout << fmt::format("The config is {}; no other was written.\n", shown_path(config));
  const auto job = shown_path(folder / (name + ".yaml"));
  std::cout << fmt::format("Next\n  batchd validate {0}\n  batchd run {0} --simulate\n  batchd results {1} | head -3\n",
                           job, name);
}

}  // namespace

int init_command(const GlobalOptions& global, const InitOptions& options) {
  const auto& name = options.name;
  if (auto sound = check_name(name); !sound) return show_error(global, sound.error());
  const auto folder = std::filesystem::absolute(options.folder).lexically_normal();

  job::ConfigOptions where;
  where.file = global.config;
  where.job_file = folder / (name + ".yaml");
  where.state_folder = global.state_dir;
  where.current_folder = std::filesystem::current_path();
  where.environment = job::system_environment();
  const auto loaded = job::load_config(where);
  show_complaints(global, loaded.complaints);
  if (!loaded.ok()) return exit_usage;

  std::vector<NewFile> files = {{name + ".yaml", init_job, "the job: what is asked about every row"},
                                {name + ".input.schema.json", init_input_schema, "what a row looks like"},
                                {name + ".output.schema.json", init_output_schema, "what an answer must look like"},
                                {name + ".sample.jsonl", init_sample, "twelve rows to try it with"}};
  if (loaded.config.file.empty()) files.push_back({std::string(config_name), init_config, "where runs are remembered"});
  if (auto free = check_free(folder, files); !free) return show_error(global, free.error());
  if (auto written = write_all(folder, name, files); !written) return show_error(global, written.error());
  tell(global, folder, name, files, loaded.config.file);
  return exit_ok;
}

}  // namespace batchd::cli
