// What each family of kernels is asked to do (see Backend): plain structs of views, sizes and
// choices. Beside its fields a struct names its views (see for_each_view): which are read and which
// written is said here and nowhere else.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "customtensor/dtype.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/scalar.hpp"
#include "customtensor/shape.hpp"
#include "customtensor/tensor_view.hpp"

namespace ct {

/// A position in a Philox 4x32-10 stream: element i of a call draws from counter `offset + i / 4`
/// (i / 2 in float64) under key `seed`. The values are the same on every device.
struct RandomState {
  uint64_t seed = 0;
  uint64_t offset = 0;
};

struct PointwiseArgs {
  const PointwiseProgram* program = nullptr;
  /// What to compute in: float32, float64, int32, int64 or uint64. Inputs are converted on load,
  /// results on store (to bool: != 0; to integers: truncated and wrapped).
  DType compute = DType::float32;
  Shape shape;
  std::span<const Operand> inputs;
  std::span<const Operand> outputs;
  std::span<const Scalar> scalars;
  RandomState random;

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "inputs", a.inputs, a.shape);
    visit(ViewRole::output, "outputs", a.outputs, a.shape);
  }
};

/// The same program and scalars on many lists of small arrays: an optimizer's step. As a pointwise
/// call for each part, with the same bits, but it need not cost a launch each. Parts have one axis
/// of any size, at least 1; of each operand all parts have the same dtype and the same step: 1, or
/// of an input 0. The program draws nothing.
struct PointwiseEachArgs {
  struct Part {
    int64_t size = 0;
    std::span<const Operand> inputs;
    std::span<const Operand> outputs;
  };
  const PointwiseProgram* program = nullptr;
  DType compute = DType::float32;
  std::span<const Part> parts;
  std::span<const Scalar> scalars;

  /// Part i as a call of its own.
  PointwiseArgs call(size_t i) const {
    return {.program = program,
            .compute = compute,
            .shape = {parts[i].size},
            .inputs = parts[i].inputs,
            .outputs = parts[i].outputs,
            .scalars = scalars,
            .random = {}};
  }
  static void views(auto& a, auto&& visit) {
    for (auto& part : a.parts) {
      visit(ViewRole::input, "inputs", part.inputs, Shape{part.size});
      visit(ViewRole::output, "outputs", part.outputs, Shape{part.size});
    }
  }
};

enum class ReduceOp : uint8_t { sum, prod, maximum, minimum };

/// output = scale * reduce(program(inputs)) over the axes in `reduced` (bit i for axis i).
/// The output's strides are 0 there. A NaN wins maximum and minimum. Sums of float32 must not lose
/// more than a few ulp on 16M elements (pairwise or wider accumulation). Reducing nothing gives 0,
/// 1, lowest or highest.
struct ReduceArgs {
  ReduceOp op = ReduceOp::sum;
  const PointwiseProgram* program = nullptr;  ///< one output; null: input 0 itself
  DType compute = DType::float32;
  Shape shape;
  uint32_t reduced = 0;
  std::span<const Operand> inputs;
  std::span<const Scalar> scalars;
  Operand output;
  double scale = 1.0;

  /// The output's own shape: 1 on the reduced axes.
  Shape kept() const {
    Shape kept = shape;
    for (int i = 0; i < kept.rank(); ++i) {
      if ((reduced >> i & 1U) != 0) kept[i] = 1;
    }
    return kept;
  }
  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "inputs", a.inputs, a.shape);
    visit(ViewRole::output, "output", a.output, a.kept());
  }
};

/// Position of the first largest (or smallest) element along `axis`. A NaN wins.
struct ArgReduceArgs {
  bool largest = true;
  int axis = 0;
  TensorView input;
  TensorView values;   ///< may be absent; shape of input with size 1 at axis
  TensorView indices;  ///< int64, same shape

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "input", a.input);
    visit(ViewRole::output, "values", a.values);
    visit(ViewRole::output, "indices", a.indices);
  }
};

/// Run on every result while it is still in cache: output = program(result, inputs…). The inputs
/// broadcast to the result's shape.
struct Epilogue {
  const PointwiseProgram* program = nullptr;
  std::span<const TensorView> inputs;
  std::span<const Scalar> scalars;
};

