// Products of a matrix and few vectors: kernels/matmul/matvec.cl, which reads the matrix where it
// lies.
#include <fmt/format.h>

#include <cassert>
#include <mutex>
#include <utility>

#include "backend_opencl/matmul/matmul_batch.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "backend_opencl/source/kernel_source.hpp"
#include "backend_opencl/source/printer.hpp"
#include "core/view/dense.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

// As in kernels/matmul/matvec.cl.
struct VectorProduct {
  int32_t n, k, has_bias;
  int64_t matrix, vector, out, bias;
  int64_t row_step, k_step, vector_step, out_step, bias_step;
};

struct Call {
  const TensorView *matrix, *vector;
  Batch batch;
  VectorProduct product;
};

Call call_of(const MatmulArgs& args, const VectorSide& side) {
  const bool a_is_vector = side.a_is_vector;
  const int row = args.out.shape.rank() - 2;
  const int column = row + 1;
  const TensorView &a = args.a, &b = args.b, &c = args.out;
  Call call{a_is_vector ? &b : &a, a_is_vector ? &a : &b, batch_of(args), {}};
  VectorProduct& p = call.product;
  p.k = static_cast<int32_t>(a.shape[column]);
  p.has_bias = args.bias ? 1 : 0;
  p.matrix = call.matrix->offset;
  p.vector = call.vector->offset;
  p.out = c.offset;
  p.bias = args.bias ? args.bias.offset : 0;
  p.row_step = side.row_step;
  p.k_step = side.k_step;
  if (a_is_vector) {
    p.n = static_cast<int32_t>(c.shape[column]);
    p.vector_step = a.strides[column];
    p.out_step = c.strides[column];
    p.bias_step = args.bias ? args.bias.strides[0] : 0;
  } else {
    p.n = static_cast<int32_t>(c.shape[row]);
    p.vector_step = b.strides[row];
    p.out_step = c.strides[row];
    for (int axis = 0; axis < call.batch.rank; ++axis) {
      std::swap(call.batch.a[axis], call.batch.b[axis]);
    }
  }
  return call;
}

Kernel& kernel_of(Runtime& runtime, const char* entry, int number, DType dtype) {
  const uint64_t key =
      mix(mix(0x6d6174766563U, static_cast<uint64_t>(number)), static_cast<uint64_t>(dtype));
  if (Kernel* known = runtime.find(key)) return *known;
  const DType compute = wrapping_type(dtype);
  return runtime.build(
      key, entry, fmt::format("matmul ({}) of {}", entry, name(dtype)),
      kernel_source("common") + kernel_source("rows") + kernel_source("matmul/batch") +
          kernel_source("matmul/matvec"),
      runtime.options(compute, runtime.profile().program_lanes(item_size(compute))) +
          storage_options(dtype));
}

}  // namespace

void run_vector_product(Runtime& runtime, const MatmulArgs& args, bool by_columns) {
  const VectorSide side = vector_side(args);
  Call call = call_of(args, side);
  const VectorProduct& p = call.product;
  assert(call.batch.rank < kMaxBatchRank);
  assert(by_columns ? p.row_step == 1 : p.k_step == 1 || p.k <= 1);
  const int axis = args.out.shape.rank() - (side.a_is_vector ? 2 : 1);
  add_axis(call.batch, side.vectors, call.vector->strides[axis], 0, args.out.strides[axis]);
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, by_columns ? kernel_of(runtime, "multiply_columns", 0, args.out.dtype)
                                    : kernel_of(runtime, "multiply_rows", 1, args.out.dtype));
  launch.buffer(call.matrix->buffer);
  launch.buffer(call.vector->buffer);
  launch.buffer(args.out.buffer);
  launch.buffer(args.bias ? args.bias.buffer : args.out.buffer);
  launch.value(call.batch);
  launch.value(p);
  if (by_columns) {
    const int lanes = runtime.profile().program_lanes(item_size(wrapping_type(args.out.dtype)));
    const int64_t width = lanes == 1 ? 1 : int64_t{4} * lanes;  // AT_ONCE in the kernel
    launch.run_tasks(call.batch.count * ceil_div(p.n, width), p.k * width);
  } else {
    launch.run_rows(int64_t{call.batch.count} * p.n, p.k);
  }
}

}  // namespace ct::opencl
