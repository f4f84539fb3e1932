// CpuBackend::matmul: brings a batched product of any views to the form of gemm.hpp. Half types are
// converted to float32 around it, so that all of k accumulates in float32.
#include <algorithm>
#include <cassert>
#include <optional>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/matmul/choice.hpp"
#include "backend_cpu/matmul/gemm.hpp"
#include "backend_cpu/matmul/matmul_integer.hpp"
#include "backend_cpu/pointwise/pointwise.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/dense.hpp"
#include "core/view/loops.hpp"

namespace ct::cpu {
namespace {

template <class T>
struct Product {
  const MatmulArgs* args;
  TensorView out;         // where C is made: args->out, or a dense stand-in in T
  Loops<3> batch;         // the leading axes of A, B and C, collapsed
  Gemm<T> first;          // of batch item 0
  bool swapped = false;   // C^T = B^T A^T is computed
  int64_t item_rows = 0;  // rows of an item, where several items were joined to one tall product

  Gemm<T> item(int64_t index) const {
    Gemm<T> g = first;
    const auto at = batch.offsets(index);
    g.a += at[0];
    g.b += at[1];
    g.c += at[2];
    if (swapped) {
      std::swap(g.m, g.n);
      std::swap(g.a, g.b);
      std::swap(g.a_row, g.b_column);
      std::swap(g.a_column, g.b_row);
      std::swap(g.row_bias, g.column_bias);
    }
    return g;
  }
};

/// Runs the epilogue on a part of item `index`, coordinates as in the caller's C.
template <class T>
void finish_part(const Product<T>& product, int64_t index, const GemmPart& part) {
  const TensorView& out = product.out;
  const int rank = out.shape.rank();
  TensorView finished = out;
  Dims origin = Dims::filled(rank, 0);
  const auto place = [&](int axis, int64_t first, int64_t count) {
    origin[axis] = first;
    narrow_axis(finished, axis, first, count);
  };
  for (int axis = rank - 3; axis >= 0; --axis) {
    place(axis, index % out.shape[axis], 1);
    index /= out.shape[axis];
  }
  place(rank - 2, part.row, part.row_end - part.row);
  place(rank - 1, part.column, part.column_end - part.column);
  run_epilogue(product.args->epilogue, finished, origin);
}

template <class T>
void finish(const Product<T>& product, int64_t index, GemmPart part) {
  if (product.swapped) part = {part.column, part.column_end, part.row, part.row_end};
  if (product.item_rows == 0) {
    finish_part(product, index, part);
    return;
  }
  const int64_t rows = product.item_rows;
  for (int64_t row = part.row; row < part.row_end;) {
    const int64_t item = row / rows;
    const int64_t end = std::min(part.row_end, (item + 1) * rows);
    finish_part(product, item,
                {row - item * rows, end - item * rows, part.column, part.column_end});
    row = end;
  }
}

template <class T>
void run(const Product<T>& product) {
  struct Context {
    const Product<T>* product;
    int64_t index;
  };
  const bool epilogue = product.args->epilogue.program != nullptr;
  const auto run_item = [&](int64_t index) {
    const Context context{&product, index};
    GemmDone done;
    if (epilogue) {
      done.context = &context;
      done.call = [](const void* at, const GemmPart& part) {
        const auto* c = static_cast<const Context*>(at);
        finish(*c->product, c->index, part);
      };
    }
    gemm(product.item(index), done);
  };
  const int64_t count = product.batch.count();
  if (count == 1) {
    run_item(0);
    return;
  }
  const Gemm<T>& g = product.first;
  const int64_t pieces = gemm_pieces<T>(g.m, g.n, g.k);
  if (choose_order(count, pieces) == BatchOrder::one_by_one) {
    for (int64_t i = 0; i < count; ++i) run_item(i);
    return;
  }
  const int64_t work = std::max<int64_t>(1, g.m * g.n * g.k);
  parallel_ranges(count, std::max<int64_t>(1, kPieceWork / work), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Gemm<T> item = product.item(i);
      gemm_serial(item);
      if (epilogue) finish(product, i, {0, item.m, 0, item.n});
    }
  });
}

