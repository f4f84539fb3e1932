// The only file that knows CLBlast. Its tuning parameters are left alone: it accepts sets that give
// wrong numbers.
#include <fmt/format.h>

#include <cassert>
#include <mutex>

#include "backend_opencl/matmul/gemm.hpp"
#include "backend_opencl/runtime/error.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "customtensor/error.hpp"

#ifdef CT_CLBLAST
#include <clblast.h>
#endif

namespace ct::opencl {

#ifdef CT_CLBLAST
namespace {

template <class T>
void multiply(Runtime& runtime, const MatmulArgs& args, const Gemm& gemm) {
  constexpr auto kLayout = clblast::Layout::kRowMajor;
  const auto transpose = [](bool yes) {
    return yes ? clblast::Transpose::kYes : clblast::Transpose::kNo;
  };
  const auto word = [](int64_t value) { return static_cast<size_t>(value); };
  const auto memory = [](const TensorView& view) { return static_cast<cl_mem>(view.buffer); };
  /// Errors: BackendError.
  const auto check = [&](cl_int code, const char* function) {
    if (runtime.calls().succeeded(code, CallKind::enqueue)) return;
    throw BackendError(fmt::format(
        "custom_gpu: CLBlast's {} failed with {} ({}): ({}, {}){} @ ({}, {}){} of {}; "
        "CT_OPENCL_GEMM=own does without CLBlast",
        function, code_name(code), code, gemm.m, gemm.k, gemm.a_transposed ? " transposed" : "",
        gemm.k, gemm.n, gemm.b_transposed ? " transposed" : "", name(gemm.dtype)));
  };
  const auto a_transpose = transpose(gemm.a_transposed);
  const auto b_transpose = transpose(gemm.b_transposed);
  const size_t m = word(gemm.m), n = word(gemm.n), k = word(gemm.k);
  const size_t a_offset = word(args.a.offset), a_step = word(gemm.a_step);
  const size_t b_offset = word(args.b.offset), b_step = word(gemm.b_step);
  const size_t c_offset = word(args.out.offset), c_step = word(gemm.c_step);
  // Without a temporary of ours it would make a new one at every call.
  size_t bytes = 0;
  cl_command_queue asked = runtime.calls().queue();
  check(static_cast<cl_int>(clblast::GemmTempBufferSize<T>(kLayout, a_transpose, b_transpose, m, n,
                                                           k, a_offset, a_step, b_offset, b_step,
                                                           c_offset, c_step, &asked, bytes)),
        "GemmTempBufferSize");
  const Scratch temporary(runtime, bytes);
  const std::lock_guard lock(runtime.mutex());
  check(
      runtime.calls().enqueue_foreign(
          "CLBlast's gemm",
          [&](cl_command_queue queue, cl_event* event) {
            return static_cast<cl_int>(clblast::Gemm<T>(
                kLayout, a_transpose, b_transpose, m, n, k, T{1}, memory(args.a), a_offset, a_step,
                memory(args.b), b_offset, b_step, T{0}, memory(args.out), c_offset, c_step, &queue,
                event, bytes == 0 ? nullptr : static_cast<cl_mem>(temporary.buffer())));
          }),
      "Gemm");
}

}  // namespace

bool has_clblast() { return true; }

void run_clblast(Runtime& runtime, const MatmulArgs& args, const Gemm& gemm) {
  if (gemm.dtype == DType::float64) {
    multiply<double>(runtime, args, gemm);
  } else {
    multiply<float>(runtime, args, gemm);
  }
}

#else

bool has_clblast() { return false; }

void run_clblast(Runtime&, const MatmulArgs&, const Gemm&) {
  assert(false && "nothing chooses what is not there");
}

#endif

}  // namespace ct::opencl
