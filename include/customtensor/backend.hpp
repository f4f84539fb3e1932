// The device contract. A device is a subclass of Backend: six required functions, and families of
// kernels that each have a default. The built-in devices come in through the same door.
//
// Contract for every family:
//  - Arguments were checked by the caller: shapes agree, buffers belong to this backend, axes are
//  collapsed
//    where that is possible. A backend asserts, it does not report.
//  - Views may have any strides, zero (broadcast) and negative ones included; outputs never overlap
//    themselves. An output may be exactly an input (in place); else inputs and outputs do not
//    overlap.
//  - Any size may be zero.
//  - Calls may be asynchronous, but in order: a later call sees the results of the earlier ones.
//    Only copy_to_host and synchronize wait.
//  - Any thread may call, one at a time for one buffer.
//  - float16 and bfloat16 are storage: arithmetic is done in float32.
//  - Results must not depend on the number of threads.
//
// The default of a family computes on the host: it copies the inputs to the "cpu" device, runs
// there and copies back. Each such call is counted (fallbacks()) and said once on standard error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/dtype.hpp"
#include "customtensor/export.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/scalar.hpp"
#include "customtensor/shape.hpp"

namespace ct {

/// Changes whenever Backend's layout does; load_backend refuses a library built for another one.
inline constexpr int kBackendAbi = 4;

/// A strided window into a device buffer. `buffer` is what Backend::allocate returned; offset and
/// strides count elements. A null buffer means "absent" where a family allows that.
struct TensorView {
  void* buffer = nullptr;
  int64_t offset = 0;
  DType dtype = DType::float32;
  Shape shape;
  Strides strides;

