// What the CPU's kernels, memory and threads say of what they cannot do.
#include <gtest/gtest.h>

#include <string>

#include "customtensor/error.hpp"
#include "customtensor/threads.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

template <class F>
std::string integer_program_error(F body) {
  PointwiseBuilder b("half", 1);
  b.rule(TypeRule::same);
  b.output(body(b));
  return message_of<BackendError>([&] { pointwise(b.build(), {zeros({4}, {.dtype = int32})}); });
}

TEST(CpuMessage, InstructionsWithoutAMeaningInTheType) {
  EXPECT_EQ(integer_program_error(
                [](PointwiseBuilder& b) { return b.input(0) + b.apply(Opcode::uniform); }),
            "cpu: half cannot be computed in int32");
  EXPECT_EQ(
      integer_program_error([](PointwiseBuilder& b) { return b.apply(Opcode::exp, b.input(0)); }),
      "cpu: half cannot compute exp in int32");
}

TEST(CpuMessage, Threads) {
  EXPECT_EQ(message_of<ValueError>([] { set_num_threads(0); }),
            "set_num_threads: the number of threads must be at least 1: got 0");
}

}  // namespace
}  // namespace ct::test