/// Whether gemm() can write this C, as it is or transposed.
bool has_unit_stride(const TensorView& c) {
  const int rank = c.shape.rank();
  const int64_t m = c.shape[rank - 2], n = c.shape[rank - 1];
  return c.strides[rank - 1] == 1 || c.strides[rank - 2] == 1 || (m == 1 && n == 1);
}

template <class T>
void run_views(const MatmulArgs& args, const TensorView& a, const TensorView& b, const T* bias,
               const TensorView& c) {
  const int rank = c.shape.rank();
  Product<T> product;
  product.args = &args;
  product.out = c;
  for (int axis = 0; axis < rank - 2; ++axis) {
    product.batch.add(c.shape[axis], {a.strides[axis], b.strides[axis], c.strides[axis]});
  }
  product.batch.collapse();
  Gemm<T>& g = product.first;
  g.m = c.shape[rank - 2];
  g.n = c.shape[rank - 1];
  g.k = a.shape[rank - 1];
  g.a = view_data<T>(a);
  g.a_row = a.strides[rank - 2];
  g.a_column = a.strides[rank - 1];
  g.b = view_data<T>(b);
  g.b_row = b.strides[rank - 2];
  g.b_column = b.strides[rank - 1];
  g.c = view_data<T>(c);
  g.column_bias = bias;
  const int64_t c_row = c.strides[rank - 2], c_column = c.strides[rank - 1];

  Loops<3>& batch = product.batch;
  if (batch.rank == 1 && batch.step[0][0] == g.m * g.a_row && batch.step[1][0] == 0 &&
      batch.step[2][0] == g.m * c_row) {
    product.item_rows = g.m;
    g.m *= batch.size[0];
    batch.rank = 0;
  }
  // A product with one column runs as one with one row, which has a kernel of its own.
  product.swapped = g.n == 1 && g.m > 1 ? c_row == 1 : c_column != 1 && g.n > 1;
  g.c_row = product.swapped ? c_column : c_row;
  run(product);
}

/// A view without its broadcast leading axes (size 1 there), and back.
TensorView unbroadcast(const TensorView& view) {
  TensorView result = view;
  for (int axis = 0; axis < view.shape.rank() - 2; ++axis) {
    if (view.strides[axis] == 0) result.shape[axis] = 1;
  }
  return result;
}

/// An operand in T: itself, or a dense copy.
template <class T>
class MatrixInput {
 public:
  MatrixInput(CpuBackend& backend, const TensorView& view) : core_(unbroadcast(view)), view_(view) {
    if (view.dtype == dtype_of<T>) return;
    copy_.emplace(backend, core_, dtype_of<T>);
    view_ = copy_->view();
    view_.shape = view.shape;
    for (int axis = 0; axis < view.shape.rank() - 2; ++axis) {
      if (core_.shape[axis] != view.shape[axis]) view_.strides[axis] = 0;
    }
  }
  const TensorView& view() const { return view_; }

 private:
  TensorView core_, view_;
  std::optional<DenseInput> copy_;
};

template <class T>
void matmul_floating(CpuBackend& backend, const MatmulArgs& args) {
  const bool same = args.out.dtype == dtype_of<T>;
  const T* bias = nullptr;
  std::optional<DenseInput> dense_bias;
  if (args.bias) {
    dense_bias.emplace(backend, args.bias, dtype_of<T>);
    bias = dense_bias->data<T>();
  }
  if (same && has_unit_stride(args.out)) {
    run_views<T>(args, args.a, args.b, bias, args.out);
    return;
  }
  const MatrixInput<T> a(backend, args.a), b(backend, args.b);
  // Through a dense stand-in: another type, or strided in both directions.
  DenseOutput out(backend, args.out, dtype_of<T>);
  run_views<T>(args, a.view(), b.view(), bias, out.view());
  out.finish();
}

}  // namespace

void CpuBackend::matmul(const MatmulArgs& args) {
  assert(args.a.shape.rank() >= 2 && args.a.shape.rank() == args.out.shape.rank());
  if (numel(args.out.shape) == 0) return;
  switch (args.out.dtype) {
    case DType::float32:
    case DType::float16:
    case DType::bfloat16:
      matmul_floating<float>(*this, args);
      break;
    case DType::float64:
      matmul_floating<double>(*this, args);
      break;
    default:
      matmul_integer(args);
      break;
  }
}

}  // namespace ct::cpu
