// Collects what a profile is made of. Calls are summed as they end. What a device measured itself
// comes later, in the order in which it ran: a call's bytes and operations are known to be a
// kernel's if the call has run that kernel alone.
#include "core/device/profiling.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "customtensor/error.hpp"

namespace ct {
namespace profiling {
namespace {

constexpr size_t kMostEvents = 1'000'000;
/// Calls after which a device is asked for what it has measured.
constexpr uint64_t kCallsPerDrain = 1024;

thread_local ProfiledCall current_call;
std::atomic<uint64_t> last_call{0};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool is_transfer(std::string_view family) {
  return family.starts_with("copy") || family == "synchronize";
}

class Collector {
 public:
  static Collector& instance() {
    static auto& collector = *new Collector;  // leaked: devices may be used until the very end
    return collector;
  }

  void begin() {
    const std::lock_guard lock(mutex_);
    if (is_on()) {
      throw ValueError("profile: one is being taken already; end it with stop() first");
    }
    devices_.clear();
    families_.clear();
    kernels_.clear();
    numbers_.clear();
    threads_.clear();
    result_ = {};
    began_ = now();
    enabled.store(true, std::memory_order_relaxed);
  }

  Profile end() {
    const std::lock_guard lock(mutex_);
    enabled.store(false, std::memory_order_relaxed);
    result_.seconds = now() - began_;
    std::exception_ptr failed;
    for (Device& device : devices_) {
      try {
        drain(device, true);
        if (device.measured) device.backend->measure_kernels(false);
      } catch (const Error&) {
        failed = std::current_exception();
      }
      resolve(device, ~uint64_t{0});
      summarise(device);
    }
    if (failed) std::rethrow_exception(failed);
    result_.families = sorted(families_);
    result_.kernels = sorted(kernels_);
    return std::move(result_);
  }

  /// Before a call: a device that is new is measured from here on.
  void enter(Backend& backend) {
    const std::lock_guard lock(mutex_);
    if (!is_on()) return;
    Device* device = find(backend);
    if (device == nullptr) {
      device = &devices_.emplace_back();
      device->backend = &backend;
      device->measured = backend.measure_kernels(true);
      device->first = device->step_first = backend.counts();
    } else if (++device->entered % kCallsPerDrain == 0) {
      drain(*device, false);
    }
  }

  void leave(Backend& backend, std::string_view detail, Work work, ProfiledCall call,
             double start) {
    const double end = now();
    const std::lock_guard lock(mutex_);
    Device* device = is_on() ? find(backend) : nullptr;
    if (device == nullptr) return;
    const double seconds = end - start;
    device->calls += is_transfer(call.family) ? 0 : 1;
    const int family = name_of(call.family);
    ProfileRow& row = row_of(families_, *device, family, family);
    add(row, seconds);
    if (device->measured) {
      device->waiting[call.number] = {family, work};
    } else {
      know(row, work, seconds);
    }
    int name = family;
    if (!device->measured && !detail.empty()) {
      name = name_of(detail);
      ProfileRow& kernel = row_of(kernels_, *device, family, name);
      add(kernel, seconds);
      know(kernel, work, seconds);
    }
    event({name, family, index_of(*device), thread_number(), start - began_, seconds});
  }

  void begin_step() {
    const std::lock_guard lock(mutex_);
    for (Device& device : devices_) {
      drain(device, false);
      device.step_first = device.backend->counts();
      device.step_first_calls = device.calls;
    }
    step_began_ = now();
  }

  void end_step() {
    const std::lock_guard lock(mutex_);
    if (!is_on()) return;
    const double seconds = now() - step_began_;
    ++result_.steps;
    result_.step_seconds += seconds;
    for (Device& device : devices_) {
      const DeviceCounts counts = device.backend->counts();
      device.in_steps.launches += counts.launches - device.step_first.launches;
      device.in_steps.host_waits += counts.host_waits - device.step_first.host_waits;
      device.calls_in_steps += device.calls - device.step_first_calls;
    }
    const int name = name_of("step");
    event({name, name, -1, thread_number(), step_began_ - began_, seconds});
  }

 private:
  /// A call that the device may not have run yet.
  struct Waiting {
    int family = 0;
    Work work;
    int kernel = -1;
    uint64_t kernels = 0;
    double seconds = 0;
  };
  struct Device {
    Backend* backend = nullptr;
    bool measured = false;
    uint64_t entered = 0;
    uint64_t calls = 0, step_first_calls = 0, calls_in_steps = 0;
    DeviceCounts first, step_first, in_steps;
    std::map<uint64_t, Waiting> waiting;  ///< by the call's number
  };
  using Key = std::array<int, 3>;  ///< device, family, name
  using Rows = std::map<Key, ProfileRow>;

  Device* find(Backend& backend) {
    for (Device& device : devices_) {
      if (device.backend == &backend) return &device;
    }
    return nullptr;
  }
  int index_of(const Device& device) const { return static_cast<int>(&device - devices_.data()); }

