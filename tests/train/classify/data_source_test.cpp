// The data sources that ct-train knows: what an ImageShape costs to find out.
#include "customtensor/train/data_source.hpp"

#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/train/config.hpp"
#include "support/scratch_folder.hpp"
#include "train/classify/idx_folder.hpp"

namespace ct::train {
namespace {

TEST(DataSource, AnImagesFormNeedsNoPictures) {
  const test::ScratchFolder scratch;
  const auto folder = scratch / "data";
  test::write_idx_folder(folder, 8, 4);
  const ImageShape whole = open_classification_data(folder.string()).image;
  test::write_idx(folder / "train-images-idx3-ubyte", {8, 8, 8}, "");  // the head alone
  std::filesystem::remove(folder / "t10k-images-idx3-ubyte");
  EXPECT_EQ(classification_image(folder.string()), whole);
  EXPECT_EQ(whole.classes, 4);
}

TEST(DataSource, WithoutFilesTheFormIsTheSameErrorAsTheData) {
  const test::ScratchFolder scratch;
  EXPECT_THROW(classification_image(scratch.path().string()), IoError);
  EXPECT_THROW(classification_image("fashon"), UsageError);
}

}  // namespace
}  // namespace ct::train
