// Elementwise work: single ops at several sizes, broadcasting, transposed operands, a fused chain.
#include "case.hpp"

namespace bench {
namespace {

// f(a, b) on two tensors, without recording.
template <class F>
std::function<Prepared()> binary(Shape a, Shape b, F f) {
  return
      [a, b, f] { return forward([x = uniform(a, 1), y = uniform(b, 2), f] { return f(x, y); }); };
}

template <class F>
std::function<Prepared()> unary(F f, float low = -4.f, float high = 4.f) {
  return [f, low, high] {
    return forward([x = uniform({1024, 1024}, 1, low, high), f] { return f(x); });
  };
}

Tensor add(const Tensor& x, const Tensor& y) { return x + y; }

constexpr double k1M = 1024.0 * 1024.0;

void add_sums(Cases& cases) {
  cases.push_back({.name = "ew_add_1024",
                   .what = "[1024,1024] + [1024,1024]",
                   .bytes = 3 * kFloat * k1M,
                   .prepare = binary({1024, 1024}, {1024, 1024}, add)});
  cases.push_back({.name = "ew_add_64",
                   .what = "[64,64] + [64,64], not recorded",
                   .bytes = 3 * kFloat * 64 * 64,
                   .prepare = binary({64, 64}, {64, 64}, add)});
  cases.push_back({.name = "ew_add_8",
                   .what = "[8] + [8], not recorded",
                   .bytes = 3 * kFloat * 8,
                   .prepare = binary({8}, {8}, add)});
  cases.push_back({.name = "ew_add_64_grad",
                   .what = "[64,64] + [64,64], recorded, forward only",
                   .bytes = 3 * kFloat * 64 * 64,
                   .prepare = [] {
                     auto f = [x = leaf({64, 64}, 1), y = leaf({64, 64}, 2)] { return x + y; };
                     return Prepared{[f] { lib::keep(f()); }, [f] { return Tensors{f()}; }};
                   }});
  cases.push_back({.name = "ew_add_4096",
                   .what = "[4096,4096] + [4096,4096]",
                   .bytes = 3 * kFloat * 16 * k1M,
                   .prepare = binary({4096, 4096}, {4096, 4096}, add)});
  cases.push_back({.name = "ew_add_bcast_256x128x1024",
                   .what = "[256,1,1024] + [1,128,1024]",
                   .bytes = kFloat * (256 + 128 + 256 * 128) * 1024,
                   .prepare = binary({256, 1, 1024}, {1, 128, 1024}, add)});
  cases.push_back({.name = "ew_add_transposed_1024",
                   .what = "[1024,1024].t() + [1024,1024]",
                   .bytes = 3 * kFloat * k1M,
                   .prepare = binary({1024, 1024}, {1024, 1024},
                                     [](const Tensor& x, const Tensor& y) { return x.t() + y; })});
  cases.push_back({.name = "ew_transpose_contiguous_1024",
                   .what = "[1024,1024].t().contiguous()",
                   .bytes = 2 * kFloat * k1M,
                   .prepare = unary([](const Tensor& x) { return x.t().contiguous(); })});
}

void add_functions(Cases& cases) {
  const auto add_one = [&cases](const char* name, auto f, float low = -4.f) {
    cases.push_back(
        {.name = name, .what = "[1024,1024]", .bytes = 2 * kFloat * k1M, .prepare = unary(f, low)});
  };
  add_one("ew_relu_1024", [](const Tensor& x) { return relu(x); });
  add_one("ew_sigmoid_1024", [](const Tensor& x) { return sigmoid(x); });
  add_one("ew_tanh_1024", [](const Tensor& x) { return tanh(x); });
  add_one("ew_gelu_1024", [](const Tensor& x) { return gelu(x); });
  add_one("ew_exp_1024", [](const Tensor& x) { return exp(x); });
  add_one(
      "ew_log_1024", [](const Tensor& x) { return log(x); }, 0.01f);
}

void add_chains(Cases& cases) {
  const Shape shape{1024, 1024};
  cases.push_back({.name = "ew_chain_1024",
                   .what = "relu(x*2+y)*z, [1024,1024] (least: fused, 3 reads and 1 write)",
                   .bytes = 4 * kFloat * k1M,
                   .prepare = [shape] {
                     return forward([x = uniform(shape, 1), y = uniform(shape, 2),
                                     z = uniform(shape, 3)] { return relu(x * 2 + y) * z; });
                   }});
  cases.push_back(
      {.name = "ew_chain_1024_fwdbwd",
       .what = "the same with gradients of x, y, z (least: 3R 1W, then 4R 3W)",
       .bytes = 11 * kFloat * k1M,
       .prepare = [shape] {
         Tensor x = leaf(shape, 1), y = leaf(shape, 2), z = leaf(shape, 3);
         return forward_backward([=] { return relu(x * 2 + y) * z; }, {x, y, z}, uniform(shape, 4));
       }});
}

}  // namespace

void add_pointwise_cases(Cases& cases) {
  add_sums(cases);
  add_functions(cases);
  add_chains(cases);
}

}  // namespace bench
