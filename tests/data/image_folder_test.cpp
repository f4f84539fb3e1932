// Folders of small BMP files: classes, pixels, sizes, threads, and files that are no pictures.
#include "customtensor/data/image_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/data/data_loader.hpp"
#include "customtensor/error.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A 24-bit BMP of 2 x 2 pixels in one colour.
std::string bmp(int red, int green, int blue) {
  std::string bytes("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0\2\0\0\0\1\0\x18\0", 30);
  bytes += std::string("\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  for (int row = 0; row < 2; ++row) {
    for (int x = 0; x < 2; ++x) {
      for (const int c : {blue, green, red}) bytes += static_cast<char>(c);
    }
    bytes += std::string(2, '\0');
  }
  return bytes;
}

class Pictures : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_file(folder_ / "dog/b.bmp", bmp(255, 0, 0));
    test::write_file(folder_ / "dog/a.BMP", bmp(0, 255, 0));
    test::write_file(folder_ / "cat/x.bmp", bmp(0, 0, 255));
    test::write_file(folder_ / "cat/notes.txt", "no picture");
    test::write_file(folder_ / ".hidden/x.bmp", bmp(1, 1, 1));
    test::write_file(folder_ / "readme", "no folder");
  }

  test::ScratchFolder folder_;
};

TEST_F(Pictures, ClassesAreTheFoldersInAlphabeticOrder) {
  const ImageFolder set(folder_.path());
  EXPECT_THAT(set.class_names(), ElementsAre("cat", "dog"));
  EXPECT_EQ(set.size(), 3);
  EXPECT_EQ(set.file(1).filename(), "a.BMP");
  EXPECT_EQ(set.range(0, 3).labels.to_vector<int64_t>(), (std::vector<int64_t>{0, 1, 1}));
  EXPECT_THROW(set.file(3), IndexError);
}

TEST_F(Pictures, AreChannelByChannelBetweenZeroAndOne) {
  const ImageFolder set(folder_.path(), {.height = 2, .width = 2});
  EXPECT_EQ(set.image_shape(), (Shape{3, 2, 2}));
  const auto images = set.get(std::vector<int64_t>{2, 0}).images;
  EXPECT_EQ(images.shape(), (Shape{2, 3, 2, 2}));
  EXPECT_EQ(images.to_vector<float>(), (std::vector<float>{1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                                           0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}));
}

TEST_F(Pictures, AreStretchedToTheSize) {
  const ImageFolder set(folder_.path(), {.height = 5, .width = 3});
  const auto images = set.range(1, 1).images;
  EXPECT_EQ(images.shape(), (Shape{1, 3, 5, 3}));
  EXPECT_TRUE(test::near(images.select(1, 1), std::vector<double>(15, 1.0), 0));
}

TEST_F(Pictures, BecomeGrey) {
  const ImageFolder set(folder_.path(), {.height = 2, .width = 2, .channels = 1});
  EXPECT_EQ(set.image_shape(), (Shape{1, 2, 2}));
  const float green = set.range(1, 1).images.to_vector<float>()[0];
  const float blue = set.range(0, 1).images.to_vector<float>()[0];
  EXPECT_GT(green, blue);
}

TEST_F(Pictures, AreTheSameOnceKept) {
  const ImageFolder set(folder_.path());
  const Tensor first = set.range(0, 3).images;
  EXPECT_TRUE(test::near(set.range(0, 3).images, first, 0));
}

TEST_F(Pictures, AreDecodedByThreads) {
  const ImageFolder set(folder_.path());
  DataLoader loader(set, {.batch_size = 1, .workers = 3});
  int batches = 0;
  for (auto& [images, labels] : loader) {
    EXPECT_EQ(images.shape(), (Shape{1, 3, 32, 32}));
    ++batches;
  }
  EXPECT_EQ(batches, 3);
}

TEST_F(Pictures, AreReadOneByOne) {
  const Tensor image = load_image(folder_ / "dog/b.bmp", {.height = 1, .width = 1});
  EXPECT_EQ(image.shape(), (Shape{3, 1, 1}));
  EXPECT_EQ(image.to_vector<float>(), (std::vector<float>{1, 0, 0}));
}

TEST_F(Pictures, NamesADamagedFileWhenItIsWanted) {
  test::write_file(folder_ / "cat/y.png", "no picture");
  const ImageFolder set(folder_.path());
  EXPECT_THAT(test::message_of<IoError>([&] { set.range(1, 1); }), HasSubstr("cat/y.png"));
  EXPECT_EQ(set.range(0, 1).images.numel(), 3 * 32 * 32);
}

TEST_F(Pictures, SurviveEveryShorterFile) {
  const std::string whole = bmp(1, 2, 3);
  const auto path = folder_ / "x.bmp";
  for (size_t length = 0; length < whole.size(); ++length) {
    test::write_file(path, whole.substr(0, length));
    try {
      load_image(path);  // a picture cut short may still be shown
    } catch (const IoError& e) {
      EXPECT_THAT(e.what(), HasSubstr("x.bmp"));
    }
  }
}

TEST_F(Pictures, SaysWhatLayoutItNeeds) {
  EXPECT_THAT(test::message_of<IoError>([&] { ImageFolder(folder_ / "none"); }),
              HasSubstr("no such folder"));
  EXPECT_THAT(test::message_of<IoError>([&] { ImageFolder(folder_ / "dog"); }),
              HasSubstr("one folder of pictures for each class"));
  std::filesystem::create_directories(folder_ / "empty");
  EXPECT_THAT(test::message_of<IoError>([&] { ImageFolder(folder_.path()); }),
              HasSubstr("has no pictures"));
}

TEST_F(Pictures, RejectsBadOptions) {
  EXPECT_THROW(ImageFolder(folder_.path(), {.height = 0}), ValueError);
  EXPECT_THAT(
      test::message_of<ValueError>([&] { load_image(folder_ / "dog/b.bmp", {.channels = 2}); }),
      HasSubstr("32 x 32, 2 channels"));
}

}  // namespace
}  // namespace ct::data
