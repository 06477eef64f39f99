#include "schedule/zone_file.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>

#include "ground/base/check.hpp"

namespace batchd::schedule::test {
namespace {

constexpr sys_seconds long_ago = std::chrono::sys_days(std::chrono::year(-9999) / 1 / 1);
constexpr sys_seconds far_future = std::chrono::sys_days(std::chrono::year(9999) / 1 / 1);

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes)
    value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

struct Header {
  std::size_t isut, isstd, leap, times, types, characters;

  explicit Header(std::string_view file)
      : isut(count(file, 0)),
        isstd(count(file, 1)),
        leap(count(file, 2)),
        times(count(file, 3)),
        types(count(file, 4)),
        characters(count(file, 5)) {}
  static std::size_t count(std::string_view file, std::size_t n) {
    return static_cast<std::size_t>(big_endian(file.substr(20 + 4 * n, 4)));
  }
  std::size_t body_bytes(std::size_t time_bytes) const {
    return times * (time_bytes + 1) + types * 6 + characters + leap * (time_bytes + 4) + isstd + isut;
  }
};
constexpr std::size_t header_bytes = 44;

std::vector<Offset> offsets_of(std::string_view file) {
  // The first half says the same in 32 bits.
  file.remove_prefix(header_bytes + Header(file).body_bytes(4));
  const Header header(file);
  check(file.starts_with("TZif") && file[4] >= '2' && header.leap == 0, "a time zone file of 64 bits");
  const std::string_view times = file.substr(header_bytes);
  const std::string_view kinds = times.substr(header.times * 8);
  const std::string_view types = kinds.substr(header.times);
  const auto offset = [&](std::size_t type) { return seconds(big_endian(types.substr(type * 6, 4))); };
  std::vector<Offset> offsets = {{long_ago, offset(0)}};
  for (std::size_t n = 0; n < header.times; ++n) {
    const Offset next = {sys_seconds(seconds(big_endian(times.substr(n * 8, 8)))),
                         offset(static_cast<unsigned char>(kinds[n]))};
    if (next.offset != offsets.back().offset) offsets.push_back(next);
  }
  return offsets;
}

std::vector<ZoneFile> read_all() {
  const std::filesystem::path folder = "/usr/share/zoneinfo";
  std::map<std::string, std::string> names;  // content → name
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().lexically_relative(folder);
    if (name.starts_with("posix") || name.starts_with("right/") || name == "localtime" || name == "Factory") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(stream), {}};
    if (!content.starts_with("TZif")) continue;
    const auto [found, is_new] = names.emplace(std::move(content), name);
    if (!is_new) found->second = std::min(found->second, name);
  }
  std::vector<ZoneFile> files;
  for (const auto& [content, name] : names)
    files.push_back({name, offsets_of(content)});
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

}  // namespace

std::size_t ZoneFile::at(sys_seconds time) const {
  const auto next = std::upper_bound(offsets.begin(), offsets.end(), time,
                                     [](sys_seconds moment, const Offset& offset) { return moment < offset.begin; });
  return static_cast<std::size_t>(next - offsets.begin()) - 1;
}

sys_seconds ZoneFile::end_of(std::size_t n) const { return n + 1 < offsets.size() ? offsets[n + 1].begin : far_future; }

const std::vector<ZoneFile>& all_zone_files() {
  static const std::vector<ZoneFile> files = read_all();
  return files;
}

}  // namespace batchd::schedule::test
