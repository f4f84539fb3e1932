// Uniform and normal numbers from Philox 4x32-10, a vector of counters at a time. The definition of
// every element stands in customtensor/random.hpp.
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/random.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include <algorithm>
#include <cstring>

#include "backend_cpu/simd/pointwise/math-inl.hpp"
#include "backend_cpu/simd/pointwise/trigonometry-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

using DWords = hn::ScalableTag<uint64_t>;
using Words = hn::Vec<DWords>;

/// Four words of each counter, in the low halves of 64-bit lanes (the high halves are garbage).
struct PhiloxWords {
  Words w0, w1, w2, w3;
};

inline constexpr int kRounds = 10;

/// The keys of all rounds, in every lane: made once a call.
class PhiloxKeys {
 public:
  explicit PhiloxKeys(uint64_t seed) {
    const DWords d;
    uint32_t k0 = static_cast<uint32_t>(seed);
    uint32_t k1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < kRounds; ++round) {
      hn::Store(hn::Set(d, uint64_t{k0}), d, lanes_ + 2 * round * kLanes);
      hn::Store(hn::Set(d, uint64_t{k1}), d, lanes_ + (2 * round + 1) * kLanes);
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
  }
  HWY_INLINE Words get(int i) const { return hn::Load(DWords(), lanes_ + i * kLanes); }

 private:
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(DWords()));
  HWY_ALIGN uint64_t lanes_[2 * kRounds * kLanes];
};

/// 64-bit lanes need no reassembly of products: multiplication reads the low halves only.
HWY_INLINE PhiloxWords Philox(Words counter, const PhiloxKeys& keys) {
  const DWords d;
  const hn::RepartitionToNarrow<DWords> narrow;
  const auto multiply = [&](Words a, uint64_t m) HWY_ATTR {
    return hn::MulEven(hn::BitCast(narrow, a), hn::BitCast(narrow, hn::Set(d, m)));
  };
  Words c0 = counter;
  Words c1 = hn::ShiftRight<32>(counter);
  Words c2 = hn::Zero(d);
  Words c3 = hn::Zero(d);
  for (int round = 0; round < kRounds; ++round) {
    const Words p0 = multiply(c0, 0xD2511F53U);
    const Words p1 = multiply(c2, 0xCD9E8D57U);
    c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), c1), keys.get(2 * round));
    c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), c3), keys.get(2 * round + 1));
    c1 = p1;
    c3 = p0;
  }
  return {c0, c1, c2, c3};
}

/// Lane 2b of 64 bits works on counter b, lane 2b + 1 on counter Lanes / 2 + b: interleaving within
/// 128-bit blocks then leaves the results in order.
HWY_INLINE Words LaneCounters() {
  const DWords d;
  HWY_ALIGN uint64_t lanes[hn::MaxLanes(DWords())];
  const size_t n = hn::Lanes(d);
  for (size_t i = 0; i < n; ++i) lanes[i] = i / 2 + (i % 2) * (n / 2);
  return hn::Load(d, lanes);
}

/// low | high << 32 in each 64-bit lane.
HWY_INLINE Words Pack(Words low, Words high) {
  const DWords d;
  return hn::Or(hn::And(low, hn::Set(d, 0xffffffffULL)), hn::ShiftLeft<32>(high));
}

/// Two vectors interleaved by lanes of type T and stored in order.
template <class D, class V, class T>
HWY_INLINE void StoreInterleavedBlocks(D d, V a, V b, T* out) {
  hn::StoreU(hn::InterleaveLower(d, a, b), d, out);
  hn::StoreU(hn::InterleaveUpper(d, a, b), d, out + hn::Lanes(d));
}

struct UniformFloat {
  using T = float;
  static HWY_INLINE void Store(const PhiloxWords& w, float* out) {
    const DWords d;
    const hn::ScalableTag<float> df;
    const hn::ScalableTag<int32_t> di;
    const auto to_float = [&](Words words) HWY_ATTR {
      const auto top = hn::ShiftRight<8>(hn::BitCast(hn::ScalableTag<uint32_t>(), words));
      return hn::ConvertTo(df, hn::BitCast(di, top)) * hn::Set(df, 0x1.0p-24F);
    };
    const Words w01 = Pack(w.w0, w.w1);
    const Words w23 = Pack(w.w2, w.w3);
    hn::StoreU(to_float(hn::InterleaveLower(d, w01, w23)), df, out);
    hn::StoreU(to_float(hn::InterleaveUpper(d, w01, w23)), df, out + hn::Lanes(df));
  }
};

/// 53 bits of a 64-bit lane as a double in [0, 1). 2^52 takes 52 of them in its mantissa; the last
/// is added by itself.
HWY_INLINE hn::Vec<hn::ScalableTag<double>> UnitDouble(Words lane) {
  const DWords d;
  const hn::ScalableTag<double> df;
  const auto one_bits = hn::Set(d, 0x3ff0000000000000ULL);
  const auto top52 =
      hn::Sub(hn::BitCast(df, hn::Or(hn::ShiftRight<12>(lane), one_bits)), hn::Set(df, 1.0));
  const auto last = hn::And(hn::ShiftRight<11>(lane), hn::Set(d, 1));
  const auto half_ulp =
      hn::IfThenElseZero(hn::RebindMask(df, hn::Ne(last, hn::Zero(d))), hn::Set(df, 0x1.0p-53));
  return hn::Add(top52, half_ulp);
}

struct UniformDouble {
  using T = double;
  static HWY_INLINE void Store(const PhiloxWords& w, double* out) {
    StoreInterleavedBlocks(hn::ScalableTag<double>(), UnitDouble(Pack(w.w0, w.w1)),
                           UnitDouble(Pack(w.w2, w.w3)), out);
  }
};

