// Memory and copies of the OpenCL device.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "backend_opencl/device/trust.hpp"
#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/fork.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "customtensor/error.hpp"

namespace ct::opencl {

/// The runtime is leaked: see runtime.hpp.
struct OpenClBackend::Lazy {
  std::once_flag once;
  Runtime* runtime = nullptr;
  std::string refusal;  ///< why there is none
};

OpenClBackend::OpenClBackend(Profile profile)
    : claimed_(std::move(profile)), lazy_(std::make_unique<Lazy>()) {}
OpenClBackend::~OpenClBackend() = default;

Runtime& OpenClBackend::runtime() const {
  check_not_forked();
  std::call_once(lazy_->once, [&] {
    const BinaryCache kept(BinaryCache::default_folder(), BinaryCache::default_limit());
    lazy_->refusal = refusal_of(claimed_, kept);
    if (lazy_->refusal.empty()) lazy_->runtime = new Runtime(claimed_);
  });
  if (lazy_->runtime == nullptr) [[unlikely]]
    throw BackendError(fmt::format("custom_gpu: the driver is refused: {}", lazy_->refusal));
  return *lazy_->runtime;
}

void* OpenClBackend::allocate(size_t bytes) {
  runtime().calls().ensure_alive();
  return runtime().allocate(bytes);
}

void OpenClBackend::deallocate(void* buffer, size_t bytes) noexcept {
  if (forked()) return;  // it is the parent's
  runtime().deallocate(buffer, bytes);
}

void OpenClBackend::copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) {
  if (bytes > 0) runtime().write(buffer, offset, source, bytes);
}

void OpenClBackend::copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) {
  if (bytes > 0) runtime().read(target, buffer, offset, bytes);
}

void* OpenClBackend::map(void* buffer) { return runtime().map(buffer); }

void OpenClBackend::unmap(void* buffer, void* start) { runtime().unmap(buffer, start); }

void OpenClBackend::synchronize() { runtime().synchronize(); }

void OpenClBackend::copy(void* target, size_t target_offset, const void* source,
                         size_t source_offset, size_t bytes) {
  // A CPU's driver copies in one thread, a kernel in all. From this size on it is worth its build.
  constexpr size_t kLargeCopy = size_t{32} << 20;
  constexpr size_t kWord = sizeof(int32_t);
  if (bytes >= kLargeCopy && runtime().profile().style == Style::cpu && target != source &&
      (target_offset | source_offset | bytes) % kWord == 0) {
    const auto words = [](const void* buffer, size_t offset) {
      return Operand{
          const_cast<void*>(buffer), static_cast<int64_t>(offset / kWord), DType::int32, {1}};
    };
    const Operand from = words(source, source_offset), to = words(target, target_offset);
    PointwiseArgs args;
    args.program = program_of(Opcode::copy).get();
    args.compute = DType::int32;
    args.shape = {static_cast<int64_t>(bytes / kWord)};
    args.inputs = {&from, 1};
    args.outputs = {&to, 1};
    pointwise(args);
    return;
  }
  if (bytes > 0) runtime().copy(target, target_offset, source, source_offset, bytes);
}

DeviceCounts OpenClBackend::counts() const { return runtime().calls().counts(); }

bool OpenClBackend::measure_kernels(bool on) {
  runtime().calls().measure(on);
  return true;
}

std::vector<KernelTime> OpenClBackend::kernel_times(bool wait) {
  if (wait) runtime().finish();
  return runtime().calls().timer().take(wait);
}

MemoryStats OpenClBackend::memory_stats() const { return runtime().pool().stats(); }

void OpenClBackend::trim() { runtime().pool().trim(); }

void OpenClBackend::set_memory_limit(size_t bytes) { runtime().pool().set_cap(bytes); }

// Kernels convert to float32 and back: on a GPU, which waits for memory, at no cost.
bool OpenClBackend::is_fast(DType dtype) const {
  return compute_type(dtype) == dtype || runtime().profile().style == Style::gpu;
}

bool OpenClBackend::stores(DType dtype) const {
  return dtype != DType::float64 || runtime().profile().fp64;
}

bool OpenClBackend::stores(std::initializer_list<const TensorView*> views) const {
  return std::all_of(views.begin(), views.end(),
                     [&](const TensorView* view) { return stores(view->dtype); });
}

std::string OpenClBackend::description() const {
  // On the host: what opencl_backend.hpp does not override.
  const Profile* profile = &claimed_;
  std::string more = "; on the host: linalg";
  try {
    profile = &runtime().profile();
  } catch (const Error&) {  // what the driver says of a device that cannot be used
    if (!lazy_->refusal.empty()) more = "; refused: " + lazy_->refusal;
  }
  return describe(*profile) + more;
}

}  // namespace ct::opencl