  explicit operator bool() const { return buffer != nullptr; }
};

/// An operand of a pointwise or reduce call; its shape is that of the call, strides have the call's
/// rank.
struct Operand {
  void* buffer = nullptr;
  int64_t offset = 0;
  DType dtype = DType::float32;
  Strides strides;
};

/// A position in a Philox 4x32-10 stream: element i of a call draws from counter `offset + i / 4`
/// (i / 2 in float64) under key `seed`. The values are the same on every device.
struct RandomState {
  uint64_t seed = 0;
  uint64_t offset = 0;
};

struct PointwiseArgs {
  const PointwiseProgram* program = nullptr;
  /// What to compute in: float32, float64, int32 or int64. Inputs are converted on load, results on
  /// store (to bool: != 0; to integers: truncated and wrapped).
  DType compute = DType::float32;
  Shape shape;
  std::span<const Operand> inputs;
  std::span<const Operand> outputs;
  std::span<const Scalar> scalars;
  RandomState random;
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
};

/// Position of the first largest (or smallest) element along `axis`. A NaN wins.
struct ArgReduceArgs {
  bool largest = true;
  int axis = 0;
  TensorView input;
  TensorView values;   ///< may be absent; shape of input with size 1 at axis
  TensorView indices;  ///< int64, same shape
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
};

/// 2-D cross-correlation, NCHW: y[n,o,i,j] = bias[o] + sum x[n,c,i*stride-pad+p*dilation,…]
/// w[o,c,p,q]. x (n, c, h, w), w (o, c / groups, kh, kw), y (n, o, oh, ow). Which of the three is
/// written depends on the call.
struct ConvArgs {
  TensorView x, w, y;
  TensorView bias;  ///< may be absent; read by conv_forward only
  std::array<int64_t, 2> stride{1, 1}, padding{0, 0}, dilation{1, 1};
  int64_t groups = 1;
  Epilogue epilogue;  ///< conv_forward only
};

enum class PoolKind : uint8_t { max, average };

/// 2-D pooling, NCHW. For max, `indices` (int32, shape of y) holds the winner's place in its plane,
/// h * width + w; the first largest wins, a NaN wins. pool_backward reads y's gradient in `y` and
/// writes all of x's in `x`.
struct PoolArgs {
  PoolKind kind = PoolKind::max;
  TensorView x, y, indices;
  std::array<int64_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  bool count_include_pad = true;  ///< average: divide by the whole window, padding included
};

/// Normalisation with biased variance: y = (x - mean) * rstd * weight + bias, rstd = 1 / sqrt(var +
/// eps).
enum class NormKind : uint8_t {
  channel,  ///< x (n, c, inner): statistics and affine over n and inner for each c (batch norm)
  row,      ///< x (rows, d): statistics for each row, affine per column (layer norm)
};
struct NormArgs {
  NormKind kind = NormKind::channel;
  TensorView x, y;
  TensorView weight, bias;  ///< may be absent
  TensorView mean, rstd;    ///< (c) or (rows), in the compute type; written unless `given`
  bool given = false;       ///< use mean and rstd as they are
  double eps = 1e-5;
};
struct NormBackwardArgs {
  NormKind kind = NormKind::channel;
  TensorView grad_y, x, weight, mean, rstd;   ///< weight may be absent
  TensorView grad_x, grad_weight, grad_bias;  ///< each may be absent: not wanted
  bool given = false;                         ///< mean and rstd did not depend on x
};

/// Along `axis`: y = softmax(x) or log_softmax(x). Backward: grad_x from y and grad_y.
struct SoftmaxArgs {
  bool log = false;
  int axis = 0;
  TensorView x, y;
};
struct SoftmaxBackwardArgs {
  bool log = false;
  int axis = 0;
  TensorView y, grad_y, grad_x;
};

/// losses[i] = logsumexp(logits[i]) - logits[i, targets[i]]; 0 where the target is ignore_index.
/// logits (rows, classes), targets (rows) int64, losses and lse (rows) in logits' compute type.
struct CrossEntropyArgs {
  TensorView logits, targets, losses, lse;
  int64_t ignore_index = -100;
};
/// grad[i] = (softmax(logits[i]) - onehot(targets[i])) * grad_losses[i]
struct CrossEntropyBackwardArgs {
  TensorView logits, targets, lse, grad_losses, grad_logits;
  int64_t ignore_index = -100;
};

/// out[i][j] = src[i][index[i][j]] along `axis`, all else equal; index int64, in range (checked by
/// the caller only where it can see the values without waiting: a backend clamps). Shapes may
/// differ in other axes by zero strides only.
struct GatherArgs {
  int axis = 0;
  TensorView src, index, out;
};

enum class ScatterMode : uint8_t { assign, add, multiply, maximum, minimum };

/// gather's counterpart: out[i][index[i][j]] is combined with src[i][j], in the order of j, so that
/// sums are repeatable and the last of several assigned values stays. A NaN wins maximum and
/// minimum. Half types are combined in float32 and rounded once; integers wrap.
struct ScatterArgs {
  ScatterMode mode = ScatterMode::assign;
  int axis = 0;
  TensorView src, index, out;
};

/// Where the input is not zero, in row-major order: positions (count, rank of input) int64.
struct NonzeroArgs {
  TensorView input;
  TensorView positions;  ///< absent: only count
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
};

/// Where each value would be inserted into ascending numbers: before equal ones, or, if `right`,
/// behind them; a NaN goes to the end. sorted (rows or 1, n), values (rows, m), both of one dtype,
/// indices (rows, m) int64.
struct SearchArgs {
  bool right = false;
  TensorView sorted, values, indices;
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
};

struct MemoryStats {
  size_t in_use = 0;         ///< bytes handed out now
  size_t cached = 0;         ///< bytes kept for reuse
  size_t peak = 0;           ///< most bytes ever handed out at once
  uint64_t allocations = 0;  ///< calls
  uint64_t misses = 0;       ///< calls that had to ask the system
};

/// What a device has done since the start.
struct DeviceCounts {
  uint64_t launches = 0;    ///< kernels queued
  uint64_t host_waits = 0;  ///< times that the host waited for it
};

/// The call of a family that this thread is in, while a profile is taken (profile.hpp).
struct ProfiledCall {
  uint64_t number = 0;  ///< 0: none
  const char* family = "";
};
CT_API ProfiledCall profiled_call();

/// One kernel or copy, as the device measured it.
struct KernelTime {
  std::string_view kernel;  ///< for people; valid as long as the backend
  ProfiledCall call;        ///< profiled_call() when it was queued
  double start = 0;         ///< seconds of std::chrono::steady_clock
  double seconds = 0;
};

class CT_API Backend {
 public:
  Backend();
  virtual ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // --- Required ---------------------------------------------------------------------------------
  /// "npu": what users write. Called once, at registration.
  virtual std::string name() const = 0;
  /// At least `bytes` (> 0), contents undefined, aligned to 64 bytes. Never null. Errors:
  /// BackendError.
  virtual void* allocate(size_t bytes) = 0;
  /// `bytes` as given to allocate. Work already queued on the buffer still completes.
  virtual void deallocate(void* buffer, size_t bytes) noexcept = 0;
  /// `source` may be reused as soon as this returns.
  virtual void copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) = 0;
  /// Waits until `target` is filled.
  virtual void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) = 0;
  /// Waits until everything queued is done.
  virtual void synchronize() = 0;

  // --- Optional: memory and facts
  // -----------------------------------------------------------------
  /// Between buffers of this backend; they do not overlap. Default: through the host.
  virtual void copy(void* target, size_t target_offset, const void* source, size_t source_offset,
                    size_t bytes);
  /// Address of a buffer that the host can use directly (after synchronize), or null.
  virtual void* host_pointer(void* buffer);
  /// A buffer whose memory is also the host's, as host memory until unmap(); it holds what was
  /// queued before, and the device uses it only after. Null: copy instead. A buffer is mapped once
  /// at a time. Default: host_pointer(), after synchronize().
  virtual void* map(void* buffer);
  /// `start` is what map() gave. Default: nothing to do.
  virtual void unmap(void* buffer, void* start);
  virtual MemoryStats memory_stats() const;
  /// Gives cached memory back to the system.
  virtual void trim();
  /// Measures on this device which of several kernels serves which sizes, and keeps that for later
  /// processes; `report` gets a line a measurement. Nothing else may use the device meanwhile.
  /// Default: there is nothing to choose.
  /// Errors: BackendError where no kernel gives right results.
  virtual void tune(const std::function<void(std::string_view)>& report);
  /// One line about the hardware, for people.
  virtual std::string description() const;

  // --- Optional: measuring, for ct::profile()
  /// Default: zeros, which means not counted.
  virtual DeviceCounts counts() const;
  /// From here on every kernel is measured, or none any more. Returns whether the device can.
  /// Nothing else is queued meanwhile. Default: false.
  virtual bool measure_kernels(bool on);
  /// Those that have run since the last call, in order; `wait`: until all have. Default: none.
  virtual std::vector<KernelTime> kernel_times(bool wait);

  // --- Optional: families of kernels; the defaults compute on the host
  // -----------------------------
  virtual void pointwise(const PointwiseArgs& args);
  virtual void reduce(const ReduceArgs& args);
  virtual void arg_reduce(const ArgReduceArgs& args);
  virtual void matmul(const MatmulArgs& args);
  virtual void conv_forward(const ConvArgs& args);
  virtual void conv_grad_input(const ConvArgs& args);
  virtual void conv_grad_weight(const ConvArgs& args);
  virtual void pool_forward(const PoolArgs& args);
  virtual void pool_backward(const PoolArgs& args);
  virtual void norm_forward(const NormArgs& args);
  virtual void norm_backward(const NormBackwardArgs& args);
  virtual void softmax_forward(const SoftmaxArgs& args);
  virtual void softmax_backward(const SoftmaxBackwardArgs& args);
  virtual void cross_entropy_forward(const CrossEntropyArgs& args);
  virtual void cross_entropy_backward(const CrossEntropyBackwardArgs& args);
  virtual void gather(const GatherArgs& args);
  virtual void scan(const ScanArgs& args);
  virtual void sort(const SortArgs& args);
  virtual void search(const SearchArgs& args);
  virtual void linalg(const LinalgArgs& args);
  virtual void multinomial(const MultinomialArgs& args);
  virtual void scatter(const ScatterArgs& args);
  /// Returns how many elements are not zero, and so waits. Called twice: first without positions.
  virtual int64_t nonzero(const NonzeroArgs& args);

  /// The name it is registered under, with its number.
  const std::string& registered_name() const { return registered_name_; }

 private:
  friend class DeviceRegistry;
  std::string registered_name_;
};

/// How often a family of a device ran on the host instead.
struct FallbackCount {
  std::string device;
  std::string family;
  uint64_t calls = 0;
};
/// All counts that are not zero, since the start or the last reset.
CT_API std::vector<FallbackCount> fallbacks();
CT_API void reset_fallbacks();

}  // namespace ct

/// What a backend's shared library defines (see load_backend).
using CtBackendCreate = ct::Backend*(int abi);
