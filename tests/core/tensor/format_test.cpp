// Printing: every expected text is what NumPy's str() gives for the same array.
#include <gtest/gtest.h>

#include <customtensor/ops/creation.hpp>
#include <customtensor/tensor.hpp>
#include <limits>
#include <sstream>
#include <string>

namespace ct {
namespace {

TEST(Format, AlignsDecimalPoints) {
  EXPECT_EQ(tensor({1.0, 2.5, -3.0}).to_string(), "[ 1.   2.5 -3. ]");
  EXPECT_EQ(tensor({1.0, 100.0}).to_string(), "[  1. 100.]");
  EXPECT_EQ(tensor({0.1F, 0.25F}).to_string(), "[0.1  0.25]");
}

TEST(Format, ShowsAtMostEightDecimals) {
  EXPECT_EQ(tensor({1.0 / 3.0}, {.dtype = float64}).to_string(), "[0.33333333]");
  EXPECT_EQ(tensor({1.0 / 3.0}, {.dtype = float32}).to_string(), "[0.33333334]");
}

TEST(Format, SetsRowsUnderEachOther) {
  EXPECT_EQ(tensor({{1.0F, 2.0F}, {3.0F, -4.5F}}).to_string(),
            "[[ 1.   2. ]\n"
            " [ 3.  -4.5]]");
}

TEST(Format, PartsPlanesByAnEmptyLine) {
  EXPECT_EQ(arange(8).reshape({2, 2, 2}).to_string(),
            "[[[0 1]\n"
            "  [2 3]]\n"
            "\n"
            " [[4 5]\n"
            "  [6 7]]]");
}

TEST(Format, AlignsWholeNumbersRight) {
  EXPECT_EQ(tensor({1, -20, 300}).to_string(), "[  1 -20 300]");
  EXPECT_EQ(tensor({7, 255}, {.dtype = uint8}).to_string(), "[  7 255]");
}

TEST(Format, WritesTruthValues) {
  EXPECT_EQ(tensor({true, false}).to_string(), "[ True False]");
  EXPECT_EQ(tensor(true).to_string(), "True");
}

TEST(Format, UsesPowersOfTenWhenSizesDifferMuch) {
  EXPECT_EQ(tensor({0.001, 5.25}).to_string(), "[1.00e-03 5.25e+00]");
  EXPECT_EQ(tensor({1e8, 1.0}).to_string(), "[1.e+08 1.e+00]");
  EXPECT_EQ(tensor({0.0, -1e-5}).to_string(), "[ 0.e+00 -1.e-05]");
  EXPECT_EQ(tensor({1e-300, 1.0}, {.dtype = float64}).to_string(), "[1.e-300 1.e+000]");
}

TEST(Format, AlignsNanAndInfinity) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(tensor({1.5, kNan, -kInfinity}).to_string(), "[ 1.5  nan -inf]");
  EXPECT_EQ(tensor({kNan, kInfinity}).to_string(), "[nan inf]");
}

TEST(Format, WritesANumberAloneAsItIs) {
  EXPECT_EQ(tensor(1.0F).to_string(), "1.0");
  EXPECT_EQ(tensor(0.1F).to_string(), "0.1");
  EXPECT_EQ(tensor(1e-5).to_string(), "1e-05");
  EXPECT_EQ(tensor(1e10).to_string(), "10000000000.0");
  EXPECT_EQ(tensor(-3).to_string(), "-3");
}

TEST(Format, UsesTheShortestTextOfHalfTypes) {
  EXPECT_EQ(tensor({0.1, 2.0}, {.dtype = float16}).to_string(), "[0.1 2. ]");
  EXPECT_EQ(tensor({0.1, 2.0}, {.dtype = bfloat16}).to_string(), "[0.1 2. ]");
}

TEST(Format, WritesEmptyTensorsAsEmptyBrackets) {
  EXPECT_EQ(zeros({0}).to_string(), "[]");
  EXPECT_EQ(zeros({2, 0, 3}).to_string(), "[]");
}

TEST(Format, SaysThatATensorIsUndefined) { EXPECT_EQ(Tensor().to_string(), "undefined tensor"); }

TEST(Format, BreaksLongRows) {
  EXPECT_EQ(arange(30).to_string(),
            "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n"
            " 24 25 26 27 28 29]");
}

TEST(Format, ShortensMoreThanAThousandElements) {
  EXPECT_EQ(arange(1001).to_string(), "[   0    1    2 ...  998  999 1000]");
  EXPECT_EQ(arange(2000).reshape({20, 100}).to_string(),
            "[[   0    1    2 ...   97   98   99]\n"
            " [ 100  101  102 ...  197  198  199]\n"
            " [ 200  201  202 ...  297  298  299]\n"
            " ...\n"
            " [1700 1701 1702 ... 1797 1798 1799]\n"
            " [1800 1801 1802 ... 1897 1898 1899]\n"
            " [1900 1901 1902 ... 1997 1998 1999]]");
}

TEST(Format, ShortensOnlyLongAxes) {
  EXPECT_EQ(arange(1200).reshape({2, 600}).to_string(),
            "[[   0    1    2 ...  597  598  599]\n"
            " [ 600  601  602 ... 1197 1198 1199]]");
}

TEST(Format, PrintsViews) {
  EXPECT_EQ(arange(6).reshape({2, 3}).t().to_string(),
            "[[0 3]\n"
            " [1 4]\n"
            " [2 5]]");
}

TEST(Format, GoesToStreams) {
  std::ostringstream out;
  out << tensor({1, 2});
  EXPECT_EQ(out.str(), "[1 2]");
}

}  // namespace
}  // namespace ct
