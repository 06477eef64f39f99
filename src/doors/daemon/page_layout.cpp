#include "doors/daemon/page_layout.hpp"

#include <array>

#include "doors/daemon/page_assets.hpp"
#include "doors/daemon/page_pieces.hpp"

namespace batchd::daemon {

using html::element;
using html::flag;
using html::lone_element;

namespace {

Html head_of(const Page& page) {
  const auto again = lone_element("meta", {{"http-equiv", "refresh"}, {"content", "1"}});
  return element("head", {}, lone_element("meta", {{"charset", "utf-8"}}),
                 lone_element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}),
                 lone_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}),
                 element("title", {}, page.title, " · batchd"),
                 lone_element("link", {{"rel", "icon"}, {"type", "image/svg+xml"}, {"href", address_of(page_icon())}}),
                 lone_element("link", {{"rel", "stylesheet"}, {"href", address_of(page_style())}}),
                 element("script", {{"src", address_of(page_script())}, flag("defer")}),
                 page.is_awaited ? element("noscript", {}, again) : Html());
}

Html crumbs_of(const Page& page) {
  Html crumbs;
  for (std::size_t i = 0; i < page.crumbs.size(); ++i) {
    const auto& [address, name] = page.crumbs[i];
    const bool is_last = i + 1 == page.crumbs.size();
    crumbs.add(element("li", {}, element("a", {{"href", address}, {"aria-current", "page", is_last}}, name)));
  }
  return element("ol", {}, crumbs);
}

Html keys_of_page() {
  static constexpr std::array<std::array<const char*, 2>, 6> keys{{{"j  k", "next and previous row"},
                                                                   {"Enter", "open the row"},
                                                                   {"/", "to the filter"},
                                                                   {"u", "one level up"},
                                                                   {"g", "to the jobs"},
                                                                   {"?", "these keys"}}};
  Html list;
  for (const auto& [key, meaning] : keys)
    list.add(element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, meaning)));
  return element("dialog", {{"id", "keys"}, {"aria-labelledby", "keys-heading"}},
                 element("h2", {{"id", "keys-heading"}}, "Keys"), element("dl", {}, list),
                 element("form", {{"method", "dialog"}}, element("button", {}, "Close")));
}

Html sign_out_of(const Page& page) {
  if (!page.is_signed_in) return {};
  return element("form", {{"method", "post"}, {"action", "/sign-out"}}, element("button", {}, "Sign out"));
}

}  // namespace

std::string laid_out(const Page& page, const std::string& version) {
  const auto header = element(
      "header", {{"class", "top"}},
      element("nav", {{"aria-label", "where you are"}}, element("a", {{"href", "/"}, {"class", "mark"}}, "batchd"),
              crumbs_of(page)),
      element(
          "div", {{"class", "tools"}}, element("span", {{"id", "live"}, flag("hidden"), {"role", "status"}}, ""),
          element("button", {{"type", "button"}, {"id", "show-keys"}, flag("hidden"), {"aria-label", "keys"}}, "?")));
  const auto body = element("body",
                            {{"data-run", page.run, !page.run.empty()},
                             flag("data-follow", page.is_live),
                             flag("data-again", page.is_awaited)},
                            element("a", {{"class", "skip"}, {"href", "#main"}}, "To the content"), header,
                            element("main", {{"id", "main"}, {"tabindex", "-1"}, {"data-live", "main"}}, page.content),
                            element("footer", {}, element("span", {}, "batchd ", version), link("/openapi.json", "API"),
                                    link("/healthz", "Health"), sign_out_of(page)),
                            keys_of_page());
  return html::document(element("html", {{"lang", "en"}}, head_of(page), body));
}

}  // namespace batchd::daemon
