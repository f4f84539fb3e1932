// The tensor handle: facts, construction and the ways between host memory and a tensor.
#include "customtensor/tensor.hpp"

#include <fmt/format.h>

#include <cstring>
#include <new>

#include "core/tensor/tensor_impl.hpp"
#include "core/view/collapse.hpp"
#include "core/view/sizes.hpp"
#include "core/view/strided.hpp"
#include "customtensor/error.hpp"

namespace ct {

namespace detail {

void destroy(TensorImpl* impl) noexcept { delete impl; }

Tensor make_tensor(const Shape& shape, DType dtype, Backend& backend) {
  int64_t bytes = 0;
  if (__builtin_mul_overflow(checked_numel("empty", shape), static_cast<int64_t>(item_size(dtype)),
                             &bytes)) {
    throw_bad_sizes("empty", shape);
  }
  return wrap(new TensorImpl(StorageRef(new Storage(backend, static_cast<size_t>(bytes))), shape,
                             contiguous_strides(shape), 0, dtype, true));
}

Tensor make_view(const Tensor& base, const Shape& shape, const Strides& strides, int64_t offset) {
  const TensorImpl& b = detail::impl(base);
  TensorImpl* view =
      new TensorImpl(b.storage, shape, strides, offset, b.dtype, is_dense(shape, strides));
  view->version_offset = b.version_offset;
  return wrap(view);
}

void throw_no_complex(const TensorImpl& t) {
  throw DTypeError(fmt::format(
      "complex: this op has no complex form: {} {}; take ct::real(x), ct::imag(x) or ct::abs(x)",
      name(t.dtype), to_string(t.shape)));
}

void check_defined(const Tensor& t, const char* op, const char* argument) {
  if (!t.defined()) {
    throw ValueError(fmt::format("{}: argument '{}' is an undefined tensor; give it a value first",
                                 op, argument));
  }
}

void check_all_defined(std::span<const Tensor> tensors, const char* op) {
  for (const Tensor& t : tensors) {
    if (t.defined()) continue;
    throw ValueError(fmt::format("{}: tensor {} of {} is undefined; give it a value first", op,
                                 &t - tensors.data(), tensors.size()));
  }
}

void check_same_device(const Tensor& a, const Tensor& b, const char* op) {
  if (detail::impl(a).storage->backend != detail::impl(b).storage->backend) {
    throw DeviceError(fmt::format("{}: operands are on {} {} and {} {}; move one with .to(device)",
                                  op, a.device().name(), to_string(a.shape()), b.device().name(),
                                  to_string(b.shape())));
  }
}

void check_has_values(const Tensor& t, const char* op, const char* argument) {
  if (has_values(t)) return;
  throw DeviceError(
      fmt::format("{}: must read values, but {} {} is on {}, which has none; use a device that "
                  "computes",
                  op, argument, to_string(t.shape()), t.device().name()));
}

namespace {
void run(const PointwiseProgram& program, DType compute, Shape shape, std::span<Operand> operands,
         size_t inputs, std::span<const Scalar> scalars, Backend& backend) {
  collapse(shape, operands);
  Kernels(backend).pointwise({.program = &program,
                              .compute = compute,
                              .shape = shape,
                              .inputs = operands.first(inputs),
                              .outputs = operands.subspan(inputs),
                              .scalars = scalars,
                              .random = {}});
}
Operand operand(const Tensor& t) {
  const TensorImpl& i = detail::impl(t);
  return {i.buffer(), i.offset, i.dtype, i.strides};
}
/// The real parts of complex numbers, or (1) the imaginary ones.
Operand part(Operand numbers, int which) {
  numbers.dtype = real_type(numbers.dtype);
  numbers.offset = 2 * numbers.offset + which;
  for (int64_t& stride : numbers.strides) stride = stride_times(stride, 2);
  return numbers;
}

/// source's numbers as complex ones.
void copy_complex(const Tensor& target, const Tensor& source) {
  const Operand to = operand(target);
  if (is_complex(source.dtype())) {
    static const ProgramPtr program = [] {
      PointwiseBuilder b("copy", 2);
      b.output(b.input(0));
      b.output(b.input(1));
      b.rule(TypeRule::same);
      return b.build();
    }();
    const Operand from = operand(source);
    Operand operands[] = {part(from, 0), part(from, 1), part(to, 0), part(to, 1)};
    return run(*program, real_type(source.dtype()), target.shape(), operands, 2, {},
               detail::impl(target).backend());
  }
  static const ProgramPtr program = [] {
    PointwiseBuilder b("copy", 1);
    b.output(b.input(0));
    b.output(b.constant(0));
    b.rule(TypeRule::same);
    return b.build();
  }();
  Operand operands[] = {operand(source), part(to, 0), part(to, 1)};
  run(*program, compute_type(source.dtype()), target.shape(), operands, 1, {},
      detail::impl(target).backend());
}
}  // namespace

void fill_unrecorded(const Tensor& t, const Scalar& value) {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("fill", 0, 1);
    b.output(b.apply(Opcode::copy, b.scalar(0)));
    return b.build();
  }();
  const bool complex = is_complex(t.dtype());
  Operand operands[] = {complex ? part(operand(t), 0) : operand(t)};
  run(*program, compute_type(real_type(t.dtype())), t.shape(), operands, 0, {&value, 1},
      detail::impl(t).backend());
  if (!complex) return;
  const Scalar zero = 0;
  operands[0] = part(operand(t), 1);
  run(*program, real_type(t.dtype()), t.shape(), operands, 0, {&zero, 1},
      detail::impl(t).backend());
}

void copy_unrecorded(const Tensor& target, const Tensor& source) {
  if (is_complex(target.dtype())) return copy_complex(target, source);
  Operand operands[] = {operand(source), operand(target)};
  // Between float and integer, the source's type decides: it holds every value that is read.
  run(*program_of(Opcode::copy), compute_type(source.dtype()), target.shape(), operands, 1, {},
      detail::impl(target).backend());
}

}  // namespace detail

