// Tests of what is said of files, in a folder of their own.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {

class FolderTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& bytes) {
    write_file(folder_ / name, bytes);
  }
  /// The message of `statement`, the folder called DIR.
  template <class E, class F>
  std::string said(F&& statement) {
    std::string text = message_of<E>(statement);
    const std::string here = folder_.path().string();
    for (size_t at = text.find(here); at != std::string::npos; at = text.find(here)) {
      text.replace(at, here.size(), "DIR");
    }
    return text;
  }

  ScratchFolder folder_;
};

}  // namespace ct::test
