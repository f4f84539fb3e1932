// Every op against PyTorch's results and gradients, on every device: odd shapes, strides of all
// kinds, special values (see op_data.py).
#include "reference/op_data.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "conformance/devices.hpp"

namespace ct::test {
namespace {

struct Param {
  std::string device, op;
  friend void PrintTo(const Param& p, std::ostream* out) { *out << p.op << " on " << p.device; }
};

std::vector<Param> all_params() {
  std::vector<Param> params;
  for (const std::string& device : conformance_devices()) {
    for (const auto& [op, run] : data_ops()) params.push_back({device, op});
  }
  return params;
}

/// The bits that op_data.py writes where nothing is expected.
constexpr uint32_t kAny = 0x7FC0A0A0;

struct Tolerance {
  double relative, absolute;
  bool to_scale;  ///< relative to the largest value, not to each
};

/// NaN and infinities in their places, all else within the tolerance; never finer than the
/// denormals, which a device may flush to zero. Whole numbers must be exact.
::testing::AssertionResult agrees(const Tensor& actual, const std::vector<float>& expected,
                                  const Tolerance& tolerance) {
  const auto values = actual.to_vector<float>();
  double scale = 0;
  for (const float e : expected) {
    if (tolerance.to_scale && std::isfinite(e)) {
      scale = std::max(scale, std::abs(static_cast<double>(e)));
    }
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::bit_cast<uint32_t>(expected[i]) == kAny) continue;
    const double a = static_cast<double>(values[i]);
    const double e = static_cast<double>(expected[i]);
    const double least = std::max(tolerance.absolute, 1.0 * std::numeric_limits<float>::min());
    const double allowed = is_floating(actual.dtype())
                               ? tolerance.relative * std::max(scale, std::abs(e)) + least
                               : 0.0;
    const bool same = a == e || (std::isnan(a) && std::isnan(e));
    if (!same && !(std::isfinite(e) && std::abs(a - e) <= allowed)) {
      return ::testing::AssertionFailure()
             << "element " << i << ": " << a << ", expected " << e << ", tolerance " << allowed;
    }
  }
  return ::testing::AssertionSuccess();
}

class ReferenceTest : public ::testing::TestWithParam<Param> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam().device)) {
      GTEST_SKIP() << "DEVICE MISSING: " << GetParam().device;
    }
    device_ = Device(GetParam().device);
  }
  void check(const DataCase& data) const;
  Device device_;
};

void ReferenceTest::check(const DataCase& data) const {
  SCOPED_TRACE(data.describe());
  Tensors inputs;
  Tensors wanted;
  for (size_t i = 0; i < data.inputs.size(); ++i) {
    inputs.push_back(input_of(data, i, device_, data.has_gradient[i]));
    if (data.has_gradient[i]) wanted.push_back(inputs.back());
  }
  const Tensors outputs = data_ops().at(data.op)(inputs, data.args);
  ASSERT_EQ(outputs.size(), data.outputs.size());
  Tensors roots;
  Tensors upstream;
  for (size_t k = 0; k < outputs.size(); ++k) {
    ASSERT_EQ(outputs[k].shape(), data.outputs[k].shape) << "output " << k;
    EXPECT_EQ(outputs[k].dtype(), data.outputs[k].dtype) << "output " << k;
    EXPECT_TRUE(agrees(outputs[k], data.values[k], {data.tolerance, data.absolute, data.to_scale}))
        << "output " << k;
    if (!outputs[k].requires_grad()) continue;
    roots.push_back(outputs[k]);
    upstream.push_back(upstream_of(data, k, device_));
  }
  if (wanted.empty()) return;
  const Tensors gradients =
      roots.empty() ? Tensors(wanted.size())
                    : grad(roots, wanted, {.gradients = upstream, .allow_unused = true});
  for (size_t i = 0, at = 0; i < inputs.size(); ++i) {
    if (!data.has_gradient[i]) continue;
    const Tensor& g = gradients[at++];
    ASSERT_TRUE(g.defined()) << "gradient " << i;
    ASSERT_EQ(g.shape(), data.inputs[i].shape) << "gradient " << i;
    // A gradient is a product of what a forward and a backward rounded, or a sum of such.
    EXPECT_TRUE(agrees(g, data.gradients[i], {data.tolerance, data.absolute, !data.special()}))
        << "gradient " << i;
  }
}

TEST_P(ReferenceTest, AgreesWithPyTorch) {
  const auto found = data_cases().find(GetParam().op);
  ASSERT_NE(found, data_cases().end()) << "no data: op_data.py has no case of it";
  for (const DataCase& data : found->second) check(data);
}

INSTANTIATE_TEST_SUITE_P(Data, ReferenceTest, ::testing::ValuesIn(all_params()),
                         [](const ::testing::TestParamInfo<Param>& p) {
                           std::string name = p.param.device + "_" + p.param.op;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

TEST(ReferenceData, EveryCaseNamesAnOpThatIsTested) {
  for (const auto& [op, cases] : data_cases()) {
    EXPECT_TRUE(data_ops().contains(op)) << op;
  }
}

}  // namespace
}  // namespace ct::test
