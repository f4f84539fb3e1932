// All gradients of a device make one flag. Small ones write what is not finite into a common array
// while they are divided, in one program over all of them; that array is reduced once. Large ones,
// for which it would be large as well, are reduced by themselves: x - x is 0 or NaN.
#include "customtensor/optim/grad_scaler.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/loss.hpp"
#include "customtensor/ops/pointwise_each.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::optim {
namespace {

/// Elements from which a gradient is looked at by itself, and of the common array.
constexpr int64_t kLarge = int64_t{1} << 20, kTogether = int64_t{1} << 22;

const ProgramPtr& unscale_program(bool flags) {
  static const auto build = [](bool with_flags) {
    PointwiseBuilder b("unscale", 1, 1);
    b.output(b.input(0) * b.scalar(0));
    if (with_flags) b.output(1.0 - b.apply(Opcode::is_finite, b.input(0)));
    return b.build();
  };
  static const ProgramPtr plain = build(false), flagged = build(true);
  return flags ? flagged : plain;
}

/// Divides the gradients, all on one device; 0 if all were finite, a tensor of no axes.
Tensor unscale(const Tensors& gradients, double scale) {
  const Scalar factor = 1.0 / scale;
  const std::span<const Scalar> scalars(&factor, 1);
  const Device device = gradients[0].device();
  Tensors flags;
  Tensors large;
  for (const Tensor& g : gradients) {
    if (g.numel() < kLarge) continue;
    flags.push_back(mse_loss(g, g, Reduction::sum).to(float32));
    large.push_back(g);
  }
  std::vector<PointwiseLists> calls;
  for (const Tensor& g : large) calls.push_back({{&g, 1}, {&g, 1}});
  if (!calls.empty()) pointwise_each_(unscale_program(false), calls, scalars);

  for (size_t begin = 0, end = 0; begin < gradients.size(); begin = end) {
    int64_t count = 0;
    for (; end < gradients.size() && count < kTogether; ++end) {
      if (gradients[end].numel() < kLarge) count += gradients[end].numel();
    }
    if (count == 0) continue;
    const Tensor found = empty({count}, {.dtype = uint8, .device = device});
    std::vector<Tensors> outputs;
    int64_t at = 0;
    for (size_t i = begin; i < end; ++i) {
      const Tensor& g = gradients[i];
      if (g.numel() >= kLarge) continue;
      outputs.push_back({g, found.narrow(0, at, g.numel()).reshape(g.shape())});
      at += g.numel();
    }
    calls.clear();
    for (const Tensors& out : outputs) calls.push_back({out, std::span(out).first(1)});
    pointwise_each_(unscale_program(true), calls, scalars);
    flags.push_back(any(found).to(float32));
  }
  if (flags.empty()) return zeros({}, device);
  return flags.size() == 1 ? flags[0] : stack(flags, 0).sum();
}

/// The scale is a float, as PyTorch's is.
double rounded(double scale) { return static_cast<double>(static_cast<float>(scale)); }

void check_above(const char* what, double value, double low) {
  if (value > low && std::isfinite(static_cast<float>(value))) return;
  throw ValueError(fmt::format("GradScaler: {} must be above {} and finite: {}", what, low, value));
}

void check_options(const GradScalerOptions& o) {
  check_above("init_scale", o.init_scale, 0.0);
  check_above("growth_factor", o.growth_factor, 1.0);
  if (!(o.backoff_factor > 0.0 && o.backoff_factor < 1.0)) {
    throw ValueError(
        fmt::format("GradScaler: backoff_factor must be in (0, 1): {}", o.backoff_factor));
  }
  if (o.growth_interval < 1) {
    throw ValueError(
        fmt::format("GradScaler: growth_interval must be at least 1: {}", o.growth_interval));
  }
}

}  // namespace

bool GradScaler::Seen::found_inf() const {
  for (const Tensor& flag : flags) {
    if (flag.item<double>() != 0.0) return true;  // NaN as well
  }
  return false;
}

GradScaler::GradScaler(const GradScalerOptions& options)
    : options_(options), scale_(rounded(options.init_scale)) {
  check_options(options_);
}

Tensor GradScaler::scale(const Tensor& outputs) const {
  if (!options_.enabled) return outputs;
  return outputs.to(compute_type(outputs.dtype())) * scale_;
}

Tensors GradScaler::scale(const Tensors& outputs) const {
  Tensors scaled;
  for (const Tensor& t : outputs) scaled.push_back(scale(t));
  return scaled;
}

