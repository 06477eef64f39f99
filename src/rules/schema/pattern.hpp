#pragma once
// One compiled regular expression. The only place that knows PCRE2.

#include <memory>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace batchd::schema {

class Pattern {
 public:
  static constexpr unsigned match_steps_max = 1'000'000;  // PCRE2's match limit: backtracking ends somewhere
  static constexpr unsigned heap_kib_max = 64 * 1024;     // and so does its memory

  // `ecma` as ECMA-262 reads it; found anywhere in the text unless it says otherwise.
  static Result<Pattern> compile(std::string_view ecma);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  enum class Verdict { matches, differs, gave_up };  // gave_up: a limit was met
  // `text` is UTF-8; the tape vouches for it. Thread-safe.
  Verdict match(std::string_view text) const;
  std::string_view source() const { return source_; }

 private:
  struct Code;
  Pattern(std::unique_ptr<Code> code, std::string_view source);
  std::unique_ptr<Code> code_;
  std::string source_;
};

}  // namespace batchd::schema
