// The register tile of the matrix kernels: kMr rows by two vectors. 6 x 2 fills the 16 registers of
// AVX2 and SSE4, 12 x 2 the 32 of AVX-512 and NEON.

// Per-target include guard
#if defined(CT_GEMM_TILE_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_GEMM_TILE_INL_HPP_
#undef CT_GEMM_TILE_INL_HPP_
#else
#define CT_GEMM_TILE_INL_HPP_
#endif

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE::gemm {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
inline constexpr int kMr = 12;
#else
inline constexpr int kMr = 6;
#endif

template <class T>
using Tag = hn::ScalableTag<T>;
template <class T>
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag<T>()));
template <class T>
inline constexpr int kNr = 2 * kLanes<T>;

}  // namespace ct::cpu::HWY_NAMESPACE::gemm
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
