// Linear algebra by Eigen: which kernel, in which type.
#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/linalg/linalg_matrix.hpp"

namespace ct::cpu {

namespace {

template <class T>
void run(const LinalgArgs& args) {
  switch (args.op) {
    case LinalgOp::solve:
      return linalg::solve<T>(args);
    case LinalgOp::determinant:
      return linalg::determinant<T>(args);
    case LinalgOp::cofactor:
      return linalg::cofactor<T>(args);
    case LinalgOp::cholesky:
      return linalg::cholesky<T>(args);
    case LinalgOp::triangular:
      return linalg::triangular<T>(args);
    case LinalgOp::qr:
      return linalg::qr<T>(args);
    case LinalgOp::svd:
      return linalg::svd<T>(args);
    case LinalgOp::eigh:
      return linalg::eigh<T>(args);
    case LinalgOp::least_squares:
      return linalg::least_squares<T>(args);
  }
}

}  // namespace

void CpuBackend::linalg(const LinalgArgs& args) {
  if (args.a.dtype == DType::float64) {
    run<double>(args);
  } else {
    run<float>(args);
  }
}

}  // namespace ct::cpu
