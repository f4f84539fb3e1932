// The kernels of every opcode on every instruction set: no lane depends on another
// (support/lane_sweep.hpp), in whole vectors and in the last, partial one.
#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"
#include "backend_cpu/simd/target_scope.hpp"
#include "support/lane_sweep.hpp"

namespace ct::test {
namespace {

class LanesOfKernels : public ::testing::TestWithParam<DType> {};

TEST_P(LanesOfKernels, AreIndependentOnEveryInstructionSet) {
  const DType dtype = GetParam();
  const TypeRule none = is_floating(dtype) ? TypeRule::integral : TypeRule::floating;
  for (const int64_t target : cpu::simd_targets()) {
    const auto kernels = cpu::pointwise_kernels_of(target);
    for (int arity = 1; arity <= 3; ++arity) {
      std::vector<Opcode> opcodes;
      for (int i = 0; i < kOpcodeCount; ++i) {
        const auto op = static_cast<Opcode>(i);
        if (info(op).arity == arity && info(op).rule != none) opcodes.push_back(op);
      }
      expect_lanes_are_alone(
          lane_operands(arity, dtype),
          [&](const Tensors& operands) {
            const auto data = [&](size_t k) {
              return static_cast<const void*>(
                  operands[std::min(k, operands.size() - 1)].data_pointer(dtype));
            };
            Tensors results;
            for (const Opcode op : opcodes) {
              Tensor result = empty_like(operands[0]);
              kernels->op[cpu::compute_index(dtype)][static_cast<int>(op)][0](
                  data(0), data(1), data(2), result.data_pointer(dtype), result.numel());
              results.push_back(result);
            }
            return results;
          },
          [&](size_t output) {
            return std::string(info(opcodes[output]).name) + " on " + cpu::simd_target_name(target);
          });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Compute, LanesOfKernels, ::testing::Values(float32, float64, int32, int64),
                         [](const auto& info) { return std::string(name(info.param)); });

}  // namespace
}  // namespace ct::test
