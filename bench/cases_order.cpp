// Scans, order and search.
#include "case.hpp"

namespace bench {
namespace {

/// `outputs`: elements of 4 bytes that are written.
template <class F>
void add_one(Cases& cases, const char* name, const char* what, Shape shape, double outputs, F f) {
  cases.push_back(
      {.name = name,
       .what = what,
       .bytes = kFloat * (static_cast<double>(count(shape)) + outputs),
       .prepare = [shape, f] { return forward([x = uniform(shape, 1), f] { return f(x); }); }});
}

}  // namespace

void add_order_cases(Cases& cases) {
  constexpr int64_t kRow = 1 << 20;
  const Shape row{kRow};
  const Shape square{1024, 1024};
  add_one(cases, "cumsum_1m", "[1048576]", row, kRow, [](const Tensor& x) { return x.cumsum(0); });
  add_one(cases, "cumsum_dim0_1024", "[1024,1024]", square, kRow,
          [](const Tensor& x) { return x.cumsum(0); });
  add_one(cases, "cummax_dim1_1024", "[1024,1024], values and positions", square, 3.0 * kRow,
          [](const Tensor& x) { return std::get<0>(x.cummax(1)); });
  add_one(cases, "logcumsumexp_dim1_1024", "[1024,1024]", square, kRow,
          [](const Tensor& x) { return x.logcumsumexp(1); });
  add_one(cases, "logsumexp_dim1_1024", "[1024,1024]", square, 1024,
          [](const Tensor& x) { return x.logsumexp({1}); });
  add_one(cases, "sort_1m", "[1048576], values and positions", row, 3.0 * kRow,
          [](const Tensor& x) { return std::get<0>(x.sort()); });
  add_one(cases, "sort_dim1_20000x50", "[20000,50], values and positions", {20000, 50}, 3e6,
          [](const Tensor& x) { return std::get<0>(x.sort(1)); });
  add_one(cases, "topk10_1m", "[1048576], values and positions", row, 30,
          [](const Tensor& x) { return std::get<0>(x.topk(10)); });
  add_one(cases, "topk5_dim1_1024", "[1024,1024], values and positions", square, 3 * 5 * 1024,
          [](const Tensor& x) { return std::get<0>(x.topk(5, 1)); });
  add_one(cases, "median_1m", "[1048576], value and position", row, 3,
          [](const Tensor& x) { return std::get<0>(x.median(0)); });
}

}  // namespace bench
