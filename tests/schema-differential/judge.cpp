// Lines of {"schema":…, "instances":[…]} on standard input; for each a line on standard output: a 1 or 0 for every
// instance, or "refused: …". Both modes are asked, and must agree.

#include <iostream>
#include <string>

#include "ground/base/check.hpp"
#include "ground/json/document.hpp"
#include "rules/schema/schema.hpp"

using namespace batchd;

int main() {
  std::string line;
  json::Document document;
  while (std::getline(std::cin, line)) {
    const auto root = document.parse(line);
    check(root.ok(), "the cases are JSON");
    const auto compiled = schema::Schema::compile(root->find("schema").source_text());
    if (!compiled) {
      std::cout << "refused: " << compiled.error().message << '\n';
      continue;
    }
    for (const json::View instance : root->find("instances").elements()) {
      const bool accepts = compiled->accepts(instance);
      check(accepts == compiled->explain(instance).empty(), "both modes agree");
      std::cout << (accepts ? '1' : '0');
    }
    std::cout << '\n';
  }
  return 0;
}
