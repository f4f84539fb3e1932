// gather and scatter: kernels/index/gather.cl over collapsed loops, strides and all.
#include <algorithm>
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"
#include "core/view/gather_plan.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// Elements of the inner run that a task has on CPUs.
constexpr int64_t kGatherRun = 64;

/// As in kernels/index/gather.cl.
struct Indexing {
  GatherPlan plan;
  int64_t table, index, list;  // where each begins
};

Indexing indexing_of(int axis, const TensorView& table, const TensorView& index,
                     const TensorView& list) {
  return {GatherPlan(axis, table, index, list), table.offset, index.offset, list.offset};
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

int64_t runs_of(const GatherPlan& plan, const Profile& profile) {
  return profile.style == Style::cpu ? ceil_div(plan.inner.size, kGatherRun) : plan.inner.size;
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
  device.index_watch().add_to(launch, args.check);
  const GatherPlan& plan = s.plan;
  launch.run_tasks(plan.outer_size * plan.axis.size * runs_of(plan, device.profile()),
                   std::min(plan.inner.size, kGatherRun));
  device.index_watch().launched(args.check);
}

void OpenClBackend::scatter(const ScatterArgs& args) {
  if (numel(args.src.shape) == 0 || args.out.shape[args.axis] == 0) return;
  if (!stores({&args.out})) return Backend::scatter(args);
  const DType compute = compute_type(args.out.dtype);
  Runtime& device = runtime();
  // Types that are stored only are combined in their compute type and rounded once.
  const bool stored_only = args.out.dtype != compute;
  const TensorView none;
  const DenseInput dense_list(*this, stored_only ? args.src : none, compute);
  DenseOutput dense_table(*this, stored_only ? args.out : none, compute, OutputKind::update);
  const TensorView& list = stored_only ? dense_list.view() : args.src;
  const TensorView& table = stored_only ? dense_table.view() : args.out;
  {
    const Indexing s = indexing_of(args.axis, table, args.index, list);
    const GatherPlan& plan = s.plan;
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::scatter, compute));
    launch.buffer(table.buffer);
    launch.buffer(args.index.buffer);
    launch.buffer(list.buffer);
    launch.value(s);
    launch.value(static_cast<int32_t>(args.mode));
    device.index_watch().add_to(launch, args.check);
    launch.run_tasks(plan.outer_size * runs_of(plan, device.profile()),
                     plan.axis.size * std::min(plan.inner.size, kGatherRun));
    device.index_watch().launched(args.check);
  }
  dense_table.finish();
}

}  // namespace ct::opencl
