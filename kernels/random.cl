// The pointwise instructions uniform and normal: Philox 4x32-10, LANES elements at a time, each
// lane with the block of its own element. What an element is stands in customtensor/random.hpp.
// After common.cl; T is float or double.

typedef VEC(uint) Word;
typedef VEC(ulong) Place;

typedef struct {
  Word w0, w1, w2, w3;
} Block;

Block philox(ulong seed, Place counter) {
  Block c = {CONVERT(uint, counter & 0xffffffffUL), CONVERT(uint, counter >> 32), (Word)(0u),
             (Word)(0u)};
  uint k0 = (uint)seed;
  uint k1 = (uint)(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Word high0 = mul_hi((Word)(0xD2511F53u), c.w0);
    const Word high1 = mul_hi((Word)(0xCD9E8D57u), c.w2);
    const Word low0 = 0xD2511F53u * c.w0;
    const Word low1 = 0xCD9E8D57u * c.w2;
    const Block next = {high1 ^ c.w1 ^ k0, low1, high0 ^ c.w3 ^ k1, low0};
    c = next;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

/// Element numbers of the lanes, the first being `index`.
Place places(ulong index) {
#if LANES == 1
  return index;
#else
  return index + (Place)(0, 1, 2, 3, 4, 5, 6, 7);
#endif
}

#if KIND == 1
#define UNIT 0x1p-24f
V op_uniform(ulong seed, ulong offset, ulong index) {
  const Place i = places(index);
  const Block b = philox(seed, offset + (i >> 2));
  const VEC(int) k = CONVERT(int, i & 3UL);
  const Word w = (k & 2) != 0 ? ((k & 1) != 0 ? b.w3 : b.w2) : ((k & 1) != 0 ? b.w1 : b.w0);
  return CONVERT(float, w >> 8) * UNIT;
}
V op_normal(ulong seed, ulong offset, ulong index) {
  const Place i = places(index);
  const Block b = philox(seed, offset + (i >> 2));
  const VEC(int) k = CONVERT(int, i & 3UL);
  const Word first = (k & 2) != 0 ? b.w2 : b.w0;
  const Word second = (k & 2) != 0 ? b.w3 : b.w1;
  const V u1 = CONVERT(float, (first >> 8) + 1u) * UNIT;
  const V u2 = CONVERT(float, second >> 8) * UNIT;
  const V r = sqrt(-2.0f * log(u1));
  return (k & 1) != 0 ? r * sinpi(2.0f * u2) : r * cospi(2.0f * u2);
}
#elif KIND == 2
#define UNIT 0x1p-53
Place bits53(Word low, Word high) {
  return (CONVERT(ulong, low) | (CONVERT(ulong, high) << 32)) >> 11;
}
V op_uniform(ulong seed, ulong offset, ulong index) {
  const Place i = places(index);
  const Block b = philox(seed, offset + (i >> 1));
  const Place bits = (i & 1UL) != 0UL ? bits53(b.w2, b.w3) : bits53(b.w0, b.w1);
  return CONVERT(double, bits) * UNIT;
}
V op_normal(ulong seed, ulong offset, ulong index) {
  const Place i = places(index);
  const Block b = philox(seed, offset + (i >> 1));
  const V u1 = CONVERT(double, bits53(b.w0, b.w1) + 1UL) * UNIT;
  const V u2 = CONVERT(double, bits53(b.w2, b.w3)) * UNIT;
  const V r = sqrt(-2.0 * log(u1));
  return (i & 1UL) != 0UL ? r * sinpi(2.0 * u2) : r * cospi(2.0 * u2);
}
#endif
