// OpenClBackend::nonzero: kernels/index/nonzero.cl on a dense mask; the scan adds the counts up.
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// As in kernels/index/nonzero.cl.
struct Positions {
  int64_t size[kMaxRank] = {};
  int64_t row_step = 0, axis_step = 0;
  int32_t rank = 0;
};

}  // namespace

int64_t OpenClBackend::nonzero(const NonzeroArgs& args) {
  const int64_t n = numel(args.input.shape);
  if (n == 0) return 0;
  if (!stores(args.input.dtype)) return Backend::nonzero(args);
  Runtime& device = runtime();
  const int64_t block = device.profile().style == Style::cpu ? 32768 : 256;
  const int64_t blocks = ceil_div(n, block);
  const DenseInput mask(*this, args.input, DType::bool_);
  const Scratch counts(device, static_cast<size_t>(blocks) * sizeof(int64_t));
  const auto launch = [&](LibraryKernel which) {
    return Launch(device, device.library(which, DType::float32));
  };
  {
    const std::lock_guard lock(device.mutex());
    Launch count = launch(LibraryKernel::nonzero_count);
    count.array(mask);
    count.buffer(counts.buffer());
    count.values(n, block, blocks);
    count.run_tasks(blocks, block / 8);
  }
  ScanArgs sums;
  sums.input = {counts.buffer(), 0, DType::int64, {blocks}, {1}};
  sums.output = sums.input;
  scan(sums);
  if (!args.positions) {
    int64_t total = 0;
    copy_to_host(&total, counts.buffer(), static_cast<size_t>(blocks - 1) * sizeof total,
                 sizeof total);
    return total;
  }
  Positions s;
  s.rank = args.input.shape.rank();
  for (int axis = 0; axis < s.rank; ++axis) s.size[axis] = args.input.shape[axis];
  s.row_step = args.positions.strides[0];
  s.axis_step = args.positions.strides[1];
  const std::lock_guard lock(device.mutex());
  Launch write = launch(LibraryKernel::nonzero_write);
  write.array(mask);
  write.buffer(counts.buffer());
  write.buffer(args.positions.buffer);
  write.value(args.positions.offset);
  write.value(s);
  write.values(n, block, blocks);
  write.run_tasks(blocks, block);
  return args.positions.shape[0];
}

}  // namespace ct::opencl
