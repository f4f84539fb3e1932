// See class_targets.hpp.
#include "ops/norm/class_targets.hpp"

#include <fmt/format.h>

#include "core/settings.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::ops {

void check_targets(const char* op, const Tensor& logits, const Tensor& targets) {
  detail::check_defined(logits, op, "logits");
  detail::check_defined(targets, op, "targets");
  detail::check_same_device(logits, targets, op);
  if (targets.dtype() != int64 || !is_floating(logits.dtype())) {
    throw DTypeError(fmt::format(
        "{}: logits are {} and targets {}: they must be floating and int64; convert with .to()", op,
        name(logits.dtype()), name(targets.dtype())));
  }
  Shape rest = logits.shape();
  if (logits.dim() > 0) rest.erase(class_axis(logits));
  if (logits.dim() == 0 || targets.shape() != rest) {
    throw ShapeError(fmt::format(
        "{}: logits {} and targets {} do not fit: they must be (n, classes, ...) and (n, ...), or "
        "(classes) and ()",
        op, to_string(logits.shape()), to_string(targets.shape())));
  }
}

TargetFacts check_classes(const char* op, const Tensor& targets, int64_t classes,
                          std::optional<int64_t> ignore) {
  const TensorImpl& t = detail::impl(targets);
  const auto check = [&] {
    return IndexCheck{.op = op,
                      .classes = true,
                      .size = classes,
                      .count = classes,
                      .shape = t.shape,
                      .strides = t.strides};
  };
  auto* memory = static_cast<int64_t*>(t.backend().host_pointer(t.buffer()));
  if (memory == nullptr) {
    if (!detail::has_values(targets)) return {};
    if (classes > 0 && !settings::kCheckIndices.read().value_or(false)) return {{}, check()};
    const NoGradGuard off;
    check_classes(op, targets.to("cpu"), classes, ignore);
    return {};  // the same kernels follow as without the setting
  }
  t.kernels().synchronize();
  int64_t count = 0;
  const int last = t.shape.rank() - 1;
  for (int64_t i = 0; i < t.numel; ++i) {
    int64_t at = t.offset;
    int64_t rest = i;
    for (int axis = last; axis > 0; --axis) {
      at += rest % t.shape[axis] * t.strides[axis];
      rest /= t.shape[axis];
    }
    if (last >= 0) at += rest * t.strides[0];
    const int64_t c = memory[at];
    if (c == ignore) continue;
    ++count;
    if (c < 0 || c >= classes) throw_outside(check(), i, c);
  }
  return {static_cast<double>(count), {}};
}

Tensor class_weights(const char* op, const Tensor& weight, const Tensor& like, int64_t classes) {
  const DType dtype = compute_type(like.dtype());
  if (!weight.defined()) return ones({classes}, {.dtype = dtype, .device = like.device()});
  detail::check_same_device(like, weight, op);
  if (weight.shape() != Shape{classes}) {
    throw ShapeError(fmt::format("{}: weight is {}: it must have one number for each of {} classes",
                                 op, to_string(weight.shape()), classes));
  }
  return weight.detach().to(dtype);
}

}  // namespace ct::ops
