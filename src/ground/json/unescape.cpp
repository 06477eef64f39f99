#include "ground/json/unescape.hpp"

#include <array>
#include <cstring>

#include "ground/json/eight_bytes.hpp"

namespace batchd::json {
namespace {

constexpr std::array<std::int8_t, 256> make_hexadecimal_digits() {
  std::array<std::int8_t, 256> digits{};
  digits.fill(-1);
  for (int i = 0; i < 10; ++i)
    digits[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    digits[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    digits[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return digits;
}
constexpr auto hexadecimal_digits = make_hexadecimal_digits();

char* append_utf8(char* out, std::uint32_t code_point) {
  auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6), put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x1'0000) {
    put(0xE0 | code_point >> 12), put(0x80 | (code_point >> 6 & 0x3F)), put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18), put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F)), put(0x80 | (code_point & 0x3F));
  }
  return out;
}

constexpr std::uint32_t replacement_character = 0xFFFD;

// Of the `\uXXXX` at `at`; negative when there is none.
std::int32_t code_unit_at(const char* at, const char* end) {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return -1;
  return hexadecimal4(at + 2, end);
}

// `at` is behind the `\u`; moved behind the escape, or behind both of a surrogate pair. `mended` null: half a pair is a
// fault.
char* unescape_code_unit(const char*& at, const char* end, char* out, bool* mended) {
  std::int32_t unit = hexadecimal4(at, end);
  if (unit < 0) return nullptr;
  at += 4;
  if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) return append_utf8(out, static_cast<std::uint32_t>(unit));
  std::int32_t low = is_high_surrogate(unit) ? code_unit_at(at, end) : -1;
  if (!is_low_surrogate(low)) {  // what follows stands for itself, whatever it is
    if (!mended) return nullptr;
    *mended = true;
    return append_utf8(out, replacement_character);
  }
  at += 6;
  return append_utf8(
      out, 0x1'0000 + (static_cast<std::uint32_t>(unit - 0xD800) << 10) + static_cast<std::uint32_t>(low - 0xDC00));
}

// Moves both behind what is copied. May write up to seven bytes more than that, never more than [at, end) has.
void copy_to_backslash(const char*& at, const char* end, char*& out) {
  while (end - at >= 8) {
    std::uint64_t eight = eight_bytes_at(at);
    std::memcpy(out, &eight, sizeof eight);
    std::uint64_t backslashes = mask_of_equal(eight, '\\');
    int clean = backslashes ? first_of(backslashes) : 8;
    at += clean, out += clean;
    if (backslashes) return;
  }
  while (at != end && *at != '\\')
    *out++ = *at++;
}

// `mended` null: half a surrogate pair is a fault.
char* unescape_with(const char* at, const char* end, char* out, bool* mended) {
  while (at != end) {
    copy_to_backslash(at, end, out);
    if (at == end) return out;
    if (++at == end) return nullptr;
    char c = *at++;
    if (c == 'u') {
      out = unescape_code_unit(at, end, out, mended);
      if (!out) return nullptr;
    } else {
      *out = unescaped_of(c);
      if (*out++ == '\0') return nullptr;
    }
  }
  return out;
}

}  // namespace

std::int32_t hexadecimal4(const char* at, const char* end) {
  if (end - at < 4) return -1;
  auto digit = [at](int i) -> std::int32_t { return hexadecimal_digits[static_cast<unsigned char>(at[i])]; };
  // A digit that is none is -1: its sign survives the shifts of the others.
  std::int32_t wrong = digit(0) | digit(1) | digit(2) | digit(3);
  return wrong < 0 ? -1 : digit(0) << 12 | digit(1) << 8 | digit(2) << 4 | digit(3);
}

char* unescape(const char* at, const char* end, char* out) { return unescape_with(at, end, out, nullptr); }

char* unescape_mending(const char* at, const char* end, char* out, bool& mended) {
  return unescape_with(at, end, out, &mended);
}

}  // namespace batchd::json
