// The checks that all of ct::linalg shares, and calls on operands that are made dense, with one
// batch axis.
#include "ops/linalg/linalg_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "customtensor/error.hpp"

namespace ct::linalg {

void check_matrix(const char* op, const Tensor& a) {
  detail::check_defined(a, op, "a");
  if (a.dtype() != float32 && a.dtype() != float64) {
    throw DTypeError(
        fmt::format("{}: the tensor is {}: it must be float32 or float64; convert with "
                    ".to(ct::float32)",
                    op, name(a.dtype())));
  }
  if (a.dim() < 2) {
    throw ShapeError(fmt::format("{}: the tensor has shape {}: matrices need two axes", op,
                                 to_string(a.shape())));
  }
}

void check_square(const char* op, const Tensor& a) {
  check_matrix(op, a);
  if (a.size(-1) != a.size(-2)) {
    throw ShapeError(
        fmt::format("{}: the matrices must be square: shape {}", op, to_string(a.shape())));
  }
}

void check_same(const char* op, const Tensor& a, const Tensor& b) {
  detail::check_defined(b, op, "b");
  detail::check_same_device(a, b, op);
  if (a.dtype() != b.dtype()) {
    throw DTypeError(fmt::format("{}: operands are {} {} and {} {}; convert one with .to(dtype)",
                                 op, name(a.dtype()), to_string(a.shape()), name(b.dtype()),
                                 to_string(b.shape())));
  }
}

Shape leading(const Tensor& t, int axes) {
  Shape lead = t.shape();
  lead.resize(lead.rank() - axes);
  return lead;
}

Shape joined(Shape lead, std::initializer_list<int64_t> last) {
  for (const int64_t size : last) lead.push_back(size);
  return lead;
}

double epsilon_of(const Tensor& t) {
  return t.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                              : static_cast<double>(std::numeric_limits<float>::epsilon());
}

Call::Call(LinalgOp op, const Tensor& a, const Tensor& b)
    : lead_(leading(a)), count_(numel(lead_)) {
  args_.op = op;
  a_ = flat(a, 2);
  args_.a = detail::view_of(a_);
  if (b.defined()) {
    b_ = flat(b, 2);
    args_.b = detail::view_of(b_);
  }
}

Tensor Call::flat(const Tensor& t, int axes) const {
  const Unrecorded off;
  Shape shape{count_};
  for (int i = t.shape().rank() - axes; i < t.shape().rank(); ++i) shape.push_back(t.shape()[i]);
  return t.reshape(shape);
}

Tensor Call::output(int i, std::initializer_list<int64_t> last) {
  return output(i, last, a_.dtype());
}

Tensor Call::output(int i, std::initializer_list<int64_t> last, DType dtype) {
  Tensor out = detail::make_tensor(joined(lead_, last), dtype, detail::impl(a_).backend());
  const auto at = static_cast<size_t>(i);
  outputs_[at] = flat(out, static_cast<int>(last.size()));
  args_.out[at] = detail::view_of(outputs_[at]);
  return out;
}

void Call::run() {
  if (count_ > 0) detail::impl(a_).kernels().linalg(args_);
}

void Call::run_checked(const char* op, const char* what) {
  info_ = detail::make_tensor({count_}, int32, detail::impl(a_).backend());
  args_.info = detail::view_of(info_);
  run();
  if (!detail::has_values(info_)) return;
  const auto infos = info_.to_vector<int32_t>();
  const auto bad = std::find_if(infos.begin(), infos.end(), [](int32_t i) { return i != 0; });
  if (bad == infos.end()) return;
  const std::string shape = to_string(joined(lead_, {a_.size(-2), a_.size(-1)}));
  const std::string which = lead_.empty()
                                ? fmt::format("the matrix {}", shape)
                                : fmt::format("matrix {} of {}", bad - infos.begin(), shape);
  throw ValueError(
      fmt::format("{}: {} {}", op, which, fmt::format(fmt::runtime(what), fmt::arg("info", *bad))));
}

}  // namespace ct::linalg
