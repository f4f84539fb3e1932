// OpenClBackend::matmul: any dtype, strides and batch. On CPU-class devices panels of both operands
// are multiplied in registers, on GPUs tiles in local memory (kernels/matmul/); which algorithm a
// product takes stands in choice.cpp. An epilogue runs as a pointwise call after the product.
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <mutex>

#include "backend_opencl/matmul/choice.hpp"
#include "backend_opencl/matmul/gemm.hpp"
#include "backend_opencl/matmul/matmul_batch.hpp"
#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "backend_opencl/source/kernel_source.hpp"
#include "backend_opencl/source/printer.hpp"
#include "core/view/dense.hpp"
#include "core/view/epilogue.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

// As in kernels/matmul/product.cl.
struct Product {
  int32_t m, n, k, has_bias;
  int64_t a, b, c, bias;
  int64_t a_row, a_column, b_row, b_column, c_row, c_column, bias_step;
};
constexpr int64_t kTile = 64;  // as in kernels/matmul/matmul_tiles.cl

/// Panels, or tiles of a product, that are worth an item on a CPU: about 20 us.
constexpr int64_t kItemWork = 1 << 20;
bool all_zero(const int64_t* strides, int rank) {
  return std::all_of(strides, strides + rank, [](int64_t stride) { return stride == 0; });
}

class Multiplication {
 public:
  Multiplication(Runtime& runtime, const MatmulArgs& args, MatmulAlgorithm algorithm)
      : runtime_(runtime),
        args_(args),
        algorithm_(algorithm),
        compute_(wrapping_type(args.out.dtype)) {
    const int rank = args.out.shape.rank();
    const auto row = rank - 2;
    const auto column = rank - 1;
    product_.m = static_cast<int32_t>(args.out.shape[row]);
    product_.n = static_cast<int32_t>(args.out.shape[column]);
    product_.k = static_cast<int32_t>(args.a.shape[column]);
    product_.has_bias = args.bias ? 1 : 0;
    product_.a = args.a.offset;
    product_.b = args.b.offset;
    product_.c = args.out.offset;
    product_.a_row = args.a.strides[row];
    product_.a_column = args.a.strides[column];
    product_.b_row = args.b.strides[row];
    product_.b_column = args.b.strides[column];
    product_.c_row = args.out.strides[row];
    product_.c_column = args.out.strides[column];
    if (args.bias) {
      product_.bias = args.bias.offset;
      product_.bias_step = args.bias.strides[0];
    }
    batch_ = batch_of(args);
  }

  void run() {
    if (algorithm_ == MatmulAlgorithm::tiles) {
      run_tiles();
    } else {
      run_panels();
    }
  }

 private:
  bool packs_a() const { return algorithm_ == MatmulAlgorithm::packed; }
  bool packs_b() const { return algorithm_ != MatmulAlgorithm::direct; }

  /// A kernel of the algorithm's program. Packed products and others have programs of their own,
  /// with the packing in both: each of the large kernels takes a second to build.
  Kernel& kernel(const char* entry, uint64_t number) {
    const uint64_t key = mix(mix(0x6d61746d756cU, number << 1 | (packs_a() ? 1 : 0)),
                             static_cast<uint64_t>(args_.out.dtype));
    if (Kernel* known = runtime_.find(key)) return *known;
    return runtime_.build(key, entry,
                          fmt::format("matmul ({}) of {}", entry, name(args_.out.dtype)), source(),
                          runtime_.options(compute_) + storage_options(args_.out.dtype));
  }

  std::string source() const {
    const std::string operands = kernel_source("matmul/batch") + kernel_source("matmul/product");
    if (algorithm_ == MatmulAlgorithm::tiles) {
      return kernel_source("common") + operands + kernel_source("matmul/matmul_tiles");
    }
    return kernel_source("common") + kernel_source("pointwise/square") +
           kernel_source("matmul/panel") + operands + kernel_source("matmul/matmul_panels") +
           kernel_source(packs_a() ? "matmul/matmul_packed" : "matmul/matmul_direct");
  }

  int64_t items_for(int64_t pieces, int64_t work) const {
    const int64_t most = std::min(pieces, runtime_.profile().compute_units * int64_t{8});
    return std::clamp<int64_t>(work / kItemWork, 1, most);
  }

  void run_panels() {
    const auto [height, width] = panel_shape(runtime_.profile(), compute_);
    const int64_t row_panels = ceil_div(product_.m, height);
    const int64_t column_panels = ceil_div(product_.n, width);
    // An operand that is the same for the whole batch is packed once.
    const int32_t a_batched = all_zero(batch_.a, batch_.rank) ? 0 : 1;
    const int32_t b_batched = all_zero(batch_.b, batch_.rank) ? 0 : 1;
    const int64_t a_items = a_batched != 0 ? batch_.count : 1;
    const int64_t b_items = b_batched != 0 ? batch_.count : 1;
    const bool pack_a = packs_a(), pack_b = packs_b();
    const int64_t k = product_.k;
    const size_t item = item_size(compute_);
    const Scratch packed_a(
        runtime_, pack_a ? static_cast<size_t>(a_items * row_panels * height * k) * item : 0);
    const Scratch packed_b(
        runtime_, pack_b ? static_cast<size_t>(b_items * column_panels * width * k) * item : 0);

    const std::lock_guard lock(runtime_.mutex());
    if (pack_a) {
      pack(args_.a, packed_a, 0, product_.a_row, product_.a_column, product_.m, height, a_items);
    }
    if (pack_b) {
      pack(args_.b, packed_b, 1, product_.b_column, product_.b_row, product_.n, width, b_items);
    }
    Launch launch(runtime_, pack_a ? kernel("multiply", 1) : kernel("multiply_direct", 3));
    launch.buffer(pack_a ? packed_a.buffer() : args_.a.buffer);
    launch.buffer(pack_b ? packed_b.buffer() : args_.b.buffer);
    launch.buffer(args_.out.buffer);
    launch.buffer(args_.bias ? args_.bias.buffer : args_.out.buffer);
    launch.value(batch_);
    launch.value(product_);
    launch.value(pack_a ? a_batched : int32_t{pack_b});
    launch.value(b_batched);
    const int64_t tiles = row_panels * column_panels * batch_.count;
    launch.run(static_cast<size_t>(items_for(tiles, tiles * height * width * (k + 8))), 1);
  }

