// See gemm.hpp.
#include "backend_opencl/matmul/gemm.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "core/settings.hpp"
#include "customtensor/error.hpp"

namespace ct::opencl {
namespace {

/// Multiplications below which a product that was never timed is not worth CLBlast's packing.
constexpr double kLargeWork = 1 << 24;

/// Elements between the rows of a matrix as BLAS wants them, or 0: `across` is the step from row to
/// row, `along` from column to column.
int64_t row_step(int64_t rows, int64_t columns, int64_t across, int64_t along) {
  if (columns > 1 && along != 1) return 0;
  if (rows == 1) return columns;
  return across >= columns ? across : 0;
}

/// In doublings, over the three sizes.
double distance(const Gemm& a, const Gemm& b) {
  const auto doublings = [](int64_t x, int64_t y) {
    return std::log2(static_cast<double>(x) / static_cast<double>(y));
  };
  return std::hypot(doublings(a.m, b.m), doublings(a.n, b.n), doublings(a.k, b.k));
}

}  // namespace

std::optional<Gemm> as_gemm(const MatmulArgs& args) {
  const DType dtype = args.out.dtype;
  if (dtype != DType::float32 && dtype != DType::float64) return std::nullopt;
  const int rank = args.out.shape.rank();
  for (int axis = 0; axis < rank - 2; ++axis) {
    if (args.out.shape[axis] != 1) return std::nullopt;
  }
  const int row = rank - 2;
  const int column = rank - 1;
  Gemm g;
  g.dtype = dtype;
  g.m = args.out.shape[row];
  g.n = args.out.shape[column];
  g.k = args.a.shape[column];
  if (g.m == 0 || g.n == 0 || g.k == 0) return std::nullopt;
  g.c_step = row_step(g.m, g.n, args.out.strides[row], args.out.strides[column]);
  const auto lay = [&](const TensorView& view, int64_t rows, int64_t columns, bool& transposed) {
    int64_t step = row_step(rows, columns, view.strides[row], view.strides[column]);
    transposed = step == 0;
    if (transposed) step = row_step(columns, rows, view.strides[column], view.strides[row]);
    return step;
  };
  g.a_step = lay(args.a, g.m, g.k, g.a_transposed);
  g.b_step = lay(args.b, g.k, g.n, g.b_transposed);
  if (g.a_step == 0 || g.b_step == 0 || g.c_step == 0) return std::nullopt;
  return g;
}

GemmKernel GemmChoices::choose(const Gemm& gemm) const {
  if (forced_) return *forced_;
  const GemmTiming* nearest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const GemmTiming& timing : timings_) {
    const Gemm& timed = timing.gemm;
    if (timed.dtype != gemm.dtype || timed.a_transposed != gemm.a_transposed ||
        timed.b_transposed != gemm.b_transposed) {
      continue;
    }
    const double away = distance(timed, gemm);
    if (away < least) {
      least = away;
      nearest = &timing;
    }
  }
  if (nearest != nullptr) {
    return nearest->clblast_us < nearest->own_us ? GemmKernel::clblast : GemmKernel::own;
  }
  const double work =
      static_cast<double>(gemm.m) * static_cast<double>(gemm.n) * static_cast<double>(gemm.k);
  return work >= kLargeWork ? untimed_ : GemmKernel::own;
}

std::string GemmChoices::to_text(const std::vector<GemmTiming>& timings) {
  std::string text;
  for (const GemmTiming& t : timings) {
    text += fmt::format("{} {:d} {:d} {} {} {} {} {}\n", name(t.gemm.dtype), t.gemm.a_transposed,
                        t.gemm.b_transposed, t.gemm.m, t.gemm.n, t.gemm.k, t.own_us, t.clblast_us);
  }
  return text;
}

std::vector<GemmTiming> GemmChoices::from_text(std::string_view text) {
  std::vector<GemmTiming> timings;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string type, own, clblast;
    GemmTiming t;
    words >> type >> t.gemm.a_transposed >> t.gemm.b_transposed >> t.gemm.m >> t.gemm.n >>
        t.gemm.k >> own >> clblast;
    if (!words || t.gemm.m < 1 || t.gemm.n < 1 || t.gemm.k < 1) continue;
    if (type != name(DType::float32) && type != name(DType::float64)) continue;
    t.gemm.dtype = type == name(DType::float32) ? DType::float32 : DType::float64;
    // strtod, because streams do not read "inf".
    t.own_us = std::strtod(own.c_str(), nullptr);
    t.clblast_us = std::strtod(clblast.c_str(), nullptr);
    if (t.own_us > 0 && t.clblast_us > 0) timings.push_back(t);
  }
  return timings;
}

std::optional<GemmKernel> forced_gemm(bool with_clblast) {
  const auto wanted = settings::kGemm.read();
  if (!wanted) return std::nullopt;
  if (*wanted == "own") return GemmKernel::own;
  if (!with_clblast) {
    throw ValueError(
        "custom_gpu: CT_OPENCL_GEMM is clblast, but the library was built without CLBlast; build "
        "it again where CLBlast is installed (libclblast-dev)");
  }
  return GemmKernel::clblast;
}

}  // namespace ct::opencl
