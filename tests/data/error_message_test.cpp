// What is said of files and folders that do not hold what they should, and of bad arguments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/data.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/folder_test.hpp"
#include "support/idx_bytes.hpp"
#include "support/no_more_files.hpp"

namespace ct::data {
namespace {

using test::idx_bytes;

class DataMessage : public test::FolderTest {
 protected:
  Mnist train() { return Mnist(folder_.path(), Split::train); }
};

TEST_F(DataMessage, LoaderWithoutDataset) {
  EXPECT_EQ(said<ValueError>([] { DataLoader(DatasetPtr(), {}); }),
            "DataLoader: no dataset was given");
}
TEST_F(DataMessage, LoaderOptions) {
  const TensorDataset set(ones({3, 1}), zeros({3}, {.dtype = int64}));
  EXPECT_EQ(said<ValueError>([&] { DataLoader(set, {.batch_size = 0, .workers = 2}); }),
            "DataLoader: batch_size must be at least 1 and workers 0 to 256: batch_size 0, workers "
            "2");
  DataLoader loader(set, {.batch_size = 2});
  EXPECT_EQ(said<ValueError>([&] { loader.skip(3); }),
            "DataLoader::skip: 3 batches are not possible: an epoch has 2");
}
TEST_F(DataMessage, Ranges) {
  const TensorDataset set(ones({3, 1}), zeros({3}, {.dtype = int64}));
  EXPECT_EQ(said<IndexError>([&] { set.range(2, 2); }),
            "Dataset::range: 2 samples from 2 are out of range: there are 3");
  EXPECT_EQ(said<ValueError>([&] { Subset(std::make_shared<TensorDataset>(set), -1); }),
            "Subset: count must not be negative: -1");
}
TEST_F(DataMessage, IdxFiles) {
  EXPECT_EQ(said<IoError>([&] { read_idx(folder_ / "x"); }), "read_idx: no such file: DIR/x");
  write("x", "\0\0");
  EXPECT_EQ(said<IoError>([&] {
              const test::NoMoreFiles none;
              read_idx(folder_ / "x");
            }),
            "read_idx: cannot open the file: DIR/x: Too many open files");
  write("x", idx_bytes({2, 3}, "123456"));
  EXPECT_EQ(
      said<IoError>([&] { read_idx(folder_ / "x", {.max_bytes = 5}); }),
      "read_idx: the array is larger than allowed: DIR/x: uint8 of shape (2, 3) takes 6 bytes, "
      "max_bytes is 5");
  write("x", "12345678");
  EXPECT_THAT(said<IoError>([&] { read_idx(folder_ / "x"); }),
              ::testing::MatchesRegex("read_idx: file is damaged: DIR/x: .*"));
}
TEST_F(DataMessage, ImageFolders) {
  EXPECT_EQ(
      said<ValueError>([&] { ImageFolder(folder_.path(), {.height = 0}); }),
      "ImageFolder: height and width must be 1 to 16384, channels 1 or 3: 0 x 32, 3 channels");
  EXPECT_EQ(said<IoError>([&] { ImageFolder(folder_ / "none"); }),
            "ImageFolder: no such folder: DIR/none; it must have one folder of pictures for each "
            "class");
  EXPECT_EQ(said<IoError>([&] { ImageFolder(folder_.path()); }),
            "ImageFolder: no sub-folders: DIR; it must have one folder of pictures for each class");
  EXPECT_EQ(said<IoError>([&] {
              const test::NoMoreFiles none;
              ImageFolder set(folder_.path());
            }),
            "ImageFolder: cannot read the folder: DIR: Too many open files");
  write("cat/notes.txt", "no picture");
  EXPECT_EQ(said<IoError>([&] { ImageFolder(folder_.path()); }),
            "ImageFolder: folder of a class has no pictures: DIR/cat; it needs files that end in "
            ".png, .jpg, .jpeg, .bmp, .gif or .tga");
}
TEST_F(DataMessage, MnistFolders) {
  EXPECT_EQ(said<IoError>([&] { train(); }),
            "Mnist: no file train-images-idx3-ubyte or train-images-idx3-ubyte.gz in the folder: "
            "DIR; put the four files of the data set there, by their usual names");
}
TEST_F(DataMessage, MnistFiles) {
  const std::string images = "train-images-idx3-ubyte", labels = "train-labels-idx1-ubyte";
  write(images, idx_bytes({2}, "12"));
  write(labels, idx_bytes({1, 1}, "1"));
  EXPECT_EQ(said<IoError>([&] { train(); }),
            "Mnist: file holds no pictures: DIR/train-images-idx3-ubyte: uint8 of shape (2), not "
            "uint8 (n, h, w)");
  write(images, idx_bytes({2, 1, 1}, "12"));
  EXPECT_EQ(said<IoError>([&] { train(); }),
            "Mnist: file holds no labels: DIR/train-labels-idx1-ubyte: uint8 of shape (1, 1), not "
            "uint8 (n)");
  write(labels, idx_bytes({1}, "\1"));
  EXPECT_EQ(said<IoError>([&] { train(); }),
            "Mnist: files do not belong together: DIR/train-images-idx3-ubyte has 2 pictures, "
            "DIR/train-labels-idx1-ubyte has 1 labels");
  write(labels, idx_bytes({2}, "\1\xff"));
  EXPECT_EQ(said<IoError>([&] { train(); }),
            "Mnist: file is damaged: DIR/train-labels-idx1-ubyte: label 1 is 255, classes are 0 to "
            "9");
}

}  // namespace
}  // namespace ct::data
