// x2 with all of weight is one product, (rows, out in1); what is left is a sum over in1.
#include "customtensor/ops/bilinear.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct {

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias) {
  if (const ops::Autocast cast{"bilinear", {&x1, &x2, &weight, &bias}}) {
    return bilinear(cast(x1), cast(x2), cast(weight), cast(bias));
  }
  detail::check_defined(x1, "bilinear", "x1");
  detail::check_defined(x2, "bilinear", "x2");
  detail::check_defined(weight, "bilinear", "weight");
  Shape lead1 = x1.shape(), lead2 = x2.shape();
  bool fits = weight.dim() == 3 && x1.dim() > 0 && x2.dim() > 0;
  if (fits) {
    lead1.erase(lead1.rank() - 1);
    lead2.erase(lead2.rank() - 1);
    fits = lead1 == lead2 && x1.size(-1) == weight.size(1) && x2.size(-1) == weight.size(2) &&
           (!bias.defined() || bias.shape() == Shape{weight.size(0)});
  }
  if (!fits) {
    throw ShapeError(fmt::format(
        "bilinear: x1 {}, x2 {}, weight {} and bias {} must be (..., in1), (..., in2), (out, in1, "
        "in2) and (out)",
        to_string(x1.shape()), to_string(x2.shape()), to_string(weight.shape()),
        bias.defined() ? to_string(bias.shape()) : "undefined"));
  }
  const int64_t out = weight.size(0), in1 = weight.size(1), in2 = weight.size(2);
  const Tensor a = ops::wide(x1).reshape({-1, 1, in1});
  const Tensor b = ops::wide(x2).reshape({-1, in2});
  const Tensor products = matmul(b, ops::wide(weight).reshape({out * in1, in2}).transpose(0, 1))
                              .reshape({-1, out, in1});
  static const ProgramPtr program = ops::make_program(
      "bilinear", 2, 0, [](PointwiseBuilder& p) { return p.input(0) * p.input(1); });
  const Tensor* inputs[] = {&products, &a};
  Tensor y = ops::sum_of_program("bilinear", program, inputs, {}, 4U, false, 1.0);
  if (bias.defined()) y = y + ops::wide(bias);
  Shape shape = lead1;
  shape.push_back(out);
  return y.reshape(shape).to(x1.dtype());
}

}  // namespace ct
