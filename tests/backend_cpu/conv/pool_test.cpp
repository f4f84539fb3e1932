// Pooling kernels against plain loops: windows of any form, places of maxima, dtypes, strides,
// threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Window {
  int64_t kernel = 2, stride = 2, padding = 0, dilation = 1;
};

/// A pooling with all its arrays. The width has its own window, to tell the axes apart.
struct Pool {
  PoolArgs args;
  Viewed x, y, indices, grad_y, grad_x;

  static int64_t out(int64_t in, const Window& w, bool ceil) {
    const int64_t room = in + 2 * w.padding - w.dilation * (w.kernel - 1) - 1;
    return (room + (ceil ? w.stride - 1 : 0)) / w.stride + 1;
  }
  static Shape pooled(const Shape& s, const Window& h, const Window& w, bool ceil) {
    return {s[0], s[1], out(s[2], h, ceil), out(s[3], w, ceil)};
  }

  Pool(PoolKind kind, DType dtype, const Shape& shape, const Window& h, const Window& w,
       bool ceil = false)
      : x(dtype, shape),
        y(dtype, pooled(shape, h, w, ceil)),
        indices(int32, y.view.shape),
        grad_y(dtype, y.view.shape),
        grad_x(dtype, shape) {
    args.kind = kind;
    args.kernel = {h.kernel, w.kernel};
    args.stride = {h.stride, w.stride};
    args.padding = {h.padding, w.padding};
    args.dilation = {h.dilation, w.dilation};
    x.fill(1);
    grad_y.fill(2);
  }

  void run() {
    args.x = x.view;
    args.y = y.view;
    if (args.kind == PoolKind::max) args.indices = indices.view;
    cpu().pool_forward(args);
    PoolArgs back = args;
    back.x = grad_x.view;
    back.y = grad_y.view;
    cpu().pool_backward(back);
  }

  /// Calls fn(h, w, inside) for each tap of output (i, j).
  template <class F>
  void taps(int64_t i, int64_t j, const F& fn) const {
    for (int64_t p = 0; p < args.kernel[0]; ++p) {
      for (int64_t q = 0; q < args.kernel[1]; ++q) {
        const int64_t h = i * args.stride[0] - args.padding[0] + p * args.dilation[0];
        const int64_t w = j * args.stride[1] - args.padding[1] + q * args.dilation[1];
        fn(h, w, h >= 0 && w >= 0 && h < x.view.shape[2] && w < x.view.shape[3]);
      }
    }
  }

  void check() const {
    const int64_t height = x.view.shape[2];
    const int64_t width = x.view.shape[3];
    std::vector<double> gx(static_cast<size_t>(numel(x.view.shape)));
    const auto at = [&](int64_t n, int64_t c, int64_t h, int64_t w) -> double& {
      return gx[static_cast<size_t>(((n * x.view.shape[1] + c) * height + h) * width + w)];
    };
    for_each_index(y.view.shape, [&](const Dims& o) {
      double best = -kInfinity;
      double sum = 0;
      int64_t place = -1;
      int64_t count = 0;
      taps(o[2], o[3], [&](int64_t h, int64_t w, bool inside) {
        const bool in_padded = h >= -args.padding[0] && w >= -args.padding[1] &&
                               h < height + args.padding[0] && w < width + args.padding[1];
        count += args.count_include_pad ? in_padded : inside;
        if (!inside) return;
        const double v = x.at({o[0], o[1], h, w});
        sum += v;
        if (place < 0 || v > best || (std::isnan(v) && !std::isnan(best))) {
          best = v;
          place = h * width + w;
        }
      });
      const double share = grad_y.at(o) / static_cast<double>(std::max<int64_t>(1, count));
      if (args.kind == PoolKind::max) {
        expect_close(y.at(o), best, 0, o);
        ASSERT_EQ(indices.at(o), static_cast<double>(place)) << to_string(o);
        at(o[0], o[1], place / width, place % width) += grad_y.at(o);
      } else {
        expect_close(y.at(o), sum / static_cast<double>(std::max<int64_t>(1, count)),
                     tolerance(y.array.dtype()), o);
        taps(o[2], o[3], [&](int64_t h, int64_t w, bool inside) {
          if (inside) at(o[0], o[1], h, w) += share;
        });
      }
    });
    size_t i = 0;
    for_each_index(x.view.shape, [&](const Dims& index) {
      expect_close(grad_x.at(index), gx[i++], 2 * tolerance(x.array.dtype()), index);
    });
  }
};

const Window k2{2, 2, 0, 1};
const Window k3s2p1{3, 2, 1, 1};
const Window k3s1p1{3, 1, 1, 1};
const Window k3d2{3, 1, 2, 2};
const Window k5s3{5, 3, 2, 1};
const Window k1{1, 1, 0, 1};

