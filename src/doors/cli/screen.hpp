#pragma once
// Standard error of this process: lines that stay, and below them a panel that is drawn over again and again. Whoever
// writes a line while a panel is there writes above it. May be used by any thread.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/log.hpp"

namespace batchd::cli {

class Screen {
 public:
  static Screen& standard_error();

  void write(std::string_view lines);               // whole ones
  void show_panel(std::vector<std::string> lines);  // in place of the one that is there
  void remove_panel();

 private:
  std::string without_panel() const;
  std::mutex mutex_;
  std::vector<std::string> panel_;
};

// What takes a panel away again: up over the rows it takes at this width of the terminal, which may have been changed
// since it was drawn (a longer line is broken into several rows), and everything from there on erased.
std::string erasing(const std::vector<std::string>& panel, unsigned columns);

// The log, above a panel.
std::unique_ptr<Log> make_screen_log(LogFormat format, LogLevel least);

}  // namespace batchd::cli
