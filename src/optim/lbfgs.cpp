// L-BFGS on one flat vector of all parameters. What decides (losses, products of vectors) is read
// by the host; vectors stay on the device.
#include "customtensor/optim/lbfgs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/memory.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/pointwise_each.hpp"
#include "optim/strong_wolfe.hpp"

namespace ct::optim {
namespace {

double largest(const Tensor& x) { return (ct::max)(abs(x)).item<double>(); }
double product(const Tensor& a, const Tensor& b) { return a.dot(b).item<double>(); }

/// x + scale y
const ProgramPtr& add_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("lbfgs_move", 2, 1);
    b.output(b.input(0) + b.scalar(0) * b.input(1));
    return b.build();
  }();
  return program;
}

}  // namespace

LBFGS::LBFGS(Tensors parameters, const LbfgsOptions& options) : OptimizerOf("LBFGS") {
  add_param_group({std::move(parameters), options});
}

void LBFGS::hyper_parameters(LbfgsOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("max_iter", &o.max_iter);
  int64_t evaluations = o.max_eval.value_or(o.max_iter * 5 / 4);
  const int64_t before = evaluations;
  visit("max_eval", &evaluations);
  if (evaluations != before) o.max_eval = evaluations;
  visit("tolerance_grad", &o.tolerance_grad);
  visit("tolerance_change", &o.tolerance_change);
  visit("history_size", &o.history_size);
  auto search = static_cast<int64_t>(o.line_search_fn);
  visit("line_search_fn", &search);
  o.line_search_fn = static_cast<LineSearchFn>(search);
}

void LBFGS::check(const LbfgsOptions& o) const {
  if (group_count() > 0) {
    // Also while a state is loaded, of a group that is there.
    if (&o != &options(0)) throw ValueError("LBFGS: there can be one group of parameters only");
  }
  const auto at_least_one = [&](const char* what, int64_t value) {
    constexpr double kMost = 1e15;
    check_range(what, static_cast<double>(value), 1, kMost);
  };
  check_lr(o.lr);
  at_least_one("max_iter", o.max_iter);
  if (o.max_eval) at_least_one("max_eval", *o.max_eval);
  check_not_negative("tolerance_grad", o.tolerance_grad);
  check_not_negative("tolerance_change", o.tolerance_change);
  at_least_one("history_size", o.history_size);
  check_range("line_search_fn", static_cast<double>(o.line_search_fn), 0, 1, true);
}

void LBFGS::update(const LbfgsOptions&, Slots) {}

void LBFGS::step() {
  throw ValueError("LBFGS: step needs a closure, which it calls many times: step(closure)");
}

int64_t LBFGS::elements() const {
  int64_t n = 0;
  for (const Tensor& p : parameters()) n += p.numel();
  return n;
}

DType LBFGS::flat_type() const {
  DType type = float32;
  for (const Tensor& p : parameters()) type = promote_types(type, compute_type(p.dtype()));
  return type;
}

Tensor LBFGS::flat_grad() const {
  Tensors parts;
  for (const Tensor& p : parameters()) {
    const Tensor g = p.grad();
    parts.push_back(g.defined() ? g.to(flat_type()).reshape({p.numel()})
                                : zeros({p.numel()}, {.dtype = flat_type(), .device = p.device()}));
  }
  return cat(parts, 0);
}

void LBFGS::move(const Tensor& direction, double t) const {
  const Tensors& all = parameters();
  Tensors inputs;
  int64_t first = 0;
  for (const Tensor& p : all) {
    inputs.push_back(p);
    inputs.push_back(direction.narrow(0, first, p.numel()).reshape(p.shape()));
    first += p.numel();
  }
  std::vector<PointwiseLists> calls;
  for (size_t i = 0; i < all.size(); ++i) {
    calls.push_back({std::span(all).subspan(i, 1), std::span(inputs).subspan(2 * i, 2)});
  }
  const Scalar scale = t;
  pointwise_each_(add_program(), calls, std::span(&scale, 1));
}

