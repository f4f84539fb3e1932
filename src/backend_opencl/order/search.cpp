// OpenClBackend::search: kernels/order/search.cl on dense arrays.
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {

void OpenClBackend::search(const SearchArgs& args) {
  const int64_t total = numel(args.values.shape);
  if (total == 0) return;
  if (!stores({&args.sorted, &args.values})) return Backend::search(args);
  const DType compute = compute_type(args.sorted.dtype);
  Runtime& device = runtime();
  const DenseInput sorted(*this, args.sorted, compute);
  const DenseInput values(*this, args.values, compute);
  DenseOutput indices(*this, args.indices, DType::int64);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::search, compute));
    launch.array(sorted);
    launch.array(values);
    launch.array(indices);
    const int64_t n = args.sorted.shape[1];
    launch.values(total, args.values.shape[1], n, args.sorted.shape[0] == 1 ? int64_t{0} : n,
                  int32_t{args.right});
    const int64_t lanes = device.profile().lanes();
    launch.run_tasks(ceil_div(total, lanes), 64 * lanes);
  }
  indices.finish();
}

}  // namespace ct::opencl
