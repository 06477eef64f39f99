#include "doors/daemon/html.hpp"

namespace batchd::daemon::html {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\t':
      case '\n':
        out += c;
        break;
      case '\r':  // a browser would make a line end of it
        out += "&#13;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
          out += replacement;
        else
          out += c;
    }
  }
}

}  // namespace

Html& Html::add(std::string_view text) {
  append_escaped(text_, text);
  return *this;
}

Html& Html::add(const Html& piece) {
  text_ += piece.text_;
  return *this;
}

void Html::open(Name element, const Attributes& attributes) {
  text_ += '<';
  text_ += element.text();
  for (const auto& [name, value, is_there] : attributes) {
    if (!is_there) continue;
    text_ += ' ';
    text_ += name.text();
    text_ += "=\"";
    append_escaped(text_, value);
    text_ += '"';
  }
  text_ += '>';
}

void Html::close(Name element) {
  text_ += "</";
  text_ += element.text();
  text_ += '>';
}

Html lone_element(Name name, const Attributes& attributes) {
  Html html;
  html.open(name, attributes);
  return html;
}

std::string document(const Html& html) { return "<!doctype html>\n" + html.text() + "\n"; }

}  // namespace batchd::daemon::html
