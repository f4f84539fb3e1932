// Convolutions and transposed ones with bias, forward alone and with the gradients of input, weight
// and bias.
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

/// Forward, and forward and backward, of f(x, w, b), whose result has `y_shape`, its axis 1 that of
/// b.
template <class F>
void add_pair(Cases& cases, const std::string& name, const std::string& what, double flops,
              const Shape& x_shape, const Shape& w_shape, const Shape& y_shape, F f) {
  const auto x = static_cast<double>(count(x_shape)), w = static_cast<double>(count(w_shape)),
             y = static_cast<double>(count(y_shape));
  const Shape b_shape{y_shape[1]};
  cases.push_back({.name = name + "_fwd",
                   .what = what,
                   .flops = flops,
                   .bytes = kFloat * (x + w + y),
                   .prepare = [=] {
                     return forward([=, tx = uniform(x_shape, 1),
                                     tw = uniform(w_shape, 2, -.1f, .1f),
                                     tb = uniform(b_shape, 3)] { return f(tx, tw, tb); });
                   }});
  cases.push_back({.name = name + "_fwdbwd",
                   .what = what + ", gradients of x, w, b",
                   .flops = 3 * flops,
                   .bytes = kFloat * (3 * x + 3 * w + 2 * y),
                   .prepare =
                       [=] {
                         Tensor tx = leaf(x_shape, 1), tw = leaf(w_shape, 2, -.1f, .1f),
                                tb = leaf(b_shape, 3);
                         return forward_backward([=] { return f(tx, tw, tb); }, {tx, tw, tb},
                                                 uniform(y_shape, 4));
                       },
                   .tolerance = 1e-3});  // sums of 100,000 terms in float
}

void add_conv2d(Cases& cases, const Conv& v) {
  const int64_t out = (v.size + 2 * v.padding - v.kernel) / v.stride + 1;
  const Shape w{v.o, v.c / v.groups, v.kernel, v.kernel}, y{v.n, v.o, out, out};
  add_pair(cases, v.name, describe(v), 2.0 * static_cast<double>(count(y) * (count(w) / v.o)),
           {v.n, v.c, v.size, v.size}, w, y,
           [=](const Tensor& tx, const Tensor& tw, const Tensor& tb) {
             return lib::conv2d(tx, tw, tb, v.stride, v.padding, v.groups);
           });
}

void add_conv1d(Cases& cases) {
  const Shape x{32, 128, 512}, w{128, 128, 3};
  add_pair(cases, "conv1d_k3_c128_128_l512", "x[32,128,512] w[128,128,3] stride 1 pad 1",
           2.0 * static_cast<double>(count(x) * 128 * 3), x, w, x,
           [](const Tensor& tx, const Tensor& tw, const Tensor& tb) {
             return lib::conv1d(tx, tw, tb, 1, 1);
           });
}

void add_conv3d(Cases& cases) {
  const Shape x{4, 32, 16, 32, 32}, w{32, 32, 3, 3, 3};
  add_pair(cases, "conv3d_k3_c32_32_d16_h32", "x[4,32,16,32,32] w[32,32,3,3,3] stride 1 pad 1",
           2.0 * static_cast<double>(count(x) * 32 * 27), x, w, x,
           [](const Tensor& tx, const Tensor& tw, const Tensor& tb) {
             return lib::conv3d(tx, tw, tb, 1, 1);
           });
}

/// To twice the size.
void add_conv_transpose2d(Cases& cases, int64_t kernel, int64_t padding, int64_t output_padding) {
  const Shape x{32, 128, 16, 16}, w{128, 64, kernel, kernel}, y{32, 64, 32, 32};
  const std::string k = std::to_string(kernel), pad = std::to_string(padding),
                    more = std::to_string(output_padding);
  const std::string what =
      "x[32,128,16,16] w[128,64," + k + "," + k + "] stride 2 pad " + pad + " output pad " + more;
  add_pair(cases, "conv_transpose" + k + "x" + k + "s2_c128_64_h16", what,
           2.0 * static_cast<double>(count(x) * (count(w) / 128)), x, w, y,
           [=](const Tensor& tx, const Tensor& tw, const Tensor& tb) {
             return lib::conv_transpose2d(tx, tw, tb, 2, padding, output_padding);
           });
}

}  // namespace

void add_conv_cases(Cases& cases) {
  for (const Conv& v : kConvs) add_conv2d(cases, v);
  add_conv1d(cases);
  add_conv3d(cases);
  add_conv_transpose2d(cases, 4, 1, 0);
  add_conv_transpose2d(cases, 5, 2, 1);
}

}  // namespace bench
