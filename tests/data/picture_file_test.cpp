// Single pictures of every kind that is read, and damaged ones. pictures/ was written by Pillow:
// red beside blue over green, 6 x 4 pixels (48 x 32 as JPEG).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "customtensor/data/image_folder.hpp"
#include "customtensor/error.hpp"
#include "support/compare.hpp"
#include "support/no_more_files.hpp"
#include "support/png_bytes.hpp"
#include "support/scratch_folder.hpp"

namespace ct::data {
namespace {

using test::message_of;
using test::PngHead;
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

TEST(PictureFileErrors, TheLimitOfPixelsIsAnOption) {
  EXPECT_EQ(load_image(kPictures / "rgb.png", {.max_pixels = 24}).dim(), 3);
  for (const char* name : {"rgb.png", "rgb.bmp", "rgb.tga", "palette.gif", "rgb.jpg"}) {
    EXPECT_THAT(
        message_of<IoError>([&] { load_image(kPictures / name, {.max_pixels = 23}); }),
        MatchesRegex("load_image: the picture has too many pixels: .*: .* x .*, at most 23"))
        << name;
  }
  for (const int64_t wrong : {int64_t{0}, (int64_t{1} << 30) + 1}) {
    EXPECT_EQ(
        message_of<ValueError>([&] { load_image(kPictures / "rgb.png", {.max_pixels = wrong}); }),
        "load_image: max_pixels must be 1 to 1073741824: " + std::to_string(wrong));
  }
}

class CraftedPicture : public ::testing::Test {
 protected:
  Tensor load(const std::string& bytes, const ImageOptions& options = {}) {
    test::write_file(file_, bytes);
    return load_image(file_, options);
  }
  std::string complaint(const std::string& bytes) {
    return message_of<IoError>([&] { load(bytes); });
  }
  /// The picture with two bytes of it changed.
  static std::string with_bytes(const char* picture, size_t at, const std::string& bytes) {
    return test::read_file(kPictures / picture).replace(at, bytes.size(), bytes);
  }