/// The pair of the last iteration, unless the curvature along it is not positive.
void LBFGS::remember(const LbfgsOptions& o, const Tensor& gradient) {
  const Tensor y = gradient - memory_.prev_flat_grad;
  const Tensor s = memory_.d * memory_.t;
  const double ys = product(y, s);
  if (!(ys > 1e-10)) return;
  if (static_cast<int64_t>(memory_.old_dirs.size()) >= o.history_size) {
    memory_.old_dirs.erase(memory_.old_dirs.begin());
    memory_.old_stps.erase(memory_.old_stps.begin());
    memory_.ro.erase(memory_.ro.begin());
  }
  mark_memory(y, MemoryKind::optimizer);
  mark_memory(s, MemoryKind::optimizer);
  memory_.old_dirs.push_back(y);
  memory_.old_stps.push_back(s);
  memory_.ro.push_back(1.0 / ys);
  memory_.h_diag = ys / product(y, y);
}

Tensor LBFGS::direction(const Tensor& gradient) const {
  const size_t pairs = memory_.ro.size();
  std::vector<double> a(pairs);
  Tensor q = -gradient;
  for (size_t i = pairs; i-- > 0;) {
    a[i] = product(memory_.old_stps[i], q) * memory_.ro[i];
    q.add_(memory_.old_dirs[i], -a[i]);
  }
  q.mul_(memory_.h_diag);
  for (size_t i = 0; i < pairs; ++i) {
    const double b = product(memory_.old_dirs[i], q) * memory_.ro[i];
    q.add_(memory_.old_stps[i], a[i] - b);
  }
  return q;
}

Tensor LBFGS::step(const Closure& closure) {
  if (!closure) throw ValueError("LBFGS: step was given an empty closure");
  const NoGradGuard off;
  const LbfgsOptions& o = options();
  const int64_t most = o.max_eval.value_or(o.max_iter * 5 / 4);
  const auto evaluate = [&] {
    const EnableGradGuard on;
    return closure();
  };
  Tensor first_loss = evaluate();
  auto loss = first_loss.item<double>();
  int64_t evaluations = 1;
  ++memory_.func_evals;
  Tensor gradient = flat_grad();
  if (largest(gradient) <= o.tolerance_grad) return first_loss;
  Memory& m = memory_;
  for (int64_t iteration = 1; iteration <= o.max_iter; ++iteration) {
    const bool first = ++m.n_iter == 1;
    if (first) {
      m.d = -gradient;
      m.old_dirs.clear();
      m.old_stps.clear();
      m.ro.clear();
      m.h_diag = 1;
    } else {
      remember(o, gradient);
      m.d = direction(gradient);
    }
    m.prev_flat_grad = gradient;
    m.prev_loss = loss;
    m.t = first ? std::min(1.0, 1.0 / sum(abs(gradient)).item<double>()) * o.lr : o.lr;
    const double slope = product(gradient, m.d);
    if (slope > -o.tolerance_change) break;
    int64_t further = 0;
    bool flat = false;
    if (o.line_search_fn == LineSearchFn::strong_wolfe) {
      Tensors start;
      for (const Tensor& p : parameters()) start.push_back(p.clone());
      const auto at = [&](double t) {
        move(m.d, t);
        LinePoint point{.t = t, .loss = evaluate().item<double>(), .gradient = flat_grad()};
        for (size_t i = 0; i < start.size(); ++i) Tensor(parameters()[i]).copy_(start[i]);
        point.slope = product(point.gradient, m.d);
        return point;
      };
      const LineSearch found =
          strong_wolfe(at, {.t = 0, .loss = loss, .gradient = gradient, .slope = slope}, m.t,
                       largest(m.d), o.tolerance_change, most - evaluations);
      loss = found.point.loss;
      gradient = found.point.gradient;
      m.t = found.point.t;
      further = found.evaluations;
      move(m.d, m.t);
      flat = largest(gradient) <= o.tolerance_grad;
    } else {
      move(m.d, m.t);
      if (iteration != o.max_iter) {
        loss = evaluate().item<double>();
        gradient = flat_grad();
        flat = largest(gradient) <= o.tolerance_grad;
        further = 1;
      }
    }
    evaluations += further;
    m.func_evals += further;
    if (iteration == o.max_iter || evaluations >= most || flat) break;
    if (largest(m.d) * std::abs(m.t) <= o.tolerance_change) break;
    if (std::abs(loss - m.prev_loss) < o.tolerance_change) break;
  }
  return first_loss;
}

namespace {

constexpr const char* kPrefix = "state.0.";

template <class T>
Tensor number(T value, DType dtype) {
  return full({}, value, {.dtype = dtype, .device = "cpu"});
}

}  // namespace

