// The pointwise instructions uniform and normal: Philox 4x32-10, LANES elements at a time, each
// lane with the block of its own element. What an element is stands in customtensor/random.hpp.
// After common.cl; T is float or double.

typedef VEC(uint) Word;
typedef VEC(ulong) Place;

#define LOW_WORD 0xffffffffUL

// Blocks of Q, ulongs. A word is the lower half of one: so its products need no other instruction
// than vectors of 64 bits have.
#define PHILOX(Q, Blocks, name)                                                            \
  typedef struct {                                                                         \
    Q w0, w1, w2, w3;                                                                      \
  } Blocks;                                                                                \
  static Blocks name(ulong seed, Q counter) {                                              \
    Blocks c = {counter, counter >> 32, (Q)(0UL), (Q)(0UL)};                               \
    uint k0 = (uint)seed;                                                                  \
    uint k1 = (uint)(seed >> 32);                                                          \
    for (int round = 0; round < 10; ++round) {                                             \
      const Q p0 = (c.w0 & LOW_WORD) * 0xD2511F53UL;                                       \
      const Q p1 = (c.w2 & LOW_WORD) * 0xCD9E8D57UL;                                       \
      const Blocks next = {(p1 >> 32) ^ c.w1 ^ (ulong)k0, p1, (p0 >> 32) ^ c.w3 ^ (ulong)k1,\
                           p0};                                                            \
      c = next;                                                                            \
      k0 += 0x9E3779B9u;                                                                   \
      k1 += 0xBB67AE85u;                                                                   \
    }                                                                                      \
    const Blocks words = {c.w0 & LOW_WORD, c.w1 & LOW_WORD, c.w2 & LOW_WORD,               \
                          c.w3 & LOW_WORD};                                                \
    return words;                                                                          \
  }
PHILOX(Place, Block, philox)
#if LANES > 1
// Neighbouring elements share blocks: of lanes that begin with one, only the blocks there are.
PHILOX(ulong4, FourBlocks, philox_4)
#endif

/// Element numbers of the lanes, the first being `index`.
static Place places(ulong index) {
  return index + (Place)(LANE_NUMBERS);
}

/// Floats from number `first` on, for the calls to come: LANES blocks fill the vectors of
/// the device, the few that LANES elements take do not.
#define DRAWS (4 * LANES)
typedef struct {
  ulong first;
#if KIND == 1 && LANES > 1
  float values[DRAWS];
#endif
} Draws;
#define NO_DRAWS (~0UL - DRAWS)  // farther from every element than there are

#if KIND == 1
#define UNIT 0x1p-24f
/// The numbers of two words.
#define RADIUS(w) sqrt(-2.0f * log(((w) + 1.0f) * UNIT))
#define ANGLE(w) (2.0f * ((w)*UNIT))

