// The kernel calls of picks.hpp: the indexed axes as one axis, and the numbers of its places.
#include <array>
#include <mutex>

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/ops/creation.hpp"
#include "ops/index/picks.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/copy.hpp"

namespace ct::ops {

using detail::impl;

namespace {

/// sum of steps[i] * input i; the first `wrapped` inputs count from the end where they are
/// negative. Scalars: sizes of the wrapped ones, then all steps, then the start.
const ProgramPtr& numbering_program(int wrapped, int inputs) {
  static std::mutex mutex;
  static std::array<std::array<ProgramPtr, kMaxRank + 1>, kMaxRank + 1> programs;
  const std::lock_guard lock(mutex);
  ProgramPtr& program = programs[static_cast<size_t>(wrapped)][static_cast<size_t>(inputs)];
  if (program) return program;
  PointwiseBuilder b("index", inputs, wrapped + inputs + 1);
  PointwiseValue sum = b.scalar(wrapped + inputs);
  for (int i = 0; i < inputs; ++i) {
    PointwiseValue at = b.input(i);
    if (i < wrapped) {
      at = b.apply(Opcode::select, b.apply(Opcode::lt, at, b.constant(0)), at + b.scalar(i), at);
    }
    sum = sum + at * b.scalar(wrapped + i);
  }
  b.output(sum);
  b.rule(TypeRule::same);
  program = b.build();
  return program;
}

/// start + each index times its axis' step. `others` are numbers to add as they are, times theirs.
Tensor numbered(const Picks& picks, const Shape& x, const Dims& steps, int64_t start,
                const Tensors& others = {}, const Dims& other_steps = {}) {
  std::vector<const Tensor*> inputs;
  std::vector<Scalar> scalars;
  const int wrapped = picks.negative ? picks.axes.rank() : 0;
  scalars.reserve(static_cast<size_t>(wrapped + picks.axes.rank() + other_steps.rank()));
  for (int i = 0; i < wrapped; ++i) scalars.emplace_back(x[static_cast<int>(picks.axes[i])]);
  for (int i = 0; i < picks.axes.rank(); ++i) {
    inputs.push_back(&picks.index[static_cast<size_t>(i)]);
    scalars.emplace_back(steps[i]);
  }
  for (int i = 0; i < other_steps.rank(); ++i) {
    inputs.push_back(&others[static_cast<size_t>(i)]);
    scalars.emplace_back(other_steps[i]);
  }
  scalars.emplace_back(start);
  if (inputs.size() == 1 && wrapped == 0 && steps[0] == 1 && start == 0) return *inputs[0];
  const auto& program = numbering_program(wrapped, static_cast<int>(inputs.size()));
  return apply("index", program, inputs, scalars);
}

/// The indexed axes of a view as one axis at picks.place, whose numbers are offsets in memory from
/// the lowest. It overlaps itself, so it is for reading, unless the axes can be joined.
struct Joined {
  TensorView view;
  Dims steps;
  int64_t start = 0;
};
Joined joined_for_reading(const Tensor& x, const Picks& picks) {
  const TensorImpl& t = impl(x);
  Joined j;
  j.view = {t.buffer(), t.offset, t.dtype, {}, {}};
  for (const int64_t axis : axes_left(picks, t.shape.rank())) {
    j.view.shape.push_back(t.shape[static_cast<int>(axis)]);
    j.view.strides.push_back(t.strides[static_cast<int>(axis)]);
  }
  if (picks.axes.rank() == 1) {
    const int axis = static_cast<int>(picks.axes[0]);
    j.steps = {1};
    j.view.shape.insert(picks.place, t.shape[axis]);
    j.view.strides.insert(picks.place, t.strides[axis]);
    return j;
  }
  int64_t reach = 0;
  for (const int64_t axis : picks.axes) {
    const int64_t stride = t.strides[static_cast<int>(axis)];
    const int64_t span = stride * std::max<int64_t>(t.shape[static_cast<int>(axis)] - 1, 0);
    j.steps.push_back(stride);
    reach += std::abs(span);
    if (span < 0) j.start -= span;
  }
  j.view.offset -= j.start;
  j.view.shape.insert(picks.place, reach + 1);
  j.view.strides.insert(picks.place, 1);
  return j;
}

/// Row-major steps of the indexed axes among themselves, and how many places they have.
Dims row_major_steps(const Picks& picks, const Shape& x, int64_t* places) {
  Dims steps = Dims::filled(picks.axes.rank(), 1);
  *places = 1;
  for (int i = picks.axes.rank() - 1; i >= 0; --i) {
    steps[i] = *places;
    *places *= x[static_cast<int>(picks.axes[i])];
  }
  return steps;
}

/// Shape of x with the indexed axes replaced by one of size `count` at picks.place.
Shape joined_shape(const Picks& picks, const Shape& x, int64_t count) {
  Shape shape;
  for (const int64_t axis : axes_left(picks, x.rank())) {
    shape.push_back(x[static_cast<int>(axis)]);
  }
  shape.insert(picks.place, count);
  return shape;
}

/// picks.check of the joined, dense index (k), whose negative ones count from the start by now.
std::optional<IndexCheck> check_of(const Picks& picks, const Tensor& flat) {
  std::optional<IndexCheck> check = picks.check;
  if (check) {
    check->first = 0;
    check->count = check->wrapped = check->size;
    check->shape = flat.shape();
    check->strides = flat.strides();
  }
  return check;
}

/// One dense index (k) as a view that counts along picks.place of `shape`.
TensorView index_view(const Tensor& flat, const Shape& shape, int place) {
  TensorView view = detail::view_of(flat);
  view.shape = shape;
  view.strides = Strides::filled(shape.rank(), 0);
  view.strides[place] = 1;
  return view;
}

}  // namespace

Dims axes_left(const Picks& picks, int rank) {
  Dims left;
  int next = 0;
  for (int i = 0; i < rank; ++i) {
    if (next < picks.axes.rank() && picks.axes[next] == i) {
      ++next;
    } else {
      left.push_back(i);
    }
  }
  return left;
}

Shape Picks::result_shape(const Shape& x) const {
  Shape result;
  for (const int64_t axis : axes_left(*this, x.rank())) {
    result.push_back(x[static_cast<int>(axis)]);
  }
  for (int i = 0; i < shape.rank(); ++i) result.insert(place + i, shape[i]);
  return result;
}

void run_take(const Tensor& x, const Picks& picks, const Tensor& out) {
  if (out.numel() == 0) return;
  const NoGradGuard off;
  const Joined from = joined_for_reading(x, picks);
  const Tensor flat = dense(numbered(picks, x.shape(), from.steps, from.start).reshape({-1}));
  GatherArgs args;
  args.axis = picks.place;
  args.src = from.view;
  args.out = detail::view_of(out);
  args.out.shape = joined_shape(picks, x.shape(), flat.numel());
  args.out.strides = contiguous_strides(args.out.shape);
  args.index = index_view(flat, args.out.shape, picks.place);
  const auto check = check_of(picks, flat);
  args.check = check ? &*check : nullptr;
  impl(x).kernels().gather(args);
}

void run_put(const Tensor& x, const Picks& picks, const Tensor& value, ScatterMode mode) {
  if (value.numel() == 0) return;
  const NoGradGuard off;
  const TensorImpl& t = impl(x);
  ScatterArgs args;
  args.mode = mode;
  bool joinable = true;  // the indexed axes are neighbours in memory and in order
  for (int i = 0; i + 1 < picks.axes.rank(); ++i) {
    const int a = static_cast<int>(picks.axes[i]);
    joinable =
        joinable && picks.axes[i + 1] == a + 1 && t.strides[a] == t.shape[a + 1] * t.strides[a + 1];
  }
  if (joinable) {
    int64_t places = 1;
    const Dims steps = row_major_steps(picks, t.shape, &places);
    const Tensor flat = dense(numbered(picks, t.shape, steps, 0).reshape({-1}));
    const int last = static_cast<int>(picks.axes[picks.axes.rank() - 1]);
    args.axis = picks.place;
    args.out = detail::view_of(x);
    for (int i = picks.axes.rank(); i-- > 1;) {
      args.out.shape.erase(picks.place);
      args.out.strides.erase(picks.place);
    }
    args.out.shape[picks.place] = places;
    args.out.strides[picks.place] = t.strides[last];
    const Shape shape = joined_shape(picks, t.shape, flat.numel());
    const Tensor src = value.reshape(shape);
    args.src = detail::view_of(src);
    args.index = index_view(flat, shape, picks.place);
    const auto check = check_of(picks, flat);
    args.check = check ? &*check : nullptr;
    t.kernels().scatter(args);
    return;
  }
  // Every element by its own number in memory.
  const Shape whole = picks.result_shape(t.shape);
  Picks spread = picks;
  for (Tensor& index : spread.index) {
    Shape aligned = Shape::filled(whole.rank(), 1);
    for (int i = 0; i < picks.shape.rank(); ++i) aligned[picks.place + i] = picks.shape[i];
    index = index.reshape(aligned);
  }
  Dims steps;
  Dims other_steps;
  Tensors others;
  int64_t start = 0;
  int64_t reach = 0;
  for (int i = 0; i < t.shape.rank(); ++i) {
    const int64_t span = t.strides[i] * (t.shape[i] - 1);
    reach += std::abs(span);
    if (span < 0) start -= span;
  }
  for (const int64_t axis : picks.axes) steps.push_back(t.strides[static_cast<int>(axis)]);
  const Dims left = axes_left(picks, t.shape.rank());
  for (int i = 0; i < left.rank(); ++i) {
    const int axis = static_cast<int>(left[i]);
    Shape aligned = Shape::filled(whole.rank(), 1);
    aligned[i < picks.place ? i : i + picks.shape.rank()] = t.shape[axis];
    others.push_back(
        arange(t.shape[axis], {.dtype = int64, .device = x.device()}).reshape(aligned));
    other_steps.push_back(t.strides[axis]);
  }
  const Tensor flat =
      numbered(spread, t.shape, steps, start, others, other_steps).expand(whole).reshape({-1});
  const Tensor src = value.reshape({-1});
  args.src = detail::view_of(src);
  args.index = detail::view_of(flat);
  args.out = {t.buffer(), t.offset - start, t.dtype, {reach + 1}, {1}};
  t.kernels().scatter(args);
}

}  // namespace ct::ops
