// Tensor: a handle of one pointer to an n-dimensional array on a device. Copying a Tensor shares
// the array, as in PyTorch; clone() copies it. Views share storage with what they are views of.
#pragma once

#include <atomic>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "customtensor/device.hpp"
#include "customtensor/dtype.hpp"
#include "customtensor/export.hpp"
#include "customtensor/int64.hpp"
#include "customtensor/pointwise_methods.hpp"
#include "customtensor/scalar.hpp"
#include "customtensor/shape.hpp"

namespace ct {

class Tensor;
class Generator;  // of random.hpp
struct TensorImpl;

namespace detail {
/// Base of what a Tensor points to: the count is public so that copying a handle is inline.
struct RefCounted {
  mutable std::atomic<uint32_t> refs{0};
};
CT_API void destroy(TensorImpl* impl) noexcept;
}  // namespace detail

/// What a new tensor shall be: zeros({2, 3}, {.dtype = float64, .device = "custom_gpu"}).
struct TensorOptions {
  std::optional<DType> dtype = std::nullopt;  ///< default: from the values given, else float32
  Device device = Device();
  bool requires_grad = false;
};

inline Device::operator TensorOptions() const {
  return {.dtype = std::nullopt, .device = *this, .requires_grad = false};
}

/// A range of an axis, as in NumPy: Slice(), Slice(start, stop), Slice(start, stop, step). Negative
/// positions count from the end, out-of-range ones are clipped, step may be negative.
struct Slice {
  std::optional<int64_t> start, stop;
  int64_t step = 1;
  Slice(std::optional<int64_t> start_ = std::nullopt, std::optional<int64_t> stop_ = std::nullopt,
        int64_t step_ = 1)
      : start(start_), stop(stop_), step(step_) {}
};
struct EllipsisType {};
struct NoneType {};
inline constexpr EllipsisType Ellipsis{};  ///< all axes not named otherwise
inline constexpr NoneType newaxis{};       ///< a new axis of size 1
#ifndef None                               // a macro of X11's
inline constexpr NoneType None{};          ///< the same, as Python writes it
#endif

class Index;

/// Axes of a reduction; empty means all of them.
using Axes = Dims;

class CT_API Tensor : public PointwiseMethods {
 public:
  /// An undefined tensor: no shape, no data.
  Tensor() = default;
  Tensor(const Tensor& other) noexcept : impl_(other.impl_) { retain(); }
  Tensor(Tensor&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  /// Makes this handle another tensor's. Only what has a name can be assigned to: x.index({0}) = y
  /// would change a handle that is gone at once, and does not compile; write
  /// x.index_put_({0}, y), or x.select(0, 0).copy_(y).
  Tensor& operator=(const Tensor& other) & noexcept {
    Tensor(other).swap(*this);
    return *this;
  }
  Tensor& operator=(Tensor&& other) & noexcept {
    Tensor(std::move(other)).swap(*this);
    return *this;
  }
  ~Tensor() { release(); }
  void swap(Tensor& other) noexcept { std::swap(impl_, other.impl_); }

  // --- Facts ------------------------------------------------------------------------------------
  bool defined() const { return impl_ != nullptr; }
  /// As a condition, a tensor is its only value: if (loss > 1.0). defined() asks whether there is
  /// one. Waits for the device. Errors: ValueError unless numel() == 1, so that a comparison of
  /// many values is never a condition by accident (nor std::max() a choice among tensors)
  explicit operator bool() const;
  const Shape& shape() const;
  const Strides& strides() const;
  int64_t size(int64_t axis) const;
  int64_t dim() const;
  int64_t numel() const;
  DType dtype() const;
  Device device() const;
  bool is_contiguous() const;
  /// Elements from the start of the storage.
  int64_t storage_offset() const;
  /// Whether both are views of one storage.
  bool shares_storage(const Tensor& other) const;
  /// Counts in-place changes of the storage; saved tensors are checked against it.
  uint32_t version() const;

  // --- Reading and writing from the host
  // ----------------------------------------------------------
  /// The only element. Errors: ValueError unless numel() == 1, or for one that T cannot hold
  /// (floating values are truncated towards zero first).
  template <class T>
  T item() const {
    if constexpr (std::constructible_from<T, double, double>) {  // std::complex
      if (numel() != 1) item_scalar();                           // says so
      return to_vector<T>().front();
    } else {
      return item_scalar().template to<T>();
    }
  }
  /// Errors: as item, and DTypeError for a complex tensor: ask item for std::complex
  Scalar item_scalar() const;
  /// All elements in row-major order, converted to T. Errors: DTypeError if the tensor is complex
  /// and T is not; OutOfMemoryError if the host cannot hold so many
  template <class T>
  std::vector<T> to_vector() const;
  /// Address of the first element on a device the host can address; waits for pending work.
  /// Errors: DeviceError on other devices, DTypeError if T is not the tensor's type.
  template <class T>
  T* data() const {
    return static_cast<T*>(data_pointer(dtype_of<std::remove_const_t<T>>));
  }
  void* data_pointer(DType as) const;
  /// Replaces all elements by those of `values`. Errors: ValueError if the count differs.
  template <class T>
  void copy_from(std::span<const T> values) {
    copy_from_host(values.data(), static_cast<int64_t>(values.size()), dtype_of<T>);
  }
  /// NumPy's print.
  std::string to_string() const;

  // --- Conversions ------------------------------------------------------------------------------
  Tensor to(Device device) const;
  /// Floating to whole numbers: truncated; beyond the ends of the dtype the nearest number that it
  /// has (uint8: 300 is 255, -1 is 0), and 0 for NaN, on every device. Whole numbers wrap.
  Tensor to(DType dtype) const;
  Tensor to(const char* device) const { return to(Device(device)); }
  Tensor contiguous() const;
  Tensor clone() const;

  // --- Views
  // --------------------------------------------------------------------------------------
  Tensor reshape(const Shape& shape) const;  ///< one size may be -1; a view where strides allow it
  Tensor view(const Shape& shape) const;     ///< as reshape, but never copies
  /// The same bytes read as another dtype. Where its elements are of another size the last axis has
  /// as many more, or fewer: it must then be dense, and fewer must be whole numbers of them, from a
  /// whole place on and with such strides. Outside of the graph, as in PyTorch: bits have no
  /// gradient. Errors: ShapeError where the bytes do not fit the elements
  Tensor view(DType dtype) const;
  Tensor flatten(int64_t start = 0, int64_t end = -1) const;
  Tensor squeeze() const;
  Tensor squeeze(int64_t axis) const;
  Tensor unsqueeze(int64_t axis) const;
  Tensor transpose(int64_t a, int64_t b) const;
  Tensor t() const;  ///< transpose of a matrix
  Tensor permute(const Dims& order) const;
  Tensor expand(const Shape& shape) const;  ///< -1 keeps a size
  Tensor narrow(int64_t axis, int64_t start, int64_t length) const;
  Tensor select(int64_t axis, int64_t index) const;
  Tensor slice(int64_t axis, const Slice& slice) const;
  /// Numbers, slices, None and Ellipsis give a view. Tensors of integers or bool, several at once
  /// and mixed with the others, give a copy: they broadcast together, and their axes stand where
  /// the first of them stood, or first of all if something stood between them. Negative numbers
  /// count from the end. Gradient: added up where an index repeats.
  /// What changes the result in place (+=, fill_) reaches this tensor through a view, and not
  /// through a copy: index_put_ does in either case.
  /// Errors: IndexError for a number out of range, naming its place, axis and size
  Tensor index(std::initializer_list<Index> indices) const;
  Tensor index(std::span<const Index> indices) const;
  /// `offset` counts from the start of the storage. Gradient: added up where elements share memory.
  Tensor as_strided(const Shape& shape, const Strides& strides, int64_t offset) const;
  Tensor unflatten(int64_t axis, const Shape& sizes) const;  ///< one size may be -1
  Tensor movedim(int64_t from, int64_t to) const;
  Tensor movedim(const Dims& from, const Dims& to) const;
  Tensor swapaxes(int64_t a, int64_t b) const { return transpose(a, b); }
  Tensor expand_as(const Tensor& other) const;
  Tensor broadcast_to(const Shape& shape) const { return expand(shape); }
  Tensor view_as(const Tensor& other) const;
  Tensor reshape_as(const Tensor& other) const;
  /// Elements [i, i + offset] of two axes, as a last axis.
  Tensor diagonal(int64_t offset = 0, int64_t axis1 = 0, int64_t axis2 = 1) const;
  /// All windows of `size` along the axis, `step` apart: axis counts them, a last axis holds them.
  Tensor unfold(int64_t axis, int64_t size, int64_t step) const;
  std::vector<Tensor> split(int64_t size, int64_t axis = 0) const;
  std::vector<Tensor> split(std::initializer_list<int64_t> sizes, int64_t axis = 0) const;
  std::vector<Tensor> chunk(int64_t chunks, int64_t axis = 0) const;
  std::vector<Tensor> tensor_split(int64_t sections, int64_t axis = 0) const;
  std::vector<Tensor> tensor_split(std::initializer_list<int64_t> at, int64_t axis = 0) const;
  std::vector<Tensor> unbind(int64_t axis = 0) const;

  // --- Rearranged copies (ops/shape.hpp)
  Tensor repeat(const Dims& times) const;
  Tensor repeat_interleave(int64_t times, std::optional<int64_t> axis = std::nullopt) const;
  Tensor repeat_interleave(const Tensor& times, std::optional<int64_t> axis = std::nullopt) const;
  Tensor tile(const Dims& times) const;
  Tensor flip(const Axes& axes) const;
  Tensor roll(const Dims& shifts, const Axes& axes = {}) const;
  Tensor rot90(int64_t times = 1, const Axes& axes = {0, 1}) const;
  Tensor tril(int64_t diagonal = 0) const;
  Tensor triu(int64_t diagonal = 0) const;
  Tensor diag(int64_t diagonal = 0) const;
  Tensor diag_embed(int64_t offset = 0, int64_t axis1 = -2, int64_t axis2 = -1) const;

  // --- Picking and placing (ops/indexing.hpp)
  Tensor gather(int64_t axis, const Tensor& index) const;
  Tensor index_select(int64_t axis, const Tensor& index) const;
  Tensor take(const Tensor& index) const;
  Tensor take_along_dim(const Tensor& index, std::optional<int64_t> axis = std::nullopt) const;
  Tensor masked_select(const Tensor& mask) const;
  Tensor nonzero() const;
  Tensor scatter(int64_t axis, const Tensor& index, const Tensor& src) const;
  Tensor scatter(int64_t axis, const Tensor& index, const Scalar& value) const;
  Tensor scatter_add(int64_t axis, const Tensor& index, const Tensor& src) const;
  Tensor scatter_reduce(int64_t axis, const Tensor& index, const Tensor& src,
                        std::string_view reduce, bool include_self = true) const;
  Tensor index_add(int64_t axis, const Tensor& index, const Tensor& src,
                   const Scalar& alpha = 1) const;
  Tensor index_copy(int64_t axis, const Tensor& index, const Tensor& src) const;
  Tensor index_fill(int64_t axis, const Tensor& index, const Scalar& value) const;
  Tensor masked_fill(const Tensor& mask, const Scalar& value) const;
  Tensor masked_fill(const Tensor& mask, const Tensor& value) const;
  Tensor masked_scatter(const Tensor& mask, const Tensor& source) const;
  Tensor index_put(std::initializer_list<Index> indices, const Tensor& value,
                   bool accumulate = false) const;
  Tensor index_put(std::span<const Index> indices, const Tensor& value,
                   bool accumulate = false) const;

  // Elementwise methods, in place and not, are those of PointwiseMethods.
  Tensor matmul(const Tensor& other) const;
  Tensor mm(const Tensor& other) const;
  Tensor bmm(const Tensor& other) const;
  Tensor mv(const Tensor& vector) const;
  Tensor dot(const Tensor& other) const;
  Tensor outer(const Tensor& other) const;
  Tensor trace() const;

  // --- Reductions, scans and order (free functions of the same names exist) --------------------
  Tensor sum(const Axes& axes = {}, bool keepdim = false) const;
  Tensor mean(const Axes& axes = {}, bool keepdim = false) const;
  Tensor var(const Axes& axes = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor amax(const Axes& axes = {}, bool keepdim = false) const;
  Tensor amin(const Axes& axes = {}, bool keepdim = false) const;
  Tensor(max)() const;  // in parentheses, for programs in which max is a macro
  Tensor(min)() const;
  Tensor argmax() const;
  Tensor argmax(int64_t axis, bool keepdim = false) const;
  Tensor argmin() const;
  Tensor argmin(int64_t axis, bool keepdim = false) const;
  std::pair<Tensor, Tensor>(max)(int64_t axis, bool keepdim = false) const;
  std::pair<Tensor, Tensor>(min)(int64_t axis, bool keepdim = false) const;
  Tensor prod(const Axes& axes = {}, bool keepdim = false) const;
  Tensor std(const Axes& axes = {}, int64_t correction = 1, bool keepdim = false) const;
  Tensor norm(double p = 2, const Axes& axes = {}, bool keepdim = false) const;
  Tensor logsumexp(const Axes& axes = {}, bool keepdim = false) const;
  Tensor any(const Axes& axes = {}, bool keepdim = false) const;
  Tensor all(const Axes& axes = {}, bool keepdim = false) const;
  Tensor count_nonzero(const Axes& axes = {}) const;
  Tensor nansum(const Axes& axes = {}, bool keepdim = false) const;
  Tensor nanmean(const Axes& axes = {}, bool keepdim = false) const;
  Tensor median() const;
  std::pair<Tensor, Tensor> median(int64_t axis, bool keepdim = false) const;
  Tensor nanmedian() const;
  std::pair<Tensor, Tensor> nanmedian(int64_t axis, bool keepdim = false) const;
  Tensor cumsum(int64_t axis) const;
  Tensor cumprod(int64_t axis) const;
  std::pair<Tensor, Tensor> cummax(int64_t axis) const;
  std::pair<Tensor, Tensor> cummin(int64_t axis) const;
  Tensor logcumsumexp(int64_t axis) const;
  std::pair<Tensor, Tensor> sort(int64_t axis = -1, bool descending = false) const;
  Tensor argsort(int64_t axis = -1, bool descending = false) const;
  std::pair<Tensor, Tensor> topk(int64_t k, int64_t axis = -1, bool largest = true) const;
  std::pair<Tensor, Tensor> kthvalue(int64_t k, int64_t axis = -1, bool keepdim = false) const;
  Tensor unique() const;  ///< the values alone; ct::unique gives inverse and counts too
  Tensor bincount(int64_t minlength = 0) const;  ///< ct::bincount takes weights too
  Tensor histc(int64_t bins = 100, double low = 0, double high = 0) const;
  Tensor softmax(int64_t axis) const;
  Tensor log_softmax(int64_t axis) const;

  // --- In place: each bumps version()
  // --------------------------------------------------------------
  Tensor& fill_(const Scalar& value);
  Tensor& zero_() { return fill_(0); }
  Tensor& copy_(const Tensor& source);  ///< broadcasts, converts, crosses devices
  Tensor& scatter_(int64_t axis, const Tensor& index, const Tensor& src);
  Tensor& scatter_(int64_t axis, const Tensor& index, const Scalar& value);
  Tensor& scatter_add_(int64_t axis, const Tensor& index, const Tensor& src);
  Tensor& scatter_reduce_(int64_t axis, const Tensor& index, const Tensor& src,
                          std::string_view reduce, bool include_self = true);
  Tensor& index_add_(int64_t axis, const Tensor& index, const Tensor& src, const Scalar& alpha = 1);
  Tensor& index_copy_(int64_t axis, const Tensor& index, const Tensor& src);
  Tensor& index_fill_(int64_t axis, const Tensor& index, const Scalar& value);
  Tensor& masked_fill_(const Tensor& mask, const Scalar& value);
  Tensor& masked_fill_(const Tensor& mask, const Tensor& value);
  Tensor& masked_scatter_(const Tensor& mask, const Tensor& source);
  /// x[indices] = value (or += with `accumulate`), value broadcasting. Where tensors of indices
  /// name a place twice, the last value stays, or all are added.
  Tensor& index_put_(std::initializer_list<Index> indices, const Tensor& value,
                     bool accumulate = false);
  Tensor& index_put_(std::span<const Index> indices, const Tensor& value, bool accumulate = false);
  Tensor& index_put_(std::initializer_list<Index> indices, const Scalar& value,
                     bool accumulate = false);

  // --- Random values in place; the default stream unless a generator is given. A gradient that was
  // to pass through the old values is dropped.
  // --------------------------------------------------------------
  Tensor& uniform_(double low = 0.0, double high = 1.0, Generator* generator = nullptr);
  Tensor& normal_(double mean = 0.0, double deviation = 1.0, Generator* generator = nullptr);
  /// Density rate * exp(-rate x).
  Tensor& exponential_(double rate = 1.0, Generator* generator = nullptr);
  Tensor& bernoulli_(double p = 0.5, Generator* generator = nullptr);
  /// A probability for each element; broadcasts.
  Tensor& bernoulli_(const Tensor& p, Generator* generator = nullptr);
  /// Whole numbers in [low, high); high defaults to one more than the largest of the dtype, or that
  /// floats of it count exactly.
  Tensor& random_(int64_t low, std::optional<int64_t> high, Generator* generator = nullptr);
  Tensor& random_(int64_t high, Generator* generator = nullptr) {
    return random_(0, high, generator);
  }
  Tensor& random_(Generator* generator = nullptr) { return random_(0, std::nullopt, generator); }

  // --- Gradients --------------------------------------------------------------------------------
  bool requires_grad() const;
  /// Errors: AutogradError on a result of recorded ops, DTypeError on integers.
  Tensor& requires_grad_(bool value = true);
  bool is_leaf() const;
  /// Undefined until a backward reached this tensor (leaf, or retain_grad() was called).
  Tensor grad() const;
  void set_grad(const Tensor& grad);  ///< undefined clears it
  /// Keeps the gradient of a tensor that is no leaf. It stays the tensor's own, also when its value
  /// is replaced in place: the gradient is then that of the newer value.
  void retain_grad();
  /// Accumulates the gradient of this one-element tensor in every leaf.
  void backward() const;
  /// The same from an upstream gradient of this tensor's shape.
  void backward(const Tensor& gradient, bool retain_graph = false, bool create_graph = false) const;
  /// The same data outside of the graph.
  Tensor detach() const;
  /// Calls `hook` with this tensor's gradient in every backward; a defined result replaces it. It
  /// must not change its argument, which others may share. A hook belongs to the value that the
  /// tensor had when it came: after a change in place it sees the gradient of the older value.
  /// Hooks may add and remove hooks, themselves too; that holds from the next backward on. Returns
  /// an id for remove_hook.
  uint64_t register_hook(std::function<Tensor(const Tensor&)> hook) const;
  /// Calls `hook` with this leaf whenever a backward has added to its grad(): an optimizer's step
  /// there, and set_grad({}), frees each gradient early. Errors: AutogradError unless it is a leaf
  /// that requires grad.
  uint64_t register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook) const;
  void remove_hook(uint64_t id) const;  ///< of either kind
  /// The name of the op that made it, or "".
  std::string grad_fn_name() const;
  /// Makes this handle's array another one, of the same shape, keeping identity and requires_grad:
  /// every handle sees the new data. Counts as a change in place: a graph that has saved the old
  /// data for its backward reports it there. (What Module::to and load_state_dict use.)
  void set_data(const Tensor& data);

  TensorImpl* impl() const { return impl_; }
  /// Takes over one reference.
  static Tensor adopt(TensorImpl* impl) {
    Tensor t;
    t.impl_ = impl;
    return t;
  }

 private:
  void copy_from_host(const void* values, int64_t count, DType dtype);
  size_t host_count(size_t item_size) const;
  void copy_to_host_as(void* target, DType dtype) const;
  void retain() const noexcept {
    if (impl_ != nullptr) {
      reinterpret_cast<detail::RefCounted*>(impl_)->refs.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void release() noexcept {
    if (impl_ != nullptr && reinterpret_cast<detail::RefCounted*>(impl_)->refs.fetch_sub(
                                1, std::memory_order_acq_rel) == 1) {
      detail::destroy(impl_);
    }
  }

  TensorImpl* impl_ = nullptr;
};

using Tensors = std::vector<Tensor>;

/// One entry of index({…}).
class Index {
 public:
  using Value = std::variant<int64_t, Slice, EllipsisType, NoneType, Tensor>;
  template <std::integral T>
  requires(!std::same_as<T, bool>) Index(T i)  // NOLINT: as in x.index({1})
      : value_(detail::to_int64(i)) {}
  Index(Slice s) : value_(s) {}              // NOLINT: as in x.index({Slice(0, 2)})
  Index(EllipsisType e) : value_(e) {}       // NOLINT: likewise
  Index(NoneType n) : value_(n) {}           // NOLINT: likewise
  Index(Tensor t) : value_(std::move(t)) {}  // NOLINT: of integers, or a mask
  const Value& value() const { return value_; }

 private:
  Value value_;
};

inline Tensor Tensor::index(std::initializer_list<Index> indices) const {
  return index(std::span(indices.begin(), indices.size()));
}
inline Tensor Tensor::index_put(std::initializer_list<Index> indices, const Tensor& value,
                                bool accumulate) const {
  return index_put(std::span(indices.begin(), indices.size()), value, accumulate);
}
inline Tensor& Tensor::index_put_(std::initializer_list<Index> indices, const Tensor& value,
                                  bool accumulate) {
  return index_put_(std::span(indices.begin(), indices.size()), value, accumulate);
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  std::vector<T> values(host_count(sizeof(T)));
  if constexpr (std::same_as<T, bool>) {
    std::vector<uint8_t> bytes(values.size());
    copy_to_host_as(bytes.data(), DType::uint8);
    for (size_t i = 0; i < bytes.size(); ++i) values[i] = bytes[i] != 0;
  } else {
    copy_to_host_as(values.data(), dtype_of<T>);
  }
  return values;
}

CT_API std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace ct
