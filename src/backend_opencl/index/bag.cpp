// bag: kernels/index/bag.cl on dense arrays.
#include <algorithm>
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// As in kernels/index/bag.cl.
struct Bags {
  int64_t bags, n, d, rows, length, ignored;
  int32_t mode, unused = 0;
};

}  // namespace

void OpenClBackend::bag(const BagArgs& args) {
  if (numel(args.out.shape) == 0) return;
  const DType compute = compute_type(args.table.dtype);
  if (!stores({&args.table, &args.out}) || !stores(compute)) return Backend::bag(args);
  const Bags s{.bags = args.out.shape[0],
               .n = args.index.shape[0],
               .d = args.out.shape[1],
               .rows = std::max<int64_t>(args.table.shape[0], 1),
               .length = args.length,
               .ignored = args.ignored,
               .mode = static_cast<int32_t>(args.mode)};
  Runtime& device = runtime();
  const DenseInput table(*this, args.table, compute), scale(*this, args.scale, compute);
  const DenseInput index(*this, args.index, DType::int64);
  const DenseInput offsets(*this, args.offsets, DType::int64);
  DenseOutput out(*this, args.out, compute), which(*this, args.which, DType::int64);
  {
    const int64_t run =
        device.profile().style == Style::cpu ? 4 * int64_t{device.profile().lanes()} : int64_t{1};
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::bag, compute));
    launch.array(table);
    launch.array(index);
    launch.array(offsets);
    launch.array(scale);
    launch.array(out);
    launch.array(which);
    launch.value(s);
    device.index_watch().add_to(launch, args.check);
    launch.run_tasks(s.bags * ceil_div(s.d, run), s.n / s.bags * run + run);
    device.index_watch().launched(args.check);
  }
  out.finish();
  which.finish();
}

}  // namespace ct::opencl