/// out (..., m, n) = a (..., m, k) @ b (..., k, n) [+ bias (n)]. All three have the same rank >= 2
/// and leading shape (broadcast by zero strides) and the same dtype; any strides. Floats accumulate
/// in their compute type or wider.
struct MatmulArgs {
  TensorView a, b, out;
  TensorView bias;  ///< may be absent
  Epilogue epilogue;

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "a", a.a);
    visit(ViewRole::input, "b", a.b);
    visit(ViewRole::input, "bias", a.bias);
    visit(ViewRole::input, "epilogue", a.epilogue.inputs);
    visit(ViewRole::output, "out", a.out);
  }
};

/// What a convolution or a pooling computes.
enum class Pass : uint8_t { forward, grad_input, grad_weight };

/// Cross-correlation over the axes behind n and c, two or three of them (one is two of which the
/// first has size 1): y[n,o,i…] = bias[o] + sum x[n,c,i*stride-pad+p*dilation,…] w[o,c,p…].
/// x (n, c, sizes…), w (o, c / groups, kernel…), y (n, o, sizes…). forward writes y, grad_input x,
/// grad_weight w; the other two are read.
struct ConvArgs {
  Pass pass = Pass::forward;
  TensorView x, w, y;
  TensorView bias;                 ///< may be absent; forward only
  Dims stride, padding, dilation;  ///< a number an axis
  int64_t groups = 1;
  Epilogue epilogue;  ///< forward only

  /// Of the array that `writer` writes.
  ViewRole role(Pass writer) const { return pass == writer ? ViewRole::output : ViewRole::input; }
  static void views(auto& a, auto&& visit) {
    visit(a.role(Pass::grad_input), "x", a.x);
    visit(a.role(Pass::grad_weight), "w", a.w);
    visit(ViewRole::input, "bias", a.bias);
    visit(ViewRole::input, "epilogue", a.epilogue.inputs);
    visit(a.role(Pass::forward), "y", a.y);
  }
};

enum class PoolKind : uint8_t { max, average };

/// Pooling over the last two axes of x (n, c, h, w); other numbers of axes are made of such calls.
/// For max, `indices` (int32, shape of y) holds the winner's place in its plane, in row-major order
/// (h * width + w), -1 of a window that sees padding alone; the first largest wins, a NaN wins.
/// forward writes y and indices; grad_input reads y's gradient in `y` and writes all of x's in `x`.
struct PoolArgs {
  Pass pass = Pass::forward;
  PoolKind kind = PoolKind::max;
  TensorView x, y, indices;
  Dims kernel, stride, padding, dilation;  ///< a number an axis
  bool count_include_pad = true;  ///< average: divide by the whole window, padding included

  static void views(auto& a, auto&& visit) {
    const bool forward = a.pass == Pass::forward;
    visit(forward ? ViewRole::input : ViewRole::output, "x", a.x);
    visit(forward ? ViewRole::output : ViewRole::input, "y", a.y);
    visit(forward ? ViewRole::output : ViewRole::input, "indices", a.indices);
  }
};

/// One axis of a resampling: out[o] = sum over k of weight[k][o] * in[index[k][o]].
struct ResampleAxis {
  TensorView index;   ///< (taps, out), int32; a negative one adds nothing. Absent: the axis stays
  TensorView weight;  ///< (taps, out), in input's compute type. Absent: ones
};

/// A linear map of each of the last `count` axes, one to three; the axes before them are equal.
/// Interpolation of any kind, cutting into windows and adding them up, and the gradients of all of
/// these are such maps. Floats; halves are summed in float32.
struct ResampleArgs {
  TensorView input, output;
  int count = 1;
  std::array<ResampleAxis, 3> axes;  ///< the first `count`, in the order of the input's axes

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "input", a.input);
    for (auto& axis : a.axes) {
      visit(ViewRole::input, "index", axis.index);
      visit(ViewRole::input, "weight", axis.weight);
    }
    visit(ViewRole::output, "output", a.output);
  }
};

enum class GridSampleMode : uint8_t { bilinear, nearest, bicubic };
enum class GridSamplePadding : uint8_t { zeros, border, reflection };

/// y[n,c,p…] = x[n,c,·] at the place grid[n,p…], whose last axis names x's axes backwards, -1 and 1
/// being the ends (align_corners: the middles of the outer elements). x (n, c, sizes…) of two or
/// three sizes, y (n, c, points…), grid (n, points…, sizes), all of one floating dtype. forward
/// writes y; grad_input reads y's gradient in `y` and writes all of x's in `x`, in an order that
/// depends on nothing but sizes; grad_weight writes grid's gradient in `grad_grid`.
struct GridSampleArgs {
  Pass pass = Pass::forward;
  GridSampleMode mode = GridSampleMode::bilinear;
  GridSamplePadding padding = GridSamplePadding::zeros;
  bool align_corners = false;
  TensorView x, grid, y;
  TensorView grad_grid;  ///< grad_weight only

