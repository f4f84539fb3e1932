// OpenClBackend::arg_reduce: kernels/reduce/arg_reduce.cl on a dense array of shape (outer, n,
// inner).
#include <mutex>

#include "backend_opencl/device/column_span.hpp"
#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"
#include "core/view/extents.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {

void OpenClBackend::arg_reduce(const ArgReduceArgs& args) {
  const Extents e = extents_around(args.input.shape, args.axis);
  if (e.empty()) return;
  constexpr int64_t kLongestSearched = int64_t{1} << 30;  // places are counted in 32 bits
  if (!stores({&args.input, &args.values}) || e.n > kLongestSearched)
    return Backend::arg_reduce(args);
  const DType compute = compute_type(args.input.dtype);
  Runtime& device = runtime();
  const DenseInput input(*this, args.input, compute);
  DenseOutput values(*this, args.values, compute);
  DenseOutput indices(*this, args.indices, DType::int64);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::arg_reduce, compute));
    launch.array(input);
    launch.array(values);
    launch.array(indices);
    const int64_t span = column_span(device.profile(), e, compute);
    launch.values(e.outer, e.n, e.inner, static_cast<int32_t>(span), int32_t{args.largest});
    launch.run_tasks(e.outer * ceil_div(e.inner, span), e.n * span);
  }
  if (args.values) values.finish();
  indices.finish();
}

}  // namespace ct::opencl