namespace {
TensorImpl& checked_impl(const Tensor& t, const char* op) {
  if (!t.defined()) {
    throw ValueError(fmt::format("{}: the tensor is undefined; give it a value first", op));
  }
  return detail::impl(t);
}
}  // namespace

const Shape& Tensor::shape() const { return checked_impl(*this, "shape").shape; }
const Strides& Tensor::strides() const { return checked_impl(*this, "strides").strides; }
int64_t Tensor::dim() const { return shape().rank(); }
int64_t Tensor::numel() const { return checked_impl(*this, "numel").numel; }
DType Tensor::dtype() const { return checked_impl(*this, "dtype").dtype; }
Device Tensor::device() const { return Device(checked_impl(*this, "device").backend()); }
bool Tensor::is_contiguous() const { return checked_impl(*this, "is_contiguous").contiguous; }
int64_t Tensor::storage_offset() const { return checked_impl(*this, "storage_offset").offset; }
uint32_t Tensor::version() const { return checked_impl(*this, "version").version(); }
int64_t Tensor::size(int64_t axis) const {
  return shape()[normalize_axis(axis, shape().rank(), "size")];
}
bool Tensor::shares_storage(const Tensor& other) const {
  return defined() && other.defined() &&
         detail::impl(*this).storage.get() == detail::impl(other).storage.get();
}

void* Tensor::data_pointer(DType as) const {
  const TensorImpl& i = checked_impl(*this, "data");
  if (as != i.dtype) {
    throw DTypeError(fmt::format("data: asked for {}: the tensor {} is {}; convert with .to({})",
                                 name(as), ct::to_string(i.shape), name(i.dtype), name(as)));
  }
  detail::check_has_values(*this, "data", "the tensor");
  auto* start = static_cast<char*>(i.backend().host_pointer(i.buffer()));
  if (start == nullptr) {
    throw DeviceError(
        fmt::format("data: the host cannot address memory of {}: tensor {}; copy it with "
                    ".to(\"cpu\") or .to_vector()",
                    device().name(), ct::to_string(i.shape)));
  }
  i.kernels().synchronize();
  return start + i.offset * static_cast<int64_t>(item_size(i.dtype));
}

Tensor::operator bool() const {
  if (!defined()) {
    throw ValueError(
        "bool: an undefined tensor is neither true nor false; ask defined() whether it has a "
        "value");
  }
  if (const TensorImpl& i = detail::impl(*this); i.numel != 1) {
    throw ValueError(fmt::format(
        "bool: a condition is one value: the tensor has {} elements: {}; reduce it with "
        "all() or any(), choose by element with where(), maximum() or minimum()",
        i.numel, ct::to_string(i.shape)));
  }
  return item<bool>();
}

