// Context, queue, programs and launches.
#include "backend_opencl/runtime/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "backend_opencl/device/probe.hpp"
#include "backend_opencl/device/quirks.hpp"
#include "backend_opencl/runtime/error.hpp"
#include "backend_opencl/source/build_lock.hpp"
#include "core/memory/checked_memory.hpp"
#include "core/settings.hpp"
#include "core/view/integer.hpp"
#include "customtensor/build_progress.hpp"
#include "customtensor/error.hpp"

namespace ct::opencl {
namespace {

/// Larger writes wait for the device rather than be copied twice.
constexpr size_t kLargestStaged = size_t{4} << 20;
/// Most that waits at a time.
constexpr size_t kMostStaged = size_t{64} << 20;
/// Launches between flushes on devices with a command buffer of their own.
constexpr int kLaunchesPerFlush = 16;

}  // namespace

Runtime::Runtime(const Profile& profile)
    : profile_(profile),
      calls_(profile_),
      pool_(
          "custom_gpu", [this](size_t bytes) { return calls_.allocate(bytes); },
          [this](void* buffer, size_t) { calls_.release(static_cast<cl_mem>(buffer)); },
          profile.memory / 2, profile.largest_buffer, profile.memory),
      index_watch_(calls_, pool_),
      binaries_(BinaryCache::default_folder(), BinaryCache::default_limit()),
      gemm_choices_(profile.kind == DeviceClass::cpu || !has_clblast() ? GemmKernel::own
                                                                       : GemmKernel::clblast) {
  pool_.set_cap(static_cast<size_t>(settings::kMemoryLimit.read().value_or(0)));
  probe(profile_, calls_, binaries_);
  if (checks_memory()) {
    const auto bits = profile_.device.getInfo<CL_DEVICE_MEM_BASE_ADDR_ALIGN>();
    guard_ = std::make_unique<Guard>(calls_, pool_, bits / 8);
  }
  if (const auto forced = forced_gemm(has_clblast())) {
    gemm_choices_.force(*forced);
  } else if (const auto timings = has_clblast() ? binaries_.load(gemm_key()) : std::nullopt) {
    gemm_choices_.set(GemmChoices::from_text(*timings));
  }
}

CacheKey Runtime::gemm_key() const {
  return cache_key({"gemm timings 1", profile_.platform_name, profile_.name, profile_.driver,
                    profile_.style == Style::cpu ? "cpu" : "gpu"});
}

void Runtime::keep_gemm_timings(std::vector<GemmTiming> timings) {
  binaries_.store(gemm_key(), GemmChoices::to_text(timings));
  gemm_choices_.set(std::move(timings));
}

template <class F>
cl_int Runtime::with_room(F enqueue) {
  const cl_int code = enqueue();
  if (code != CL_MEM_OBJECT_ALLOCATION_FAILURE) [[likely]]
    return code;
  pool_.trim();
  finish();  // released buffers are the system's when nothing uses them any more
  return enqueue();
}

std::string Runtime::holdings(cl_int code) const {
  return is_out_of_memory(code) ? "; memory: " + pool_.holdings() : "";
}

void Runtime::write(void* buffer, size_t offset, const void* source, size_t bytes) {
  const auto enqueue = [&](const void* from, cl::Event* event) {
    const cl_int code = with_room(
        [&] { return calls_.write(static_cast<cl_mem>(buffer), offset, from, bytes, event); });
    calls_.check(code, CallKind::write,
                 [&] { return fmt::format("{} bytes at {}{}", bytes, offset, holdings(code)); });
  };
  const std::lock_guard lock(staging_mutex_);
  while (!staged_.empty()) {
    const cl_int status = staged_.front().event.getInfo<CL_EVENT_COMMAND_EXECUTION_STATUS>();
    if (status > CL_COMPLETE) break;
    const size_t done = staged_.front().bytes;
    staged_bytes_ -= done;
    staged_.pop_front();
    calls_.check(status, CallKind::write, [&] { return fmt::format("{} bytes, queued", done); });
  }
  if (bytes > kLargestStaged || staged_bytes_ + bytes > kMostStaged) {
    enqueue(source, nullptr);
    return;
  }
  Staged staged{{}, std::unique_ptr<char[]>(new char[bytes]), bytes};
  std::memcpy(staged.memory.get(), source, bytes);
  enqueue(staged.memory.get(), &staged.event);
  staged_bytes_ += bytes;
  staged_.push_back(std::move(staged));
}

void Runtime::read(void* target, const void* buffer, size_t offset, size_t bytes) {
  const auto source = static_cast<cl_mem>(const_cast<void*>(buffer));
  const IndexFault* fault = index_watch_.look();
  const cl_int code = with_room([&] { return calls_.read(target, source, offset, bytes); });
  calls_.check(code, CallKind::read,
               [&] { return fmt::format("{} bytes at {}{}", bytes, offset, holdings(code)); });
  if (fault != nullptr) index_watch_.raise(*fault);
}

void* Runtime::map(void* buffer) {
  if (!calls_.shares_host_memory()) return nullptr;
  void* start = nullptr;
  const IndexFault* fault = index_watch_.look();
  const cl_int code = with_room([&] { return calls_.map(static_cast<cl_mem>(buffer), start); });
  calls_.check(code, CallKind::map, [&] { return "a buffer" + holdings(code); });
  if (fault != nullptr && fault->taken != 0) {
    unmap(buffer, start);
    index_watch_.raise(*fault);
  }
  return start;
}

void Runtime::unmap(void* buffer, void* start) {
  calls_.check(calls_.unmap(static_cast<cl_mem>(buffer), start), CallKind::unmap,
               [] { return "a buffer"; });
}

void Runtime::copy(void* target, size_t target_offset, const void* source, size_t source_offset,
                   size_t bytes) {
  const cl_int code = with_room([&] {
    return calls_.copy(static_cast<cl_mem>(target), target_offset,
                       static_cast<cl_mem>(const_cast<void*>(source)), source_offset, bytes);
  });
  calls_.check(code, CallKind::copy, [&] {
    return fmt::format("{} bytes from {} to {}{}", bytes, source_offset, target_offset,
                       holdings(code));
  });
  launched();
}

void Runtime::launch(const Kernel& kernel, const cl::NDRange& items, const cl::NDRange& group) {
  const cl_int code =
      with_room([&] { return calls_.enqueue(kernel.handle, kernel.what, items, group); });
  calls_.check(code, CallKind::enqueue, [&] {
    std::string sizes;
    for (size_t i = 0; i < items.dimensions(); ++i) {
      sizes += fmt::format("{}{} by {}", i == 0 ? "" : ", ", items.get()[i], group.get()[i]);
    }
    return fmt::format("{}, items by group: {}, built with \"{}\"{}", kernel.what, sizes,
                       kernel.options, holdings(code));
  });
  launched();
}

void Runtime::synchronize() {
  const IndexFault* fault = index_watch_.look();
  finish();
  if (fault != nullptr) index_watch_.raise(*fault);
}

void Runtime::finish() {
  calls_.check(calls_.finish(), CallKind::finish, [] { return ""; });
}

cl::Buffer Runtime::constant(const void* data, size_t bytes) {
  if (allocation_fails()) pool_.throw_out_of_memory(bytes);
  cl_mem memory = calls_.allocate(bytes);
  if (memory == nullptr) {
    pool_.trim();
    memory = calls_.allocate(bytes);
  }
  if (memory == nullptr) pool_.throw_out_of_memory(bytes);
  cl::Buffer buffer(memory);
  const cl_int code = with_room([&] { return calls_.write(memory, 0, data, bytes, nullptr); });
  calls_.check(code, CallKind::write,
               [&] { return fmt::format("{} bytes{}", bytes, holdings(code)); });
  return buffer;
}

std::string Runtime::options(DType compute, int lanes) const {
  const char* type = compute == DType::float32   ? "float"
                     : compute == DType::float64 ? "double"
                     : compute == DType::int32   ? "int"
                     : compute == DType::int64   ? "long"
                                                 : "ulong";
  return fmt::format("-cl-std=CL1.2 -DT={} -DLANES={} -DWIDE={}{}{}", type, lanes,
                     profile_.wide(item_size(compute)), profile_.fp64 ? " -DFP64" : "",
                     profile_.exact_divide ? " -cl-fp32-correctly-rounded-divide-sqrt" : "") +
         quirk_options(profile_);
}

Kernel* Runtime::find(uint64_t key) {
  const auto it = kernels_.find(key);
  return it == kernels_.end() ? nullptr : it->second.get();
}

Kernel& Runtime::build(uint64_t key, const char* entry, const std::string& what,
                       const std::string& source, const std::string& options) {
  if (Kernel* known = load(key, entry, what, source, options)) return *known;
  return keep(key, make_kernel(build_program(what, source, options), entry, what, options));
}

Kernel* Runtime::load(uint64_t key, const char* entry, const std::string& what,
                      const std::string& source, const std::string& options) {
  auto kernel = try_kernel(from_cache(source, options), entry, what, options);
  return kernel == nullptr ? nullptr : &keep(key, std::move(kernel));
}

Kernel& Runtime::keep(uint64_t key, std::unique_ptr<Kernel> kernel) {
  return *(kernels_[key] = std::move(kernel));
}

std::unique_ptr<Kernel> Runtime::try_kernel(const cl::Program& program, const char* entry,
                                            const std::string& what, const std::string& options) {
  if (program() == nullptr) return nullptr;
  cl::Kernel handle;
  const cl_int code = calls_.make_kernel(program, entry, handle);
  if (!calls_.succeeded(code, CallKind::kernel)) return nullptr;
  return std::make_unique<Kernel>(Kernel{std::move(handle), what, options});
}

std::unique_ptr<Kernel> Runtime::make_kernel(const cl::Program& program, const char* entry,
                                             const std::string& what, const std::string& options) {
  cl::Kernel handle;
  calls_.check(calls_.make_kernel(program, entry, handle), CallKind::kernel,
               [&] { return fmt::format("{}, built with \"{}\"", what, options); });
  return std::make_unique<Kernel>(Kernel{std::move(handle), what, options});
}

Kernel& Runtime::library(LibraryKernel which, DType compute) {
  const size_t type = compute == DType::float32   ? 0
                      : compute == DType::float64 ? 1
                      : compute == DType::int32   ? 2
                      : compute == DType::int64   ? 3
                                                  : 4;
  Library& library = library_[type];
  std::unique_ptr<Kernel>& kernel = library.kernels[static_cast<size_t>(which)];
  if (kernel != nullptr) return *kernel;
  const char* entry = entry_of(which);
  const std::string what = fmt::format("{} of {}", entry, name(compute));
  const std::string with = options(compute, unit_lanes(unit_of(which), profile_, compute));
  cl::Program& unit = library.units[static_cast<size_t>(unit_of(which))];
  if (unit() == nullptr) {
    const std::string source = unit_source(unit_of(which), profile_);
    unit = from_cache(source, with);
    kernel = try_kernel(unit, entry, what, with);
    if (kernel == nullptr) unit = build_program(what, source, with);
  }
  if (kernel == nullptr) kernel = make_kernel(unit, entry, what, with);
  return *kernel;
}

cl::Program Runtime::from_binary(const std::string& binary, const std::string& options) {
  cl::Program program;
  const cl_int code = calls_.load_program(binary, program);
  if (!calls_.succeeded(code, CallKind::program)) return {};
  return calls_.succeeded(calls_.build(program, options), CallKind::build) ? program
                                                                           : cl::Program();
}

CacheKey Runtime::binary_key(const std::string& source, const std::string& options) const {
  return cache_key({source, options, profile_.platform_name, profile_.name, profile_.driver});
}

cl::Program Runtime::from_cache(const std::string& source, const std::string& options) {
  const auto binary = binaries_.load(binary_key(source, options));
  return binary ? from_binary(*binary, options) : cl::Program();
}

cl::Program Runtime::build_program(const std::string& what, const std::string& source,
                                   const std::string& options) {
  const BuildLock lock(binary_key(source, options));
  if (lock.waited()) {
    if (cl::Program built = from_cache(source, options); built() != nullptr) return built;
  }
  const BuildingKernel building(what);
  cl::Program program;
  calls_.check(calls_.make_program(source, program), CallKind::program, [&] { return what; });
  const cl_int code = calls_.build(program, options);
  if (!calls_.succeeded(code, CallKind::build)) {
    throw BackendError(fmt::format("custom_gpu: building {} with \"{}\" failed: {} ({})\n{}", what,
                                   options, code_name(code), code,
                                   program.getBuildInfo<CL_PROGRAM_BUILD_LOG>(profile_.device)));
  }
  std::vector<std::vector<unsigned char>> images;
  if (program.getInfo(CL_PROGRAM_BINARIES, &images) == CL_SUCCESS && images.size() == 1 &&
      !images[0].empty()) {
    const std::string binary(images[0].begin(), images[0].end());
    binaries_.store(binary_key(source, options), binary);
    // PoCL compiles kernels for the binary, and from source again at the first launch: the binary
    // spares the second time.
    cl::Program loaded = from_binary(binary, options);
    if (loaded() != nullptr) return loaded;
  }
  return program;
}

void Runtime::launched() {
  if (profile_.kind == DeviceClass::cpu || ++since_flush_ < kLaunchesPerFlush) return;
  since_flush_ = 0;
  calls_.check(calls_.flush(), CallKind::flush, [] { return ""; });
}

void Launch::bytes(const void* value, size_t size) {
  const cl_int code = runtime_.calls().set_argument(kernel_.handle, next_, size, value);
  runtime_.calls().check(code, CallKind::argument, [&] {
    return fmt::format("{}, argument {} of {} bytes", kernel_.what, next_, size);
  });
  ++next_;
}

void Launch::run(size_t items, size_t group) { run(cl::NDRange(items), cl::NDRange(group)); }

void Launch::run(const cl::NDRange& items, const cl::NDRange& group) {
  runtime_.launch(kernel_, items, group);
  if (Guard* guard = runtime_.guard()) guard->check(kernel_.what, buffers_);
}

void Launch::run_tasks(int64_t tasks, int64_t work) {
  const Profile& profile = runtime_.profile();
  if (profile.style == Style::cpu) {
    // Items of some 10 us, a few for each unit.
    const int64_t most = std::min(tasks, profile.compute_units * int64_t{4});
    run(static_cast<size_t>(
            std::clamp<int64_t>(tasks * work / 8192, 1, std::max<int64_t>(1, most))),
        1);
  } else {
    const int64_t items = std::clamp<int64_t>(tasks, 1, int64_t{1} << 22);
    run(static_cast<size_t>(round_up(items, 64)), 64);
  }
}

void Launch::run_rows(int64_t rows, int64_t work) {
  if (runtime_.profile().style == Style::cpu) return run_tasks(rows, work);
  constexpr size_t kGroup = 64;  // GROUP in kernels/rows.cl
  run(static_cast<size_t>(std::clamp<int64_t>(rows, 1, 1 << 16)) * kGroup, kGroup);
}

}  // namespace ct::opencl
