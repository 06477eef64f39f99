#pragma once
// One YAML file on its way to values: read, changed by --set, walked into JSON. Everything said about it is collected
// here with its place; places are found by JSON Pointer.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/json/document.hpp"
#include "rules/job/emit.hpp"
#include "rules/job/job.hpp"

namespace batchd::job {

class Source {
 public:
  struct Options {
    std::string shown;  // the file as the user named it
    std::vector<std::pair<std::string, std::string>> set;
    EmitRules rules;
    bool is_unseen = false;  // nobody wrote the text: its complaints have no line
  };
  // Keeps a copy of `text`. When the text cannot be read, root() is absent and the complaints say why.
  Source(std::string text, const Environment& environment, Options options);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  json::View root() const { return root_; }
  json::View at(std::string_view pointer) const { return root_.at_pointer(pointer); }
  const std::string& text() const { return text_; }
  bool used_run_date() const { return used_run_date_; }

  // "input.path: <message>" at the place of the value, or of the nearest thing around it that is there. Silent when
  // that very value has a complaint already: the first says what to mend first.
  void complain(std::string_view pointer, std::string_view message);
  void complain_as_written(std::string_view pointer, std::string message);  // without the "input.path: "
  void warn(std::string_view pointer, std::string_view message);
  // The same at the place of the key, without that silence: a map may lack two keys.
  void complain_at_key(std::string_view pointer, std::string_view message);
  void warn_at_key(std::string_view pointer, std::string_view message);
  // With no place in the text.
  void complain_in(std::string file, std::string message);
  void warn_in(std::string file, std::string message);

  bool is_broken(json::View value) const { return origin_of(value).is_broken; }
  // The value as a complaint may repeat it: cut to what fits a line; never what a variable or a secret key holds.
  std::string shown(std::string_view pointer) const;

  bool has_errors() const;
  std::vector<Complaint> take_complaints();  // by line and column, each once

  static constexpr std::size_t complaints_max = 100;

 private:
  const Origin& origin_of(json::View value) const { return origins_[value.index()]; }
  json::View nearest(std::string_view pointer) const;
  void add(const Place& place, std::string message, bool is_warning);
  int character_column(const Place& place) const;

  std::string text_;  // without a byte-order mark
  Options options_;
  std::string json_;
  std::vector<Origin> origins_;
  json::Document document_;
  json::View root_;
  bool used_run_date_ = false;
  std::set<std::uint32_t> complained_;  // by tape index
  std::vector<Complaint> complaints_;
  std::size_t complaints_dropped_ = 0;
};

// "/messages/0/content" is "messages.0.content"; "" is "".
std::string dotted(std::string_view pointer);
// "/batch" and "max/requests": "/batch/max~1requests".
std::string pointer_to(std::string_view parent, std::string_view key);

}  // namespace batchd::job
