// Environment variables: docs/building.md shows the table that the library has, empty is unset, and
// what is wrong is an error of one form.
#include "core/settings.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "customtensor/error.hpp"
#include "support/compare.hpp"
#include "support/scoped_environment.hpp"

namespace ct::settings {
namespace {

using test::message_of;
using test::ScopedEnvironment;

std::string table() {
  std::string text = "| variable | value | unless set | |\n| --- | --- | --- | --- |\n";
  for (const Setting* s : all()) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", s->name, s->values, s->unset, s->meaning);
  }
  return text;
}

TEST(Settings, AreInTheDocumentationWordForWord) {
  std::ifstream file(CT_TEST_DATA "/../docs/building.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const size_t begin = text.find("| variable |");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(text.substr(begin), table());
}

/// The message about `value`, read as `setting`.
template <class S>
std::string said(const S& setting, const std::string& value) {
  const ScopedEnvironment given(setting.name, value);
  return message_of<ValueError>([&] { (void)setting.read(); });
}

TEST(Settings, WrongValuesAreErrors) {
  EXPECT_EQ(said(kCheckMemory, "yes"), "custom_gpu: CT_CHECK_MEMORY is 'yes'; it must be 0 or 1");
  EXPECT_EQ(said(kNoFloat64, "true"), "custom_gpu: CT_OPENCL_NO_FP64 is 'true'; it must be 0 or 1");
  EXPECT_EQ(said(kSimd, "AVX2"), "cpu: CT_SIMD is 'AVX2'; it must be sse4, avx2 or avx3");
  EXPECT_EQ(said(kInterpret, "sometimes"),
            "custom_gpu: CT_OPENCL_INTERPRET is 'sometimes'; it must be always or never");
  EXPECT_EQ(said(kGemm, "blas"), "custom_gpu: CT_OPENCL_GEMM is 'blas'; it must be own or clblast");
  for (const char* wrong : {"1 GB", "-1", " 1", "99999999999999999999999", "0x10"}) {
    EXPECT_EQ(said(kCpuCacheLimit, wrong),
              fmt::format("cpu: CT_CPU_CACHE_LIMIT is '{}'; it must be a whole number of bytes, 0 "
                          "to cache nothing",
                          wrong));
  }
  for (const char* wrong : {"0", "65537", "all", "4,", "2,x", ","}) {
    EXPECT_EQ(said(kThreads, wrong),
              fmt::format("cpu: OMP_NUM_THREADS is '{}'; it must be a whole number from 1 to "
                          "65536, or several with commas between",
                          wrong));
  }
}

TEST(Settings, WordsAreAnyOfAFew) {
  const auto has = [](const std::string& value, const char* word) {
    const ScopedEnvironment given(kWithout.name, value);
    return kWithout.has(word);
  };
  EXPECT_FALSE(has("", "fp64"));
  EXPECT_TRUE(has("fp16, fp64", "fp64"));
  EXPECT_TRUE(has("fp16, fp64", "fp16"));
  EXPECT_FALSE(has("fp16, fp64", "subgroups"));
  for (const char* wrong : {"fp32", "fp16 fp64", "fp16,,fp64"}) {
    EXPECT_EQ(message_of<ValueError>([&] { has(wrong, "fp64"); }),
              fmt::format("custom_gpu: CT_OPENCL_WITHOUT is '{}'; it must be fp64, fp16 or "
                          "subgroups, or several with commas between",
                          wrong));
  }
}

/// What is read when the variable holds `value`.
template <class S>
auto read(const S& setting, const std::string& value) {
  const ScopedEnvironment given(setting.name, value);
  return setting.read();
}

TEST(Settings, AreReadAsTheirTypes) {
  EXPECT_EQ(read(kCheckMemory, "1"), true);
  EXPECT_EQ(read(kCheckMemory, "0"), false);
  EXPECT_EQ(read(kCpuCacheLimit, "4096"), 4096);
  EXPECT_EQ(read(kCpuCacheLimit, "0"), 0);
  EXPECT_EQ(read(kThreads, "3"), 3);
  EXPECT_EQ(read(kThreads, " 4, 2"), 4);
  EXPECT_EQ(read(kVectorBits, "512").has_value(), true);
  EXPECT_EQ(read(kOpenClDevice, "pocl"), "pocl");
  EXPECT_EQ(read(kData, "/a folder"), std::filesystem::path("/a folder"));
}

TEST(Settings, EmptyIsUnset) {
  EXPECT_FALSE(read(kCheckMemory, ""));
  EXPECT_FALSE(read(kThreads, ""));
  EXPECT_FALSE(read(kSimd, ""));
  EXPECT_FALSE(read(kFault, ""));
  EXPECT_FALSE(read(kCacheFolder, ""));
}

/// "a, b or c": what a Choice must be.
std::string words_of(const Choice& choice) {
  std::vector<std::string_view> words;
  for (const std::string_view word : choice.words) {
    if (!word.empty()) words.push_back(word);
  }
  const std::string_view last = words.back();
  words.pop_back();
  return fmt::format("{} or {}", fmt::join(words, ", "), last);
}

TEST(Settings, ChoicesNameTheirWords) {
  for (const Choice* choice : {&kSimd, &kOpenClStyle, &kVectorBits, &kGemm, &kInterpret}) {
    EXPECT_EQ(choice->values, words_of(*choice)) << choice->name;
  }
}

}  // namespace
}  // namespace ct::settings
