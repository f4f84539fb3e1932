// Products of plain matrices: what a BLAS can express of a matmul call, the two that can compute it
// (our kernels and CLBlast), and which of them does. CLBlast is at home on GPUs; on CPU-class
// devices our kernels are several times as fast. `tune` measures the two on the device that is
// there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct::opencl {

class Runtime;

enum class GemmKernel : uint8_t { own, clblast };

/// Row-major c (m, n) = op(a) (m, k) op(b) (k, n); a transposed operand lies as (k, m) or (n, k).
struct Gemm {
  DType dtype = DType::float32;
  bool a_transposed = false, b_transposed = false;
  int64_t m = 0, n = 0, k = 0;
  int64_t a_step = 0, b_step = 0, c_step = 0;  ///< elements between rows as they lie
};

/// Nothing where BLAS cannot: batches, types that are only stored, strides in both directions,
/// empty sizes. The bias is not in it.
CT_API std::optional<Gemm> as_gemm(const MatmulArgs& args);

/// One product timed with both; an infinite time says that the result was wrong or the call failed.
struct GemmTiming {
  Gemm gemm;
  double own_us = 0, clblast_us = 0;
};

/// Which kernel serves which product, by the nearest one that was timed.
class CT_API GemmChoices {
 public:
  /// `untimed` serves what has no timing of its type and layout, if the product is large.
  explicit GemmChoices(GemmKernel untimed = GemmKernel::own) : untimed_(untimed) {}
  GemmKernel choose(const Gemm& gemm) const;
  void set(std::vector<GemmTiming> timings) { timings_ = std::move(timings); }
  /// One kernel for everything.
  void force(GemmKernel kernel) { forced_ = kernel; }

  /// One line a timing, for the cache on disk. What cannot be read is no timing.
  static std::string to_text(const std::vector<GemmTiming>& timings);
  static std::vector<GemmTiming> from_text(std::string_view text);

 private:
  GemmKernel untimed_;
  std::optional<GemmKernel> forced_;
  std::vector<GemmTiming> timings_;
};

/// What CT_OPENCL_GEMM=own|clblast wants, if it is set. Errors: ValueError for anything else, and
/// for clblast in a library built without it.
CT_API std::optional<GemmKernel> forced_gemm(bool with_clblast);

/// Whether this library was built with CLBlast.
CT_API bool has_clblast();
/// args.out = a b, without bias and epilogue, in a library that has CLBlast. Errors: BackendError
/// with CLBlast's status and sizes.
void run_clblast(Runtime& runtime, const MatmulArgs& args, const Gemm& gemm);
enum class MatmulAlgorithm : uint8_t;  // choice.hpp
/// args.out = a b + bias by an algorithm of ours, any strides and batch; without the epilogue.
void run_own_matmul(Runtime& runtime, const MatmulArgs& args, MatmulAlgorithm algorithm);

}  // namespace ct::opencl
