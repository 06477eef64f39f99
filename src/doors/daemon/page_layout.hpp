#pragma once
// The frame around every page.

#include <string>
#include <utility>
#include <vector>

#include "doors/daemon/html.hpp"

namespace batchd::daemon {

struct Page {
  std::string title;
  std::vector<std::pair<std::string, std::string>> crumbs;  // address and name, outermost first; the last is this page
  std::string run;                                          // whose events make it new; "": those of all
  bool is_awaited = false;                                  // what it stands for is not there yet: it is asked again
  bool is_live = true;                                      // false: it stays as it is
  bool is_signed_in = false;                                // by a token: one may sign out
  html::Html content;
};

// The whole document.
std::string laid_out(const Page& page, const std::string& version);

}  // namespace batchd::daemon
