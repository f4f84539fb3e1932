// How ct::linalg reaches Backend::linalg: checks, and calls on tensors of one batch axis. Nothing
// here is recorded; the derivatives stand with the ops.
#pragma once

#include <string>

#include "autograd/record.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace ct::linalg {

/// Errors: ValueError, DTypeError, ShapeError as linalg.hpp says.
void check_matrix(const char* op, const Tensor& a);
void check_square(const char* op, const Tensor& a);
/// That b fits beside a. Errors: DTypeError, DeviceError.
void check_same(const char* op, const Tensor& a, const Tensor& b);

/// Shape without its last `axes` axes.
Shape leading(const Tensor& t, int axes = 2);
/// `lead` followed by `last`.
Shape joined(Shape lead, std::initializer_list<int64_t> last);

/// x with its last two axes swapped.
inline Tensor transposed(const Tensor& x) { return x.transpose(-2, -1); }

/// One call of the family. Inputs may have any leading axes (those of b as a's); outputs come with
/// a's.
class Call {
 public:
  Call(LinalgOp op, const Tensor& a, const Tensor& b = Tensor());
  LinalgArgs& args() { return args_; }
  /// Output i of the given last axes.
  Tensor output(int i, std::initializer_list<int64_t> last);
  Tensor output(int i, std::initializer_list<int64_t> last, DType dtype);
  /// Runs it.
  void run();
  /// Runs it; ValueError if a matrix failed: "<op>: matrix 2 of (4, 3, 3) <what>", where {info} in
  /// `what` is the kernel's number.
  void run_checked(const char* op, const char* what);

 private:
  Tensor flat(const Tensor& t, int axes) const;
  Tensor a_, b_;
  Shape lead_;
  int64_t count_;
  LinalgArgs args_;
  Tensor outputs_[3], info_;
};

/// The dtype's machine epsilon.
double epsilon_of(const Tensor& t);

/// The tape sees nothing of what is done while it lives; results are put on it by record().
using Unrecorded = NoGradGuard;

}  // namespace ct::linalg
