// gather and scatter: kernels/index/gather.cl over collapsed loops, strides and all.
#include <mutex>
#include <vector>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/pointwise/dense.hpp"
#include "backend_opencl/runtime/runtime.hpp"

namespace ct::opencl {
namespace {

/// Elements of the inner run that a task has on CPUs.
constexpr int64_t kRun = 64;

/// As in kernels/index/gather.cl.
struct Loop {
  int64_t size = 1, table = 0, index = 0, list = 0;
};
struct Indexing {
  Loop outer[kMaxRank];
  Loop axis, inner;
  int64_t outer_size = 1, rows = 0;
  int64_t table = 0, index = 0, list = 0;
  int32_t outer_rank = 0;
};

bool joins(const Loop& before, const Loop& next) {
  return before.table == next.size * next.table && before.index == next.size * next.index &&
         before.list == next.size * next.list;
}

Indexing indexing_of(int axis, const TensorView& table, const TensorView& index,
                     const TensorView& list) {
  Indexing s;
  s.rows = table.shape[axis];
  s.table = table.offset;
  s.index = index.offset;
  s.list = list.offset;
  s.axis = {list.shape[axis], table.strides[axis], index.strides[axis], list.strides[axis]};
  std::vector<Loop> before, after;
  for (int i = 0; i < list.shape.rank(); ++i) {
    if (i == axis || list.shape[i] == 1) continue;
    auto& loops = i < axis ? before : after;
    Loop next{list.shape[i], table.strides[i], index.strides[i], list.strides[i]};
    if (!loops.empty() && joins(loops.back(), next)) {
      next.size *= loops.back().size;
      loops.back() = next;
    } else {
      loops.push_back(next);
    }
  }
  if (!after.empty()) {
    s.inner = after.back();
    after.pop_back();
  }
  before.insert(before.end(), after.begin(), after.end());
  for (const Loop& loop : before) {
    s.outer_size *= loop.size;
    s.outer[s.outer_rank++] = loop;
  }
  return s;
}

LibraryKernel gather_kernel(size_t item) {
  switch (item) {  // only the size counts
    case 1:
      return LibraryKernel::gather_uchar;
    case 2:
      return LibraryKernel::gather_ushort;
    case 4:
      return LibraryKernel::gather_uint;
    default:
      return LibraryKernel::gather_ulong;
  }
}

int64_t runs_of(const Indexing& s, const Profile& profile) {
  return profile.style == Style::cpu ? (s.inner.size + kRun - 1) / kRun : s.inner.size;
}

}  // namespace

void OpenClBackend::gather(const GatherArgs& args) {
  if (numel(args.out.shape) == 0 || args.src.shape[args.axis] == 0) return;
  Runtime& device = runtime();
  const Indexing s = indexing_of(args.axis, args.src, args.index, args.out);
  const std::lock_guard lock(device.mutex());
  Launch launch(device, device.library(gather_kernel(item_size(args.src.dtype)), DType::float32));
  launch.buffer(args.src.buffer);
  launch.buffer(args.index.buffer);
  launch.buffer(args.out.buffer);
  launch.value(s);
  launch.run_tasks(s.outer_size * s.axis.size * runs_of(s, device.profile()),
                   std::min(s.inner.size, kRun));
}

void OpenClBackend::scatter(const ScatterArgs& args) {
  if (numel(args.src.shape) == 0 || args.out.shape[args.axis] == 0) return;
  if (!stores({&args.out})) return Backend::scatter(args);
  const DType compute = compute_type(args.out.dtype);
  Runtime& device = runtime();
  // Types that are stored only are combined in their compute type and rounded once.
  const bool stored_only = args.out.dtype != compute;
  const TensorView none;
  const DenseInput dense_list(*this, device, stored_only ? args.src : none, compute);
  DenseOutput dense_table(*this, device, stored_only ? args.out : none, compute,
                          OutputKind::update);
  TensorView list = args.src;
  TensorView table = args.out;
  if (stored_only) {
    list.buffer = dense_list.buffer();
    list.offset = dense_list.offset();
    list.strides = contiguous_strides(list.shape);
    table.buffer = dense_table.buffer();
    table.offset = dense_table.offset();
    table.strides = contiguous_strides(table.shape);
  }
  {
    const Indexing s = indexing_of(args.axis, table, args.index, list);
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::scatter, compute));
    launch.buffer(table.buffer);
    launch.buffer(args.index.buffer);
    launch.buffer(list.buffer);
    launch.value(s);
    launch.value(static_cast<int32_t>(args.mode));
    launch.run_tasks(s.outer_size * runs_of(s, device.profile()),
                     s.axis.size * std::min(s.inner.size, kRun));
  }
  dense_table.finish();
}

}  // namespace ct::opencl