TEST(CpuPoolTest, AgreesWithNaiveForAnyWindow) {
  for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
    for (const DType dtype : {float32, float64, float16, bfloat16}) {
      for (const Window& h : {k2, k3s2p1, k3s1p1, k3d2, k5s3, k1}) {
        for (const Window& w : {k2, k3s2p1, k3s1p1, k3d2, k5s3}) {
          if (kind == PoolKind::average && (h.dilation > 1 || w.dilation > 1)) continue;
          SCOPED_TRACE(std::string(name(dtype)) + " " + std::to_string(h.kernel) + "/" +
                       std::to_string(h.stride) + " " + std::to_string(w.kernel) + "/" +
                       std::to_string(w.stride));
          Pool pool(kind, dtype, {2, 2, 9, 41}, h, w);
          pool.run();
          pool.check();
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(CpuPoolTest, HalvesPlanesOfAnyWidth) {
  for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
    for (const int64_t width : {2, 3, 5, 8, 14, 15, 17, 28, 33, 56, 70, 129}) {
      SCOPED_TRACE(width);
      Pool pool(kind, float32, {1, 3, 7, width}, k2, k2);
      pool.run();
      pool.check();
      if (HasFatalFailure()) return;
    }
  }
}

TEST(CpuPoolTest, WindowsMayReachBeyondTheEnd) {
  for (const bool include_pad : {true, false}) {
    for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
      for (const Window& w : {k2, k3s2p1, k5s3}) {
        Pool pool(kind, float32, {1, 2, 7, 35}, w, w, /*ceil=*/true);
        pool.args.count_include_pad = include_pad;
        pool.run();
        pool.check();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(CpuPoolTest, RowsAndWindowsMayBeLongerThanABuffer) {
  const Window apart{3, 300, 1, 1};
  for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
    for (const DType dtype : {float32, float64}) {
      for (const Window& w : {apart, k3s2p1, k3s1p1}) {
        Pool pool(kind, dtype, {1, 2, 5, 1300}, k3s2p1, w);
        pool.run();
        pool.check();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(CpuPoolTest, TakesTheMaximumOfWholePlanes) {
  for (const double special : {0.0, kNaN}) {
    Pool pool(PoolKind::max, float32, {2, 3, 7, 9}, {.kernel = 7, .stride = 7},
              {.kernel = 9, .stride = 9});
    pool.x.set({0, 1, 3, 3}, special);
    pool.run();
    pool.check();
  }
}

TEST(CpuPoolTest, AveragesWholePlanes) {
  Pool pool(PoolKind::average, float32, {2, 3, 7, 9}, {.kernel = 7, .stride = 7},
            {.kernel = 9, .stride = 9});
  pool.run();
  pool.check();
}

TEST(CpuPoolTest, MaximaOfIntegers) {
  for (const DType dtype : {int32, int64, uint8, bool_}) {
    Pool pool(PoolKind::max, dtype, {1, 2, 6, 21}, k3s2p1, k3s2p1);
    std::mt19937 random(4);
    pool.x.array.fill_small(random, dtype == uint8 ? 0 : -3, dtype == bool_ ? 1 : 3);
    for (int64_t i = 0; i < pool.grad_y.array.size(); ++i) pool.grad_y.array.set(i, 0);
    pool.run();
    pool.check();
  }
}

TEST(CpuPoolTest, NaNWinsAndTheFirstOfEqualsDoes) {
  for (const Window& w : {k2, k3s2p1}) {
    Pool pool(PoolKind::max, float32, {1, 1, 8, 40}, w, w);
    std::mt19937 random(8);
    pool.x.array.fill_small(random, 0, 1);
    for (int64_t i = 0; i < 320; i += 7) pool.x.array.set(i, i % 2 == 0 ? kNaN : -kInfinity);
    pool.run();
    pool.check();
  }
}

TEST(CpuPoolTest, ARowOfMinusInfinityHasItsFirstPlace) {
  Pool pool(PoolKind::max, float32, {1, 1, 4, 40}, k3s2p1, k3s2p1);
  for (int64_t i = 0; i < 160; ++i) pool.x.array.set(i, -kInfinity);
  pool.run();
  pool.check();
}

TEST(CpuPoolTest, IndicesMayBeAbsent) {
  for (const Window& w : {k2, k3s2p1}) {
    Pool pool(PoolKind::max, float32, {1, 2, 9, 1100}, w, w);
    pool.run();
    Viewed y(float32, pool.y.view.shape);
    PoolArgs args = pool.args;
    args.y = y.view;
    args.indices = {};
    cpu().pool_forward(args);
    EXPECT_EQ(y.array.bytes(), pool.y.array.bytes());
  }
}

TEST(CpuPoolTest, TakesAnyStrides) {
  std::mt19937 random(5);
  const Shape shape{2, 3, 6, 8};
  for (int i = 0; i < 10; ++i) {
    Pool pool(i % 2 == 0 ? PoolKind::max : PoolKind::average, float32, shape, k2, k3s2p1);
    pool.run();
    Viewed x(float32, shape, random_layout(shape, random, false));
    Viewed y(float32, pool.y.view.shape, random_layout(pool.y.view.shape, random, false));
    for_each_index(shape, [&](const Dims& at) { x.set(at, pool.x.at(at)); });
    PoolArgs args = pool.args;
    args.x = x.view;
    args.y = y.view;
    cpu().pool_forward(args);
    for_each_index(y.view.shape, [&](const Dims& at) { ASSERT_EQ(y.at(at), pool.y.at(at)); });
  }
}

TEST(CpuPoolTest, NothingToDoForEmptyShapes) {
  Pool pool(PoolKind::max, float32, {0, 3, 4, 4}, k2, k2);
  pool.run();
}

TEST(CpuPoolTest, ThreadsDoNotChangeABit) {
  for (const Shape& shape : {Shape{4, 20, 40, 60}, Shape{1, 1, 300, 400}}) {
    for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
      Pool pool(kind, float32, shape, k3s2p1, k2);
      EXPECT_TRUE(same_for_any_threads([&] { pool.run(); }, {&pool.y, &pool.grad_x}));
    }
  }
}

}  // namespace
}  // namespace ct::test