Scalar Tensor::item_scalar() const {
  const TensorImpl& i = checked_impl(*this, "item");
  if (i.numel != 1) {
    throw ValueError(fmt::format("item: the tensor has {} elements: {}; index one of them", i.numel,
                                 ct::to_string(i.shape)));
  }
  detail::check_has_values(*this, "item", "the tensor");
  if (is_complex(i.dtype)) {
    throw DTypeError(fmt::format(
        "item: the tensor is {}: a real number does not hold it; ask for std::complex, or take "
        "ct::real(x)",
        name(i.dtype)));
  }
  if (i.dtype == bool_) {
    uint8_t value = 0;
    copy_to_host_as(&value, uint8);
    return value != 0;
  }
  if (i.dtype == uint64) {
    uint64_t value = 0;
    copy_to_host_as(&value, uint64);
    return value;
  }
  if (is_integral(i.dtype)) {
    int64_t value = 0;
    copy_to_host_as(&value, int64);
    return value;
  }
  double value = 0;
  copy_to_host_as(&value, float64);
  return value;
}

/// numel(), of items that the host has memory for: an expanded tensor has more elements than
/// memory.
size_t Tensor::host_count(size_t item_size) const {
  constexpr size_t kProbedBytes = size_t{1} << 30;
  const TensorImpl& i = checked_impl(*this, "to_vector");
  const auto count = static_cast<size_t>(i.numel);
  if (count > 0) detail::check_has_values(*this, "to_vector", "the tensor");
  if (count < kProbedBytes / item_size) return count;
  if (count <= PTRDIFF_MAX / item_size) {
    void* probe = ::operator new(count* item_size, std::nothrow);
    ::operator delete(probe);
    if (probe != nullptr) return count;
  }
  throw OutOfMemoryError(
      fmt::format("to_vector: the host has no memory for {} elements of {} bytes: {}", count,
                  item_size, ct::to_string(i.shape)));
}

void Tensor::copy_to_host_as(void* target, DType dtype) const {
  const TensorImpl& i = checked_impl(*this, "to_vector");
  if (i.numel == 0) return;
  detail::check_has_values(*this, "to_vector", "the tensor");
  if (is_complex(i.dtype) && !is_complex(dtype)) {
    throw DTypeError(fmt::format(
        "to_vector: the tensor is {}: {} does not hold its numbers; ask for std::complex, or take "
        "ct::real(x)",
        name(i.dtype), name(dtype)));
  }
  // Converted and made dense on the device, then copied in one piece.
  Tensor dense = *this;
  if (i.dtype != dtype || !i.contiguous) {
    dense = detail::make_tensor(i.shape, dtype, i.backend());
    detail::copy_unrecorded(dense, *this);
  }
  const TensorImpl& d = detail::impl(dense);
  const size_t bytes = static_cast<size_t>(d.numel) * item_size(dtype);
  d.kernels().copy_to_host(target, d.buffer(), static_cast<size_t>(d.offset) * item_size(dtype),
                           bytes);
}

void Tensor::copy_from_host(const void* values, int64_t count, DType dtype) {
  const TensorImpl& i = checked_impl(*this, "copy_from");
  if (count != i.numel) {
    throw ValueError(fmt::format("copy_from: {} values for a tensor of {} elements: {}", count,
                                 i.numel, ct::to_string(i.shape)));
  }
  if (count == 0) return;
  const bool direct = i.dtype == dtype && i.contiguous;
  const Tensor dense = direct ? *this : detail::make_tensor(i.shape, dtype, i.backend());
  const TensorImpl& d = detail::impl(dense);
  d.kernels().copy_from_host(d.buffer(), static_cast<size_t>(d.offset) * item_size(dtype), values,
                             static_cast<size_t>(count) * item_size(dtype));
  if (!direct) detail::copy_unrecorded(*this, dense);
  i.bump_version();
}

void Tensor::set_data(const Tensor& data) {
  TensorImpl& i = checked_impl(*this, "set_data");
  const TensorImpl& d = checked_impl(data, "set_data");
  if (i.shape != d.shape) {
    throw ShapeError(fmt::format("set_data: shapes differ: {} and {}", ct::to_string(i.shape),
                                 ct::to_string(d.shape)));
  }
  if (i.requires_grad && !is_differentiable(d.dtype)) {
    throw DTypeError(
        fmt::format("set_data: the tensor {} requires grad: {} has none; convert with .to({})",
                    ct::to_string(i.shape), name(d.dtype), name(i.dtype)));
  }
  const uint32_t version = i.version();
  const MemoryKind kind = i.storage->use.kind();
  i.storage = d.storage;
  if (kind != MemoryKind::other) i.storage->mark(kind);
  i.version_offset = version + 1 - d.storage->version.load(std::memory_order_relaxed);
  i.offset = d.offset;
  i.strides = d.strides;
  i.dtype = d.dtype;
  i.contiguous = d.contiguous;
}

}  // namespace ct
