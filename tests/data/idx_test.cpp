// IDX files, plain and gzip: values of every type, and each way in which a file can be damaged.
#include "customtensor/data/idx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "support/compare.hpp"
#include "support/idx_bytes.hpp"
#include "support/scratch_folder.hpp"

namespace ct::data {
namespace {

using test::gzip;
using test::idx_bytes;
using ::testing::HasSubstr;

class Idx : public ::testing::Test {
 protected:
  Tensor read(const std::string& bytes) {
    test::write_file(file_, bytes);
    return read_idx(file_);
  }
  std::string complaint(const std::string& bytes) {
    const std::string message = test::message_of<IoError>([&] { read(bytes); });
    EXPECT_THAT(message, HasSubstr(file_.string()));
    return message;
  }

  test::ScratchFolder folder_;
  std::filesystem::path file_ = folder_ / "x-idx2-ubyte";
};

TEST_F(Idx, ReadsBytes) {
  const Tensor t = read(idx_bytes({2, 3}, "\1\2\3\4\5\xff"));
  EXPECT_EQ(t.dtype(), uint8);
  EXPECT_EQ(t.shape(), (Shape{2, 3}));
  EXPECT_EQ(t.to_vector<uint8_t>(), (std::vector<uint8_t>{1, 2, 3, 4, 5, 255}));
}

TEST_F(Idx, ReadsGzip) {
  const std::string values(5000, '\7');
  const Tensor t = read(gzip(idx_bytes({50, 100}, values)));
  EXPECT_EQ(t.shape(), (Shape{50, 100}));
  EXPECT_EQ(t.to_vector<uint8_t>(), std::vector<uint8_t>(5000, 7));
}

TEST_F(Idx, ReadsBigEndianNumbers) {
  EXPECT_EQ(
      read(idx_bytes({2}, std::string("\0\0\1\2\xff\xff\xff\xfe", 8), 0x0C)).to_vector<int32_t>(),
      (std::vector<int32_t>{258, -2}));
  EXPECT_EQ(read(idx_bytes({1}, std::string("\x3f\x80\0\0", 4), 0x0D)).to_vector<float>(),
            std::vector<float>{1.F});
  EXPECT_EQ(read(idx_bytes({1}, std::string("\xc0\0\0\0\0\0\0\0", 8), 0x0E)).to_vector<double>(),
            std::vector<double>{-2.0});
}

TEST_F(Idx, ReadsAnEmptyArray) {
  EXPECT_EQ(read(idx_bytes({0, 28, 28}, "")).shape(), (Shape{0, 28, 28}));
}

TEST_F(Idx, TheHeadSaysTheShape) {
  test::write_file(file_, gzip(idx_bytes({2, 3}, "\1")));  // five values are missing
  EXPECT_EQ(idx_shape(file_), (Shape{2, 3}));
  EXPECT_THROW(read_idx(file_), IoError);
}

TEST_F(Idx, NamesAMissingFile) {
  EXPECT_EQ(test::message_of<IoError>([&] { read_idx(file_); }),
            "read_idx: no such file: " + file_.string());
  EXPECT_THROW(read_idx(folder_.path()), IoError);
}

TEST_F(Idx, RejectsEveryShorterFile) {
  const std::string whole = idx_bytes({2, 3}, "123456");
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THAT(complaint(whole.substr(0, length)), HasSubstr("cut short")) << length;
  }
}

TEST_F(Idx, RejectsEveryShorterGzipFile) {
  const std::string whole = gzip(idx_bytes({2, 3}, "123456"));
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THROW(read(whole.substr(0, length)), IoError) << length;
  }
}

TEST_F(Idx, NeverReadsOtherValuesFromADamagedGzipFile) {
  const std::string whole = gzip(idx_bytes({4, 100}, std::string(400, 'a')));
  const std::vector<uint8_t> expected(400, 'a');
  constexpr size_t kGzipHeader = 10;
  for (size_t i = kGzipHeader; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x04);
    try {
      EXPECT_EQ(read(damaged).to_vector<uint8_t>(), expected) << i;  // a bit that means nothing
    } catch (const IoError& e) {
      EXPECT_THAT(e.what(), HasSubstr(file_.string()));
    }
  }
}

TEST_F(Idx, RejectsALongerFile) {
  EXPECT_THAT(complaint(idx_bytes({2, 3}, "1234567")),
              HasSubstr("it is longer than uint8 of shape (2, 3), 6 bytes"));
}

TEST_F(Idx, SaysHowMuchIsMissing) {
  EXPECT_THAT(complaint(gzip(idx_bytes({2, 3}, "1234"))),
              HasSubstr("uint8 of shape (2, 3) takes 6 bytes, 4 are there"));
}

TEST_F(Idx, DoesNotBelieveAnAbsurdSize) {
  EXPECT_THAT(complaint(idx_bytes({0xffffffffU, 0x7fffffffU}, "123")), HasSubstr("cut short"));
  EXPECT_THAT(complaint(idx_bytes({0xffffffffU, 0xffffffffU, 0xffffffffU}, "123")),
              HasSubstr("too large"));
  EXPECT_THAT(complaint(gzip(idx_bytes({0x7fffffffU, 100}, "123"))), HasSubstr("cut short"));
}

TEST_F(Idx, TheLimitOfBytesIsAnOption) {
  test::write_file(file_, idx_bytes({2, 3}, "123456"));
  EXPECT_EQ(read_idx(file_, {.max_bytes = 6}).numel(), 6);
  EXPECT_THROW(read_idx(file_, {.max_bytes = 5}), IoError);
}

TEST_F(Idx, ASmallFileDoesNotInflateWithoutEnd) {
  // 5 MB of zeros in 5 KB: as an array it is too large for the limit, as a smaller one too long.
  const std::string zeros(5'000'000, '\0');
  test::write_file(file_, gzip(idx_bytes({5'000'000}, zeros)));
  EXPECT_THAT(test::message_of<IoError>([&] { read_idx(file_, {.max_bytes = 1'000'000}); }),
              HasSubstr("max_bytes is 1000000"));
  EXPECT_THAT(complaint(gzip(idx_bytes({1}, zeros))), HasSubstr("it is longer than"));
}

TEST_F(Idx, RejectsAnotherFormat) {
  EXPECT_THAT(complaint("PK\3\4 some archive"), HasSubstr("begins with two zero bytes"));
  EXPECT_THAT(complaint(idx_bytes({2}, "12", 0x0B)), HasSubstr("type code 0x0b"));
  EXPECT_THAT(complaint(std::string("\0\0\x08\0", 4)), HasSubstr("0 axes"));
  EXPECT_THAT(complaint(std::string("\0\0\x08\x09", 4)), HasSubstr("9 axes"));
}

}  // namespace
}  // namespace ct::data