  static void views(auto& a, auto&& visit) {
    visit(a.pass == Pass::grad_input ? ViewRole::output : ViewRole::input, "x", a.x);
    visit(ViewRole::input, "grid", a.grid);
    visit(a.pass == Pass::forward ? ViewRole::output : ViewRole::input, "y", a.y);
    visit(ViewRole::output, "grad_grid", a.grad_grid);
  }
};

/// Normalisation with biased variance: y = (x - mean) * rstd * weight + bias, rstd = 1 / sqrt(var +
/// eps).
enum class NormKind : uint8_t {
  channel,  ///< x (n, c, inner): statistics and affine over n and inner for each c (batch norm)
  row,      ///< x (rows, d): statistics for each row, affine per column (layer norm)
  rms,      ///< as row, but of the squares alone: mean is 0, and written so
  group,    ///< x (rows, c, inner): statistics for each row over c and inner; affine for the
            ///< channel row * c + i, counted round the (channels) of weight and bias (group norm)
};
struct NormArgs {
  NormKind kind = NormKind::channel;
  TensorView x, y;
  TensorView weight, bias;  ///< may be absent
  TensorView mean, rstd;    ///< (c) or (rows), in the compute type; written unless `given`
  bool given = false;       ///< use mean and rstd as they are
  double eps = 1e-5;

  static void views(auto& a, auto&& visit) {
    const ViewRole statistics = a.given ? ViewRole::input : ViewRole::output;
    visit(ViewRole::input, "x", a.x);
    visit(ViewRole::input, "weight", a.weight);
    visit(ViewRole::input, "bias", a.bias);
    visit(statistics, "mean", a.mean);
    visit(statistics, "rstd", a.rstd);
    visit(ViewRole::output, "y", a.y);
  }
};
struct NormBackwardArgs {
  NormKind kind = NormKind::channel;
  TensorView grad_y, x, weight, mean, rstd;   ///< weight may be absent
  TensorView grad_x, grad_weight, grad_bias;  ///< each may be absent: not wanted
  bool given = false;                         ///< mean and rstd did not depend on x

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "grad_y", a.grad_y);
    visit(ViewRole::input, "x", a.x);
    visit(ViewRole::input, "weight", a.weight);
    visit(ViewRole::input, "mean", a.mean);
    visit(ViewRole::input, "rstd", a.rstd);
    visit(ViewRole::output, "grad_x", a.grad_x);
    visit(ViewRole::output, "grad_weight", a.grad_weight);
    visit(ViewRole::output, "grad_bias", a.grad_bias);
  }
};

/// Along `axis`: y = softmax(x) or log_softmax(x). Backward: grad_x from y and grad_y.
struct SoftmaxArgs {
  bool log = false;
  int axis = 0;
  TensorView x, y;

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "x", a.x);
    visit(ViewRole::output, "y", a.y);
  }
};
struct SoftmaxBackwardArgs {
  bool log = false;
  int axis = 0;
  TensorView y, grad_y, grad_x;

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "y", a.y);
    visit(ViewRole::input, "grad_y", a.grad_y);
    visit(ViewRole::output, "grad_x", a.grad_x);
  }
};

/// What the values of an index must be, and whose index it is, for the error: where the host could
/// not look at them without waiting. A device that finds one outside forces it into range all the
/// same, and reports it with the next call that waits (IndexError), or at once if it has waited.
struct IndexCheck {
  const char* op = "";   ///< a literal
  bool classes = false;  ///< a loss' targets, in rows: not positions and an axis
  int axis = 0;
  int64_t size = 0;              ///< of the axis, or how many classes
  int64_t first = 0, count = 0;  ///< allowed are `count` numbers from `first`
  int64_t wrapped = 0;           ///< what was added to those that were negative
  /// Of the index as it was given, which the call may show expanded: both begin at one element.
  Shape shape;
  Strides strides;
};

