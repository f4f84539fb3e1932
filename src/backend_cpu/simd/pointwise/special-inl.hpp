// erfc and erfinv of vectors, by polynomials fitted for this library in float; in double, and for
// the gamma functions, lane by lane in double. Errors in float: erfc <= 6 ulp, erfinv <= 5.
#if defined(CT_BACKEND_CPU_SIMD_SPECIAL_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_SPECIAL_INL_HPP
#undef CT_BACKEND_CPU_SIMD_SPECIAL_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_SPECIAL_INL_HPP
#endif

#include "backend_cpu/simd/pointwise/math-inl.hpp"
#include "core/program/special_functions.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

template <class D, class V>
HWY_INLINE V Erfc(D d, V x) {
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    // exp(a^2) erfc(a) (1 + 2 a) in (a - 3) / (a + 3), 2^-29
    constexpr float kScaled[] = {1.25300801F,    -0.135621145F,    -0.0475624092F,  0.129646435F,
                                 -0.119270794F,  0.068295747F,     -0.0237985402F,  0.00256656134F,
                                 0.00200335495F, -0.000775116205F, -0.000267179305F};
    const hn::RebindToUnsigned<D> bits;
    const V one = hn::Set(d, 1.0F);
    const V three = hn::Set(d, 3.0F);
    // Above 10.1 the result is 0. NaN stays.
    const V a = hn::Min(hn::Set(d, 10.1F), hn::Abs(x));
    const V scaled =
        Polynomial(d, hn::Sub(a, three) / hn::Add(a, three), kScaled) / hn::Add(one, hn::Add(a, a));
    // a^2 in two parts: rounding it would cost 100 ulp. That of 12 bits' square is exact.
    const V high = hn::BitCast(d, hn::And(hn::BitCast(bits, a), hn::Set(bits, 0xfffff000U)));
    const V rest = hn::Sub(high, a) * hn::Add(high, a);
    const V small_exp =
        hn::Add(one, hn::MulAdd(rest * rest, Polynomial(d, rest, MathFormat<float>::kExp), rest));
    const V tail = Exp(d, hn::Neg(high * high)) * (small_exp * scaled);
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(hn::Set(d, 2.0F), tail), tail);
  } else {
    return PerLane(d, x, [](double v) { return std::erfc(v); });
  }
}

template <class D, class V>
HWY_INLINE V Erfinv(D d, V x) {
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    // erfinv(x) / x by w = -log(1 - x^2): in w - 2.5 below 5, 2^-27.4; in sqrt(w) - 3 above,
    // 2^-25.8
    constexpr float kCentre[] = {
        1.50140941F,      0.24664028F,      -0.00417738687F, -0.0012527419F,  0.000218344445F,
        -4.96333951e-06F, -3.46270417e-06F, 4.66169297e-07F, 2.32325803e-08F, -8.79098305e-09F};
    constexpr float kTail[] = {2.83297682F,      1.00167477F,    0.00944417622F, -0.00763470773F,
                               0.00569617515F,   -0.0036094673F, 0.00146158971F, -3.30035618e-05F,
                               -0.000291015866F, 9.84987782e-05F};
    const V one = hn::Set(d, 1.0F);
    const V w = hn::Neg(Log(d, hn::Sub(one, x) * hn::Add(one, x)));
    const V centre = Polynomial(d, hn::Sub(w, hn::Set(d, 2.5F)), kCentre);
    const V tail = Polynomial(d, hn::Sub(hn::Sqrt(w), hn::Set(d, 3.0F)), kTail);
    const V y = x * hn::IfThenElse(hn::Lt(w, hn::Set(d, 5.0F)), centre, tail);
    const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
    return hn::IfThenElse(hn::Eq(hn::Abs(x), one), hn::CopySign(infinity, x), y);
  } else {
    return PerLane(d, x, [](double v) { return special::erfinv(v); });
  }
}

template <class D, class V>
HWY_INLINE V Lgamma(D d, V x) {
  using T = hn::TFromD<D>;
  return PerLane(d, x, [](T v) { return static_cast<T>(special::lgamma(static_cast<double>(v))); });
}
template <class D, class V>
HWY_INLINE V Digamma(D d, V x) {
  using T = hn::TFromD<D>;
  return PerLane(d, x,
                 [](T v) { return static_cast<T>(special::digamma(static_cast<double>(v))); });
}
template <class D, class V>
HWY_INLINE V Polygamma(D d, V n, V x) {
  using T = hn::TFromD<D>;
  return PerLane(d, n, x, [](T a, T b) {
    return static_cast<T>(special::polygamma(static_cast<double>(a), static_cast<double>(b)));
  });
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
