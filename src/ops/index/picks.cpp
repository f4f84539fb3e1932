// Taking and placing by picks with their derivatives: each is the other's, or zeros where elements
// were replaced. The kernels' calls are in pick_kernels.cpp.
#include "ops/index/picks.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/copy.hpp"
#include "ops/pointwise/in_place.hpp"

namespace ct::ops {

using autograd::Gradients;
using autograd::Recording;
using autograd::SavedTensor;
using detail::impl;

namespace {

/// What a backward needs to make the picks again.
class SavedPicks {
 public:
  SavedPicks(const Picks& picks, const Recording& r) : rest_(picks) {
    rest_.index.clear();
    rest_.check.reset();  // was checked by then
    for (const Tensor& t : picks.index) saved_.push_back(r.save_extra(t));
  }
  Picks get() const {
    Picks picks = rest_;
    for (const SavedTensor& s : saved_) picks.index.push_back(s.get());
    return picks;
  }

 private:
  Picks rest_;
  std::vector<SavedTensor> saved_;
};

/// Zeros of `shape` plus g at the picks; take_picks is its gradient.
Tensor embed_picks(const char* op, const Tensor& g, const Picks& picks, const Shape& shape) {
  // The indexed axes in front of place, in order: then they can be joined, whatever their places in
  // the result.
  Shape front;
  Dims order = Dims::filled(shape.rank(), 0);  // where each axis of the result is in `front`
  const Dims left = axes_left(picks, shape.rank());
  Picks moved = picks;
  moved.axes = {};
  for (int i = 0; i <= left.rank(); ++i) {
    for (int k = 0; i == picks.place && k < picks.axes.rank(); ++k) {
      moved.axes.push_back(front.rank());
      order[static_cast<int>(picks.axes[k])] = front.rank();
      front.push_back(shape[static_cast<int>(picks.axes[k])]);
    }
    if (i == left.rank()) break;
    order[static_cast<int>(left[i])] = front.rank();
    front.push_back(shape[static_cast<int>(left[i])]);
  }
  const Tensor sums = detail::make_tensor(front, g.dtype(), impl(g).backend());
  detail::fill_unrecorded(sums, 0);
  run_put(sums, moved, g, ScatterMode::add);
  Tensor out = sums;
  {
    const NoGradGuard off;
    out = sums.permute(order).detach();
  }
  autograd::record("index_backward", {&out}, {&g}, [&](const Recording& r) {
    return [op, at = SavedPicks(picks, r)](std::span<const Tensor> gg, Gradients& d) {
      d[0] = take_picks(op, gg[0], at.get());
    };
  });
  return out;
}

/// g with zeros at the picks.
Tensor clear_picks(const Tensor& g, const Picks& picks) {
  Tensor out = dense_copy(g, g.dtype());
  run_put(out, picks, number_like(g, 0, picks.result_shape(g.shape())), ScatterMode::assign);
  autograd::record("index_clear", {&out}, {&g}, [&](const Recording& r) {
    return [at = SavedPicks(picks, r)](std::span<const Tensor> gg, Gradients& d) {
      d[0] = clear_picks(gg[0], at.get());
    };
  });
  return out;
}

/// Which elements of what is put at the picks are the last at their place.
Tensor last_of(const Picks& picks, const Shape& x, Device device) {
  const NoGradGuard off;
  const Shape shape = picks.result_shape(x);
  const Tensor numbers = arange(numel(shape), {.dtype = int64, .device = device}).reshape(shape);
  const Tensor table = empty(x, {.dtype = int64, .device = device});
  run_put(table, picks, numbers, ScatterMode::assign);
  return take_picks("index", table, picks) == numbers;
}

}  // namespace

Picks picks_of(const char* op, const Tensor& x, const Tensors& entries) {
  Picks picks;
  std::vector<std::pair<Tensor, IndexCheck>> unseen;
  for (int axis = 0; axis < static_cast<int>(entries.size()); ++axis) {
    Tensor index = entries[static_cast<size_t>(axis)];
    if (!index.defined()) continue;
    detail::check_same_device(x, index, op);
    if (index.dtype() == bool_) {
      for (int i = 0; i < index.shape().rank(); ++i) {
        if (index.shape()[i] == x.shape()[axis + i]) continue;
        throw IndexError(fmt::format(
            "{}: a mask of shape {} stands at axis {} of shape {}: sizes {} and {} differ", op,
            to_string(index.shape()), axis, to_string(x.shape()), index.shape()[i],
            x.shape()[axis + i]));
      }
      detail::check_has_values(index, op, "the mask");
      const Tensor positions = nonzero(index).t().contiguous();
      for (int i = 0; i < index.shape().rank(); ++i) {
        picks.axes.push_back(axis + i);
        picks.index.push_back(positions.select(0, i));
      }
      continue;
    }
    if (index.dtype() == int32) index = index.to(int64);
    if (index.dtype() != int64) {
      throw DTypeError(
          fmt::format("{}: an index is {}: it must be int64, int32 or bool; convert it with .to()",
                      op, name(index.dtype())));
    }
    const IndexFacts facts = check_index(op, index, x.shape()[axis], axis, true);
    picks.negative = facts.negative || picks.negative;
    if (facts.check) unseen.emplace_back(index, *facts.check);
    picks.axes.push_back(axis);
    picks.index.push_back(index);
  }
  if (picks.axes.rank() == 1 && !unseen.empty()) {
    picks.check = unseen[0].second;
  } else {  // joined to one number, each could hide that another is out of range
    for (const auto& [index, check] : unseen) check_on_device(index, check);
  }
  for (const Tensor& index : picks.index) {
    picks.shape = broadcast_shapes(picks.shape, index.shape(), op);
  }
  for (Tensor& index : picks.index) index = index.expand(picks.shape);
  // Neighbours keep their place; else the indices come first.
  const bool neighbours =
      picks.axes[picks.axes.rank() - 1] - picks.axes[0] == picks.axes.rank() - 1;
  picks.place = neighbours ? static_cast<int>(picks.axes[0]) : 0;
  return picks;
}

Tensor take_picks(const char* op, const Tensor& x, const Picks& picks) {
  Tensor out = detail::make_tensor(picks.result_shape(x.shape()), x.dtype(), impl(x).backend());
  run_take(x, picks, out);
  if (!is_floating(x.dtype())) return out;
  autograd::record(op, {&out}, {&x}, [&](const Recording& r) {
    return [op, at = SavedPicks(picks, r), shape = x.shape()](std::span<const Tensor> g,
                                                              Gradients& d) {
      d[0] = embed_picks(op, g[0], at.get(), shape);
    };
  });
  return out;
}

void put_picks(const char* op, const Tensor& x, const Picks& picks, const Tensor& value,
               bool accumulate) {
  const Shape shape = picks.result_shape(x.shape());
  if (broadcast_shapes(shape, value.shape(), op) != shape) {
    throw ShapeError(fmt::format("{}_: value of shape {} does not broadcast to {}", op,
                                 to_string(value.shape()), to_string(shape)));
  }
  check_in_place(op, x, {&value});
  check_no_overlap(op, x);
  {
    const NoGradGuard off;
    Tensor from = value;
    if (from.shares_storage(x)) from = dense_copy(from, from.dtype());
    Picks at = picks;
    for (Tensor& index : at.index) {
      if (index.shares_storage(x)) index = dense_copy(index, int64);
    }
    run_put(x, at, from.expand(shape), accumulate ? ScatterMode::add : ScatterMode::assign);
  }
  impl(x).bump_version();
  if (!is_floating(x.dtype()) || !autograd::recording({&x, &value})) return;
  Tensor self = x;
  autograd::record(op, {&self}, {&x, &value}, [&](const Recording& r) {
    return [op, accumulate, at = SavedPicks(picks, r), of_value = value.shape()](
               std::span<const Tensor> g, Gradients& d) {
      const Picks p = at.get();
      if (d.needed(0)) d[0] = accumulate ? g[0] : clear_picks(g[0], p);
      if (!d.needed(1)) return;
      Tensor taken = take_picks(op, g[0], p);
      if (!accumulate) {
        taken = taken.masked_fill(logical_not(last_of(p, g[0].shape(), g[0].device())), 0);
      }
      d[1] = sum_to(taken, of_value);
    };
  });
  history_replaced(x);
}

}  // namespace ct::ops
