// CTC: the target of a sample with blanks around its classes is a row of states, of 2 length + 1.
// A step of time is one program over all states of all samples, forward (alpha: log-probability of
// all ways to a state) and, for the gradient, backward (beta: of all ways on from it). Arrays of
// states are wider by two, that states beyond the ends may be read: their probability is 0.
#include "customtensor/ops/loss_ctc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/index/index.hpp"
#include "ops/norm/loss_reduce.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct {

namespace {

using Builder = PointwiseBuilder;
using Value = PointwiseValue;
constexpr double kNever = -1e30;   // a log-probability of 0 that arithmetic leaves finite
constexpr double kBarely = -1e29;  // below: no way at all

/// log(exp(a) + exp(b) + exp(c)).
Value log_sum(Builder& b, Value x, Value y, Value z) {
  const Value most = b.apply(Opcode::maximum, b.apply(Opcode::maximum, x, y), z);
  const auto part = [&](Value v) { return b.apply(Opcode::exp, v - most); };
  const Value sum = most + b.apply(Opcode::log, part(x) + part(y) + part(z));
  return b.apply(Opcode::maximum, sum, kNever);
}

/// A batch as the recursions want it, made on the host.
struct Batch {
  int64_t times = 0, count = 0, classes = 0, states = 1;
  std::vector<int64_t> inputs = {}, lengths = {};  ///< by sample
  Tensor labels = {};                              ///< (n, states) int64: the class of each state
  Tensor skips = {};   ///< (n, states): 1 where a state may be reached from that before the last
  Tensor ends = {};    ///< (n, states): 0 at the last two states, else kNever
  Tensor last = {};    ///< (n, 1): the last time step
  Tensor end_at = {};  ///< (n, 1) int64: the last state
};

std::vector<int64_t> lengths_of(const char* what, const Tensor& t, int64_t count, int64_t most) {
  detail::check_defined(t, "ctc_loss", what);
  if (t.dtype() != int64) {
    throw DTypeError(fmt::format("ctc_loss: {} is {}: it must be int64", what, name(t.dtype())));
  }
  if (t.shape() != Shape{count}) {
    throw ShapeError(
        fmt::format("ctc_loss: {} is {}: there are {} samples", what, to_string(t.shape()), count));
  }
  auto values = t.to_vector<int64_t>();
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= 0 && values[i] <= most) continue;
    throw ValueError(fmt::format("ctc_loss: {} of sample {} must be from 0 to {}: {}", what, i,
                                 most, values[i]));
  }
  return values;
}

/// The targets of all samples, each of its length, checked.
std::vector<std::vector<int64_t>> targets_of(const Tensor& targets, const Batch& batch,
                                             int64_t blank) {
  if (targets.dtype() != int64) {
    throw DTypeError(
        fmt::format("ctc_loss: targets are {}: they must be int64", name(targets.dtype())));
  }
  const int64_t total = std::accumulate(batch.lengths.begin(), batch.lengths.end(), int64_t{0});
  const bool padded = targets.dim() == 2;
  if (padded ? targets.size(0) != batch.count : targets.dim() != 1 || targets.numel() != total) {
    throw ShapeError(
        fmt::format("ctc_loss: targets are {}: they must be ({}, longest) or, all in a row, ({})",
                    to_string(targets.shape()), batch.count, total));
  }
  const auto values = targets.to_vector<int64_t>();
  std::vector<std::vector<int64_t>> result;
  int64_t at = 0;
  for (int64_t n = 0; n < batch.count; ++n) {
    if (padded) at = n * targets.size(1);
    auto& row = result.emplace_back();
    for (int64_t i = 0; i < batch.lengths[static_cast<size_t>(n)]; ++i) {
      const int64_t c = values[static_cast<size_t>(at++)];
      if (c < 0 || c >= batch.classes) {
        throw IndexError(
            fmt::format("ctc_loss: target {} of sample {} is out of range: there are {} "
                        "classes",
                        c, n, batch.classes));
      }
      if (c == blank) {
        throw ValueError(
            fmt::format("ctc_loss: target {} of sample {} is the blank, {}", i, n, blank));
      }
      row.push_back(c);
    }
  }
  return result;
}