#if LANES > 1
#define UNIT_OF(w) (CONVERT(float, CONVERT(uint, w) >> 8) * UNIT)
// Elements of a and b in turn, from the lower and the upper half.
static V zip_low(V a, V b) {
  V r;
  r.even = a.lo;
  r.odd = b.lo;
  return r;
}
static V zip_high(V a, V b) {
  V r;
  r.even = a.hi;
  r.odd = b.hi;
  return r;
}
static void draw(Draws* draws, ulong seed, ulong offset, ulong index, int normal) {
  const Block block = philox(seed, offset + (index >> 2) + places(0));
  V a = UNIT_OF(block.w0), b = UNIT_OF(block.w1);
  V c = UNIT_OF(block.w2), d = UNIT_OF(block.w3);
  if (normal) {  // a pair of words makes a pair of numbers
    box_muller(a + UNIT, b, &a, &b);
    box_muller(c + UNIT, d, &c, &d);
  }
  draws->first = index;
  const V low_ac = zip_low(a, c), low_bd = zip_low(b, d);
  const V high_ac = zip_high(a, c), high_bd = zip_high(b, d);
  STORE_OWN(float, LANES, draws->values, zip_low(low_ac, low_bd));
  STORE_OWN(float, LANES, draws->values + LANES, zip_high(low_ac, low_bd));
  STORE_OWN(float, LANES, draws->values + 2 * LANES, zip_low(high_ac, high_bd));
  STORE_OWN(float, LANES, draws->values + 3 * LANES, zip_high(high_ac, high_bd));
}
/// The numbers from `index` on, if they are there or begin a block; else 0.
static int drawn(Draws* draws, ulong seed, ulong offset, ulong index, int normal, V* result) {
  if (index - draws->first > DRAWS - LANES) {
    if ((index & 3UL) != 0) return 0;
    draw(draws, seed, offset, index, normal);
  }
  *result = LOAD_OWN(float, LANES, draws->values + (index - draws->first));
  return 1;
}
#endif
static V op_uniform(Draws* draws, ulong seed, ulong offset, ulong index) {
#if LANES > 1
  V result;
  if (drawn(draws, seed, offset, index, 0, &result)) return result;
#endif
  const Place i = places(index);
  const Block b = philox(seed, offset + (i >> 2));
  const VEC(long) k = CONVERT(long, i & 3UL);
  const Place w = (k & 2) != 0 ? ((k & 1) != 0 ? b.w3 : b.w2) : ((k & 1) != 0 ? b.w1 : b.w0);
  return CONVERT(float, CONVERT(uint, w) >> 8) * UNIT;
}
static V op_normal(Draws* draws, ulong seed, ulong offset, ulong index) {
#if LANES > 1
  V result;
  if (drawn(draws, seed, offset, index, 1, &result)) return result;
#endif
  const Place i = places(index);
  const Block b = philox(seed, offset + (i >> 2));
  const VEC(long) k = CONVERT(long, i & 3UL);
  const Word first = CONVERT(uint, (k & 2) != 0 ? b.w2 : b.w0) >> 8;
  const Word second = CONVERT(uint, (k & 2) != 0 ? b.w3 : b.w1) >> 8;
  const V r = RADIUS(CONVERT(float, first));
  const V angle = ANGLE(CONVERT(float, second));
  return CONVERT(int, k & 1) != 0 ? r * sinpi(angle) : r * cospi(angle);
}
#elif KIND == 2
#define UNIT 0x1p-53
#define BITS_53(low, high) (((low) | ((high) << 32)) >> 11)
static V op_uniform(Draws* draws, ulong seed, ulong offset, ulong index) {
#if LANES > 1
  if ((index & 1UL) == 0) {
    const FourBlocks b = philox_4(seed, offset + (index >> 1) + (ulong4)(0, 1, 2, 3));
    const ulong4 even = BITS_53(b.w0, b.w1);
    const ulong4 odd = BITS_53(b.w2, b.w3);
    const Place bits = (Place)(even.x, odd.x, even.y, odd.y, even.z, odd.z, even.w, odd.w);
    return CONVERT(double, bits) * UNIT;
  }
#endif
  const Place i = places(index);
  const Block b = philox(seed, offset + (i >> 1));
  const Place bits = (i & 1UL) != 0UL ? BITS_53(b.w2, b.w3) : BITS_53(b.w0, b.w1);
  return CONVERT(double, bits) * UNIT;
}
static V op_normal(Draws* draws, ulong seed, ulong offset, ulong index) {
  const Place i = places(index);
  const Block b = philox(seed, offset + (i >> 1));
  const V u1 = CONVERT(double, BITS_53(b.w0, b.w1) + 1UL) * UNIT;
  const V u2 = CONVERT(double, BITS_53(b.w2, b.w3)) * UNIT;
  const V r = sqrt(-2.0 * log(u1));
  return (i & 1UL) != 0UL ? r * sinpi(2.0 * u2) : r * cospi(2.0 * u2);
}
#endif