/// losses[i] = logsumexp(logits[i]) - logits[i, targets[i]]; 0 where the target is ignore_index.
/// logits (rows, classes), targets (rows) int64, losses and lse (rows) in logits' compute type.
struct CrossEntropyArgs {
  TensorView logits, targets, losses, lse;
  int64_t ignore_index = -100;
  const IndexCheck* check = nullptr;  ///< of the targets; null: they were checked

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "logits", a.logits);
    visit(ViewRole::input, "targets", a.targets);
    visit(ViewRole::output, "losses", a.losses);
    visit(ViewRole::output, "lse", a.lse);
  }
};
/// grad[i] = (softmax(logits[i]) - onehot(targets[i])) * grad_losses[i]
struct CrossEntropyBackwardArgs {
  TensorView logits, targets, lse, grad_losses, grad_logits;
  int64_t ignore_index = -100;

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "logits", a.logits);
    visit(ViewRole::input, "targets", a.targets);
    visit(ViewRole::input, "lse", a.lse);
    visit(ViewRole::input, "grad_losses", a.grad_losses);
    visit(ViewRole::output, "grad_logits", a.grad_logits);
  }
};

/// out[i][j] = src[i][index[i][j]] along `axis`, all else equal; index int64, in range (checked by
/// the caller only where it can see the values without waiting: a backend clamps, and checks what
/// `check` says). Shapes may differ in other axes by zero strides only.
struct GatherArgs {
  int axis = 0;
  TensorView src, index, out;
  const IndexCheck* check = nullptr;  ///< null: the index was checked

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "src", a.src);
    visit(ViewRole::input, "index", a.index);
    visit(ViewRole::output, "out", a.out);
  }
};

enum class ScatterMode : uint8_t { assign, add, multiply, maximum, minimum };

/// gather's counterpart: out[i][index[i][j]] is combined with src[i][j], in the order of j, so that
/// sums are repeatable and the last of several assigned values stays. A NaN wins maximum and
/// minimum. Half types are combined in float32 and rounded once; integers wrap.
struct ScatterArgs {
  ScatterMode mode = ScatterMode::assign;
  int axis = 0;
  TensorView src, index, out;
  const IndexCheck* check = nullptr;  ///< null: the index was checked

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "src", a.src);
    visit(ViewRole::input, "index", a.index);
    visit(ViewRole::update, "out", a.out);
  }
};

enum class BagMode : uint8_t { sum, mean, maximum };

/// out[b] = sum, mean or largest of table[index[i]] * scale[i], for i from offsets[b] up to
/// offsets[b + 1], but those whose index is `ignored`; 0 where none is left. table (rows, d), index
/// (n) int64, offsets (bags + 1) int64, scale (n), out (bags, d); table, scale and out of one
/// floating dtype. Added up in the compute type in the order of i. Offsets that fall or leave the
/// index are forced into it.
struct BagArgs {
  BagMode mode = BagMode::sum;
  int64_t ignored = -1;  ///< negative: none
  int64_t length = 0;    ///< without offsets: of each bag
  TensorView table, index;
  TensorView offsets;  ///< may be absent
  TensorView scale;    ///< may be absent
  TensorView out;
  TensorView which;                   ///< maximum only: (bags, d) int64, the row, 0 of none
  const IndexCheck* check = nullptr;  ///< null: the index was checked

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "table", a.table);
    visit(ViewRole::input, "index", a.index);
    visit(ViewRole::input, "offsets", a.offsets);
    visit(ViewRole::input, "scale", a.scale);
    visit(ViewRole::output, "out", a.out);
    visit(ViewRole::output, "which", a.which);
  }
};

/// Where the input is not zero, in row-major order: positions (count, rank of input) int64.
struct NonzeroArgs {
  TensorView input;
  TensorView positions;  ///< absent: only count

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "input", a.input);
    visit(ViewRole::output, "positions", a.positions);
  }
};

enum class ScanOp : uint8_t { sum, prod, maximum, minimum, logsumexp, linear };

/// output[i] = op of input[0 … i] along `axis` (of input[i … n-1] if `reverse`); all of one shape.
/// The input is converted to output's dtype first. float32 sums and products accumulate in float64,
/// or as precisely. Of equal extremes the later one (in the direction of the scan) wins, and a NaN
/// wins. linear: output[i] = input[i] + factor[i] * output[i-1] (output[i+1] if `reverse`).
struct ScanArgs {
  ScanOp op = ScanOp::sum;
  int axis = 0;
  bool reverse = false;
  TensorView input, output;
  TensorView factor;   ///< linear only; output's dtype
  TensorView indices;  ///< maximum and minimum only, may be absent: int64 places along the axis

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "input", a.input);
    visit(ViewRole::input, "factor", a.factor);
    visit(ViewRole::output, "output", a.output);
    visit(ViewRole::output, "indices", a.indices);
  }
};

