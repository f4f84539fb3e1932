// What a program's time goes into, by device, family of kernels and kernel.
//
//   auto profiler = ct::profile();
//   for (…) { const ct::ProfiledStep step; train(); }
//   const ct::Profile profile = profiler.stop();
//   std::cout << profile.table();
//   profile.write_chrome_trace("trace.json");  // for chrome://tracing or ui.perfetto.dev
//
// Every device is measured, a stranger's too: each call of a family of kernels (see Backend) by the
// time that the calling thread spends in it. A device that queues its work and can measure it, such
// as custom_gpu, adds the time that each kernel took there. While no profile is taken all of this
// costs a branch a call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "customtensor/export.hpp"

namespace ct {

/// All calls of one family, or all runs of one kernel. bytes and flops are what the arguments come
/// to: every element that is touched read or written once, every instruction and half
/// multiply-add one operation; convolutions and products as if computed directly.
struct ProfileRow {
  std::string device;
  std::string family;           ///< "matmul"; of a kernel the one that runs it
  std::string kernel;           ///< empty: a whole family
  uint64_t calls = 0;           ///< of the family, or launches
  double host_seconds = 0;      ///< that the calling threads spent
  double device_seconds = 0;    ///< as the device measured it
  double bytes = 0, flops = 0;  ///< of the calls where they are known
  double known_seconds = 0;     ///< what those calls took

  double gigabytes_per_second() const { return rate(bytes); }
  double gigaflops_per_second() const { return rate(flops); }

 private:
  double rate(double of) const { return known_seconds > 0 ? of / known_seconds / 1e9 : 0; }
};

/// What a device did as a whole.
struct ProfileDevice {
  std::string device;
  bool measured = false;    ///< device_seconds are there
  uint64_t launches = 0;    ///< of kernels; calls of families if the device does not count them
  uint64_t host_waits = 0;  ///< how often the host waited for the device
  uint64_t step_launches = 0, step_host_waits = 0;  ///< those within steps
};

/// One bar of the trace. Times are seconds since the profile began.
struct ProfileEvent {
  int32_t name = 0;     ///< in Profile::names
  int32_t family = 0;   ///< likewise
  int32_t device = -1;  ///< in Profile::devices; -1: a step
  int32_t thread = -1;  ///< of the host, counted from 0; -1: the device itself
  double start = 0, seconds = 0;
};

struct CT_API Profile {
  double seconds = 0;
  uint64_t steps = 0;
  double step_seconds = 0;             ///< of all steps, as the host saw them
  std::vector<ProfileDevice> devices;  ///< that were used
  std::vector<ProfileRow> families;    ///< by device, most time first
  std::vector<ProfileRow> kernels;     ///< likewise
  std::vector<ProfileEvent> events;    ///< the first million
  uint64_t events_left_out = 0;
  std::vector<std::string> names;

  /// For people: totals, launches and host waits a step, families, kernels.
  std::string table() const;
  /// A Chrome trace: JSON with a track for each thread and each measured device. The file appears
  /// whole or not at all. Errors: IoError.
  void write_chrome_trace(const std::filesystem::path& path) const;
};

/// A profile that is being taken. It ends with this object if not before. Begin and end it where no
/// other thread uses the devices: they change to measuring at their first call, and back.
class CT_API Profiler {
 public:
  Profiler(Profiler&&) noexcept;
  Profiler& operator=(Profiler&&) = delete;
  ~Profiler();
  /// Waits for the devices. Errors: ValueError the second time; BackendError of a device.
  Profile stop();

 private:
  friend CT_API Profiler profile();
  Profiler();
  bool running_ = true;
};

/// Errors: ValueError if one is being taken already.
[[nodiscard]] CT_API Profiler profile();

/// Marks a step, from here to this object's end. Costs nothing while no profile is taken.
class CT_API ProfiledStep {
 public:
  ProfiledStep();
  ~ProfiledStep();
  ProfiledStep(const ProfiledStep&) = delete;
  ProfiledStep& operator=(const ProfiledStep&) = delete;

 private:
  bool counted_;
};

}  // namespace ct
