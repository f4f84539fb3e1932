// Every opcode in every dtype on every device: the result of an element is a function of the
// element, whatever lies beside it in a vector (support/lane_sweep.hpp).
#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "support/lane_sweep.hpp"
#include "support/opcode_programs.hpp"
#include "support/scoped_environment.hpp"

namespace ct::test {
namespace {

struct Param {
  std::string device;
  DType dtype;
};

std::vector<Param> all_params() {
  std::vector<Param> params;
  for (const std::string& device : conformance_devices()) {
    if (device == "stranger") continue;  // the cpu's kernels on its memory
    for (const DType dtype : {float32, float64, float16, bfloat16, int32, int64, uint8, bool_, int8,
                              int16, uint16, uint32, uint64}) {
      params.push_back({device, dtype});
    }
  }
  return params;
}

class LaneTest : public ::testing::TestWithParam<Param> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam().device)) {
      GTEST_SKIP() << "DEVICE MISSING: " << GetParam().device;
    }
  }
  /// With programs of so many opcodes.
  void sweep(int most) {
    const Device device(GetParam().device);
    const DType dtype = GetParam().dtype;
    for (int arity = 1; arity <= 3; ++arity) {
      const Tensors operands = lane_operands(arity, dtype);
      for (const ProgramPtr& program : opcode_programs(arity, !is_floating(dtype), most)) {
        expect_lanes_are_alone(
            operands,
            [&](const Tensors& here) {
              Tensors there;
              for (const Tensor& t : here) there.push_back(t.to(device));
              Tensors results = pointwise(program, there);
              for (Tensor& t : results) t = t.to(Device("cpu"));
              return results;
            },
            [&](size_t output) { return std::string(info(opcode_of(*program, output)).name); });
      }
    }
  }
};

// custom_gpu builds long programs and interprets short ones: the kernels of both are those of other
// tests, and the interpreter has every dtype.
TEST_P(LaneTest, NoElementDependsOnItsNeighbours) {
  const DType dtype = GetParam().dtype;
  const bool computes = dtype == float32 || dtype == float64 || dtype == int32 || dtype == int64;
  if (computes) {
    const ScopedEnvironment mode("CT_OPENCL_INTERPRET", "never");
    sweep(32);
  }
  if (GetParam().device == "custom_gpu") {
    const ScopedEnvironment mode("CT_OPENCL_INTERPRET", "always");
    sweep(5);
  } else if (!computes) {
    sweep(32);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, LaneTest, ::testing::ValuesIn(all_params()),
                         [](const auto& info) {
                           return info.param.device + "_" + std::string(name(info.param.dtype));
                         });

}  // namespace
}  // namespace ct::test
