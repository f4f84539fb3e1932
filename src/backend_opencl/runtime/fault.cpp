// See fault.hpp.
#include "backend_opencl/runtime/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend_opencl/runtime/error.hpp"
#include "core/settings.hpp"
#include "customtensor/error.hpp"

namespace ct::opencl {
namespace {

/// In the order of CallKind.
constexpr std::array<std::string_view, kCallKindCount> kKinds = {
    "context", "queue", "allocate", "window", "program", "build", "kernel", "argument", "enqueue",
    "write",   "read",  "map",      "unmap",  "copy",    "fill",  "finish", "flush"};

struct Fault {
  size_t kind = 0;
  uint64_t call = 0;
  cl_int code = CL_SUCCESS;
};

struct Injector {
  std::mutex mutex;
  std::vector<Fault> faults;
  std::array<uint64_t, kCallKindCount> calls{};
  static Injector& instance() {
    static auto& injector = *new Injector;  // leaked: devices may be used until the very end
    return injector;
  }
};

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Fault> parse(std::string_view text) {
  const size_t first = text.find(':');
  const size_t second = first == text.npos ? first : text.find(':', first + 1);
  if (second == text.npos) return std::nullopt;
  const auto kind = std::find(kKinds.begin(), kKinds.end(), text.substr(0, first));
  const auto call = number<uint64_t>(text.substr(first + 1, second - first - 1));
  const std::string_view name = text.substr(second + 1);
  const cl_int code = number<cl_int>(name).value_or(code_of(name));
  if (kind == kKinds.end() || !call || *call == 0 || code >= 0) return std::nullopt;
  return Fault{static_cast<size_t>(kind - kKinds.begin()), *call, code};
}

}  // namespace

void inject_faults(std::string_view spec) {
  std::vector<Fault> faults;
  for (size_t begin = 0; begin < spec.size();) {
    const size_t end = std::min(spec.find(',', begin), spec.size());
    const std::string_view part = spec.substr(begin, end - begin);
    const auto fault = parse(part);
    if (!fault) {
      throw ValueError(fmt::format(
          "custom_gpu: '{}' is no fault: write KIND:N:CODE, separated by commas, such as "
          "allocate:3:CL_OUT_OF_RESOURCES for the third; KIND is one of {}; CODE is the name or "
          "the number of one of OpenCL's errors",
          part, fmt::join(kKinds, ", ")));
    }
    faults.push_back(*fault);
    begin = end + 1;
  }
  Injector& injector = Injector::instance();
  const std::lock_guard lock(injector.mutex);
  injector.faults = std::move(faults);
  injector.calls = {};
  faults_armed.store(!injector.faults.empty(), std::memory_order_relaxed);
}

void inject_faults_of_environment() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (const auto spec = settings::kFault.read()) inject_faults(*spec);
  });
}

int32_t next_fault(CallKind kind) {
  Injector& injector = Injector::instance();
  const std::lock_guard lock(injector.mutex);
  const auto index = static_cast<size_t>(kind);
  const uint64_t call = ++injector.calls[index];
  for (const Fault& fault : injector.faults) {
    if (fault.kind == index && fault.call == call) return fault.code;
  }
  return CL_SUCCESS;
}

}  // namespace ct::opencl