/// Stable order along `axis`: the elements of rank first … first + k - 1 and their places, k being
/// the outputs' size there (first + k <= n; all else has input's shape). A NaN is larger than
/// everything, -0 equals 0. first = 0 and k = n sorts; a smaller k selects.
struct SortArgs {
  int axis = 0;
  bool descending = false;
  int64_t first = 0;
  TensorView input;
  TensorView values;   ///< may be absent; input's dtype
  TensorView indices;  ///< may be absent; int64

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "input", a.input);
    visit(ViewRole::output, "values", a.values);
    visit(ViewRole::output, "indices", a.indices);
  }
};

/// Where each value would be inserted into ascending numbers: before equal ones, or, if `right`,
/// behind them; a NaN goes to the end. sorted (rows or 1, n), values (rows, m), both of one dtype,
/// indices (rows, m) int64.
struct SearchArgs {
  bool right = false;
  TensorView sorted, values, indices;

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "sorted", a.sorted);
    visit(ViewRole::input, "values", a.values);
    visit(ViewRole::output, "indices", a.indices);
  }
};

enum class LinalgOp : uint8_t {
  solve,         ///< out[0] = a^-1 b; b absent: the inverse. Info: a zero pivot
  determinant,   ///< out[0] det a, out[1] its sign, out[2] log|det a|: each may be absent
  cofactor,      ///< out[0] = det(a) a^-T, also where a is singular
  cholesky,      ///< out[0] lower, from a's lower triangle. Info: order of the first bad minor
  triangular,    ///< out[0] = a^-1 b, reading one triangle of a. Info: a zero on the diagonal
  qr,            ///< out[0] (m, k), out[1] (k, n); k, of out[1], is min(m, n) or m
  svd,           ///< out[0] u (m, k) and out[2] vh (k, n), both or neither; out[1] s (min(m, n))
  eigh,          ///< out[0] values, ascending, out[1] vectors (may be absent), from one triangle
  least_squares  ///< out[0] = argmin |a x - b| of least norm, out[1] rank (batch), int64
};

/// Dense linear algebra on a batch: matrices are (batch, rows, columns), vectors (batch, n), all of
/// one dtype, float32 or float64. `info` (batch), int32, gets 0 where all went well; what else is
/// said above, and 1 where svd, eigh or least_squares met values that are not finite.
struct LinalgArgs {
  LinalgOp op = LinalgOp::solve;
  bool upper = false;  ///< triangular, eigh: which triangle is read
  bool unit = false;   ///< triangular: the diagonal counts as ones
  double rcond = 0.0;  ///< least_squares: pivots below rcond times the largest count as zero
  TensorView a, b;
  std::array<TensorView, 3> out;
  TensorView info;

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "a", a.a);
    visit(ViewRole::input, "b", a.b);
    for (auto& view : a.out) visit(ViewRole::output, "out", view);
    visit(ViewRole::output, "info", a.info);
  }
};

/// out[i][j], int64: categories drawn with weights[i]. All arithmetic is float64, so that devices
/// agree:
///  with replacement     draw j of row i is u = uniform float64 number i * samples + j; the first
///                       category whose running sum exceeds u * total.
///  without replacement  category c of row i gets the key -log(1 - u) / weight, u = number
///                       i * categories + c; the `samples` smallest keys in order.
/// Weights were checked: finite, not negative, enough of them positive.
struct MultinomialArgs {
  TensorView weights;  ///< (rows, categories), float64
  TensorView out;      ///< (rows, samples), int64
  bool replacement = false;
  RandomState random;

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "weights", a.weights);
    visit(ViewRole::output, "out", a.out);
  }
};

/// Discrete Fourier transforms of all lines along `axis`, of complex numbers by their parts:
///   y[k] = scale * sum over j of x[j] exp(∓2πi jk / n),  + in the exponent if `inverse`
/// x has at most n places along the axis, the others count as 0, and y shows the first places of
/// the result. Without x_im the numbers are real, without y_im only real parts are wanted. `half`:
/// x holds the first n/2 + 1 places of a spectrum whose others are x[n - k] = conj(x[k]). All views
/// are of one floating dtype, float32 or float64; but for `axis` they have one shape.
struct FftArgs {
  int axis = 0;
  int64_t n = 1;
  bool inverse = false;
  bool half = false;
  double scale = 1.0;
  TensorView x_re, x_im;  ///< x_im may be absent
  TensorView y_re, y_im;  ///< y_im may be absent

  static void views(auto& a, auto&& visit) {
    visit(ViewRole::input, "x_re", a.x_re);
    visit(ViewRole::input, "x_im", a.x_im);
    visit(ViewRole::output, "y_re", a.y_re);
    visit(ViewRole::output, "y_im", a.y_im);
  }
};

}  // namespace ct
