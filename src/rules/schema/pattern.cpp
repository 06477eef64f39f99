#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/schema/pattern.hpp"

#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <pcre2.h>

#include "rules/schema/ecma_pattern.hpp"

namespace batchd::schema {
namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatchData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeMatchContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

// What a match writes to: one a thread, so that a match allocates nothing.
struct Workplace {
  Workplace() : data(pcre2_match_data_create(1, nullptr)), context(pcre2_match_context_create(nullptr)) {
    check(data != nullptr && context != nullptr, "memory for matching patterns");
    pcre2_set_match_limit(context.get(), Pattern::match_steps_max);
    pcre2_set_heap_limit(context.get(), Pattern::heap_kib_max);
  }
  std::unique_ptr<pcre2_match_data, FreeMatchData> data;
  std::unique_ptr<pcre2_match_context, FreeMatchContext> context;
};

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

}  // namespace

struct Pattern::Code {
  std::unique_ptr<pcre2_code, FreeCode> compiled;
};

Pattern::Pattern(std::unique_ptr<Code> code, std::string_view source) : code_(std::move(code)), source_(source) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view ecma) {
  auto translated = ecma_to_pcre(ecma);
  if (!translated) return translated.error();
  // Neither UCP (\d and \w stay ASCII) nor ALT_BSUX (the translation leaves no \u to read).
  constexpr std::uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                                    PCRE2_ALLOW_EMPTY_CLASS | PCRE2_NEVER_BACKSLASH_C;
  int fault = 0;
  PCRE2_SIZE offset = 0;
  auto code = std::make_unique<Code>();
  code->compiled.reset(pcre2_compile(units(*translated), translated->size(), options, &fault, &offset, nullptr));
  if (!code->compiled) {
    std::array<PCRE2_UCHAR, 256> sentence{};
    pcre2_get_error_message(fault, sentence.data(), sentence.size());
    return Error(ErrorKind::invalid, reinterpret_cast<const char*>(sentence.data()));
  }
  // Without a JIT (some platforms) the interpreter does the same, slower.
  pcre2_jit_compile(code->compiled.get(), PCRE2_JIT_COMPLETE);
  return Pattern(std::move(code), ecma);
}

Pattern::Verdict Pattern::match(std::string_view text) const {
  thread_local const Workplace workplace;
  const pcre2_code* code = code_->compiled.get();
  constexpr std::uint32_t options = PCRE2_NO_UTF_CHECK;
  int found = pcre2_match(code, units(text), text.size(), 0, options, workplace.data.get(), workplace.context.get());
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
    // The compiled code had 32 KiB of stack; the interpreter may use heap_kib_max.
    found = pcre2_match(code, units(text), text.size(), 0, options | PCRE2_NO_JIT, workplace.data.get(),
                        workplace.context.get());
  }
  if (found == PCRE2_ERROR_NOMATCH) return Verdict::differs;
  return found >= 0 ? Verdict::matches : Verdict::gave_up;
}

}  // namespace batchd::schema
