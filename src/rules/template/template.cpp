#include "rules/template/template.hpp"

#include "rules/template/program.hpp"

namespace batchd::tmpl {

Error error_at(std::string_view place, std::string_view what) {
  std::string message(place);
  if (!place.empty()) message += ": ";
  return {ErrorKind::invalid, message.append(what)};
}

Template::Template(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template> Template::compile(json::View request) {
  auto program = compile_request(request);
  if (!program) return program.error();
  return Template(std::make_unique<const Program>(std::move(*program)));
}

Status Template::render(json::View row, std::string& out) const { return render_program(*program_, row, out); }

const std::vector<std::string>& Template::required_variables() const { return program_->required_variables; }

}  // namespace batchd::tmpl
