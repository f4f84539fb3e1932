// safetensors: what is written, what is read back, and every kind of damage.
#include "customtensor/io/safetensors.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/complex.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::io {
namespace {

using ::testing::HasSubstr;

std::string file_of(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

class Safetensors : public ::testing::Test {
 protected:
  StateDict load(const std::string& bytes, Metadata* metadata = nullptr) {
    test::write_file(file_, bytes);
    return load_safetensors(file_, metadata);
  }
  /// The message for a file of this header and these data, which must name the file.
  std::string complaint(const std::string& header, const std::string& data) {
    const std::string message = test::message_of<IoError>([&] { load(file_of(header, data)); });
    EXPECT_THAT(message, HasSubstr(file_.string()));
    return message;
  }

  test::ScratchFolder folder_;
  std::filesystem::path file_ = folder_ / "x.safetensors";
};

TEST_F(Safetensors, BringsBackEveryDtype) {
  StateDict state;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (dtype == complex128) continue;  // the format has none
    state.insert(std::string(name(dtype)),
                 tensor({0, 1, 3, 2, 0, 1}, {.dtype = dtype}).reshape({2, 3}));
  }
  save_safetensors(file_, state);
  const StateDict loaded = load_safetensors(file_);
  ASSERT_EQ(loaded.size(), state.size());
  auto expected = state.begin();
  for (const auto& [name, value] : loaded) {
    EXPECT_EQ(name, expected->first);
    EXPECT_EQ(value.dtype(), expected->second.dtype());
    const auto parts = [](const Tensor& t) { return is_complex(t.dtype()) ? view_as_real(t) : t; };
    EXPECT_TRUE(test::near(parts(value), parts(expected->second), 0)) << name;
    ++expected;
  }
}

TEST_F(Safetensors, HasNoPairsOfDoubles) {
  const Tensor z = zeros({1}, {.dtype = complex128});
  EXPECT_EQ(test::message_of<DTypeError>([&] {
              save_safetensors(file_, {{"z", z}});
            }),
            "save_safetensors: the format has no complex128: tensor \"z\"; convert with "
            ".to(ct::complex64)");
}

TEST_F(Safetensors, BringsBackEveryBit) {
  const Tensor x = tensor({-0.F, std::numeric_limits<float>::infinity(), std::nanf("7"),
                           std::numeric_limits<float>::denorm_min(), 1.F / 3});
  save_safetensors(file_, {{"x", x}});
  const Tensor y = load_safetensors(file_).at("x");
  EXPECT_EQ(std::memcmp(x.data<float>(), y.data<float>(), 5 * sizeof(float)), 0);
}

TEST_F(Safetensors, BringsBackScalarsAndEmptyTensors) {
  save_safetensors(file_, {{"scalar", full({}, 2.5)}, {"empty", zeros({0, 3})}});
  const StateDict loaded = load_safetensors(file_);
  EXPECT_EQ(loaded.at("scalar").shape(), Shape{});
  EXPECT_EQ(loaded.at("scalar").item<float>(), 2.5F);
  EXPECT_EQ(loaded.at("empty").shape(), (Shape{0, 3}));
}

TEST_F(Safetensors, BringsBackNothing) {
  save_safetensors(file_, StateDict());
  EXPECT_TRUE(load_safetensors(file_).empty());
}

TEST_F(Safetensors, WritesViewsInTheirOwnOrder) {
  const Tensor x = arange(6).reshape({2, 3});
  save_safetensors(file_, {{"t", x.t()}, {"flipped", x.index({Slice(), Slice({}, {}, -1)})}});
  const StateDict loaded = load_safetensors(file_);
  EXPECT_TRUE(test::near(loaded.at("t"), x.t(), 0));
  EXPECT_EQ(loaded.at("flipped").to_vector<int64_t>(), (std::vector<int64_t>{2, 1, 0, 5, 4, 3}));
}

TEST_F(Safetensors, BringsBackText) {
  const Metadata text = {{"config", "{\"lr\": 0.1}\n"}, {"ümlaut", "→"}};
  save_safetensors(file_, {{"x", ones({1})}}, text);
  Metadata loaded;
  load_safetensors(file_, &loaded);
  EXPECT_EQ(loaded, text);
}

TEST_F(Safetensors, WritesTheFormatByteForByte) {
  save_safetensors(file_, {{"b", tensor({true, false, true})}, {"w", tensor({{1.F, -2.F}})}},
                   {{"k", "v"}});
  std::string header =
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"BOOL","shape":[3],"data_offsets":[8,11]},)"
      R"("w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::string data("\0\0\x80\x3f\0\0\0\xc0\1\0\1", 11);
  EXPECT_EQ(test::read_file(file_), file_of(header, data));
}

