// See choice.hpp.
#include "backend_cpu/matmul/choice.hpp"

namespace ct::cpu {

template <class T>
GemmAlgorithm choose_gemm(const Gemm<T>& g) {
  if (g.m != 1) return GemmAlgorithm::blocks;
  // Narrow rows of B leave the vector kernel little to do; the register tile handles them well.
  const bool by_rows = g.b_column == 1 && g.n >= 64;
  const bool by_columns = g.b_column != 1 && g.b_row == 1;
  return by_rows || by_columns ? GemmAlgorithm::vector : GemmAlgorithm::blocks;
}
template GemmAlgorithm choose_gemm<float>(const Gemm<float>&);
template GemmAlgorithm choose_gemm<double>(const Gemm<double>&);

// Whole products side by side pack nothing for each other and meet at the end only; but a few of
// them leave threads idle, and many pieces keep all threads busy within one product.
BatchOrder choose_order(int64_t count, int64_t pieces) {
  const bool divisible = pieces > 1 && (count < 16 || pieces >= 16);
  return divisible ? BatchOrder::one_by_one : BatchOrder::side_by_side;
}

}  // namespace ct::cpu
