// Mnist on four small files, and the errors of files that do not belong together.
#include "customtensor/data/mnist.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/idx_bytes.hpp"
#include "support/scratch_folder.hpp"

namespace ct::data {
namespace {

using test::idx_bytes;
using ::testing::HasSubstr;

class MnistFiles : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& bytes) {
    test::write_file(folder_ / name, bytes);
  }
  /// Three pictures of 1 x 2.
  void write_train() {
    write("train-images-idx3-ubyte", idx_bytes({3, 1, 2}, std::string("\0\xff\x33\x66\1\2", 6)));
    write("train-labels-idx1-ubyte", idx_bytes({3}, std::string("\0\11\3", 3)));
  }

  test::ScratchFolder folder_;
};

TEST_F(MnistFiles, GivesFloatsBetweenZeroAndOne) {
  write_train();
  const Mnist set(folder_.path(), Split::train);
  EXPECT_EQ(set.size(), 3);
  EXPECT_EQ(set.image_shape(), (Shape{1, 1, 2}));
  const auto [images, labels] = set.get(std::vector<int64_t>{1, 0, 1});
  EXPECT_EQ(images.shape(), (Shape{3, 1, 1, 2}));
  EXPECT_EQ(images.to_vector<float>(),
            (std::vector<float>{0x33 / 255.F, 0x66 / 255.F, 0, 1, 0x33 / 255.F, 0x66 / 255.F}));
  EXPECT_EQ(labels.dtype(), int64);
  EXPECT_EQ(labels.to_vector<int64_t>(), (std::vector<int64_t>{9, 0, 9}));
}

TEST_F(MnistFiles, GivesARange) {
  write_train();
  const Mnist set(folder_.path(), Split::train);
  EXPECT_EQ(set.range(1, 2).labels.to_vector<int64_t>(), (std::vector<int64_t>{9, 3}));
  EXPECT_EQ(set.range(0, 0).images.shape(), (Shape{0, 1, 1, 2}));
  EXPECT_THROW(set.range(2, 2), IndexError);
}

TEST_F(MnistFiles, ReadsCompressedFilesAndTheTestPart) {
  write("t10k-images-idx3-ubyte.gz", test::gzip(idx_bytes({1, 2, 2}, "1234")));
  write("t10k-labels-idx1-ubyte.gz", test::gzip(idx_bytes({1}, "\1")));
  EXPECT_EQ(FashionMnist(folder_.path(), Split::test).image_shape(), (Shape{1, 2, 2}));
}

TEST_F(MnistFiles, NamesTheClasses) {
  write_train();
  EXPECT_EQ(Mnist(folder_.path(), Split::train).class_names()[3], "3");
  const auto names = FashionMnist(folder_.path(), Split::train).class_names();
  ASSERT_EQ(names.size(), 10U);
  EXPECT_EQ(names[9], "Ankle boot");
}

TEST_F(MnistFiles, SaysWhichFileIsMissingAndWhereToGetIt) {
  EXPECT_EQ(test::message_of<IoError>([&] { FashionMnist(folder_.path(), Split::train); }),
            "FashionMnist: no file train-images-idx3-ubyte or train-images-idx3-ubyte.gz in the "
            "folder: " +
                folder_.path().string() +
                "; Debian has it: apt-get install dataset-fashion-mnist puts it in "
                "/usr/share/datasets/fashion-mnist");
  write("train-images-idx3-ubyte", idx_bytes({1, 1, 1}, "a"));
  EXPECT_THAT(test::message_of<IoError>([&] { Mnist(folder_.path(), Split::train); }),
              HasSubstr("train-labels-idx1-ubyte"));
}

TEST_F(MnistFiles, RejectsFilesThatDoNotFitTogether) {
  write_train();
  write("train-labels-idx1-ubyte", idx_bytes({2}, "\1\2"));
  EXPECT_THAT(test::message_of<IoError>([&] { Mnist(folder_.path(), Split::train); }),
              HasSubstr("has 3 pictures"));
}

TEST_F(MnistFiles, RejectsALabelThatIsNoClass) {
  write_train();
  write("train-labels-idx1-ubyte", idx_bytes({3}, "\1\12\2"));
  EXPECT_THAT(test::message_of<IoError>([&] { Mnist(folder_.path(), Split::train); }),
              HasSubstr("label 1 is 10, classes are 0 to 9"));
}

TEST_F(MnistFiles, RejectsSwappedFiles) {
  write("train-images-idx3-ubyte", idx_bytes({1}, "\1"));
  write("train-labels-idx1-ubyte", idx_bytes({1, 1, 1}, "\1"));
  EXPECT_THAT(test::message_of<IoError>([&] { Mnist(folder_.path(), Split::train); }),
              HasSubstr("holds no pictures"));
}

TEST_F(MnistFiles, RejectsASampleThatIsNotThere) {
  write_train();
  const FashionMnist set(folder_.path(), Split::train);
  EXPECT_EQ(test::message_of<IndexError>([&] {
              set.get(std::vector<int64_t>{0, 3});
            }),
            "FashionMnist: no sample 3: there are 3");
}

TEST(FashionMnistFiles, OfDebianAreComplete) {
  const auto folder = FashionMnist::debian_folder();
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const FashionMnist set(folder, Split::test);
  EXPECT_EQ(set.size(), 10000);
  EXPECT_EQ(set.image_shape(), (Shape{1, 28, 28}));
  const auto [images, labels] = set.range(0, 10000);
  EXPECT_NEAR(images.mean().item<float>(), 0.2868, 1e-4);
  EXPECT_EQ(labels.index({Slice(0, 5)}).to_vector<int64_t>(),
            (std::vector<int64_t>{9, 2, 1, 1, 6}));
}

}  // namespace
}  // namespace ct::data