StateDict LBFGS::state_dict() const {
  StateDict state = Optimizer::state_dict();
  const auto put = [&](const char* name, const Tensor& value) {
    state.insert(std::string(kPrefix) + name, value);
  };
  const Memory& m = memory_;
  put("func_evals", number(m.func_evals, int64));
  put("n_iter", number(m.n_iter, int64));
  if (m.n_iter == 0) return state;
  put("d", m.d);
  put("t", number(m.t, float64));
  const auto pairs = static_cast<int64_t>(m.ro.size());
  put("ro", from_values(m.ro.data(), float64, {pairs}, {.dtype = float64, .device = "cpu"}));
  const auto rows = [&](const Tensors& list) {
    return list.empty() ? zeros({0, elements()}, {.dtype = m.d.dtype(), .device = m.d.device()})
                        : stack(list, 0);
  };
  put("old_dirs", rows(m.old_dirs));
  put("old_stps", rows(m.old_stps));
  put("H_diag", number(m.h_diag, float64));
  put("prev_flat_grad", m.prev_flat_grad);
  put("prev_loss", number(m.prev_loss, float64));
  return state;
}

void LBFGS::load_state_dict(const StateDict& state) {
  std::string faults;
  StateDict rest;
  const auto find = [&](const char* name, const Shape& shape, DType dtype) -> const Tensor* {
    const std::string key = std::string(kPrefix) + name;
    const Tensor* value = state.find(key);
    if (value == nullptr) {
      faults += fmt::format("\n  missing: {} {}", key, to_string(shape));
    } else if (value->shape() != shape) {
      faults += fmt::format("\n  shape of {}: {} in the optimizer, {} given", key, to_string(shape),
                            to_string(value->shape()));
    } else if (value->dtype() != dtype && !(is_floating(value->dtype()) && !shape.empty())) {
      faults += fmt::format("\n  dtype of {}: {} in the optimizer, {} given", key, ct::name(dtype),
                            ct::name(value->dtype()));
    } else {
      return value;
    }
    return nullptr;
  };
  Memory m;
  const Tensor* func_evals = find("func_evals", {}, int64);
  const Tensor* n_iter = find("n_iter", {}, int64);
  if (func_evals != nullptr) m.func_evals = func_evals->item<int64_t>();
  if (n_iter != nullptr) m.n_iter = n_iter->item<int64_t>();
  std::vector<const char*> own = {"func_evals", "n_iter"};
  if (m.n_iter > 0) {
    const auto vector = [&](const char* name, const Shape& shape) {
      own.push_back(name);
      const Tensor* value = find(name, shape, flat_type());
      if (value == nullptr) return Tensor();
      return value->to(flat_type()).to(parameters()[0].device()).clone();
    };
    const auto real = [&](const char* name, double& to) {
      own.push_back(name);
      if (const Tensor* value = find(name, {}, float64)) to = value->item<double>();
    };
    const int64_t n = elements();
    m.d = vector("d", {n});
    m.prev_flat_grad = vector("prev_flat_grad", {n});
    real("t", m.t);
    real("H_diag", m.h_diag);
    real("prev_loss", m.prev_loss);
    const Tensor* ro = state.find(std::string(kPrefix) + "ro");
    const int64_t pairs = ro != nullptr && ro->dim() == 1 ? ro->size(0) : 0;
    own.push_back("ro");
    ro = find("ro", {pairs}, float64);
    if (ro != nullptr) m.ro = ro->to_vector<double>();
    const Tensor dirs = vector("old_dirs", {pairs, n}), stps = vector("old_stps", {pairs, n});
    for (int64_t i = 0; i < pairs && dirs.defined() && stps.defined(); ++i) {
      m.old_dirs.push_back(dirs.select(0, i).clone());
      m.old_stps.push_back(stps.select(0, i).clone());
    }
  }
  if (!faults.empty()) {
    throw ValueError(fmt::format("load_state_dict: names or shapes do not fit LBFGS:{}", faults));
  }
  for (const auto& [name, value] : state) {
    const bool mine = std::any_of(own.begin(), own.end(), [&name = name](const char* known) {
      return name == std::string(kPrefix) + known;
    });
    if (!mine) rest.insert(name, value);
  }
  Optimizer::load_state_dict(rest);
  memory_ = std::move(m);
}

}  // namespace ct::optim