Batch batch_of(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
               const Tensor& target_lengths, int64_t blank) {
  Batch b{.times = log_probs.size(0),
          .count = log_probs.size(1),
          .classes = log_probs.size(2),
          .states = 1};
  if (blank < 0 || blank >= b.classes) {
    throw ValueError(
        fmt::format("ctc_loss: blank must be one of {} classes: {}", b.classes, blank));
  }
  b.inputs = lengths_of("input_lengths", input_lengths, b.count, b.times);
  const int64_t most = targets.dim() == 2 ? targets.size(1) : targets.numel();
  b.lengths = lengths_of("target_lengths", target_lengths, b.count, most);
  const auto rows = targets_of(targets, b, blank);
  for (const auto& row : rows) {
    b.states = std::max(b.states, 2 * static_cast<int64_t>(row.size()) + 1);
  }
  const auto size = static_cast<size_t>(b.count * b.states);
  std::vector<int64_t> labels(size, blank), end_at;
  std::vector<double> skips(size, 0.0), ends(size, kNever), last;
  for (int64_t n = 0; n < b.count; ++n) {
    const auto& row = rows[static_cast<size_t>(n)];
    const auto base = static_cast<size_t>(n * b.states);
    for (size_t i = 0; i < row.size(); ++i) {
      labels[base + 2 * i + 1] = row[i];
      if (i > 0 && row[i] != row[i - 1]) skips[base + 2 * i + 1] = 1.0;
    }
    const size_t end = 2 * row.size();
    ends[base + end] = 0.0;
    if (end > 0) ends[base + end - 1] = 0.0;
    end_at.push_back(static_cast<int64_t>(end));
    last.push_back(static_cast<double>(b.inputs[static_cast<size_t>(n)] - 1));
  }
  const DType dtype = log_probs.dtype();
  const auto real = [&](const std::vector<double>& v, const Shape& shape) {
    return from_values(v.data(), float64, shape, {.dtype = dtype, .device = log_probs.device()});
  };
  const auto whole = [&](const std::vector<int64_t>& v, const Shape& shape) {
    return from_values(v.data(), int64, shape, {.dtype = int64, .device = log_probs.device()});
  };
  b.labels = whole(labels, {b.count, b.states});
  b.skips = real(skips, {b.count, b.states});
  b.ends = real(ends, {b.count, b.states});
  b.last = real(last, {b.count, 1});
  b.end_at = whole(end_at, {b.count, 1});
  return b;
}

/// The log-probability of each state's class at each time: (times, n, states).
Tensor emissions(const Tensor& log_probs, const Batch& b) {
  const Tensor index = b.labels.unsqueeze(0).expand({b.times, b.count, b.states});
  return ops::gather_checked("gather", log_probs, 2, index);
}

/// (times, n, states + 2), states from column 2 on.
Tensor forward_ways(const Tensor& emitted, const Batch& b) {
  Tensor alpha = full({b.times, b.count, b.states + 2}, kNever,
                      {.dtype = emitted.dtype(), .device = emitted.device()});
  const int64_t first = std::min<int64_t>(2, b.states);
  if (b.times > 0)
    alpha.select(0, 0).narrow(1, 2, first).copy_(emitted.select(0, 0).narrow(1, 0, first));
  static const ProgramPtr program = ops::make_program("ctc_forward", 5, 0, [](Builder& p) {
    const Value jump = p.apply(Opcode::select, p.input(4), p.input(3), kNever);
    return p.apply(Opcode::maximum, p.input(0) + log_sum(p, p.input(1), p.input(2), jump), kNever);
  });
  for (int64_t t = 1; t < b.times; ++t) {
    const Tensor before = alpha.select(0, t - 1);
    const Tensor inputs[] = {emitted.select(0, t), before.narrow(1, 2, b.states),
                             before.narrow(1, 1, b.states), before.narrow(1, 0, b.states), b.skips};
    const Tensor outputs[] = {alpha.select(0, t).narrow(1, 2, b.states)};
    pointwise_(program, outputs, inputs, {});
  }
  return alpha;
}