/// r cos(2 pi u) and r sin(2 pi u); the angle is reduced in turns, which is exact.
template <class D, class V>
HWY_INLINE void BoxMuller(D d, V u1, V u2, V& first, V& second) {
  using T = hn::TFromD<D>;
  using F = FormatOf<D>;
  const hn::RebindToUnsigned<D> bits;
  const V r = hn::Sqrt(hn::Set(d, -2) * LogOfParts(d, ReduceLog(d, u1), hn::Zero(d)));
  const V magic = hn::Set(d, F::kRoundMagic);
  const V shifted = hn::MulAdd(u2, hn::Set(d, 4), magic);
  const V fraction = hn::NegMulAdd(hn::Sub(shifted, magic), hn::Set(d, 0.25), u2);
  const V angle = fraction * hn::Set(d, static_cast<T>(6.283185307179586));
  const auto quadrant = hn::BitCast(bits, shifted);
  const V z = angle * angle;
  const V sine = SinSmall(d, angle, z);
  const V cosine = CosSmall(d, z);
  // Quadrants: (cos, sin) -> (c, s), (-s, c), (-c, -s), (s, -c)
  constexpr int kSignShift = sizeof(T) * 8 - 2;
  const auto odd = hn::RebindMask(d, hn::Ne(hn::And(quadrant, hn::Set(bits, 1)), hn::Zero(bits)));
  const auto two = hn::Set(bits, 2);
  const auto sin_sign = hn::ShiftLeft<kSignShift>(hn::And(quadrant, two));
  const auto cos_sign =
      hn::ShiftLeft<kSignShift>(hn::And(hn::Add(quadrant, hn::Set(bits, 1)), two));
  const auto with_sign = [&](V v, auto sign) HWY_ATTR {
    return hn::BitCast(d, hn::Xor(hn::BitCast(bits, v), sign));
  };
  first = r * with_sign(hn::IfThenElse(odd, sine, cosine), cos_sign);
  second = r * with_sign(hn::IfThenElse(odd, cosine, sine), sin_sign);
}

struct NormalFloat {
  using T = float;
  static HWY_INLINE void Store(const PhiloxWords& w, float* out) {
    const hn::ScalableTag<float> d;
    const hn::ScalableTag<int32_t> di;
    const auto to_float = [&](Words words) HWY_ATTR {
      const auto top = hn::ShiftRight<8>(hn::BitCast(hn::ScalableTag<uint32_t>(), words));
      return hn::ConvertTo(d, hn::BitCast(di, top));
    };
    const auto scale = hn::Set(d, 0x1.0p-24F);
    const auto u1 = hn::Add(to_float(Pack(w.w0, w.w2)), hn::Set(d, 1.0F)) * scale;
    const auto u2 = to_float(Pack(w.w1, w.w3)) * scale;
    hn::Vec<decltype(d)> first;
    hn::Vec<decltype(d)> second;
    BoxMuller(d, u1, u2, first, second);
    StoreInterleavedBlocks(d, first, second, out);
  }
};

struct NormalDouble {
  using T = double;
  static HWY_INLINE void Store(const PhiloxWords& w, double* out) {
    const hn::ScalableTag<double> d;
    const auto u1 = hn::Add(UnitDouble(Pack(w.w0, w.w1)), hn::Set(d, 0x1.0p-53));
    const auto u2 = UnitDouble(Pack(w.w2, w.w3));
    hn::Vec<decltype(d)> first;
    hn::Vec<decltype(d)> second;
    BoxMuller(d, u1, u2, first, second);
    StoreInterleavedBlocks(d, first, second, out);
  }
};

template <class Distribution>
void Fill(uint64_t seed, uint64_t offset, int64_t first, void* out_data, int64_t n) {
  using T = typename Distribution::T;
  const DWords d;
  const PhiloxKeys keys(seed);
  constexpr int64_t kPerCounter = 16 / sizeof(T);
  const auto counters = static_cast<int64_t>(hn::Lanes(d));
  const int64_t group = counters * kPerCounter;
  auto* out = static_cast<T*>(out_data);
  const int64_t first_counter = first / kPerCounter;
  Words counter =
      hn::Add(hn::Set(d, offset + static_cast<uint64_t>(first_counter)), LaneCounters());
  const Words step = hn::Set(d, static_cast<uint64_t>(counters));
  // Where the group of the first counter begins, relative to `out`: at or before it.
  for (int64_t i = first_counter * kPerCounter - first; i < n; i += group) {
    const PhiloxWords words = Philox(counter, keys);
    counter = hn::Add(counter, step);
    if (i >= 0 && i + group <= n) {
      Distribution::Store(words, out + i);
    } else {
      T buffer[hn::MaxLanes(DWords()) * kPerCounter];
      Distribution::Store(words, buffer);
      const int64_t begin = std::max<int64_t>(i, 0);
      const int64_t end = std::min(n, i + group);
      std::memcpy(out + begin, buffer + (begin - i), static_cast<size_t>(end - begin) * sizeof(T));
    }
  }
}

void FillRandom(PointwiseKernels& table) {
  table.uniform[compute_index(float32)] = Fill<UniformFloat>;
  table.uniform[compute_index(float64)] = Fill<UniformDouble>;
  table.normal[compute_index(float32)] = Fill<NormalFloat>;
  table.normal[compute_index(float64)] = Fill<NormalDouble>;
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillRandom);

void fill_random_kernels(PointwiseKernels& table) { HWY_DYNAMIC_DISPATCH(FillRandom)(table); }

}  // namespace ct::cpu
#endif
