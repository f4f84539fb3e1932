// Every op of the table in float16 and bfloat16 on numbers near the ends of float16's range: what
// comes out, and each gradient, is the float64 result of the same numbers, rounded once. What
// float32 does to that result is allowed for, and one unit in the last place; an op that rounds in
// between is far off, or infinite, or 0.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>

#include "conformance/op_fixture.hpp"
#include "customtensor/error.hpp"

namespace ct::test {
namespace {

/// Rows that are left out, by the beginnings of their names, and why.
const std::map<std::string, std::vector<std::string>>& exceptions() {
  static const std::map<std::string, std::vector<std::string>> reasons = {
      {"the row is several ops, and what stands between them is the caller's, in his dtype",
       {"add_/",
        "sub_",
        "mul_",
        "div_",
        "pow_",
        "lerp_",
        "addcdiv_",
        "floor_divide_",
        "clamp/tensors",
        "pointwise_each_",
        "ctc_loss",
        "var_mean",
        "std_mean",
        "meshgrid",
        "prod/zeros",
        "cumprod/zeros",
        "bitwise_",
        "linalg::matrix_norm",
        "bincount",
        "expand_as",
        "copy_/",
        "fill_/view",
        "masked_fill_/view",
        "index_put_/view",
        "scatter_add_/view",
        "scatter_/view",
        "scatter_reduce_/view",
        "index_add_/view",
        "index_copy_/view",
        "index_fill_/view",
        "masked_scatter_/view"}},
      {"the row makes statistics of 0.2 and 1.7 in the dtype, which rounds them",
       {"batch_norm/eval"}},
  };
  return reasons;
}

/// What the inputs and the gradient that arrives are like.
struct Ends {
  const char* name;
  double low, high;  ///< sizes of the inputs; as they are in the table if both are 0
  double gradient;
};
constexpr Ends kEnds[] = {
    {"large", 1000, 60000, 0x1p-12},
    {"small", 6e-8, 1e-4, 50000},
    {"both", 6e-8, 60000, 1},
    {"usual, large gradient", 0, 0, 50000},
    {"usual, small gradient", 0, 0, 0x1p-16},
};

bool is_swept(const std::string& device, const OpCase& op) {
  // The stranger runs the cpu's kernels on its own memory.
  return device != "stranger" && op.half && op.tolerance != INFINITY;
}

/// The result and the gradients, on the host; nothing if the op refuses the numbers.
struct Computed {
  Tensor result;
  Tensors gradients;
};
std::optional<Computed> compute(const OpCase& op, const Tensors& values, double gradient,
                                DType dtype, Device device) {
  Tensors in;
  for (const Tensor& t : values) in.push_back(t.to(dtype).to(device).detach().requires_grad_());
  Computed c;
  try {
    const Tensor y = op.alone ? op.alone(in) : op.run(in);
    if (op.differentiable && is_floating(y.dtype()) && y.requires_grad()) {
      const double g = 0.75 * gradient;
      const Tensor arriving = full(y.shape(), g, {.dtype = y.dtype(), .device = device});
      c.gradients = grad({y}, in, {.gradients = {arriving}, .allow_unused = true});
    }
    c.result = y.detach();
  } catch (const IndexError&) {
    return std::nullopt;
  } catch (const ValueError&) {
    return std::nullopt;
  }
  const auto host = [](Tensor& t) {
    if (t.defined()) t = t.detach().to("cpu");
  };
  host(c.result);
  for (Tensor& g : c.gradients) host(g);
  return c;
}

double rounded(double value, DType dtype) {
  const auto number = static_cast<float>(value);
  return dtype == float16 ? static_cast<double>(static_cast<float>(Half(number)))
                          : static_cast<double>(static_cast<float>(BFloat16(number)));
}

/// One unit in the last place of a number of this size.
double unit_of(double value, DType dtype) {
  const int digits = dtype == float16 ? 11 : 8, least = dtype == float16 ? -24 : -133;
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::max(exponent - digits, least));
}

/// `narrow` is `exact` rounded once, but for what float32 does to it.
::testing::AssertionResult is_rounded(const Tensor& narrow, const Tensor& exact,
                                      const Tensor& single, DType dtype) {
  if (narrow.shape() != exact.shape()) return ::testing::AssertionFailure() << "another shape";
  const auto n = narrow.to(float64).to_vector<double>(), e = exact.to_vector<double>(),
             s = single.to(float64).to_vector<double>();
  for (size_t i = 0; i < e.size(); ++i) {
    if (n[i] == rounded(e[i], dtype) || n[i] == rounded(s[i], dtype)) continue;
    if (std::isnan(n[i]) && (std::isnan(e[i]) || std::isnan(s[i]))) continue;
    const double off = 4 * std::abs(s[i] - e[i]) + unit_of(e[i], dtype);
    const double low = rounded(e[i] - off, dtype), high = rounded(e[i] + off, dtype);
    if (low <= n[i] && n[i] <= high) continue;
    return ::testing::AssertionFailure()
           << "element " << i << " is " << n[i] << ", exactly " << e[i] << ", in float32 " << s[i];
  }
  return ::testing::AssertionSuccess();
}

class NarrowSweep : public OpFixture {
 protected:
  /// The table's inputs with other sizes, spread evenly over their logarithms.
  Tensors values(const Ends& ends, DType dtype) const {
    Tensors inputs = inputs_of(op(), float64, Device("cpu"), false);
    uint64_t stream = 100;
    for (Tensor& t : inputs) {
      if (ends.high > 0) {
        auto numbers = t.to_vector<double>();
        for (size_t i = 0; i < numbers.size(); ++i) {
          const double u = philox4x32(stream, i)[0] * 0x1p-32;
          numbers[i] = std::copysign(ends.low * std::pow(ends.high / ends.low, u), numbers[i]);
        }
        t = from_values(numbers.data(), float64, t.shape(), {.device = Device("cpu")});
      }
      ++stream;
      t = t.to(dtype).to(float64);
    }
    return inputs;
  }
};

TEST_P(NarrowSweep, IsTheExactResultRoundedOnce) {
  for (const auto& [reason, rows] : exceptions()) {
    for (const std::string& row : rows) {
      if (op().name.rfind(row, 0) == 0) GTEST_SKIP() << reason;
    }
  }
  for (const DType dtype : {float16, bfloat16}) {
    for (const Ends& ends : kEnds) {
      SCOPED_TRACE(std::string(ends.name) + ", " + std::string(name(dtype)));
      const Tensors in = values(ends, dtype);
      const double g = rounded(0.75 * ends.gradient, dtype) / 0.75;
      const auto exact = compute(op(), in, g, float64, Device("cpu"));
      if (!exact) continue;
      const auto single = compute(op(), in, g, float32, device_);
      const auto narrow = compute(op(), in, g, dtype, device_);
      ASSERT_TRUE(single && narrow);
      if (is_floating(narrow->result.dtype())) {
        EXPECT_TRUE(is_rounded(narrow->result, exact->result, single->result, dtype));
      } else {
        EXPECT_TRUE(narrow->result.eq(single->result).all().item<bool>()) << "places or counts";
      }
      ASSERT_EQ(narrow->gradients.size(), exact->gradients.size());
      for (size_t i = 0; i < exact->gradients.size(); ++i) {
        if (!exact->gradients[i].defined()) continue;
        EXPECT_EQ(narrow->gradients[i].dtype(), dtype);
        EXPECT_TRUE(
            is_rounded(narrow->gradients[i], exact->gradients[i], single->gradients[i], dtype))
            << "gradient of input " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, NarrowSweep, ::testing::ValuesIn(op_params(is_swept)),
                         op_param_name);

}  // namespace
}  // namespace ct::test
