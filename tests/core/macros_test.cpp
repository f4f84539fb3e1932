// The library in a program that has other libraries' macros: it compiles, the macros stay as they
// are, and every name that one of them is has another that can be used.
// The order of what is included is what is tested.
// clang-format off
#include <gtest/gtest.h>

#include <any>
#include <array>
#include <bitset>
#include <complex>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "support/foreign_macros.hpp"

#include "customtensor/custom.hpp"
#include "customtensor/customtensor.hpp"
// clang-format on

#if !defined(slots) || !defined(signals) || !defined(emit) || !defined(None) || \
    !defined(Success) || !defined(Bool) || !defined(min) || !defined(max) || !defined(small)
#error "a header took away a macro of the program's"
#endif

namespace ct {
namespace {

TEST(ForeignMacros, NewaxisIsNone) {
  EXPECT_EQ(ones({2, 3}).index({newaxis, 1}).shape(), (Shape{1, 3}));
}

TEST(ForeignMacros, ExtremesInParentheses) {
  const Tensor x = tensor({3.F, 1.F, 2.F});
  EXPECT_EQ((ct::max)(x).item<float>(), 3.F);
  EXPECT_EQ((ct::min)(x).item<float>(), 1.F);
  EXPECT_EQ((x.max)().item<float>(), 3.F);
  EXPECT_EQ((x.min)(0).second.item<int64_t>(), 1);
}

TEST(ForeignMacros, ExtremesByOtherNames) {
  const Tensor x = tensor({3.F, 1.F, 2.F});
  EXPECT_EQ(x.amax().item<float>(), 3.F);
  EXPECT_EQ(amin(x).item<float>(), 1.F);
  EXPECT_EQ(x.argmax().item<int64_t>(), 0);
}

TEST(ForeignMacros, SlotsOfAProgram) {
  EXPECT_EQ(program_of(Opcode::add)->result_slots().size(), 1U);
}

}  // namespace
}  // namespace ct
