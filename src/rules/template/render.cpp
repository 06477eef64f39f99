#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/template/program.hpp"

namespace batchd::tmpl {
namespace {

using json::Kind;
using json::View;

// What names are looked up in, innermost first; lives on the stack.
struct Context {
  View value;
  const Context* outer = nullptr;
};

View step(View value, const Name& name) {
  if (value.is(Kind::array)) return name.element ? value.at(*name.element) : View();
  return value.find(name.key);
}

// The first name from the innermost outwards, the others within what that one found.
View look_up(const Path& path, const Context& context) {
  if (path.names.empty()) return context.value;
  View value;
  for (const Context* inner = &context; inner && !value; inner = inner->outer)
    value = step(inner->value, path.names[0]);
  for (std::size_t i = 1; i < path.names.size() && value; ++i)
    value = step(value, path.names[i]);
  return value;
}

bool opens_section(View value) {
  if (!value || value.is_null()) return false;
  switch (value.kind()) {
    case Kind::boolean:
      return *value.as_bool();
    case Kind::string:
    case Kind::array:
    case Kind::object:
      return value.node().count > 0;
    default:
      return true;
  }
}

class Rendering {
 public:
  Rendering(const Program& program, View row, std::string& out) : program_(program), row_(row), out_(out) {}

  Status run() {
    if (operations(0, size(), {row_, nullptr})) return {};
    return complaint();
  }

 private:
  using Code = Operation::Code;

  bool operations(std::uint32_t begin, std::uint32_t end, const Context& context) {
    for (std::uint32_t i = begin; i < end;) {
      const Operation& operation = program_.operations[i];
      switch (operation.code) {
        case Code::literal:
          out_.append(program_.literals, operation.begin, operation.end - operation.begin);
          break;
        case Code::variable:
          if (!variable(operation, context)) return false;
          break;
        case Code::row_value:
          if (!row_value(operation)) return false;
          break;
        case Code::section:
        case Code::inverted_section:
          if (!section(operation, i + 1, context)) return false;
          i = operation.end;
          continue;
      }
      ++i;
    }
    return true;
  }

  bool variable(const Operation& operation, const Context& context) {
    View value = look_up(program_.paths[operation.subject], context);
    if (!value || value.is_null()) return refuse(operation, value);
    json::append_escaped_value(out_, value);
    return true;
  }

  bool row_value(const Operation& operation) {
    View value = row_.at_pointer(program_.pointers[operation.subject]);
    if (!value) return refuse(operation, value);
    out_ += value.source_text();
    return true;
  }

  bool section(const Operation& operation, std::uint32_t begin, const Context& context) {
    View value = look_up(program_.paths[operation.subject], context);
    bool opens = opens_section(value);
    if (operation.code == Code::inverted_section) return opens || operations(begin, operation.end, context);
    if (!opens) return true;
    if (!value.is(Kind::array)) return operations(begin, operation.end, {value, &context});
    for (View element : value.elements()) {
      if (!operations(begin, operation.end, {element, &context})) return false;
    }
    return true;
  }

  bool refuse(const Operation& operation, View value) {
    refused_ = &operation;
    refused_is_null_ = value.operator bool();
    return false;
  }

  Error complaint() const {
    const std::string& name = refused_->code == Code::row_value ? program_.pointers[refused_->subject]
                                                                : program_.paths[refused_->subject].text;
    return error_at(program_.places[refused_->place],
                    fmt::format(R"({} "{}"{})", refused_is_null_ ? "the row's" : "the row has no", name,
                                refused_is_null_ ? " is null" : ""));
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(program_.operations.size()); }

  const Program& program_;
  View row_;
  std::string& out_;
  const Operation* refused_ = nullptr;
  bool refused_is_null_ = false;
};

}  // namespace

Status render_program(const Program& program, json::View row, std::string& out) {
  std::size_t size = out.size();
  auto done = Rendering(program, row, out).run();
  if (!done) out.resize(size);
  return done;
}

}  // namespace batchd::tmpl
