// What is said of files that cannot be read or written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "customtensor/ops.hpp"
#include "support/folder_test.hpp"

namespace ct::io {
namespace {

using IoMessage = test::FolderTest;

TEST_F(IoMessage, AFileThatCannotBeCreated) {
  EXPECT_EQ(said<IoError>([&] { write_file_atomically(folder_ / "none/x", "a"); }),
            "AtomicFile: file cannot be created: DIR/none/x: No such file or directory");
}
TEST_F(IoMessage, AFolderInThePlaceOfAFile) {
  write("x/y", "");
  EXPECT_EQ(said<IoError>([&] { write_file_atomically(folder_ / "x", "a"); }),
            "AtomicFile: file cannot be replaced: DIR/x: it is a folder, no regular file");
}
TEST_F(IoMessage, AMissingFile) {
  EXPECT_EQ(said<IoError>([&] { load_safetensors(folder_ / "x"); }),
            "load_safetensors: cannot read the file: DIR/x: No such file or directory");
}
TEST_F(IoMessage, DamagedFiles) {
  write("x", "abc");
  EXPECT_EQ(
      said<IoError>([&] { load_safetensors(folder_ / "x"); }),
      "load_safetensors: file is damaged: DIR/x: 3 bytes are too few for the header's length");
}
TEST_F(IoMessage, NamesThatCannotBeWritten) {
  EXPECT_EQ(said<ValueError>([&] {
              save_safetensors(folder_ / "x", {{"__metadata__", ones({1})}});
            }),
            "save_safetensors: the format keeps the name \"__metadata__\" for itself");
  EXPECT_THAT(said<ValueError>([&] {
                save_safetensors(folder_ / "x", {{"\xff", ones({1})}});
              }),
              ::testing::MatchesRegex("save_safetensors: a name or text is not UTF-8: .*"));
}

}  // namespace
}  // namespace ct::io
