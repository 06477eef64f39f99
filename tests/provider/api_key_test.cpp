#include "line/provider/api_key.hpp"

#include <cstdlib>

#include <doctest/doctest.h>

#include "line/provider/provider.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::provider;

namespace {

constexpr const char* variable = "BATCHD_API_KEY_TEST";

// An environment of one variable.
struct Environment {
  std::optional<std::string> value;
  std::optional<std::string> operator()(const char* name) const {
    return name == std::string(variable) ? value : std::nullopt;
  }
};

model::ProviderSpec by_variable() {
  model::ProviderSpec spec;
  spec.api_key_env = variable;
  return spec;
}

}  // namespace

TEST_CASE("a variable that is not set is named, with what to do") {
  ::setenv(variable, "sk-of-the-process", 1);  // what is not handed in is not looked at
  const auto status = check_key(by_variable(), Environment{});
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::denied);
  CHECK(status.error().message == "there is no API key: the variable BATCHD_API_KEY_TEST is not set");
  CHECK(status.error().hint.find("export BATCHD_API_KEY_TEST=") != std::string::npos);
}

TEST_CASE("a key is trimmed; what is no key is refused without being shown") {
  CHECK(ApiKey(by_variable(), Environment{" sk-abc\r\n"}).read().value() == "sk-abc");
  for (const std::string bad : {"", "  \n", "sk-abc\nsk-def", "Bearer sk-abc", "sk-\x01", "clé-sk-abc"}) {
    CAPTURE(bad);
    const auto status = check_key(by_variable(), Environment{bad});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().kind == ErrorKind::denied);
    CHECK(status.error().text().find("sk-") == std::string::npos);
    CHECK(status.error().text().find(variable) != std::string::npos);
  }
}

TEST_CASE("the file wins over the variable, and a missing one is said") {
  const test::TemporaryFolder folder;
  const Environment environment{"sk-from-variable"};
  auto spec = by_variable();
  spec.api_key_file = folder.write("key", "sk-from-file\n");
  CHECK(ApiKey(spec, environment).read().value() == "sk-from-file");
  CHECK(key_source(spec) == "the file " + spec.api_key_file.string());
  spec.api_key_file = folder / "gone";
  const auto status = check_key(spec, environment);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::denied);
  CHECK(status.error().message.find(spec.api_key_file.string()) != std::string::npos);
  spec.api_key_file = folder.write("long", std::string(api_key_bytes_max + 1, 'k'));
  CHECK(check_key(spec, environment).error().kind == ErrorKind::denied);
}

TEST_CASE("a file is read again when it is another one, also by the same length") {
  const test::TemporaryFolder folder;
  model::ProviderSpec spec;
  spec.api_key_file = folder.write("key", "sk-1");
  ApiKey key(spec, {});
  CHECK(key.read().value() == "sk-1");
  REQUIRE(write_file_atomically(spec.api_key_file, "sk-2").ok());
  CHECK(key.read().value() == "sk-2");
}

TEST_CASE("where no place is named, none is needed; the simulator never looks") {
  CHECK(ApiKey(model::ProviderSpec(), {}).read().value().empty());
  auto simulated = by_variable();
  simulated.simulated = true;
  CHECK(ApiKey(simulated, {}).read().value() == "simulated");
  CHECK(check_key(simulated, {}).ok());
}