TEST_F(Safetensors, ReadsAFileMadeElsewhere) {
  // Unpadded header, other order, fields in other order, a bool that is 7.
  Metadata text;
  const StateDict state = load(
      file_of(
          R"({"b":{"shape":[2],"dtype":"BOOL","data_offsets":[4,6]}, "__metadata__":{"format":"pt"},)"
          R"("h":{"data_offsets":[0,4],"dtype":"F16","shape":[2]}})",
          std::string("\0\x3c\0\xc0\7\0", 6)),
      &text);
  EXPECT_EQ(state.at("h").to_vector<float>(), (std::vector<float>{1, -2}));
  EXPECT_EQ(state.at("b").to_vector<uint8_t>(), (std::vector<uint8_t>{1, 0}));
  EXPECT_EQ(text.at("format"), "pt");
}

TEST_F(Safetensors, ReplacesAFileAsAWhole) {
  save_safetensors(file_, {{"x", ones({1000})}});
  save_safetensors(file_, {{"y", ones({2})}});
  EXPECT_EQ(load_safetensors(file_).at("y").numel(), 2);
  const std::filesystem::directory_iterator all(folder_.path());
  EXPECT_EQ(std::distance(begin(all), end(all)), 1);
}

TEST_F(Safetensors, NamesAMissingFile) {
  EXPECT_EQ(
      test::message_of<IoError>([&] { load_safetensors(file_); }),
      "load_safetensors: cannot read the file: " + file_.string() + ": No such file or directory");
  EXPECT_THAT(test::message_of<IoError>([&] { load_safetensors(folder_.path()); }),
              HasSubstr("not a regular file"));
}

TEST_F(Safetensors, RejectsAReservedOrBrokenName) {
  EXPECT_THROW(save_safetensors(file_, {{"__metadata__", ones({1})}}), ValueError);
  EXPECT_THROW(save_safetensors(file_, {{"\xff", ones({1})}}), ValueError);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(Safetensors, RejectsEveryShorterFile) {
  save_safetensors(file_, {{"x", arange(3)}, {"y", ones({2, 2})}});
  const std::string whole = test::read_file(file_);
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THROW(load(whole.substr(0, length)), IoError) << length;
  }
  EXPECT_EQ(load(whole).size(), 2U);
}

TEST_F(Safetensors, RejectsALongerFile) {
  save_safetensors(file_, {{"x", ones({2})}});
  const std::string message =
      test::message_of<IoError>([&] { load(test::read_file(file_) + "!"); });
  EXPECT_THAT(message, HasSubstr("the tensors take 8 bytes, the file has 9 bytes of data"));
}

TEST_F(Safetensors, SurvivesEveryFlippedByteOfTheHeader) {
  save_safetensors(file_, {{"x", arange(3)}, {"y", ones({2, 2})}}, {{"k", "v"}});
  const std::string whole = test::read_file(file_);
  const size_t header_end = whole.find('}', whole.rfind("data_offsets"));
  for (size_t i = 0; i < header_end; ++i) {
    for (const int flip : {0x01, 0x80}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      try {
        load(damaged);  // some flips only rename a tensor
      } catch (const IoError& e) {
        EXPECT_THAT(e.what(), HasSubstr(file_.string()));
      }
    }
  }
}

TEST_F(Safetensors, RejectsAnAbsurdHeaderLength) {
  const std::string bytes(16, '\xff');
  EXPECT_THAT(test::message_of<IoError>([&] { load(bytes); }),
              HasSubstr("a header of 18446744073709551615 bytes is not possible"));
}

TEST_F(Safetensors, RejectsAHeaderThatIsNotAnObject) {
  EXPECT_THAT(complaint("{\"x\":", ""), HasSubstr("not JSON"));
  EXPECT_THAT(complaint("[1,2]", ""), HasSubstr("not a JSON object"));
  EXPECT_THAT(complaint(R"({"x":3})", ""), HasSubstr("tensor \"x\": the header lacks"));
  EXPECT_THAT(complaint(R"({"__metadata__":{"a":1}})", ""), HasSubstr("\"a\" is not a string"));
  EXPECT_THAT(complaint(std::string(100000, '['), ""), HasSubstr("not JSON"));
}

