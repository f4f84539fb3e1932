// The report of a device's memory: its allocator's figures beside the sums of memory_use.hpp, as a
// struct, as a table, and at the end of an error.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/memory/memory_use.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/error.hpp"
#include "customtensor/memory.hpp"

namespace ct {

MemoryReport memory_report(Device device) {
  const detail::MemoryUse& use = device.backend().memory_use();
  const MemoryStats stats = device.backend().memory_stats();
  const auto of = [&](MemoryKind kind) { return std::max<int64_t>(0, use.of(kind)); };
  MemoryReport report{.device = device.name(),
                      .parameters = of(MemoryKind::parameters),
                      .gradients = of(MemoryKind::gradients),
                      .optimizer = of(MemoryKind::optimizer),
                      .saved = of(MemoryKind::saved)};
  const int64_t named = report.parameters + report.gradients + report.optimizer + report.saved;
  // A device that counts nothing has at least what is named.
  report.in_use = std::max(static_cast<int64_t>(stats.in_use), named);
  report.other = report.in_use - named;
  report.cached = static_cast<int64_t>(stats.cached);
  report.peak = std::max(static_cast<int64_t>(stats.peak), report.in_use);
  report.limit = static_cast<int64_t>(stats.limit);
  return report;
}

std::string MemoryReport::table() const {
  std::string text = fmt::format("memory of {} in bytes:\n", device);
  const auto line = [&](std::string_view what, int64_t bytes) {
    text += fmt::format("  {:<20}{:>18}\n", what, bytes);
  };
  line("parameters", parameters);
  line("gradients", gradients);
  line("optimizer", optimizer);
  line("saved for backward", saved);
  line("other", other);
  line("in use", in_use);
  line("cached", cached);
  line("peak", peak);
  if (limit > 0) line("limit", limit);
  return text;
}

void mark_memory(const Tensor& tensor, MemoryKind kind) {
  detail::check_defined(tensor, "mark_memory", "tensor");
  if (kind == MemoryKind::saved) {
    throw ValueError(
        fmt::format("mark_memory: what is saved for backward is the tape's to say: tensor {}",
                    to_string(tensor.shape())));
  }
  detail::impl(tensor).storage->mark(kind);
}

void set_memory_limit(Device device, int64_t bytes) {
  if (bytes < 0) {
    throw ValueError(
        fmt::format("set_memory_limit: the limit must not be negative: {} bytes", bytes));
  }
  device.backend().set_memory_limit(static_cast<size_t>(bytes));
}

int64_t memory_limit(Device device) {
  return static_cast<int64_t>(device.backend().memory_stats().limit);
}

namespace detail {
void report_shortage(Backend& device, const OutOfMemoryError& error) {
  const std::string_view text = error.what();
  if (text.find('\n') != std::string_view::npos) return;
  std::string table = memory_report(Device(device)).table();
  table.pop_back();
  const std::runtime_error whole(fmt::format("{}\n{}", text, table));
  throw OutOfMemoryError(whole.what());
}
}  // namespace detail

}  // namespace ct
