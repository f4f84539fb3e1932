// See host_call.hpp. Also the count of such calls, so that nobody trains slowly without knowing.
#include "core/device/host_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "core/memory/checked_memory.hpp"
#include "customtensor/device.hpp"
#include "customtensor/error.hpp"

namespace ct {
namespace {

/// Bytes; allocations are aligned to 64.
constexpr size_t kCanaries = 128;

struct FallbackLog {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, uint64_t> counts;
  std::map<std::pair<std::string, std::string>, bool> said;
  static FallbackLog& instance() {
    static auto& log = *new FallbackLog;  // leaked: devices may be used until the very end
    return log;
  }
};

void count_fallback(const Backend& device, const char* family) {
  auto& log = FallbackLog::instance();
  const std::lock_guard lock(log.mutex);
  const std::pair<std::string, std::string> key(device.registered_name(), family);
  ++log.counts[key];
  if (!std::exchange(log.said[key], true)) {
    fmt::print(stderr, "customtensor: {} has no '{}' kernels: computing on the host, slowly\n",
               key.first, key.second);
  }
}

}  // namespace

std::vector<FallbackCount> fallbacks() {
  auto& log = FallbackLog::instance();
  const std::lock_guard lock(log.mutex);
  std::vector<FallbackCount> result;
  for (const auto& [key, calls] : log.counts) result.push_back({key.first, key.second, calls});
  return result;
}

void reset_fallbacks() {
  auto& log = FallbackLog::instance();
  const std::lock_guard lock(log.mutex);
  log.counts.clear();
}

HostCall::HostCall(Backend& device, const char* family)
    : device_(device),
      host_(Device("cpu").backend()),
      family_(family),
      margin_(checks_memory() ? kCanaries : 0) {
  if (&device == &host_) {
    throw BackendError(fmt::format("cpu: family '{}' has no kernel", family));
  }
  count_fallback(device, family);
}

HostCall::~HostCall() {
  for (const Copy& c : copies_) host_.deallocate(c.host - margin_, c.bytes + 2 * margin_);
}

/// The buffer as host memory, or null.
char* HostCall::map(void* buffer) {
  for (const Mapping& m : mapped_) {
    if (m.buffer() == buffer) return m.start();
  }
  return mapped_.emplace_back(device_, buffer).start();
}

namespace {
/// Elements from the lowest to the highest of a view; of none, the first.
struct Span {
  int64_t low, high;
};
Span span_of(const TensorView& v) {
  Span span{v.offset, v.offset};
  for (int i = 0; i < v.shape.rank(); ++i) {
    (v.strides[i] < 0 ? span.low : span.high) += v.strides[i] * (v.shape[i] - 1);
  }
  return numel(v.shape) == 0 ? Span{0, 0} : span;
}
}  // namespace

void HostCall::plan(ViewRole role, const TensorView& v) {
  if (role == ViewRole::input || numel(v.shape) == 0) return;
  const Span span = span_of(v);
  const size_t item = item_size(v.dtype);
  Region region{v.buffer, static_cast<size_t>(span.low) * item,
                static_cast<size_t>(span.high + 1) * item};
  // With what it touches, until it touches nothing more.
  for (size_t i = 0; i < regions_.size();) {
    const Region& other = regions_[i];
    if (other.buffer != region.buffer || other.start >= region.end || region.start >= other.end) {
      ++i;
      continue;
    }
    region.start = std::min(region.start, other.start);
    region.end = std::max(region.end, other.end);
    region.views += other.views;
    regions_.erase(regions_.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;
  }
  regions_.push_back(region);
}

HostCall::Region* HostCall::region_of(ViewRole role, void* buffer, size_t start) {
  if (role == ViewRole::input) return nullptr;
  for (Region& r : regions_) {
    if (r.buffer == buffer && r.start <= start && start < r.end) return r.views > 1 ? &r : nullptr;
  }
  return nullptr;
}

/// Bytes [start, start + bytes) of the view's buffer on the host.
unsigned char* HostCall::copied(const TensorView& v, ViewRole role, const char* field, size_t start,
                                size_t bytes, bool whole) {
  auto* host = static_cast<unsigned char*>(host_.allocate(bytes + 2 * margin_)) + margin_;
  if (margin_ > 0) {
    std::memset(host - margin_, kCanary, bytes + 2 * margin_);
    std::memset(host, kPoison, bytes);
  }
  copies_.push_back(
      {v.buffer, host, start, bytes, numel(v.shape) == 0 ? ViewRole::input : role, field});
  if (numel(v.shape) > 0 && !whole) device_.copy_to_host(host, v.buffer, start, bytes);
  return host;
}

/// A copy has the bytes that the view spans, gaps included: those must come back as they were.
void HostCall::operator()(ViewRole role, const char* field, TensorView& v) {
  if (!v) return;
  if (char* mapped = map(v.buffer)) {
    v.buffer = mapped;
    return;
  }
  const int64_t elements = numel(v.shape);
  if (elements == 0) v.offset = 0;
  const auto [low, high] = span_of(v);
  const size_t item = item_size(v.dtype);
  const size_t start = static_cast<size_t>(low) * item;
  if (Region* region = elements > 0 ? region_of(role, v.buffer, start) : nullptr) {
    if (region->host == nullptr) {
      region->host = copied(v, role, field, region->start, region->end - region->start, false);
    }
    v.buffer = region->host;
    v.offset -= static_cast<int64_t>(region->start / item);
    return;
  }
  const bool whole = role == ViewRole::output && elements == high - low + 1;
  v.buffer = copied(v, role, field, start, static_cast<size_t>(high - low + 1) * item, whole);
  v.offset -= low;
}

void HostCall::operator()(ViewRole role, const char* field, Operand& o, const Shape& shape) {
  TensorView view{o.buffer, o.offset, o.dtype, shape, o.strides};
  (*this)(role, field, view);
  o.buffer = view.buffer;
  o.offset = view.offset;
}

void HostCall::operator()(ViewRole role, const char* field, std::span<const TensorView>& views) {
  auto& moved = views_.emplace_back(views.begin(), views.end());
  for (TensorView& view : moved) (*this)(role, field, view);
  views = moved;
}

void HostCall::operator()(ViewRole role, const char* field, std::span<const Operand>& operands,
                          const Shape& shape) {
  auto& moved = operands_.emplace_back(operands.begin(), operands.end());
  for (Operand& operand : moved) (*this)(role, field, operand, shape);
  operands = moved;
}

void HostCall::check(const Copy& c) const {
  const std::string fault = stray_write({c.host - margin_, margin_}, {c.host + c.bytes, margin_},
                                        fmt::format("'{}'", c.field), c.bytes);
  if (fault.empty()) return;
  throw BackendError(
      fmt::format("{}: '{}' on the host {}", device_.registered_name(), family_, fault));
}

void HostCall::finish() {
  host_.synchronize();
  for (const Copy& c : copies_) check(c);
  for (const Copy& c : copies_) {
    if (c.role != ViewRole::input) device_.copy_from_host(c.device, c.start, c.host, c.bytes);
  }
  for (Mapping& m : mapped_) m.end();
}

}  // namespace ct
