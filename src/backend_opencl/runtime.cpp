// Context, queue, programs and launches.
#include "backend_opencl/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "backend_opencl/error.hpp"
#include "backend_opencl/quirks.hpp"
#include "customtensor/error.hpp"

namespace ct::opencl {
namespace {

/// Larger writes wait for the device rather than be copied twice.
constexpr size_t kLargestStaged = size_t{4} << 20;
/// Most that waits at a time.
constexpr size_t kMostStaged = size_t{64} << 20;
/// Launches between flushes on devices with a command buffer of their own.
constexpr int kLaunchesPerFlush = 16;

cl::Context make_context(const Profile& profile) {
  cl_int code = CL_SUCCESS;
  cl::Context context(profile.device, nullptr, nullptr, nullptr, &code);
  check(code, "clCreateContext", profile.name);
  return context;
}

cl::CommandQueue make_queue(const cl::Context& context, const Profile& profile) {
  cl_int code = CL_SUCCESS;
  cl::CommandQueue queue(context, profile.device, cl_command_queue_properties{0}, &code);
  check(code, "clCreateCommandQueue", profile.name);
  return queue;
}

/// Raw memory for the pool: null when there is no more.
void* create_buffer(const cl::Context& context, size_t bytes) {
  cl_int code = CL_SUCCESS;
  cl_mem buffer = ::clCreateBuffer(context(), CL_MEM_READ_WRITE, bytes, nullptr, &code);
  if (is_out_of_memory(code)) return nullptr;
  if (code != CL_SUCCESS) check(code, "clCreateBuffer", fmt::format("{} bytes", bytes));
  return buffer;
}

}  // namespace

Runtime::Runtime(const Profile& profile)
    : profile_(profile),
      context_(make_context(profile)),
      queue_(make_queue(context_, profile)),
      pool_(
          "custom_gpu", [this](size_t bytes) { return create_buffer(context_, bytes); },
          [](void* buffer, size_t) { ::clReleaseMemObject(static_cast<cl_mem>(buffer)); },
          profile.memory / 2),
      binaries_(BinaryCache::default_folder()) {}

void Runtime::write(void* buffer, size_t offset, const void* source, size_t bytes) {
  const auto target = static_cast<cl_mem>(buffer);
  const auto enqueue = [&](cl_bool wait, const void* from, cl_event* event) {
    const cl_int code =
        ::clEnqueueWriteBuffer(queue_(), target, wait, offset, bytes, from, 0, nullptr, event);
    if (code != CL_SUCCESS) {
      check(code, "clEnqueueWriteBuffer", fmt::format("{} bytes at {}", bytes, offset));
    }
  };
  const std::lock_guard lock(staging_mutex_);
  while (!staged_.empty() &&
         staged_.front().event.getInfo<CL_EVENT_COMMAND_EXECUTION_STATUS>() <= CL_COMPLETE) {
    staged_bytes_ -= staged_.front().bytes;
    staged_.pop_front();
  }
  if (bytes > kLargestStaged || staged_bytes_ + bytes > kMostStaged) {
    enqueue(CL_TRUE, source, nullptr);
    return;
  }
  Staged staged{{}, std::unique_ptr<char[]>(new char[bytes]), bytes};
  std::memcpy(staged.memory.get(), source, bytes);
  enqueue(CL_FALSE, staged.memory.get(), &staged.event());
  staged_bytes_ += bytes;
  staged_.push_back(std::move(staged));
}

void Runtime::finish() { check(queue_.finish(), "clFinish", profile_.name); }

std::string Runtime::options(DType compute) const {
  const char* type = compute == DType::float32   ? "float"
                     : compute == DType::float64 ? "double"
                     : compute == DType::int32   ? "int"
                                                 : "long";
  return fmt::format("-cl-std=CL1.2 -DT={} -DLANES={} -DWIDE={}{}{}", type, profile_.lanes(),
                     profile_.wide(item_size(compute)), profile_.fp64 ? " -DFP64" : "",
                     profile_.exact_divide ? " -cl-fp32-correctly-rounded-divide-sqrt" : "") +
         quirk_options(profile_);
}

Kernel* Runtime::find(uint64_t key) {
  const auto it = kernels_.find(key);
  return it == kernels_.end() ? nullptr : it->second.get();
}

Kernel& Runtime::build(uint64_t key, const char* entry, std::string what, const std::string& source,
                       const std::string& options) {
  const cl::Program program = load_or_build(what, source, options);
  return keep(key, program, entry, std::move(what));
}

Kernel* Runtime::load(uint64_t key, const char* entry, std::string what, const std::string& source,
                      const std::string& options) {
  const cl::Program program = from_cache(binary_key(source, options), options);
  return program() == nullptr ? nullptr : &keep(key, program, entry, std::move(what));
}

Kernel& Runtime::keep(uint64_t key, const cl::Program& program, const char* entry,
                      std::string what) {
  cl_int code = CL_SUCCESS;
  cl::Kernel handle(program, entry, &code);
  check(code, "clCreateKernel", what);
  auto kernel = std::make_unique<Kernel>(Kernel{std::move(handle), std::move(what)});
  return *(kernels_[key] = std::move(kernel));
}

Kernel& Runtime::library(LibraryKernel which, DType compute) {
  const size_t type = compute == DType::float32   ? 0
                      : compute == DType::float64 ? 1
                      : compute == DType::int32   ? 2
                                                  : 3;
  Library& library = library_[type];
  std::unique_ptr<Kernel>& kernel = library.kernels[static_cast<size_t>(which)];
  if (kernel != nullptr) return *kernel;
  std::string what = fmt::format("{} of {}", entry_of(which), name(compute));
  cl::Program& unit = library.units[static_cast<size_t>(unit_of(which))];
  if (unit() == nullptr) {
    unit = load_or_build(what, unit_source(unit_of(which), profile_), options(compute));
  }
  cl_int code = CL_SUCCESS;
  cl::Kernel handle(unit, entry_of(which), &code);
  check(code, "clCreateKernel", what);
  kernel = std::make_unique<Kernel>(Kernel{std::move(handle), std::move(what)});
  return *kernel;
}

cl::Program Runtime::from_binary(const std::string& binary, const std::string& options) const {
  cl_int code = CL_SUCCESS;
  cl::Program program(context_, {profile_.device},
                      cl::Program::Binaries{{binary.begin(), binary.end()}}, nullptr, &code);
  if (code == CL_SUCCESS) code = program.build(profile_.device, options.c_str());
  return code == CL_SUCCESS ? program : cl::Program();
}

CacheKey Runtime::binary_key(const std::string& source, const std::string& options) const {
  return cache_key({source, options, profile_.platform_name, profile_.name, profile_.driver});
}

cl::Program Runtime::from_cache(const CacheKey& key, const std::string& options) const {
  const auto binary = binaries_.load(key);
  return binary ? from_binary(*binary, options) : cl::Program();
}

cl::Program Runtime::load_or_build(const std::string& what, const std::string& source,
                                   const std::string& options) {
  const CacheKey key = binary_key(source, options);
  cl::Program program = from_cache(key, options);
  if (program() != nullptr) return program;
  cl_int code = CL_SUCCESS;
  program = cl::Program(context_, source, false, &code);
  check(code, "clCreateProgramWithSource", what);
  code = program.build(profile_.device, options.c_str());
  if (code != CL_SUCCESS) {
    throw BackendError(fmt::format("custom_gpu: building {} with \"{}\" failed: {} ({})\n{}", what,
                                   options, code_name(code), code,
                                   program.getBuildInfo<CL_PROGRAM_BUILD_LOG>(profile_.device)));
  }
  std::vector<std::vector<unsigned char>> images;
  if (program.getInfo(CL_PROGRAM_BINARIES, &images) == CL_SUCCESS && images.size() == 1 &&
      !images[0].empty()) {
    const std::string binary(images[0].begin(), images[0].end());
    binaries_.store(key, binary);
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
  queue_.flush();
}

void Launch::bytes(const void* value, size_t size) {
  const cl_int code = ::clSetKernelArg(kernel_.handle(), next_, size, value);
  if (code != CL_SUCCESS) {
    check(code, "clSetKernelArg",
          fmt::format("{}, argument {} of {} bytes", kernel_.what, next_, size));
  }
  ++next_;
}

void Launch::run(size_t items, size_t group) { run(cl::NDRange(items), cl::NDRange(group)); }

void Launch::run(const cl::NDRange& items, const cl::NDRange& group) {
  const cl_int code = ::clEnqueueNDRangeKernel(runtime_.queue()(), kernel_.handle(),
                                               static_cast<cl_uint>(items.dimensions()), nullptr,
                                               items.get(), group.get(), 0, nullptr, nullptr);
  if (code != CL_SUCCESS) {
    std::string sizes;
    for (size_t i = 0; i < items.dimensions(); ++i) {
      sizes += fmt::format("{}{} by {}", i == 0 ? "" : ", ", items.get()[i], group.get()[i]);
    }
    check(code, "clEnqueueNDRangeKernel",
          fmt::format("{}, items by group: {}", kernel_.what, sizes));
  }
  runtime_.launched();
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
    run(static_cast<size_t>((items + 63) / 64 * 64), 64);
  }
}

void Launch::run_rows(int64_t rows, int64_t work) {
  if (runtime_.profile().style == Style::cpu) return run_tasks(rows, work);
  constexpr size_t kGroup = 64;  // GROUP in kernels/rows.cl
  run(static_cast<size_t>(std::clamp<int64_t>(rows, 1, 1 << 16)) * kGroup, kGroup);
}

}  // namespace ct::opencl
