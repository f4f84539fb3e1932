// What is said of files that cannot be read or written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::io {
namespace {

using test::message_of;

class IoMessage : public ::testing::Test {
 protected:
  /// The message of `statement`, the scratch folder called DIR.
  template <class E, class F>
  std::string said(F&& statement) {
    std::string text = message_of<E>(statement);
    const std::string here = folder_.path().string();
    for (size_t at = text.find(here); at != std::string::npos; at = text.find(here)) {
      text.replace(at, here.size(), "DIR");
    }
    return text;
  }
  test::ScratchFolder folder_;
};

TEST_F(IoMessage, AFileThatCannotBeCreated) {
  EXPECT_EQ(said<IoError>([&] { write_file_atomically(folder_ / "none/x", "a"); }),
            "AtomicFile: file cannot be created: DIR/none/x: No such file or directory");
}
TEST_F(IoMessage, AMissingFile) {
  EXPECT_EQ(said<IoError>([&] { load_safetensors(folder_ / "x"); }),
            "load_safetensors: cannot read the file: DIR/x: No such file or directory");
}
TEST_F(IoMessage, DamagedFiles) {
  test::write_file(folder_ / "x", "abc");
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
