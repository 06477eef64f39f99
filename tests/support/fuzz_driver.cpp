// A fuzz target without libFuzzer: seeds, and so many inputs made of them by a fixed seed. What a fuzzer found once is
// found again on every machine; searching further is the business of the fuzz preset.
//   fuzz_NAME SEEDS-FILE INPUTS        (seeds are separated by blank lines)

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t input_bytes_max = 4'096;

std::vector<std::string> read_seeds(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> seeds;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    seeds.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  return seeds;
}

class Mutations {
 public:
  explicit Mutations(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string next() {
    std::string input = one_seed();
    for (std::size_t n = 1 + below(4); n > 0; --n)
      change(input);
    input.resize(std::min(input.size(), input_bytes_max));
    return input;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& one_seed() { return seeds_[below(seeds_.size())]; }

  void change(std::string& input) {
    static constexpr std::string_view telling = "{}[]\",:;\t\r\n\\0123456789.eE-+truefalsn$#/~ \xC3\xA4\xFF";
    const std::size_t at = below(input.size());
    const std::size_t length = 1 + below(12);
    const std::string& other = one_seed();
    switch (below(6)) {
      case 0:
        input.insert(at, 1, telling[below(telling.size())]);
        break;
      case 1:
        if (!input.empty()) input[at] = telling[below(telling.size())];
        break;
      case 2:
        input.erase(at, length);
        break;
      case 3:
        input.insert(at, std::string(input, at, length * 4));
        break;
      case 4:
        input.insert(at, std::string(other, below(other.size()), length * 3));
        break;
      default:
        if (!input.empty()) input[at] = static_cast<char>(below(256));
    }
  }

  std::vector<std::string> seeds_;
  std::mt19937 random_{20'261'123};  // the standard pins what it gives
};

std::string running;

// Before the program ends by a broken promise: the input that broke it, on one line.
extern "C" void tell_input(int) {
  for (const char c : running) {
    const auto byte = static_cast<unsigned char>(c);
    byte < ' ' || byte > '~' || byte == '\\' ? std::fprintf(stderr, "\\x%02x", byte) : std::fputc(byte, stderr);
  }
  std::fputs("\n", stderr);
}

void run(const std::string& input) {
  running = input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  const auto seeds = argc == 3 ? read_seeds(argv[1]) : std::vector<std::string>();
  if (seeds.empty()) {
    std::fputs("usage: fuzz_NAME SEEDS-FILE INPUTS\n", stderr);
    return 2;
  }
  std::signal(SIGABRT, tell_input);
  for (const auto& seed : seeds)
    run(seed);
  Mutations mutations(seeds);
  const unsigned long inputs = std::strtoul(argv[2], nullptr, 10);
  for (unsigned long n = 0; n < inputs; ++n)
    run(mutations.next());
  std::printf("%zu seeds and %lu inputs made of them\n", seeds.size(), inputs);
  return 0;
}