  void pack(const TensorView& source, const Scratch& target, int32_t which, int64_t line_step,
            int64_t k_step, int32_t length, int64_t width, int64_t items) {
    Launch launch(runtime_, kernel("pack", 0));
    launch.buffer(source.buffer);
    launch.buffer(target.buffer());
    launch.value(batch_);
    launch.value(which);
    launch.value(source.offset);
    launch.value(line_step);
    launch.value(k_step);
    launch.value(length);
    launch.value(product_.k);
    launch.value(static_cast<int32_t>(width));
    launch.value(static_cast<int32_t>(items));
    const int64_t panels = ceil_div(length, width) * items;
    launch.run(static_cast<size_t>(items_for(panels, panels * width * product_.k * 32)), 1);
  }

  void run_tiles() {
    const std::lock_guard lock(runtime_.mutex());
    Launch launch(runtime_, kernel("multiply_tiles", 2));
    launch.buffer(args_.a.buffer);
    launch.buffer(args_.b.buffer);
    launch.buffer(args_.out.buffer);
    launch.buffer(args_.bias ? args_.bias.buffer : args_.out.buffer);
    launch.value(batch_);
    launch.value(product_);
    const auto groups = [](int64_t size) { return static_cast<size_t>(ceil_div(size, kTile)); };
    launch.run(cl::NDRange(groups(product_.n) * 16, groups(product_.m) * 16,
                           static_cast<size_t>(batch_.count)),
               cl::NDRange(16, 16, 1));
  }

  Runtime& runtime_;
  const MatmulArgs& args_;
  MatmulAlgorithm algorithm_;
  DType compute_;
  Batch batch_{};
  Product product_{};
};

/// A CLBlast product knows no bias: added to the rows of the result.
void add_bias(OpenClBackend& backend, const TensorView& bias, const TensorView& out) {
  if (!bias) return;
  TensorView rows = bias;
  rows.shape = out.shape;
  rows.strides = Strides::filled(out.shape.rank(), 0);
  rows.strides[out.shape.rank() - 1] = bias.strides[0];
  run_epilogue(backend, {program_of(Opcode::add).get(), {&rows, 1}, {}}, out);
}

}  // namespace

std::string storage_options(DType dtype) {
  return fmt::format(" -DIN={0} -DOUT={0} -DREAD=FROM_{1} -DREAD_OUT=FROM_{1} -DWRITE=TO_{1}",
                     storage_type(dtype), name(dtype));
}

void run_own_matmul(Runtime& runtime, const MatmulArgs& args, MatmulAlgorithm algorithm) {
  switch (algorithm) {
    case MatmulAlgorithm::clblast:
      assert(false && "not our own");
      return;
    case MatmulAlgorithm::vector_rows:
    case MatmulAlgorithm::vector_columns:
      return run_vector_product(runtime, args, algorithm == MatmulAlgorithm::vector_columns);
    case MatmulAlgorithm::tiles:
    case MatmulAlgorithm::packed:
    case MatmulAlgorithm::direct:
    case MatmulAlgorithm::direct_packed:
      return Multiplication(runtime, args, algorithm).run();
  }
}

void OpenClBackend::matmul(const MatmulArgs& args) {
  if (numel(args.out.shape) == 0) return;
  constexpr int64_t kMostElements = 1 << 30;
  const bool fits = numel(args.out.shape) < kMostElements && numel(args.a.shape) < kMostElements &&
                    numel(args.b.shape) < kMostElements;
  if (!stores(args.out.dtype) || !fits) {
    Backend::matmul(args);
    return;
  }
  const DType compute = compute_type(args.out.dtype);
  if (args.epilogue.program != nullptr && is_floating(compute) && compute != args.out.dtype) {
    // Nothing is rounded between a product and its epilogue.
    const DenseInput a(*this, args.a, compute);
    const DenseInput b(*this, args.b, compute);
    const DenseInput bias(*this, args.bias, compute);
    DenseOutput out(*this, args.out, compute);
    matmul({a.view(), b.view(), out.view(), bias.view(), args.epilogue});
    out.finish();
    return;
  }
  const MatmulAlgorithm algorithm =
      choose_matmul(args, runtime().profile(), runtime().gemm_choices());
  if (algorithm == MatmulAlgorithm::clblast) {
    run_clblast(runtime(), args, *as_gemm(args));
    add_bias(*this, args.bias, args.out);
  } else {
    run_own_matmul(runtime(), args, algorithm);
  }
  run_epilogue(*this, args.epilogue, args.out);
}

}  // namespace ct::opencl
