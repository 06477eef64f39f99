#include "doors/simulator/embedding.hpp"

#include <bit>
#include <cmath>

#include <doctest/doctest.h>

#include "simulator/rehearsal.hpp"

using namespace batchd;
using namespace batchd::simulator;

namespace {

Came embed(Rehearsal& world, const std::string& more, std::string_view base = openai, std::string_view model = "e") {
  return world.post(std::string(base) + "/embeddings", R"({"model":")" + std::string(model) + R"(",)" + more + "}");
}

std::vector<double> numbers_in(json::View list) {
  std::vector<double> numbers;
  for (const json::View number : list.elements())
    numbers.push_back(*number.as_double());
  return numbers;
}

std::vector<double> vector_in(const Came& came, int index = 0) {
  return numbers_in(came.body().at_pointer("/data/" + std::to_string(index) + "/embedding"));
}

// Written by hand, against the alphabet of RFC 4648.
std::vector<double> floats_in(std::string_view base64) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t gathered = 0;
  int bits = 0;
  for (const char c : base64) {
    if (c == '=') break;
    gathered = gathered << 6 | static_cast<std::uint32_t>(alphabet.find(c));
    if ((bits += 6) < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(gathered >> bits & 255);
  }
  std::vector<double> numbers;
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    std::uint32_t word = 0;
    for (std::size_t j = 0; j < 4; ++j)
      word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + j])) << (8 * j);
    numbers.push_back(std::bit_cast<float>(word));
  }
  return numbers;
}

std::string embedding_line(std::string_view id, std::string_view body) {
  return R"({"custom_id":")" + std::string(id) + R"(","method":"POST","url":"/v1/embeddings","body":)" +
         std::string(body) + "}\n";
}

Came run_embeddings(Rehearsal& world, std::string_view base, const std::string& lines) {
  const auto file = world.upload(base, lines).at("/id");
  const auto made =
      world.post(std::string(base) + "/batches",
                 R"({"input_file_id":")" + file + R"(","endpoint":"/v1/embeddings","completion_window":"24h"})");
  world.pass_until_all_is_done();
  return world.get(std::string(base) + "/batches/" + made.at("/id"));
}

}  // namespace

TEST_CASE("an embedding depends on seed, model and text alone, not on its company or how often it is asked for") {
  Rehearsal one;
  Rehearsal other({}, 2);
  const auto first = vector_in(embed(one, R"("input":"a lamp")"));
  CHECK(first == vector_in(embed(one, R"("input":"a lamp")")));
  CHECK(first == vector_in(embed(one, R"("input":["a chair","a lamp"])"), 1));
  CHECK(first != vector_in(embed(one, R"("input":"a chair")")));
  CHECK(first != vector_in(embed(one, R"("input":"a lamp")", openai, "f")));
  CHECK(first != vector_in(embed(other, R"("input":"a lamp")")));
  double squares = 0;
  for (const double number : first)
    squares += number * number;
  CHECK(std::abs(squares - 1) < 1e-4);
}

TEST_CASE("embeddings have as many numbers as were wished for, else as many as their model makes") {
  Rehearsal world;
  CHECK(vector_in(embed(world, R"("input":"x","dimensions":3)")).size() == 3);
  CHECK(vector_in(embed(world, R"("input":"x")", openai, "text-embedding-3-small")).size() == 1536);
  CHECK(vector_in(embed(world, R"("input":"x")", openai, "text-embedding-3-large")).size() == 3072);
  CHECK(vector_in(embed(world, R"("input":"x")", dashscope, "text-embedding-v4")).size() == 1024);
  CHECK(embed(world, R"("input":"x","dimensions":0)").at("/error/param") == "dimensions");
  CHECK(embed(world, R"("input":"x","dimensions":1537)", openai, "text-embedding-3-small").status == 400);
}

TEST_CASE("base64 holds the same numbers as little-endian floats") {
  Rehearsal world;
  for (const std::string dimensions : {"1", "2", "3", "8"}) {
    const auto plain = vector_in(embed(world, R"("input":"x","dimensions":)" + dimensions));
    const auto coded = embed(world, R"("input":"x","encoding_format":"base64","dimensions":)" + dimensions);
    const auto floats = floats_in(coded.at("/data/0/embedding"));
    CHECK(coded.at("/data/0/embedding").size() % 4 == 0);
    REQUIRE(floats.size() == plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i)
      CHECK(floats[i] == static_cast<double>(static_cast<float>(plain[i])));
  }
  CHECK(embed(world, R"("input":"x","encoding_format":"hex")").at("/error/param") == "encoding_format");
}