void GradScaler::unscale_(Optimizer& optimizer) {
  if (!options_.enabled) return;
  if (const auto seen = seen_.find(&optimizer); seen != seen_.end()) {
    throw ValueError(
        fmt::format("GradScaler: unscale_ was called {} for one optimizer; call update() between",
                    seen->second.stepped ? "after step" : "twice"));
  }
  const NoGradGuard off;
  std::vector<Tensors> by_device;
  for (size_t i = 0; i < optimizer.parameters().size(); ++i) {
    const Tensor g = optimizer.parameters()[i].grad();
    if (!g.defined()) continue;
    if (g.dtype() == float16) {
      throw ValueError(fmt::format(
          "GradScaler: the gradient of parameter {} is float16: dividing it by the scale would "
          "lose what the scale was for; keep parameters in float32 and use an AutocastGuard",
          i));
    }
    auto group = by_device.begin();
    while (group != by_device.end() && !(group->front().device() == g.device())) ++group;
    if (group == by_device.end()) group = by_device.insert(group, Tensors{});
    group->push_back(g);
  }
  Seen now{.checked = true};
  for (const Tensors& gradients : by_device) now.flags.push_back(unscale(gradients, scale_));
  seen_[&optimizer] = std::move(now);
}

bool GradScaler::step(Optimizer& optimizer) {
  if (!options_.enabled) {
    optimizer.step();
    return true;
  }
  auto seen = seen_.find(&optimizer);
  if (seen != seen_.end() && seen->second.stepped) {
    throw ValueError("GradScaler: step was called twice for one optimizer; call update() between");
  }
  if (seen == seen_.end()) {
    unscale_(optimizer);
    seen = seen_.find(&optimizer);
  }
  if (seen->second.flags.empty()) {
    seen_.erase(seen);
    throw ValueError(
        "GradScaler: no parameter of the optimizer has a gradient; call "
        "scale(loss).backward() first");
  }
  seen->second.stepped = true;
  if (seen->second.found_inf()) return false;
  optimizer.step();
  return true;
}

void GradScaler::update() {
  if (!options_.enabled) return;
  if (seen_.empty()) {
    throw ValueError(
        "GradScaler: update was called before any gradients were looked at; call step(optimizer) "
        "first");
  }
  bool found = false;
  for (const auto& [optimizer, seen] : seen_) found = found || seen.found_inf();
  seen_.clear();
  if (found) {
    scale_ = rounded(scale_ * options_.backoff_factor);
    growth_tracker_ = 0;
    return;
  }
  if (++growth_tracker_ < options_.growth_interval) return;
  growth_tracker_ = 0;
  const double grown = rounded(scale_ * options_.growth_factor);
  if (std::isfinite(grown)) scale_ = grown;
}

void GradScaler::update(double new_scale) {
  check_above("the new scale", new_scale, 0.0);
  seen_.clear();
  scale_ = rounded(new_scale);
}

void GradScaler::set_growth_factor(double factor) {
  check_above("growth_factor", factor, 1.0);
  options_.growth_factor = factor;
}
void GradScaler::set_backoff_factor(double factor) {
  GradScalerOptions changed = options_;
  changed.backoff_factor = factor;
  check_options(changed);
  options_ = changed;
}
void GradScaler::set_growth_interval(int64_t interval) {
  GradScalerOptions changed = options_;
  changed.growth_interval = interval;
  check_options(changed);
  options_ = changed;
}

StateDict GradScaler::state_dict() const {
  StateDict state;
  if (!options_.enabled) return state;
  const auto number = [&](const char* name, double value, DType dtype) {
    state.insert(name, full({}, value, {.dtype = dtype, .device = "cpu"}));
  };
  number("scale", scale_, float64);
  number("growth_factor", options_.growth_factor, float64);
  number("backoff_factor", options_.backoff_factor, float64);
  number("growth_interval", static_cast<double>(options_.growth_interval), int64);
  number("_growth_tracker", static_cast<double>(growth_tracker_), int64);
  return state;
}

void GradScaler::load_state_dict(const StateDict& state) {
  if (!options_.enabled) return;
  std::string faults;
  std::unordered_set<std::string> known;
  const auto read = [&](const char* name, DType dtype) -> double {
    known.insert(name);
    const Tensor* value = state.find(name);
    if (value == nullptr) {
      faults += fmt::format("\n  missing: {}", name);
    } else if (value->dim() != 0 || value->dtype() != dtype) {
      faults += fmt::format("\n  {} is {} {}: it must be {} ()", name, ct::name(value->dtype()),
                            to_string(value->shape()), ct::name(dtype));
    } else {
      return value->item<double>();
    }
    return 1.0;
  };
  GradScalerOptions loaded = options_;
  loaded.init_scale = read("scale", float64);
  loaded.growth_factor = read("growth_factor", float64);
  loaded.backoff_factor = read("backoff_factor", float64);
  loaded.growth_interval = static_cast<int64_t>(read("growth_interval", int64));
  const auto tracker = static_cast<int64_t>(read("_growth_tracker", int64));
  for (const auto& [name, value] : state) {
    if (!known.contains(name)) faults += fmt::format("\n  unexpected: {}", name);
  }
  if (!faults.empty()) {
    throw ValueError(fmt::format("GradScaler: load_state_dict: the names do not fit:{}", faults));
  }
  check_options(loaded);
  if (tracker < 0) {
    throw ValueError(fmt::format("GradScaler: _growth_tracker must not be negative: {}", tracker));
  }
  loaded.enabled = options_.enabled;
  options_ = loaded;
  scale_ = rounded(loaded.init_scale);
  growth_tracker_ = tracker;
  seen_.clear();
}

}  // namespace ct::optim
