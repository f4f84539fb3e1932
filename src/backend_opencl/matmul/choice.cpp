// See choice.hpp. Times are of PoCL 3.1.
#include "backend_opencl/matmul/choice.hpp"

#include <optional>

#include "backend_opencl/matmul/matmul_batch.hpp"
#include "backend_opencl/source/library.hpp"
#include "core/view/dense.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// Vectors up to which reading the matrix for each of them is quicker than packing it: if its rows
/// lie in one piece, and if its columns do, which a product of tiles takes as they are. 1024 x 1024
/// by rows, one vector: 75 us, packed 500; two: 129, 497; four: 252, 484. By columns, one: 73, 153.
constexpr int64_t kFewRowVectors = 4, kFewColumnVectors = 2;
/// Multiplications of a product that is too small to pack A for, which is read for few panels of B.
constexpr int64_t kSmallWork = 1 << 27;
/// A B of contiguous rows is packed even so: if it is read for many panels of A (128 x 784 x 512:
/// 1.45 times the cpu device's time unpacked, 1.27 packed), or if it is narrower than a panel, for
/// more elements of A than a launch costs (64 x 512 x 10: 4.0 and 1.7 times).
constexpr int64_t kManyPanels = 16;
constexpr int64_t kNarrowWork = 1 << 14;

/// How a matrix meets few vectors, if it does.
std::optional<MatmulAlgorithm> vector_algorithm(const MatmulArgs& args) {
  const VectorSide side = vector_side(args);
  const bool by_columns = side.row_step == 1 && side.k_step != 1;
  if (side.vectors > (by_columns ? kFewColumnVectors : kFewRowVectors)) return std::nullopt;
  if (batch_of(args).rank == kMaxBatchRank) return std::nullopt;  // vectors are one more axis of it
  // A bias belongs to the columns of the result: several vectors along them have one each.
  if (!side.a_is_vector && args.bias && side.vectors > 1) return std::nullopt;
  if (by_columns) return MatmulAlgorithm::vector_columns;
  if (side.k_step != 1 && args.a.shape.back() > 1) return std::nullopt;
  return MatmulAlgorithm::vector_rows;
}

}  // namespace

MatmulAlgorithm choose_own_matmul(const MatmulArgs& args, const Profile& profile) {
  if (const auto algorithm = vector_algorithm(args)) return *algorithm;
  if (profile.style == Style::gpu) return MatmulAlgorithm::tiles;
  const int column = args.out.shape.rank() - 1;
  const int64_t m = args.out.shape[column - 1], n = args.out.shape[column];
  const int64_t k = args.a.shape[column];
  const DType compute = wrapping_type(args.out.dtype);
  // Types that are only stored are converted while they are packed.
  if (args.out.dtype != compute || m * n * k * batch_of(args).count > kSmallWork) {
    return MatmulAlgorithm::packed;
  }
  const auto [height, width] = panel_shape(profile, compute);
  const bool pack_b = (args.b.strides[column] != 1 && n > 1) ||
                      ceil_div(m, height) >= kManyPanels || (n < width && m * k >= kNarrowWork);
  return pack_b ? MatmulAlgorithm::direct_packed : MatmulAlgorithm::direct;
}

MatmulAlgorithm choose_matmul(const MatmulArgs& args, const Profile& profile,
                              const GemmChoices& choices) {
  const std::optional<Gemm> gemm = as_gemm(args);
  return gemm && choices.choose(*gemm) == GemmKernel::clblast ? MatmulAlgorithm::clblast
                                                              : choose_own_matmul(args, profile);
}

}  // namespace ct::opencl
