// Reductions, softmax and cross entropy.
#include "case.hpp"

namespace bench {
namespace {

template <class F>
void add_one(Cases& cases, const char* name, const char* what, Shape shape, double outputs, F f) {
  cases.push_back(
      {.name = name,
       .what = what,
       .bytes = kFloat * (static_cast<double>(count(shape)) + outputs),
       .prepare = [shape, f] { return forward([x = uniform(shape, 1), f] { return f(x); }); }});
}

}  // namespace

void add_reduce_cases(Cases& cases) {
  const Shape large{4096, 4096};
  const char* what = "[4096,4096]";
  add_one(cases, "red_sum_all_4096", what, large, 1, [](const Tensor& x) { return x.sum(); });
  add_one(cases, "red_sum_dim0_4096", what, large, 4096,
          [](const Tensor& x) { return x.sum({0}); });
  add_one(cases, "red_sum_dim1_4096", what, large, 4096,
          [](const Tensor& x) { return x.sum({1}); });
  add_one(cases, "red_mean_all_4096", what, large, 1, [](const Tensor& x) { return x.mean(); });
  add_one(cases, "red_max_dim1_4096", "[4096,4096], values and positions", large, 3 * 4096,
          [](const Tensor& x) { return lib::max(x, 1).first; });
  add_one(cases, "red_amax_dim1_4096", "[4096,4096], values only", large, 4096,
          [](const Tensor& x) { return x.amax({1}); });
  add_one(cases, "red_argmax_dim1_4096", what, large, 2 * 4096,
          [](const Tensor& x) { return x.argmax(1); });
  add_one(cases, "red_var_dim1_4096", what, large, 4096,
          [](const Tensor& x) { return lib::var(x, 1); });
  add_one(cases, "red_sum_all_1024", "[1024,1024]", {1024, 1024}, 1,
          [](const Tensor& x) { return x.sum(); });
  for (const Shape& s : {Shape{512, 1000}, Shape{8192, 64}}) {
    const std::string size = std::to_string(s[0]), columns = std::to_string(s[1]);
    const std::string name = "softmax_" + size + "x" + columns;
    const std::string text = "[" + size + "," + columns + "] along axis 1";
    add_one(cases, name.c_str(), text.c_str(), s, static_cast<double>(count(s)),
            [](const Tensor& x) { return softmax(x, 1); });
  }
  cases.push_back({.name = "cross_entropy_512x1000_fwdbwd",
                   .what = "logits [512,1000], mean (least: forward 1R, backward 1R 1W)",
                   .bytes = 3 * kFloat * 512 * 1000,
                   .prepare = [] {
                     Tensor x = leaf({512, 1000}, 1, -4, 4);
                     return forward_backward(
                         [x, t = labels(512, 1000, 2)] { return lib::cross_entropy(x, t); }, {x});
                   }});
  const Shape planes{8, 21, 128, 128};
  cases.push_back(
      {.name = "cross_entropy_smooth_8x21x128x128_fwdbwd",
       .what =
           "logits [8,21,128,128], label smoothing 0.1, mean (least: forward 1R, backward 1R 1W)",
       .bytes = 3 * kFloat * static_cast<double>(count(planes)),
       .prepare = [planes] {
         Tensor x = leaf(planes, 1, -4, 4);
         const Tensor t = labels(8 * 128 * 128, 21, 2).reshape({8, 128, 128});
         return forward_backward([x, t] { return lib::cross_entropy(x, t, 0.1); }, {x});
       }});
}

}  // namespace bench
