#include "doors/simulator/ids.hpp"

#include <fmt/format.h>

#include "doors/simulator/draw.hpp"

namespace batchd::simulator {
namespace {

void append_hex(std::string& out, std::uint64_t value, int digits) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
    out += alphabet[(value >> shift) & 15];
}

void append_32_digits(std::string& out, std::uint64_t key) {
  append_hex(out, mixed(key, 1), 16);
  append_hex(out, mixed(key, 2), 16);
}

void append_uuid(std::string& out, std::uint64_t key) {
  const std::uint64_t high = mixed(key, 1);
  const std::uint64_t low = mixed(key, 2);
  append_hex(out, high >> 32, 8);
  out += '-';
  append_hex(out, high >> 16, 4);
  out += "-4";
  append_hex(out, high, 3);
  out += "-9";
  append_hex(out, low >> 48, 3);
  out += '-';
  append_hex(out, low, 12);
}

std::string letters_and_digits(std::uint64_t key, int count) {
  constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  Draw draw(key);
  std::string text;
  for (int i = 0; i < count; ++i)
    text += alphabet[draw.below(alphabet.size())];
  return text;
}

}  // namespace

std::string Ids::file(FileKind kind, std::uint64_t sequence) const {
  const std::uint64_t key = mixed(mixed(seed_, number_of("file")), sequence);
  if (dialect_ == Dialect::openai) return "file-" + letters_and_digits(key, 22);
  std::string id = kind == FileKind::uploaded ? "file-batch-"
                   : kind == FileKind::output ? "file-batch_output-"
                                              : "file-batch_error-";
  append_32_digits(id, key);
  return id;
}

std::string Ids::batch(std::uint64_t sequence) const {
  const std::uint64_t key = mixed(mixed(seed_, number_of("batch")), sequence);
  std::string id = "batch_";
  if (dialect_ == Dialect::openai) {
    append_32_digits(id, key);
  } else {
    append_uuid(id, key);
  }
  return id;
}

std::string lengthened(std::string id) {
  constexpr int letters_added = 170;
  return id + "-" + letters_and_digits(number_of(id), letters_added) + "==";
}

void Ids::line(std::uint64_t batch_sequence, std::uint64_t line, std::string& out) const {
  if (dialect_ == Dialect::dashscope) return request(batch_sequence, line, out);
  out = "batch_req_";
  append_32_digits(out, mixed(mixed(mixed(seed_, number_of("line")), batch_sequence), line));
}

void Ids::request(std::uint64_t batch_sequence, std::uint64_t line, std::string& out) const {
  const std::uint64_t key = mixed(mixed(mixed(seed_, number_of("request")), batch_sequence), line);
  out.clear();
  if (dialect_ == Dialect::dashscope) {
    append_uuid(out, key);
  } else {
    append_32_digits(out, key);
  }
}

}  // namespace batchd::simulator
