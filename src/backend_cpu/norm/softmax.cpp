// Softmax and cross-entropy of the CPU backend: shapes become (outer, n, inner), pieces of about
// kSoftmaxGrain exponentials run on the kernels of simd/norm/softmax_kernels.hpp.
#include <algorithm>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/simd/norm/softmax_kernels.hpp"
#include "core/view/dense.hpp"
#include "core/view/extents.hpp"
#include "core/view/index_check.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kSoftmaxGrain = 16384;

/// Calls rows(first, count) on ranges of rows, or columns(offset, count) on blocks of columns.
template <class Rows, class Columns>
void for_lines(const Extents& e, const Rows& rows, const Columns& columns) {
  if (e.inner == 1) {
    parallel_ranges(e.outer, std::max<int64_t>(1, kSoftmaxGrain / e.n),
                    [&](int64_t begin, int64_t end) { rows(begin, end - begin); });
    return;
  }
  const int64_t blocks = ceil_div(e.inner, kSoftmaxColumns);
  const int64_t width = std::min(e.inner, kSoftmaxColumns);
  parallel_ranges(e.outer * blocks, std::max<int64_t>(1, kSoftmaxGrain / (e.n * width)),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t u = begin; u < end; ++u) {
                      const int64_t column = u % blocks * kSoftmaxColumns;
                      columns(u / blocks * e.n * e.inner + column,
                              std::min(kSoftmaxColumns, e.inner - column));
                    }
                  });
}

template <class T>
void forward(CpuBackend& backend, const SoftmaxArgs& args, const Extents& e) {
  const DenseInput x(backend, args.x, dtype_of<T>);
  DenseOutput y(backend, args.y, dtype_of<T>);
  const T* from = x.data<T>();
  T* to = y.data<T>();
  const auto& kernels = softmax_kernels<T>();
  for_lines(
      e,
      [&](int64_t first, int64_t rows) {
        kernels.forward_rows(from + first * e.n, to + first * e.n, rows, e.n, args.log);
      },
      [&](int64_t at, int64_t columns) {
        kernels.forward_columns(from + at, to + at, e.n, e.inner, columns, args.log);
      });
  y.finish();
}

template <class T>
void backward(CpuBackend& backend, const SoftmaxBackwardArgs& args, const Extents& e) {
  const DenseInput y(backend, args.y, dtype_of<T>);
  const DenseInput grad_y(backend, args.grad_y, dtype_of<T>);
  DenseOutput grad_x(backend, args.grad_x, dtype_of<T>);
  const T* vy = y.data<T>();
  const T* vg = grad_y.data<T>();
  T* to = grad_x.data<T>();
  const auto& kernels = softmax_kernels<T>();
  for_lines(
      e,
      [&](int64_t first, int64_t rows) {
        const int64_t at = first * e.n;
        kernels.backward_rows(vy + at, vg + at, to + at, rows, e.n, args.log);
      },
      [&](int64_t at, int64_t columns) {
        kernels.backward_columns(vy + at, vg + at, to + at, e.n, e.inner, columns, args.log);
      });
  grad_x.finish();
}

/// The forward's and backward's common fields. The vectors are in the compute type already.
template <class T>
CrossEntropyRows<T> rows_of(const T* logits, const TensorView& targets, const TensorView& lse,
                            const TensorView& losses, int64_t classes, int64_t ignore_index) {
  return {.logits = logits,
          .targets = view_data<int64_t>(targets),
          .target_stride = targets.strides[0],
          .lse = view_data<T>(lse),
          .lse_stride = lse.strides[0],
          .losses = view_data<T>(losses),
          .loss_stride = losses.strides[0],
          .grad_logits = nullptr,
          .classes = classes,
          .ignore_index = ignore_index};
}

template <class T>
void loss_forward(CpuBackend& backend, const CrossEntropyArgs& args) {
  const int64_t classes = args.logits.shape[1];
  const DenseInput logits(backend, args.logits, dtype_of<T>);
  const auto rows =
      rows_of(logits.data<T>(), args.targets, args.lse, args.losses, classes, args.ignore_index);
  const auto& kernels = softmax_kernels<T>();
  parallel_ranges(args.logits.shape[0], std::max<int64_t>(1, kSoftmaxGrain / classes),
                  [&](int64_t begin, int64_t end) { kernels.cross_entropy(rows, begin, end); });
}

template <class T>
void loss_backward(CpuBackend& backend, const CrossEntropyBackwardArgs& args) {
  const int64_t classes = args.logits.shape[1];
  const DenseInput logits(backend, args.logits, dtype_of<T>);
  DenseOutput grad(backend, args.grad_logits, dtype_of<T>);
  auto rows = rows_of(logits.data<T>(), args.targets, args.lse, args.grad_losses, classes,
                      args.ignore_index);
  rows.grad_logits = grad.data<T>();
  const auto& kernels = softmax_kernels<T>();
  parallel_ranges(
      args.logits.shape[0], std::max<int64_t>(1, kSoftmaxGrain / classes),
      [&](int64_t begin, int64_t end) { kernels.cross_entropy_backward(rows, begin, end); });
  grad.finish();
}

}  // namespace

void CpuBackend::softmax_forward(const SoftmaxArgs& args) {
  const Extents e = extents_around(args.x.shape, args.axis);
  if (e.empty()) return;
  if (args.x.dtype == DType::float64) {
    forward<double>(*this, args, e);
  } else {
    forward<float>(*this, args, e);
  }
}

void CpuBackend::softmax_backward(const SoftmaxBackwardArgs& args) {
  const Extents e = extents_around(args.y.shape, args.axis);
  if (e.empty()) return;
  if (args.y.dtype == DType::float64) {
    backward<double>(*this, args, e);
  } else {
    backward<float>(*this, args, e);
  }
}

void CpuBackend::cross_entropy_forward(const CrossEntropyArgs& args) {
  if (numel(args.logits.shape) == 0) return;
  if (args.check != nullptr) {
    check_values(*args.check, view_data<const int64_t>(args.targets), args.ignore_index);
  }
  if (args.logits.dtype == DType::float64) {
    loss_forward<double>(*this, args);
  } else {
    loss_forward<float>(*this, args);
  }
}

void CpuBackend::cross_entropy_backward(const CrossEntropyBackwardArgs& args) {
  if (numel(args.logits.shape) == 0) return;
  if (args.logits.dtype == DType::float64) {
    loss_backward<double>(*this, args);
  } else {
    loss_backward<float>(*this, args);
  }
}

}  // namespace ct::cpu
