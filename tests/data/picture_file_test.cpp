// Single pictures of every kind that is read, and damaged ones. pictures/ was written by Pillow:
// red beside blue over green, 6 x 4 pixels (48 x 32 as JPEG).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/data/image_folder.hpp"
#include "customtensor/error.hpp"
#include "support/compare.hpp"
#include "support/no_more_files.hpp"
#include "support/scratch_folder.hpp"

namespace ct::data {
namespace {

using test::message_of;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const std::filesystem::path kPictures = std::filesystem::path(CT_TEST_DATA) / "data/pictures";

class PictureFile : public ::testing::TestWithParam<const char*> {
 protected:
  std::filesystem::path path() const { return kPictures / GetParam(); }
};

TEST_P(PictureFile, HasItsColoursInTheirPlaces) {
  const bool jpeg = path().extension() == ".jpg";
  const int64_t scale = jpeg ? 8 : 1;
  const Tensor image = load_image(path(), {.height = 4 * scale, .width = 6 * scale});
  ASSERT_EQ(image.shape(), (Shape{3, 4 * scale, 6 * scale}));
  const double tolerance = jpeg ? 0.02 : 0;
  const auto colour = [&](int64_t y, int64_t x) {
    return image.select(2, x * scale + scale / 2).select(1, y * scale + scale / 2);
  };
  EXPECT_TRUE(test::near(colour(0, 0), {1, 0, 0}, tolerance));
  EXPECT_TRUE(test::near(colour(1, 2), {1, 0, 0}, tolerance));
  EXPECT_TRUE(test::near(colour(1, 3), {0, 0, 1}, tolerance));
  EXPECT_TRUE(test::near(colour(0, 5), {0, 0, 1}, tolerance));
  EXPECT_TRUE(test::near(colour(2, 0), {0, 1, 0}, tolerance));
  EXPECT_TRUE(test::near(colour(3, 5), {0, 1, 0}, tolerance));
}

/// Either a picture or an error that names the file.
void read_damaged(const std::filesystem::path& path, const std::string& bytes) {
  test::write_file(path, bytes);
  try {
    const Tensor image = load_image(path, {.height = 2, .width = 3});
    EXPECT_EQ(image.shape(), (Shape{3, 2, 3}));
    EXPECT_GE(image.min().item<float>(), 0.0f);
    EXPECT_LE(image.max().item<float>(), 1.0f);
  } catch (const IoError& e) {
    EXPECT_THAT(e.what(), HasSubstr(path.string()));
  }
}

TEST_P(PictureFile, CutShortAnywhereIsAPictureOrAnError) {
  const test::ScratchFolder folder;
  const std::string whole = test::read_file(path());
  ASSERT_FALSE(whole.empty());
  for (size_t length = 0; length < whole.size(); ++length) {
    read_damaged(folder / GetParam(), whole.substr(0, length));
  }
}

TEST_P(PictureFile, WithAnyByteChangedIsAPictureOrAnError) {
  const test::ScratchFolder folder;
  std::string bytes = test::read_file(path());
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char kept = bytes[i];
    for (const int change : {0x01, 0xff}) {
      bytes[i] = static_cast<char>(kept ^ change);
      read_damaged(folder / GetParam(), bytes);
    }
    bytes[i] = kept;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, PictureFile,
                         ::testing::Values("rgb.png", "palette.png", "alpha.png", "rgb.bmp",
                                           "rgb.tga", "rle.tga", "palette.gif", "rgb.jpg",
                                           "progressive.jpg"),
                         [](const auto& info) {
                           std::string name = info.param;
                           name[name.find('.')] = '_';
                           return name;
                         });

TEST(PictureFileKinds, GreyPicturesHaveEqualChannels) {
  const Tensor image = load_image(kPictures / "grey.png", {.height = 4, .width = 6});
  EXPECT_TRUE(test::near(image.select(0, 0), image.select(0, 2), 0));
  const Tensor grey = load_image(kPictures / "grey.png", {.height = 4, .width = 6, .channels = 1});
  EXPECT_TRUE(test::near(grey.select(0, 0), image.select(0, 0), 0));
}

TEST(PictureFileKinds, SixteenBitsAreRoundedToEight) {
  const Tensor image = load_image(kPictures / "deep.png", {.height = 2, .width = 2, .channels = 1});
  EXPECT_TRUE(test::near(image, {0, 1, 128 / 255.0, 1 / 255.0}, 1e-6));
}

TEST(PictureFileErrors, NameTheFileAndTheReason) {
  const test::ScratchFolder folder;
  EXPECT_THAT(message_of<IoError>([&] { load_image(folder / "none.png"); }),
              MatchesRegex("load_image: no such file: .*/none.png"));
  EXPECT_THAT(message_of<IoError>([&] { load_image(folder.path()); }),
              HasSubstr("load_image: no such file: "));
  test::write_file(folder / "empty.png", "");
  test::write_file(folder / "text.png", "no picture at all");
  for (const char* name : {"empty.png", "text.png"}) {
    EXPECT_THAT(message_of<IoError>([&] { load_image(folder / name); }),
                MatchesRegex("load_image: not a picture that can be read, or damaged: .*.png: .*"));
  }
}

TEST(PictureFileErrors, AJpegWithTooManyCodesIsRefused) {
  const test::ScratchFolder folder;
  std::string bytes = test::read_file(kPictures / "rgb.jpg");
  const size_t table = bytes.find("\xff\xc4");
  ASSERT_NE(table, std::string::npos);
  bytes[table + 5 + 15] = '\xff';  // codes of 16 bits
  bytes[table + 5 + 14] = '\xff';
  test::write_file(folder / "x.jpg", bytes);
  EXPECT_THAT(message_of<IoError>([&] { load_image(folder / "x.jpg"); }),
              HasSubstr("x.jpg: a Huffman table has more than 256 codes"));
}

TEST(PictureFileErrors, AFileThatCannotBeOpenedSaysSo) {
  const test::ScratchFolder folder;
  test::write_file(folder / "x.png", "");
  std::string message;
  {
    const test::NoMoreFiles none;  // sanitizers need some too
    message = message_of<IoError>([&] { load_image(folder / "x.png"); });
  }
  EXPECT_THAT(message,
              MatchesRegex("load_image: cannot read the file, or it has over 2 GiB: .*/x.png"));
}

TEST(PictureFileErrors, APictureTooLargeToBeOneIsRefusedFromItsHeader) {
  const test::ScratchFolder folder;
  std::string bytes = test::read_file(kPictures / "rgb.bmp");
  bytes[18] = bytes[22] = 0;
  bytes[19] = bytes[23] = '\x7f';  // 32512 x 32512
  test::write_file(folder / "huge.bmp", bytes);
  EXPECT_THAT(
      message_of<IoError>([&] { load_image(folder / "huge.bmp"); }),
      MatchesRegex("load_image: the picture has too many pixels: .*/huge.bmp: 32512 x 32512, at "
                   "most 268435456"));
}

}  // namespace
}  // namespace ct::data
