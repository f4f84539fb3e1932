// Convolutions with bias, forward alone and with the gradients of input, weight and bias.
#include "case.hpp"

namespace bench {
namespace {

struct Conv {
  const char* name;
  int64_t n, c, o, size, kernel, stride, padding, groups;
};

constexpr Conv kConvs[] = {
    {"conv3x3_c64_64_h56", 32, 64, 64, 56, 3, 1, 1, 1},
    {"conv3x3_c128_128_h28", 32, 128, 128, 28, 3, 1, 1, 1},
    {"conv3x3s2_c64_128_h56", 32, 64, 128, 56, 3, 2, 1, 1},
    {"conv1x1_c256_64_h56", 32, 256, 64, 56, 1, 1, 0, 1},
    {"conv5x5_c1_32_h28", 32, 1, 32, 28, 5, 1, 2, 1},
    {"conv7x7s2_c3_64_h112", 32, 3, 64, 112, 7, 2, 3, 1},
    {"convdw3x3_c128_h28", 32, 128, 128, 28, 3, 1, 1, 128},
};

std::string describe(const Conv& v) {
  const auto s = [](int64_t i) { return std::to_string(i); };
  return "x[" + s(v.n) + "," + s(v.c) + "," + s(v.size) + "," + s(v.size) + "] w[" + s(v.o) + "," +
         s(v.c / v.groups) + "," + s(v.kernel) + "," + s(v.kernel) + "] stride " + s(v.stride) +
         " pad " + s(v.padding) + " groups " + s(v.groups);
}

void add_conv(Cases& cases, const Conv& v) {
  const int64_t out = (v.size + 2 * v.padding - v.kernel) / v.stride + 1;
  const Shape x_shape{v.n, v.c, v.size, v.size}, w_shape{v.o, v.c / v.groups, v.kernel, v.kernel},
      y_shape{v.n, v.o, out, out};
  const auto x = static_cast<double>(count(x_shape)), w = static_cast<double>(count(w_shape)),
             y = static_cast<double>(count(y_shape));
  const double flops = 2 * y * w / static_cast<double>(v.o);
  cases.push_back({.name = v.name + std::string("_fwd"),
                   .what = describe(v),
                   .flops = flops,
                   .bytes = kFloat * (x + w + y),
                   .prepare = [=] {
                     return forward([=, x = uniform(x_shape, 1), w = uniform(w_shape, 2, -.1f, .1f),
                                     b = uniform({v.o}, 3)] {
                       return lib::conv2d(x, w, b, v.stride, v.padding, v.groups);
                     });
                   }});
  cases.push_back({.name = v.name + std::string("_fwdbwd"),
                   .what = describe(v) + ", gradients of x, w, b",
                   .flops = 3 * flops,
                   .bytes = kFloat * (3 * x + 3 * w + 2 * y),
                   .prepare =
                       [=] {
                         Tensor tx = leaf(x_shape, 1), tw = leaf(w_shape, 2, -.1f, .1f),
                                tb = leaf({v.o}, 3);
                         return forward_backward(
                             [=] { return lib::conv2d(tx, tw, tb, v.stride, v.padding, v.groups); },
                             {tx, tw, tb}, uniform(y_shape, 4));
                       },
                   .tolerance = 1e-3});  // sums of 100,000 terms in float
}

}  // namespace

void add_conv_cases(Cases& cases) {
  for (const Conv& v : kConvs) add_conv(cases, v);
}

}  // namespace bench