  int name_of(std::string_view text) {
    const auto [it, added] =
        numbers_.try_emplace(std::string(text), static_cast<int>(result_.names.size()));
    if (added) result_.names.emplace_back(text);
    return it->second;
  }
  int thread_number() {
    return threads_.try_emplace(std::this_thread::get_id(), static_cast<int>(threads_.size()))
        .first->second;
  }
  ProfileRow& row_of(Rows& rows, const Device& device, int family, int name) {
    const auto [it, added] = rows.try_emplace({index_of(device), family, name});
    if (added) {
      it->second.device = device.backend->registered_name();
      it->second.family = result_.names[static_cast<size_t>(family)];
      if (&rows == &kernels_) it->second.kernel = result_.names[static_cast<size_t>(name)];
    }
    return it->second;
  }

  static void add(ProfileRow& row, double seconds) {
    ++row.calls;
    row.host_seconds += seconds;
  }
  static void know(ProfileRow& row, Work work, double seconds) {
    if (work.bytes == 0 && work.flops == 0) return;
    row.bytes += work.bytes;
    row.flops += work.flops;
    row.known_seconds += seconds;
  }
  void event(const ProfileEvent& event) {
    if (result_.events.size() < kMostEvents) {
      result_.events.push_back(event);
    } else {
      ++result_.events_left_out;
    }
  }

  void drain(Device& device, bool wait) {
    if (!device.measured) return;
    uint64_t newest = 0;
    for (const KernelTime& time : device.backend->kernel_times(wait)) {
      const int family = name_of(time.call.family);
      const int name = name_of(time.kernel);
      ProfileRow& row = row_of(kernels_, device, family, name);
      ++row.calls;
      row.device_seconds += time.seconds;
      if (time.call.number != 0) {
        row_of(families_, device, family, family).device_seconds += time.seconds;
      }
      if (const auto it = device.waiting.find(time.call.number); it != device.waiting.end()) {
        ++it->second.kernels;
        it->second.kernel = name;
        it->second.seconds += time.seconds;
      }
      newest = std::max(newest, time.call.number);
      event({name, family, index_of(device), -1, time.start - began_, time.seconds});
    }
    resolve(device, newest);
  }

  /// Calls below `end` have run all of their kernels.
  void resolve(Device& device, uint64_t end) {
    auto& waiting = device.waiting;
    while (!waiting.empty() && waiting.begin()->first < end) {
      const Waiting& call = waiting.begin()->second;
      if (call.kernels > 0) {
        know(row_of(families_, device, call.family, call.family), call.work, call.seconds);
      }
      if (call.kernels == 1) {
        know(row_of(kernels_, device, call.family, call.kernel), call.work, call.seconds);
      }
      waiting.erase(waiting.begin());
    }
  }

  void summarise(const Device& device) {
    ProfileDevice& of = result_.devices.emplace_back();
    of.device = device.backend->registered_name();
    of.measured = device.measured;
    const DeviceCounts counts = device.backend->counts();
    const bool counted = counts.launches > 0;
    of.launches = counted ? counts.launches - device.first.launches : device.calls;
    of.host_waits = counts.host_waits - device.first.host_waits;
    of.step_launches = counted ? device.in_steps.launches : device.calls_in_steps;
    of.step_host_waits = device.in_steps.host_waits;
  }

  std::vector<ProfileRow> sorted(const Rows& rows) const {
    std::vector<std::pair<int, ProfileRow>> list;
    for (const auto& [key, row] : rows) list.emplace_back(key[0], row);
    const auto time = [&](const std::pair<int, ProfileRow>& entry) {
      return devices_[static_cast<size_t>(entry.first)].measured ? entry.second.device_seconds
                                                                 : entry.second.host_seconds;
    };
    std::stable_sort(list.begin(), list.end(), [&](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : time(a) > time(b);
    });
    std::vector<ProfileRow> result;
    result.reserve(list.size());
    for (auto& [device, row] : list) result.push_back(std::move(row));
    return result;
  }

  std::mutex mutex_;
  double began_ = 0, step_began_ = 0;
  std::vector<Device> devices_;
  Rows families_, kernels_;
  std::unordered_map<std::string, int> numbers_;
  std::unordered_map<std::thread::id, int> threads_;
  Profile result_;
};

}  // namespace

FamilyCall::FamilyCall(Backend& backend, const char* family, std::string_view detail, Work work)
    : backend_(backend), detail_(detail), work_(work), before_(current_call) {
  Collector::instance().enter(backend);
  current_call = {last_call.fetch_add(1, std::memory_order_relaxed) + 1, family};
  start_ = now();
}

FamilyCall::~FamilyCall() {
  Collector::instance().leave(backend_, detail_, work_, current_call, start_);
  current_call = before_;
}

}  // namespace profiling

ProfiledCall profiled_call() { return profiling::current_call; }

Profiler profile() {
  profiling::Collector::instance().begin();
  return {};
}

Profiler::Profiler() = default;
Profiler::Profiler(Profiler&& other) noexcept : running_(std::exchange(other.running_, false)) {}

Profiler::~Profiler() {
  if (!running_) return;
  try {
    stop();
  } catch (const Error&) {  // a device that failed: whoever uses it next is told
  }
}

Profile Profiler::stop() {
  if (!std::exchange(running_, false)) throw ValueError("profile: stop() was called before");
  return profiling::Collector::instance().end();
}

ProfiledStep::ProfiledStep() : counted_(profiling::is_on()) {
  if (counted_) profiling::Collector::instance().begin_step();
}
ProfiledStep::~ProfiledStep() {
  if (counted_) profiling::Collector::instance().end_step();
}

}  // namespace ct
