// A profile as text.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "customtensor/profile.hpp"

namespace ct {
namespace {

bool is_measured(const Profile& profile, const std::string& device) {
  return std::any_of(profile.devices.begin(), profile.devices.end(),
                     [&](const ProfileDevice& d) { return d.device == device && d.measured; });
}

double time_of(const Profile& profile, const ProfileRow& row) {
  return is_measured(profile, row.device) ? row.device_seconds : row.host_seconds;
}

std::string rate_text(double rate) { return rate > 0 ? fmt::format("{:.1f}", rate) : ""; }

std::string rows_text(const Profile& profile, const std::vector<ProfileRow>& rows, bool kernels) {
  size_t device = 6;
  size_t name = 6;
  const auto name_of = [&](const ProfileRow& r) {
    return !kernels ? r.family : r.family.empty() ? r.kernel : r.family + ": " + r.kernel;
  };
  for (const ProfileRow& row : rows) {
    device = std::max(device, row.device.size());
    name = std::max(name, name_of(row).size());
  }
  std::string text =
      fmt::format("{:<{}}  {:<{}}  {:>9} {:>11} {:>6}{} {:>8} {:>8}\n", "device", device,
                  kernels ? "kernel" : "family", name, kernels ? "launches" : "calls", "time ms",
                  "%", kernels ? "" : fmt::format(" {:>11}", "host ms"), "GB/s", "GFLOP/s");
  for (const ProfileRow& row : rows) {
    double all = 0;
    for (const ProfileRow& other : rows) {
      if (other.device == row.device) all += time_of(profile, other);
    }
    const double time = time_of(profile, row);
    text +=
        fmt::format("{:<{}}  {:<{}}  {:>9} {:>11.3f} {:>6.1f}{} {:>8} {:>8}\n", row.device, device,
                    name_of(row), name, row.calls, 1e3 * time, all > 0 ? 100 * time / all : 0.0,
                    kernels ? "" : fmt::format(" {:>11.3f}", 1e3 * row.host_seconds),
                    rate_text(row.gigabytes_per_second()), rate_text(row.gigaflops_per_second()));
  }
  return text;
}

}  // namespace

std::string Profile::table() const {
  std::string text = fmt::format("profile: {:.3f} s", seconds);
  if (steps > 0) {
    text += fmt::format(", {} step{} of {:.3f} ms on the host", steps, steps == 1 ? "" : "s",
                        1e3 * step_seconds / static_cast<double>(steps));
  }
  text += '\n';
  for (const ProfileDevice& d : devices) {
    const auto per_step = [&](uint64_t n) {
      return static_cast<double>(n) / static_cast<double>(steps);
    };
    text += fmt::format("{}: {} launches, {} host waits", d.device, d.launches, d.host_waits);
    if (steps > 0) {
      text += fmt::format("; a step: {:.1f} launches, {:.2f} host waits", per_step(d.step_launches),
                          per_step(d.step_host_waits));
    }
    text += d.measured ? "; time is that of its kernels\n" : "; time is that of the calls\n";
  }
  if (!families.empty()) text += '\n' + rows_text(*this, families, false);
  if (!kernels.empty()) text += '\n' + rows_text(*this, kernels, true);
  return text;
}

}  // namespace ct