TEST_CASE("a text, a list of texts, a list of tokens or a list of those is taken, anything else is refused") {
  Rehearsal world;
  const auto inputs_of = [&](const std::string& input) {
    return embed(world, R"("dimensions":2,"input":)" + input).body().find("data").size();
  };
  CHECK(inputs_of(R"("a")") == 1);
  CHECK(inputs_of(R"(["a","b","c"])") == 3);
  CHECK(inputs_of("[1,2,3]") == 1);
  CHECK(inputs_of("[[1,2],[3]]") == 2);
  for (const std::string input :
       {R"("")", "[]", R"(["a",""])", "[[]]", "7", "null", "{}", R"([1,"a"])", "[-1]", "[1.5]"})
    CHECK(embed(world, R"("input":)" + input).status == 400);
  CHECK(embed(world, R"("no_input":1)").at("/error/param") == "input");
  CHECK(world.post("/v1/embeddings", R"({"input":"a"})").at("/error/param") == "model");
}

TEST_CASE("too many texts and too long ones are refused, by each dialect's measure") {
  Rehearsal world;
  const auto list_of = [](int count) {
    std::string list = R"("dimensions":1,"input":[)";
    for (int i = 0; i < count; ++i)
      list += i == 0 ? R"("a")" : R"(,"a")";
    return list + "]";
  };
  CHECK(embed(world, list_of(2048)).status == 200);
  CHECK(embed(world, list_of(2049)).at("/error/code") == "array_above_max_length");
  CHECK(embed(world, list_of(10), dashscope, "text-embedding-v4").status == 200);
  CHECK(embed(world, list_of(11), dashscope, "text-embedding-v4").at("/error/message").starts_with("batch size is"));
  CHECK(embed(world, R"("input":")" + std::string(40'000, 'x') + R"(")").at("/error/message").find("8192") !=
        std::string::npos);
}

TEST_CASE("usage counts the tokens of all texts, and of tokens each one") {
  Rehearsal world;
  CHECK(embed(world, R"("input":["12345678","1234"])").at("/usage/prompt_tokens") == "3");
  const auto tokens = embed(world, R"("input":[[1,2,3],[4]])");
  CHECK(tokens.at("/usage/prompt_tokens") == "4");
  CHECK(tokens.at("/usage/total_tokens") == "4");
  CHECK(tokens.at("/object") == "list");
}

TEST_CASE("an OpenAI batch holds at most 50,000 embedding inputs over all its lines") {
  std::string list = "[";
  for (int i = 0; i < 2'000; ++i)
    list += i == 0 ? R"("a")" : R"(,"a")";
  std::string lines;
  for (int i = 0; i < 25; ++i)
    lines += embedding_line(std::to_string(i), R"({"model":"e","dimensions":1,"input":)" + list + "]}");
  Rehearsal world;
  CHECK(run_embeddings(world, openai, lines).at("/status") == "completed");
  const auto refused = run_embeddings(world, openai, lines + embedding_line("x", R"({"model":"e","input":"a"})"));
  CHECK(refused.at("/errors/data/0/code") == "too_many_tasks");
  CHECK(refused.at("/errors/data/0/line") == "26");
}

TEST_CASE("a batch of embeddings answers each line, on either dialect") {
  for (const auto base : {openai, dashscope}) {
    Rehearsal world;
    const auto batch = run_embeddings(
        world, base,
        embedding_line("a", R"({"model":"text-embedding-v4","input":"a lamp","dimensions":64})") +
            embedding_line("b", R"({"model":"text-embedding-v4","input":[],"dimensions":64})") +
            embedding_line("c", R"({"model":"text-embedding-v4","input":["x","a lamp"],"dimensions":64})"));
    CHECK(batch.at("/status") == "completed");
    CHECK(batch.at("/request_counts/completed") == "2");
    CHECK(batch.at("/request_counts/failed") == "1");
    json::Document document;
    const auto lines = lines_of(world.output(base, batch));
    std::vector<std::vector<double>> vectors;
    for (const auto& line : lines) {
      const auto root = document.parse(line);
      REQUIRE(root.ok());
      if (root->at_pointer("/response/status_code").as_int64() != 200) continue;
      const auto data = root->at_pointer("/response/body/data");
      vectors.push_back(numbers_in(data.at(data.size() - 1).find("embedding")));
    }
    REQUIRE(vectors.size() == 2);
    CHECK(vectors[0] == vectors[1]);
    CHECK(vectors[0].size() == 64);
    CHECK(world.journal().find(R"("endpoint":"/v1/embeddings")") != std::string::npos);
  }
}
