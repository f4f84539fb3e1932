// JSON from outside: what is read, and everything that is not.
#include "io/json_reader.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::io {
namespace {

using test::message_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

JsonValue parse(std::string_view text) { return JsonValue::parse(text, "the text"); }

template <class F>
std::string said(F&& read) {
  return message_of<JsonFault>(read);
}

TEST(JsonReader, KeepsTheOrderOfKeys) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : parse(R"({"z":1,"a":2,"m":3})").members()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("z", "a", "m"));
}

TEST(JsonReader, ReadsEveryKindOfValue) {
  const JsonValue json = parse(
      R"( {"whole":-3,"real":1.5e3,"text":"a\u00fc\n","on":true,"none":null,"list":[1,[2]]} )");
  EXPECT_EQ(json.at("whole").whole(-5), -3);
  EXPECT_EQ(json.at("real").number(), 1500.0);
  EXPECT_EQ(json.at("whole").number(), -3.0);
  EXPECT_EQ(json.at("text").text(), "aü\n");
  EXPECT_TRUE(json.at("on").flag());
  EXPECT_TRUE(json.at("none").is_null());
  EXPECT_EQ(json.at("list").items(2)[1].items()[0].whole(), 2);
}

TEST(JsonReader, ReadsTheEndsOfItsNumbers) {
  EXPECT_EQ(parse("18446744073709551615").whole_unsigned(), 18446744073709551615ULL);
  EXPECT_EQ(parse("9223372036854775807").whole(), INT64_MAX);
  EXPECT_EQ(parse("-9223372036854775808").whole(INT64_MIN), INT64_MIN);
}

TEST(JsonReader, RefusesANumberThatIsNotWhole) {
  for (const char* text : {"1.0", "1e3", "true", "\"1\"", "null", "[1]", "18446744073709551616",
                           "9223372036854775808", "-1", "-0", "0.5"}) {
    EXPECT_THAT(said([&] { parse(text).whole(); }),
                HasSubstr("must be a whole number from 0 to 9223372036854775807"))
        << text;
  }
  EXPECT_EQ(said([] { parse("18446744073709551616").whole_unsigned(); }),
            "it is 1.8446744073709552e+19: must be a whole number from 0 to 18446744073709551615");
}

TEST(JsonReader, SaysWhereAndWhatIsWrong) {
  const JsonValue json = parse(R"({"best":{"epoch":7,"value":"high"},"lr":[0.1,-1]})");
  EXPECT_EQ(said([&] { json.at("best").at("epoch").whole(0, 3); }),
            "best.epoch is 7: must be a whole number from 0 to 3");
  EXPECT_EQ(said([&] { json.at("best").at("value").number(); }),
            "best.value is \"high\": must be a number");
  EXPECT_EQ(said([&] { json.at("lr").items()[1].number(0); }),
            "lr[1] is -1: must be a number of 0 or more");
  EXPECT_EQ(said([&] { json.at("lr").items()[0].number(1, 2); }),
            "lr[0] is 0.1: must be a number from 1 to 2");
  EXPECT_EQ(said([&] { json.at("step"); }), "key 'step' not found");
  EXPECT_EQ(said([&] { json.at("best").at("step"); }), "best: key 'step' not found");
  EXPECT_EQ(said([&] { json.at("lr").at("x"); }), "lr is a list: must be an object");
  EXPECT_EQ(said([&] { json.at("best").items(); }), "best is an object: must be a list");
  EXPECT_EQ(said([&] { json.at("lr").items(3); }), "lr: a list of 2 items, not of 3");
  EXPECT_EQ(said([&] { json.text(); }), "it is an object: must be a text");
  EXPECT_EQ(said([&] { json.at("lr").flag(); }), "lr is a list: must be true or false");
}

TEST(JsonReader, RefusesAKeyThatComesTwice) {
  EXPECT_EQ(said([] { parse(R"({"a":{"b":1,"c":2,"b":3}})"); }), "the text has \"b\" twice");
  EXPECT_NO_THROW(parse(R"({"a":{"b":1},"b":{"b":2}})"));
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "nan", "NaN", "Infinity",
                           "01", "+1", "1 2", "{} {}", "// a\n1", "\"\xff\"", "1e999", "tru"}) {
    EXPECT_THAT(said([&] { parse(text); }), HasSubstr("the text is not JSON")) << text;
  }
}

TEST(JsonReader, RefusesBytesThatTheParserWouldPassOver) {
  EXPECT_THAT(said([] { parse(std::string_view("{}\0PK\3\4", 7)); }), HasSubstr("a byte 0"));
  EXPECT_THAT(said([] { parse("\xEF\xBB\xBF{}"); }), HasSubstr("byte-order mark"));
}

TEST(JsonReader, RefusesManyLevels) {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_NO_THROW(parse(deep));
  EXPECT_THAT(said([&] { parse("[" + deep + "]"); }), HasSubstr("more than 64 levels"));
  EXPECT_THROW(parse(std::string(1'000'000, '[')), JsonFault);
}

TEST(JsonReader, ReadsManyKeysInProportionToTheirNumber) {
  std::string text = "{\"k\":0";
  for (int i = 0; i < 200'000; ++i) text += ",\"k" + std::to_string(i) + "\":1";
  EXPECT_EQ(parse(text + "}").members().size(), 200'001U);  // by pairs it would take a minute
}

TEST(JsonReader, ShowsLongTextsInPart) {
  const std::string long_text(5000, 'x');
  const std::string message = said([&] { parse(fmt::format("\"{}\"", long_text)).whole(); });
  EXPECT_LT(message.size(), 300U);
  EXPECT_LT(said([&] { parse(fmt::format("\"{}", long_text)); }).size(), 500U);
}

TEST(JsonFile, IsARegularFile) {
  const test::ScratchFolder folder;
  test::write_file(folder / "x.json", "{}");
  EXPECT_EQ(read_json_file(folder / "x.json"), "{}");
  EXPECT_THAT(said([&] { read_json_file(folder.path()); }), HasSubstr("no file that can be read"));
  EXPECT_THAT(said([&] { read_json_file(folder / "none"); }),
              HasSubstr("no file that can be read"));
  EXPECT_THAT(said([] { read_json_file("/dev/zero"); }), HasSubstr("no file that can be read"));
  std::filesystem::resize_file(folder / "x.json", 100'000'000);
  EXPECT_EQ(said([&] { read_json_file(folder / "x.json"); }),
            "its 100000000 bytes are more than the 67108864 allowed");
}

}  // namespace
}  // namespace ct::io