  test::ScratchFolder folder_;
  std::filesystem::path file_ = folder_ / "x.png";
};

TEST_F(CraftedPicture, APngWithAnyByteChangedIsRefused) {
  for (const char* name : {"rgb.png", "palette.png", "alpha.png", "grey.png", "deep.png"}) {
    std::string bytes = test::read_file(kPictures / name);
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<char>(bytes[i] ^ 0x10);
      EXPECT_THROW(load(bytes), IoError) << name << ", byte " << i;
      bytes[i] = static_cast<char>(bytes[i] ^ 0x10);
    }
    EXPECT_THROW(load(bytes.substr(0, bytes.size() - 1)), IoError) << name;
  }
}

TEST_F(CraftedPicture, APngSaysWhichSumIsWrong) {
  std::string bytes = test::png_of({}, test::deflated(std::string("\0a", 2)));
  EXPECT_NEAR(load(bytes).min().item<float>(), 'a' / 255.0, 1e-6);
  bytes[29] = static_cast<char>(bytes[29] ^ 1);
  EXPECT_THAT(complaint(bytes), HasSubstr("the checksum of the chunk at byte 8 is wrong"));

  std::string data = test::deflated(std::string("\0a", 2));
  data.back() =
      static_cast<char>(data.back() ^ 1);  // Adler's sum of the pixels; the chunk's is right
  EXPECT_THAT(complaint(test::png_of({}, data)), HasSubstr("damaged: incorrect data check"));
  data.resize(data.size() - 4);
  EXPECT_THAT(complaint(test::png_of({}, data)), HasSubstr("damaged: it is cut short"));
}

TEST_F(CraftedPicture, APngHasAsMuchDataAsItsPixelsTake) {
  const auto data = [](size_t bytes) { return test::deflated(std::string(bytes, '\0')); };
  EXPECT_NO_THROW(load(test::png_of({.width = 3, .height = 2}, data(8))));
  EXPECT_THAT(complaint(test::png_of({.width = 3, .height = 2}, data(7))), HasSubstr("less data"));
  EXPECT_THAT(complaint(test::png_of({.width = 3, .height = 2}, data(9))), HasSubstr("more data"));
  EXPECT_NO_THROW(load(test::png_of({.width = 9, .height = 2, .depth = 1}, data(6))));
  EXPECT_NO_THROW(
      load(test::png_of({.width = 2, .height = 2, .depth = 16, .colour = 6}, data(34))));
}

TEST_F(CraftedPicture, AnInterlacedPngIsRead) {
  // Adam7's passes of 3 x 3 pixels, each row behind its filter: (0, 0); (0, 2); row 2 without its
  // middle; the middles of rows 0 and 2; row 1.
  const std::string rows(
      "\0\1"
      "\0\3"
      "\0\7\11"
      "\0\2"
      "\0\10"
      "\0\4\5\6",
      15);
  const PngHead head{.width = 3, .height = 3, .interlace = 1};
  const Tensor image =
      load(test::png_of(head, test::deflated(rows)), {.height = 3, .width = 3, .channels = 1});
  EXPECT_TRUE(test::near(image * 255, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1e-4));
  EXPECT_THAT(complaint(test::png_of(head, test::deflated(rows + "x"))), HasSubstr("more data"));
}

TEST_F(CraftedPicture, ASmallPngDoesNotInflateWithoutEnd) {
  const std::string bomb = test::deflated(std::string(size_t{16} << 20, '\0'));
  EXPECT_THAT(complaint(test::png_of({}, bomb)), HasSubstr("more data than the pixels"));
}

TEST_F(CraftedPicture, APngIsNotBelievedToBeLargerThanItsDataCanBe) {
  EXPECT_THAT(complaint(test::png_of({.width = 16000, .height = 16000}, test::deflated("abc"))),
              HasSubstr("bytes of data cannot hold the pixels that it declares"));
  const PngHead head{.width = 30000, .height = 8000, .depth = 16, .colour = 6};
  EXPECT_THAT(complaint(test::png_of(head, test::deflated("abc"))), HasSubstr("cannot hold"));
}

TEST_F(CraftedPicture, APngHasItsChunksInOrder) {
  const std::string data = test::deflated(std::string("\0a", 2));
  const std::string text = test::png_chunk("tEXt", std::string("k\0v", 3));
  EXPECT_NO_THROW(load(test::png_of({}, data, text)));
  const std::string half = data.substr(0, 4), rest = data.substr(4);
  EXPECT_NO_THROW(load(test::png_of({}, rest, test::png_chunk("IDAT", half))));
  EXPECT_THAT(complaint(test::png_of({}, rest, test::png_chunk("IDAT", half) + text)),
              HasSubstr("its data is not in one piece"));
  const std::string png = test::png_of({}, data);
  EXPECT_THROW(load(png.substr(0, 8) + text + png.substr(8)), IoError);
}

TEST_F(CraftedPicture, NoKindIsBelievedToBeLargerThanItsBytesCanBe) {
  const std::string jpeg = test::read_file(kPictures / "rgb.jpg");
  const size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  const std::map<std::string, std::string> files = {
      {"JPEG", with_bytes("rgb.jpg", frame + 5, "\x3e\x80\x3e\x80")},
      {"GIF", with_bytes("palette.gif", 6, "\x80\x3e\x80\x3e")},
      {"BMP", with_bytes("rgb.bmp", 18, std::string("\x80\x3e\0\0\x80\x3e\0\0", 8))},
      {"TGA", with_bytes("rgb.tga", 12, "\x80\x3e\x80\x3e")},
      {"TGA in runs", with_bytes("rle.tga", 12, "\x80\x3e\x80\x3e")}};
  for (const auto& [kind, bytes] : files) {  // 16000 x 16000
    EXPECT_THAT(complaint(bytes), HasSubstr("cannot hold the 16000 x 16000 pixels")) << kind;
  }
}

TEST_F(CraftedPicture, ALargeBlankPictureOfFewBytesIsRead) {
  const std::string rows(1000 * 1001, '\0');
  EXPECT_EQ(load(test::png_of({.width = 1000, .height = 1000}, test::deflated(rows))).dim(), 3);
}

TEST_F(CraftedPicture, AJpegOfThousandsOfScansIsRefused) {
  std::string bytes = with_bytes("progressive.jpg", 0, "");
  const size_t frame = bytes.find("\xff\xc2"), scan = bytes.find("\xff\xda");
  ASSERT_NE(frame, std::string::npos);
  bytes.replace(frame + 5, 4, std::string("\x04\0\x04\0", 4));  // 1024 x 1024
  const std::string first = bytes.substr(scan, bytes.find('\xff', scan + 2) - scan);
  for (int i = 0; i < 2000; ++i) bytes.insert(scan, first);
  EXPECT_THAT(complaint(bytes),
              MatchesRegex(".*20.. scans of 1024 x 1024 pixels are more than .*"));
}

/// A board of black and white pixels of so many a side.
std::string board(uint32_t side) {
  std::string rows;
  for (uint32_t y = 0; y < side; ++y) {
    rows += '\0';
    for (uint32_t x = 0; x < side; ++x) rows += (x + y) % 2 == 0 ? '\0' : '\xff';
  }
  return test::png_of({.width = side, .height = side}, test::deflated(rows));
}

TEST_F(CraftedPicture, IsStretchedAsOtherToolsDo) {
  const Tensor image = load(board(64), {.height = 8, .width = 8, .channels = 1});
  EXPECT_NEAR(image.index({Slice(), Slice(2, 6), Slice(2, 6)}).mean().item<float>() * 255, 127.5,
              1);
}

TEST_F(CraftedPicture, IsStretchedInLinearLightIfThatIsAskedFor) {
  const Tensor image =
      load(board(64), {.height = 8, .width = 8, .channels = 1, .linear_light = true});
  EXPECT_NEAR(image.index({Slice(), Slice(2, 6), Slice(2, 6)}).mean().item<float>() * 255, 187.5,
              1);
}

}  // namespace
}  // namespace ct::data