/// (times, n, states + 2), states from column 0 on; without the emission of the state itself.
Tensor backward_ways(const Tensor& emitted, const Batch& b) {
  Tensor beta = full({b.times, b.count, b.states + 2}, kNever,
                     {.dtype = emitted.dtype(), .device = emitted.device()});
  // What a state two ahead allows: skips, moved by two.
  const Tensor skips = zeros_like(b.skips);
  if (b.states > 2) skips.narrow(1, 0, b.states - 2).copy_(b.skips.narrow(1, 2, b.states - 2));
  // Of the time after: the ways on from its states with what these emit.
  const Tensor ahead =
      full({b.count, b.states + 2}, kNever, {.dtype = emitted.dtype(), .device = emitted.device()});
  static const ProgramPtr join = ops::make_program("ctc_join", 2, 0, [](Builder& p) {
    return p.apply(Opcode::maximum, p.input(0) + p.input(1), kNever);
  });
  static const ProgramPtr program = ops::make_program("ctc_backward", 6, 1, [](Builder& p) {
    const Value jump = p.apply(Opcode::select, p.input(3), p.input(2), kNever);
    const Value on = log_sum(p, p.input(0), p.input(1), jump);
    const Value time = p.scalar(0);
    const Value rest = p.apply(Opcode::select, p.apply(Opcode::lt, time, p.input(5)), on, kNever);
    return p.apply(Opcode::select, p.apply(Opcode::eq, time, p.input(5)), p.input(4), rest);
  });
  for (int64_t t = b.times - 1; t >= 0; --t) {
    if (t + 1 < b.times) {
      const Tensor inputs[] = {beta.select(0, t + 1).narrow(1, 0, b.states),
                               emitted.select(0, t + 1)};
      const Tensor outputs[] = {ahead.narrow(1, 0, b.states)};
      pointwise_(join, outputs, inputs, {});
    }
    const Tensor inputs[] = {ahead.narrow(1, 0, b.states),
                             ahead.narrow(1, 1, b.states),
                             ahead.narrow(1, 2, b.states),
                             skips,
                             b.ends,
                             b.last};
    const Tensor outputs[] = {beta.select(0, t).narrow(1, 0, b.states)};
    const Scalar scalars[] = {static_cast<double>(t)};
    pointwise_(program, outputs, inputs, scalars);
  }
  return beta;
}

