// The guard, and the conversions that it brings about. A parameter is converted once for as long as
// the outermost guard lives; what is kept knows the version that it was made from.
#include "ops/autocast.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "autograd/record.hpp"
#include "customtensor/autocast.hpp"
#include "customtensor/error.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

using detail::impl;

/// Parameters in the lower type.
class detail::AutocastCache {
 public:
  /// `t`, a leaf, as `dtype`.
  Tensor get(const Tensor& t, DType dtype) {
    const TensorImpl& i = impl(t);
    Entry& entry = entries_[t.impl()];
    const bool record = autograd::recording();
    if (!entry.cast.defined() || entry.cast.dtype() != dtype || entry.version != i.version() ||
        (record && !entry.recorded)) {
      entry = {t, t.to(dtype), i.version(), record};
    }
    return entry.cast;
  }

 private:
  struct Entry {
    Tensor parameter, cast;  ///< the parameter, so that no other takes its address
    uint32_t version = 0;
    bool recorded = false;
  };
  std::unordered_map<const TensorImpl*, Entry> entries_;
};

namespace {

/// Says once for each device and type that it is slower there than float32.
void tell_if_slow(const Backend& backend, DType dtype) {
  if (backend.is_fast(dtype)) return;
  static std::mutex mutex;
  static auto& told = *new std::set<std::pair<const Backend*, DType>>;
  const std::lock_guard lock(mutex);
  if (!told.emplace(&backend, dtype).second) return;
  fmt::print(stderr,
             "customtensor: autocast: {} on {} is slower than float32, in which its kernels "
             "compute; it saves memory\n",
             name(dtype), backend.registered_name());
}

bool is_parameter(const Tensor& t) {
  const TensorImpl& i = impl(t);
  return i.dtype == float32 && i.requires_grad && !i.base.defined() && t.is_leaf();
}

Tensor lowered(const Tensor& t) {
  const DType dtype = autocast_state.mode.dtype;
  if (t.dtype() == dtype) return t;
  tell_if_slow(impl(t).backend(), dtype);
  if (!is_parameter(t)) return t.to(dtype);
  Tensor cast = autocast_state.mode.cache_enabled && autocast_state.cache != nullptr
                    ? autocast_state.cache->get(t, dtype)
                    : t.to(dtype);
  impl(cast).storage->mark(MemoryKind::parameters);
  return cast;
}

}  // namespace

namespace ops {

void Autocast::count(const Tensor& t) {
  if (!t.defined() || !is_floating(t.dtype())) return;
  widest_ = counted_ ? promote_types(widest_, t.dtype()) : t.dtype();
  counted_ = true;
}

Tensor Autocast::operator()(const Tensor& t) const {
  if (!t.defined() || !is_floating(t.dtype())) return t;
  switch (rule_.precision) {
    case Precision::own:
      break;
    case Precision::lower:
      return t.dtype() == float64 ? t : lowered(t);
    case Precision::float32:
      return wide(t);
    case Precision::widest:
      return counted_ ? t.to(widest_) : t;
  }
  return t;
}

std::vector<Tensor> Autocast::operator()(std::span<const Tensor> tensors) const {
  std::vector<Tensor> cast;
  cast.reserve(tensors.size());
  for (const Tensor& t : tensors) cast.push_back((*this)(t));
  return cast;
}

bool autocasts_to_float32(const char* name, std::span<const Tensor* const> inputs) {
  if (precision_of(name) != Precision::float32) return false;
  for (const Tensor* t : inputs) {
    if (t->defined() && is_narrow(*t)) return true;
  }
  return false;
}

}  // namespace ops

AutocastGuard::AutocastGuard(DType dtype, bool enabled, bool cache_enabled)
    : dtype_(autocast_state.mode.dtype),
      enabled_(autocast_state.mode.enabled),
      cache_enabled_(autocast_state.mode.cache_enabled) {
  if (dtype != float16 && dtype != bfloat16) {
    throw DTypeError(fmt::format(
        "AutocastGuard: the lower type must be float16 or bfloat16: it is {}", name(dtype)));
  }
  if (autocast_state.cache == nullptr) {
    cache_ = std::make_unique<detail::AutocastCache>();
    autocast_state.cache = cache_.get();
  }
  autocast_state.mode = {.enabled = enabled, .dtype = dtype, .cache_enabled = cache_enabled};
}

AutocastGuard::~AutocastGuard() {
  autocast_state.mode = {.enabled = enabled_, .dtype = dtype_, .cache_enabled = cache_enabled_};
  if (cache_) autocast_state.cache = nullptr;
}

bool autocast_enabled() { return autocast_state.mode.enabled; }
DType autocast_dtype() { return autocast_state.mode.dtype; }

}  // namespace ct
