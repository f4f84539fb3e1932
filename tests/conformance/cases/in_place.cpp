// In-place forms: each changes a copy, which autograd follows as if a new tensor were made.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_in_place_cases(std::vector<OpCase>& cases) {
  using Method = Tensor& (PointwiseMethods::*)();
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };
  const auto unary = [&](const char* name, Method op, double low = -2, double high = 2) {
    add_case({name,
              {{5, 9}},
              [op](Inputs x) {
                Tensor y = x[0] * 1.0;
                return (y.*op)();
              },
              low,
              high,
              kTranscendental32});
  };
  unary("neg_", &Tensor::neg_);
  unary("abs_", &Tensor::abs_);
  unary("square_", &Tensor::square_);
  unary("sqrt_", &Tensor::sqrt_, 0.1, 4);
  unary("rsqrt_", &Tensor::rsqrt_, 0.1, 4);
  unary("reciprocal_", &Tensor::reciprocal_, 0.2, 3);
  unary("exp_", &Tensor::exp_);
  unary("exp2_", &Tensor::exp2_);
  unary("expm1_", &Tensor::expm1_);
  unary("log_", &Tensor::log_, 0.1, 5);
  unary("log2_", &Tensor::log2_, 0.1, 5);
  unary("log10_", &Tensor::log10_, 0.1, 5);
  unary("log1p_", &Tensor::log1p_, -0.8, 5);
  unary("sin_", &Tensor::sin_);
  unary("cos_", &Tensor::cos_);
  unary("tan_", &Tensor::tan_, -1.2, 1.2);
  unary("asin_", &Tensor::asin_, -0.9, 0.9);
  unary("acos_", &Tensor::acos_, -0.9, 0.9);
  unary("atan_", &Tensor::atan_);
  unary("sinh_", &Tensor::sinh_);
  unary("cosh_", &Tensor::cosh_);
  unary("tanh_", &Tensor::tanh_);
  unary("asinh_", &Tensor::asinh_);
  unary("acosh_", &Tensor::acosh_, 1.1, 5);
  unary("atanh_", &Tensor::atanh_, -0.9, 0.9);
  unary("sigmoid_", &Tensor::sigmoid_);
  unary("erf_", &Tensor::erf_);
  unary("erfc_", &Tensor::erfc_);
  unary("erfinv_", &Tensor::erfinv_, -0.9, 0.9);
  unary("lgamma_", &Tensor::lgamma_, 0.3, 5);
  unary("digamma_", &Tensor::digamma_, 0.5, 5);
  unary("relu_", &Tensor::relu_);
  unary("frac_", &Tensor::frac_);
  for (const auto& [name, op] :
       {std::pair{"sign_", &Tensor::sign_}, std::pair{"floor_", &Tensor::floor_},
        std::pair{"ceil_", &Tensor::ceil_}, std::pair{"round_", &Tensor::round_},
        std::pair{"trunc_", &Tensor::trunc_}}) {
    unary(name, op);
    cases.back().differentiable = false;
  }

  const Shape small{5, 9};
  const auto binary = [&](const char* name, auto change, double low = -2, double high = 2) {
    add_case({name,
              {small, {9}},
              [change](Inputs x) {
                Tensor y = x[0] * 1.0;
                change(y, x[1]);
                return y;
              },
              low,
              high,
              kTranscendental32});
  };
  using In = const Tensor&;
  binary("add_", [](Tensor& y, In b) { y += b; });
  binary("add_/alpha", [](Tensor& y, In b) { y.add_(b, 0.5).add_(0.25); });
  binary("sub_", [](Tensor& y, In b) { y.sub_(b).sub_(0.25); });
  binary("mul_", [](Tensor& y, In b) { y.mul_(b).mul_(0.25); });
  binary(
      "div_", [](Tensor& y, In b) { y.div_(0.25).div_(b); }, 0.4, 2);
  binary(
      "pow_", [](Tensor& y, In b) { y.pow_(2).pow_(b); }, 0.4, 2);
  binary(
      "remainder_", [](Tensor& y, In b) { (y %= b).remainder_(0.7); }, 0.4, 2);
  binary(
      "fmod_", [](Tensor& y, In b) { y.fmod_(b).fmod_(0.7); }, 0.4, 2);
  binary("clamp_", [](Tensor& y, In) { y.clamp_(-1.3, 0.8); });
  binary("clamp_/tensors", [](Tensor& y, In b) { y.clamp_(b, Tensor()); });
  binary("lerp_", [](Tensor& y, In b) { y.lerp_(b, 0.3).lerp_(b, b); });
  binary("addcmul_", [](Tensor& y, In b) { y.addcmul_(b, b, 0.7); });
  binary("addcdiv_", [](Tensor& y, In b) { y.addcdiv_(b, b + 4.0, 0.7); });

  const auto whole = [&](const char* name, auto change) {
    add_case({name, {small, {9}}, [change](Inputs x) {
                Tensor y = (x[0] * 32.0).to(int32);
                change(y, (x[1] * 32.0).to(int32));
                return y.to(x[0].dtype());
              }});
    cases.back().differentiable = false;
  };
  whole("floor_divide_", [](Tensor& y, In b) { y.floor_divide_(b.abs() + 3).floor_divide_(2); });
  whole("bitwise_and_", [](Tensor& y, In b) { (y &= b) &= 0x3f; });
  whole("bitwise_or_", [](Tensor& y, In b) { (y |= b) |= 0x11; });
  whole("bitwise_xor_", [](Tensor& y, In b) { (y ^= b) ^= 0x11; });
  whole("bitwise_left_shift_", [](Tensor& y, In b) { (y <<= b.remainder(3)) <<= 1; });
  whole("bitwise_right_shift_", [](Tensor& y, In b) { (y >>= b.remainder(3)) >>= 1; });
}

}  // namespace ct::test