/// log of the probability of each target, kNever or so where there is no way: (n).
Tensor log_likelihood(const Tensor& alpha, const Batch& b) {
  std::vector<int64_t> at;
  for (const int64_t length : b.inputs) at.push_back(std::max<int64_t>(0, length - 1));
  const Tensor times =
      from_values(at.data(), int64, {b.count, 1}, {.dtype = int64, .device = alpha.device()});
  const Tensor row =
      ops::gather_checked("gather", alpha, 0, times.unsqueeze(0).expand({1, b.count, b.states + 2}))
          .select(0, 0);
  const Tensor one = ops::gather_checked("gather", row, 1, b.end_at + 2);
  const Tensor other = ops::gather_checked("gather", row, 1, b.end_at + 1);
  static const ProgramPtr program = ops::make_program("ctc_likelihood", 4, 0, [](Builder& p) {
    // Of no time steps at all: an empty target is certain, another impossible.
    const Value none = p.apply(Opcode::lt, p.input(2), 0.0);
    const Value certain = p.apply(Opcode::eq, p.input(3), 0.0);
    return p.apply(Opcode::select, none, p.apply(Opcode::select, certain, 0.0, kNever),
                   log_sum(p, p.input(0), p.input(1), kNever));
  });
  return ops::apply("ctc_likelihood", program, {&one, &other, &b.last, &b.end_at})
      .reshape({b.count});
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, const CTCOptions& options) {
  if (const ops::Autocast cast{"ctc_loss"}) {
    return ctc_loss(cast(log_probs), targets, input_lengths, target_lengths, options);
  }
  detail::check_defined(log_probs, "ctc_loss", "log_probs");
  detail::check_defined(targets, "ctc_loss", "targets");
  detail::check_defined(input_lengths, "ctc_loss", "input_lengths");
  detail::check_defined(target_lengths, "ctc_loss", "target_lengths");
  ops::check_floating("ctc_loss", log_probs);
  if (log_probs.dim() == 2) {
    const Tensor loss = ctc_loss(log_probs.unsqueeze(1), targets.reshape({-1}),
                                 input_lengths.reshape({1}), target_lengths.reshape({1}), options);
    return options.reduction == Reduction::none ? loss.reshape({}) : loss;
  }
  if (log_probs.dim() != 3) {
    throw ShapeError(
        fmt::format("ctc_loss: log_probs must be (time, n, classes) or (time, classes): "
                    "{}",
                    to_string(log_probs.shape())));
  }
  const Tensor x = ops::wide(log_probs);
  // Without values there are shapes alone: of one loss a sample, and its gradient.
  if (!detail::has_values(x)) {
    return ops::reduced_loss(x.sum({0, 2}), options.reduction).to(log_probs.dtype());
  }
  Tensor losses, emitted, alpha, likelihood;
  Batch b;
  {
    const NoGradGuard off;
    b = batch_of(x, targets, input_lengths, target_lengths, options.blank);
    emitted = emissions(x, b);
    alpha = forward_ways(emitted, b);
    likelihood = log_likelihood(alpha, b);
    static const ProgramPtr program = ops::make_program("ctc_loss", 1, 1, [](Builder& p) {
      const Value impossible = p.apply(Opcode::lt, p.input(0), kBarely);
      return p.apply(Opcode::select, impossible, p.scalar(0), -p.input(0));
    });
    losses = ops::apply("ctc_loss", program, {&likelihood},
                        {options.zero_infinity ? 0.0 : std::numeric_limits<double>::infinity()});
  }
  autograd::record("ctc_loss", {&losses}, {&x}, [&](const autograd::Recording& r) {
    return [emitted = r.save_extra(emitted), alpha = r.save_extra(alpha),
            likelihood = r.save_extra(likelihood), b, shape = x.shape(),
            zero = options.zero_infinity](std::span<const Tensor> g, autograd::Gradients& d) {
      if (grad_enabled()) {
        throw AutogradError(
            "ctc_loss: there is no second derivative: call backward() without create_graph");
      }
      const Tensor beta = backward_ways(emitted.get(), b).narrow(2, 0, b.states);
      const Tensor ways = alpha.get().narrow(2, 2, b.states);
      static const ProgramPtr program = ops::make_program("ctc_posterior", 4, 1, [](Builder& p) {
        const Value impossible = p.apply(Opcode::lt, p.input(2), kBarely);
        const Value share = p.apply(Opcode::exp, p.input(0) + p.input(1) - p.input(2));
        return p.apply(Opcode::select, impossible, p.scalar(0), -share * p.input(3));
      });
      const Tensor total = likelihood.get().reshape({1, b.count, 1});
      const Tensor upstream = g[0].reshape({1, b.count, 1});
      const Tensor shares = ops::apply("ctc_posterior", program, {&ways, &beta, &total, &upstream},
                                       {zero ? 0.0 : std::numeric_limits<double>::quiet_NaN()});
      d[0] = ops::scatter_add(shares, 2, b.labels.unsqueeze(0).expand({b.times, b.count, b.states}),
                              shape);
    };
  });
  if (options.reduction == Reduction::mean) {
    std::vector<double> factors;
    for (const int64_t length : b.lengths) {
      factors.push_back(1.0 / static_cast<double>(std::max<int64_t>(1, length)));
    }
    losses = losses * from_values(factors.data(), float64, {b.count},
                                  {.dtype = x.dtype(), .device = x.device()});
  }
  return ops::reduced_loss(losses, options.reduction).to(log_probs.dtype());
}

}  // namespace ct
