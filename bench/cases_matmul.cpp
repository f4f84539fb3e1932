// Matrix products: square, the shapes of small networks, transposed operands, batches, attention.
#include "case.hpp"

namespace bench {
namespace {

enum class Layout { plain, a_transposed, b_transposed };

void add_product(Cases& cases, const std::string& name, int64_t m, int64_t k, int64_t n,
                 Layout layout = Layout::plain) {
  const char* how = layout == Layout::a_transposed   ? ", A stored [K,M]"
                    : layout == Layout::b_transposed ? ", B stored [N,K]"
                                                     : "";
  const auto dm = static_cast<double>(m), dk = static_cast<double>(k), dn = static_cast<double>(n);
  cases.push_back({.name = name,
                   .what = std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n) +
                           " (MxKxN)" + how,
                   .flops = 2 * dm * dk * dn,
                   .bytes = kFloat * (dm * dk + dk * dn + dm * dn),
                   .prepare = [=] {
                     const bool ta = layout == Layout::a_transposed,
                                tb = layout == Layout::b_transposed;
                     Tensor a = ta ? uniform({k, m}, 1).t() : uniform({m, k}, 1);
                     Tensor b = tb ? uniform({n, k}, 2).t() : uniform({k, n}, 2);
                     return forward([a, b] { return matmul(a, b); });
                   }});
}

void add_attention(Cases& cases) {
  const Shape shape{8, 8, 256, 64};
  constexpr double kFlops = 2.0 * 2 * 64 * 256 * 256 * 64;
  constexpr double kBytes = kFloat * 8 * 8 * 256 * 64;
  cases.push_back({.name = "attention_fwd",
                   .what = "q, k, v [8,8,256,64], softmax(q k^T / 8) v",
                   .flops = kFlops,
                   .bytes = 4 * kBytes,
                   .prepare = [shape] {
                     return forward([q = uniform(shape, 1), k = uniform(shape, 2),
                                     v = uniform(shape, 3)] { return lib::attention(q, k, v); });
                   }});
  cases.push_back({.name = "attention_fwdbwd",
                   .what = "the same with gradients of q, k, v",
                   .flops = 3 * kFlops,
                   .bytes = 12 * kBytes,
                   .prepare = [shape] {
                     Tensor q = leaf(shape, 1), k = leaf(shape, 2), v = leaf(shape, 3);
                     return forward_backward([=] { return lib::attention(q, k, v); }, {q, k, v},
                                             uniform(shape, 4));
                   }});
}

}  // namespace

void add_matmul_cases(Cases& cases) {
  for (int64_t n : {16, 64, 256, 512, 1024, 2048}) {
    add_product(cases, "mm_" + std::to_string(n), n, n, n);
  }
  add_product(cases, "mm_128x784x512", 128, 784, 512);
  add_product(cases, "mm_64x512x10", 64, 512, 10);
  add_product(cases, "mm_256x1024x1024", 256, 1024, 1024);
  add_product(cases, "mm_64x576x50176", 64, 576, 50176);
  add_product(cases, "mm_1024_ta", 1024, 1024, 1024, Layout::a_transposed);
  add_product(cases, "mm_1024_tb", 1024, 1024, 1024, Layout::b_transposed);
  add_product(cases, "mm_128x784x512_tb", 128, 784, 512, Layout::b_transposed);
  cases.push_back({.name = "bmm_32x128x64x128",
                   .what = "[32,128,64] x [32,64,128]",
                   .flops = 2.0 * 32 * 128 * 64 * 128,
                   .bytes = kFloat * 32 * (2 * 128 * 64 + 128 * 128),
                   .prepare = [] {
                     return forward([a = uniform({32, 128, 64}, 1), b = uniform({32, 64, 128}, 2)] {
                       return matmul(a, b);
                     });
                   }});
  add_product(cases, "mv_1x1024x1024", 1, 1024, 1024);
  add_attention(cases);
}

}  // namespace bench