TEST_F(Safetensors, RejectsAnUnknownDtype) {
  EXPECT_THAT(complaint(R"({"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", "a"),
              HasSubstr("tensor \"x\": dtype \"F8_E4M3\" is none of F32"));
  EXPECT_THAT(complaint(R"({"x":{"dtype":5,"shape":[1],"data_offsets":[0,1]}})", "a"),
              HasSubstr("dtype 5"));
}

TEST_F(Safetensors, RejectsAShapeThatDoesNotFitItsBytes) {
  EXPECT_THAT(complaint(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", "12345678"),
              HasSubstr("float32 of shape (3) takes 12 bytes, the header gives it 8"));
}

TEST_F(Safetensors, RejectsBytesOutsideOfTheFile) {
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", "1234"),
              HasSubstr("bytes 2 to 6 are not within the 4 bytes of data"));
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":[4],"data_offsets":[3,1]}})", "1234"),
              HasSubstr("bytes 3 to 1"));
}

TEST_F(Safetensors, RejectsOverlapsAndHoles) {
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                        R"("y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                        "123"),
              HasSubstr("tensor \"y\": it begins at byte 1, but the tensor before it ends at 2"));
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "12"),
              HasSubstr("tensor \"x\": it begins at byte 1"));
}

TEST_F(Safetensors, RejectsShapesThatOverflow) {
  EXPECT_THAT(
      complaint(R"({"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
                ""),
      HasSubstr("too many elements"));
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}})", ""),
              HasSubstr("not a whole number"));
  EXPECT_THAT(
      complaint(R"({"x":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", "a"),
      HasSubstr("shape has 9 axes, at most 8"));
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":1,"data_offsets":[0,1]}})", "a"),
              HasSubstr("shape is not a list"));
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1.5]}})", "a"),
              HasSubstr("not two whole numbers"));
}

TEST_F(Safetensors, AllowsOnlySpacesBehindTheHeadersJson) {
  const std::string json = R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  EXPECT_EQ(load(file_of(json + "   ", "a")).size(), 1U);
  for (const std::string& tail :
       {std::string("\0", 1), std::string("\0PK\3\4", 5), std::string("   \0", 4),
        std::string("\n"), std::string(" \t "), std::string("\r\n")}) {
    EXPECT_THAT(complaint(json + tail, "a"), HasSubstr("header")) << tail;
  }
  EXPECT_THAT(complaint(json + "\n", "a"),
              HasSubstr("ends in a byte 0x0a: only spaces may follow its JSON"));
  EXPECT_THAT(complaint(std::string("{}\0MZ", 5), ""), HasSubstr("not JSON: it holds a byte 0"));
}

TEST_F(Safetensors, TheHeaderBeginsWithItsObject) {
  const std::string json = R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  EXPECT_THAT(complaint(" " + json, "a"), HasSubstr("does not begin with {"));
  EXPECT_THAT(complaint("\n" + json, "a"), HasSubstr("does not begin with {"));
  EXPECT_THAT(complaint("\xEF\xBB\xBF" + json, "a"), HasSubstr("byte-order mark"));
}

TEST_F(Safetensors, RejectsNumbersOfAnotherKind) {
  for (const char* size : {"1.0", "1e0", "true", "\"1\"", "null", "-0", "[1]",
                           "18446744073709551617", "9223372036854775808"}) {
    EXPECT_THAT(
        complaint(
            fmt::format(R"({{"x":{{"dtype":"U8","shape":[{}],"data_offsets":[0,1]}}}})", size),
            "a"),
        HasSubstr("tensor \"x\": a size in its shape is not a whole number"))
        << size;
    EXPECT_THAT(
        complaint(
            fmt::format(R"({{"x":{{"dtype":"U8","shape":[1],"data_offsets":[0,{}]}}}})", size),
            "a"),
        HasSubstr("tensor \"x\": data_offsets is not two whole numbers"))
        << size;
  }
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}})", "a"),
              HasSubstr("not two whole numbers"));
  EXPECT_THAT(
      complaint(R"({"x":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", "a"),
      HasSubstr("the header has \"dtype\" twice"));
}

TEST_F(Safetensors, DoesNotWaitForAPipe) {
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_THAT(test::message_of<IoError>([&] { load_safetensors(file_); }),
              HasSubstr("not a regular file"));
}

TEST_F(Safetensors, RejectsARepeatedName) {
  EXPECT_THAT(complaint(R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                        R"("x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                        "a"),
              HasSubstr("the header has \"x\" twice"));
}

}  // namespace
}  // namespace ct::io
