#include "rules/model/money.hpp"

#include <doctest/doctest.h>

using namespace batchd::model;

TEST_CASE("money is read and written exactly") {
  CHECK(money_from_text("0.40") == Money{400'000'000});
  CHECK(money_from_text("25") == Money{25'000'000'000});
  CHECK(money_from_text("-1.5") == Money{-1'500'000'000});
  CHECK(money_from_text("0.000000001") == Money{1});
  CHECK(to_text(Money{400'000'000}) == "0.40");
  CHECK(to_text(Money{25'000'000'000}) == "25.00");
  CHECK(to_text(Money{123'000}) == "0.000123");
  CHECK(to_text(Money{-1'500'000'000}) == "-1.50");
}

TEST_CASE("what is not a decimal of at most nine places is not money") {
  for (const auto* text : {"", "-", ".5", "1.", "1.0000000001", "1e3", "+1", "1,5", " 1", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(money_from_text(text).has_value());
  }
}

TEST_CASE("a batch costs its tokens at list price times the batch factor") {
  Price price;
  price.input = *money_from_text("0.40");
  price.output = *money_from_text("1.20");
  Usage usage;
  usage.input_tokens = 1'000'000;
  usage.output_tokens = 500'000;
  CHECK(to_text(cost_of(usage, price)) == "0.50");
  price.batch_factor_ppm = 1'000'000;
  CHECK(to_text(cost_of(usage, price)) == "1.00");
}

TEST_CASE("a fraction of a nano-unit is rounded half up") {
  Price price;
  price.input = Money{1};
  price.per_tokens = 2;
  price.batch_factor_ppm = 1'000'000;
  Usage usage;
  usage.input_tokens = 1;
  CHECK(cost_of(usage, price).nano == 1);
  price.per_tokens = 3;
  CHECK(cost_of(usage, price).nano == 0);
}

TEST_CASE("a billion tokens do not overflow") {
  Price price;
  price.input = *money_from_text("1000.00");
  Usage usage;
  usage.input_tokens = 1'000'000'000;
  CHECK(to_text(cost_of(usage, price)) == "500000.00");
}
