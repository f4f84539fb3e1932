// The pointwise instructions, one function each, named op_<opcode>; their meaning is that of the
// cpu device. A new opcode adds its function here and nothing else in this folder; those that OpenCL
// lacks are in gelu.cl and special.cl. After division.cl.

#define ZERO ((V)((T)0))
#define ONE ((V)((T)1))
#define TRUTH(mask) ((mask) ? ONE : ZERO)  // which a test of it takes back, as conversions do not
#define HALF ((V)((T)0.5f))

static V op_copy(V a) { return a; }

// ---- Arithmetic that wraps in integers: in C signed overflow has no meaning, unsigned has.
#if FLOATING
static V op_neg(V a) { return -a; }
static V op_add(V a, V b) { return a + b; }
static V op_sub(V a, V b) { return a - b; }
static V op_mul(V a, V b) { return a * b; }
static V op_div(V a, V b) { return a / b; }
#ifdef FAST_FMA
static V op_fma(V a, V b, V c) { return fma(a, b, c); }
#else
static V op_fma(V a, V b, V c) { return a * b + c; }
#endif
static V op_abs(V a) { return fabs(a); }
#else
static V op_neg(V a) { return AS(T, (U)((UNSIGNED)0) - AS(UNSIGNED, a)); }
static V op_add(V a, V b) { return AS(T, AS(UNSIGNED, a) + AS(UNSIGNED, b)); }
static V op_sub(V a, V b) { return AS(T, AS(UNSIGNED, a) - AS(UNSIGNED, b)); }
static V op_mul(V a, V b) { return AS(T, AS(UNSIGNED, a) * AS(UNSIGNED, b)); }
static V op_fma(V a, V b, V c) { return op_add(op_mul(a, b), c); }
static V op_abs(V a) { return a < (T)0 ? op_neg(a) : a; }
// Truncates; a zero divisor gives 0, lowest / -1 wraps.
#if KIND == 5
static V op_div(V a, V b) { return b == (T)0 ? ZERO : a / (b == (T)0 ? ONE : b); }
#else
static V op_div(V a, V b) {
  const V safe = ((b == (T)0) | (b == (T)-1)) ? ONE : b;
  return b == (T)0 ? ZERO : b == (T)-1 ? op_neg(a) : a / safe;
}
#endif
#endif
static V op_square(V a) { return op_mul(a, a); }
static V op_sign(V a) { return TRUTH(a > (T)0) - TRUTH(a < (T)0); }  // 0 for NaN
static V op_relu(V a) { return a < (T)0 ? ZERO : a; }                // NaN stays
// Where a remainder r with the dividend's sign must move by b to have b's.
#define OTHER_SIGN(r, b) ((r != (T)0) & (b != (T)0) & ((r < (T)0) != (b < (T)0)))

// ---- Comparisons: 1 or 0.
static V op_eq(V a, V b) { return TRUTH(a == b); }
static V op_ne(V a, V b) { return TRUTH(a != b); }
static V op_lt(V a, V b) { return TRUTH(a < b); }
static V op_le(V a, V b) { return TRUTH(a <= b); }
static V op_gt(V a, V b) { return TRUTH(a > b); }
static V op_ge(V a, V b) { return TRUTH(a >= b); }
static V op_logical_not(V a) { return TRUTH(a == (T)0); }
static V op_logical_and(V a, V b) { return TRUTH((a != (T)0) & (b != (T)0)); }
static V op_logical_or(V a, V b) { return TRUTH((a != (T)0) | (b != (T)0)); }
static V op_select(V a, V b, V c) { return a != (T)0 ? b : c; }

#if FLOATING
static V op_maximum(V a, V b) { return ((a > b) | (a != a)) ? a : b; }  // a NaN wins
static V op_minimum(V a, V b) { return ((a < b) | (a != a)) ? a : b; }
static V op_floor(V a) { return floor(a); }
static V op_ceil(V a) { return ceil(a); }
static V op_round(V a) { return rint(a); }  // half to even
static V op_trunc(V a) { return trunc(a); }
static V op_is_nan(V a) { return TRUTH(a != a); }
static V op_is_finite(V a) { return TRUTH(fabs(a) < (T)INFINITY); }
static V op_sqrt(V a) { return sqrt(a); }
static V op_rsqrt(V a) { return ONE / sqrt(a); }
static V op_reciprocal(V a) { return ONE / a; }
static V op_exp(V a) { return EXP(a); }
static V op_exp2(V a) { return exp2(a); }
static V op_expm1(V a) { return EXPM1(a); }
static V op_log(V a) { return LOG(a); }
static V op_log2(V a) { return log2(a); }
static V op_log10(V a) { return log10(a); }
static V op_log1p(V a) { return LOG1P(a); }
#if defined(OWN_SIN)
static V op_sin(V a) { return sin_of(a); }
static V op_cos(V a) { return cos_of(a); }
static V op_tan(V a) { return tan_of(a); }
#else
static V op_sin(V a) { return sin(a); }
static V op_cos(V a) { return cos(a); }
static V op_tan(V a) { return tan(a); }
#endif
static V op_tanh(V a) { return TANH(a); }
static V op_asin(V a) { return asin(a); }
static V op_acos(V a) { return acos(a); }
static V op_atan(V a) { return atan(a); }
static V op_sinh(V a) { return sinh(a); }
static V op_cosh(V a) { return COSH(a); }
static V op_asinh(V a) { return asinh(a); }
static V op_acosh(V a) { return acosh(a); }
static V op_atanh(V a) { return atanh(a); }
static V op_sigmoid(V a) { return SIGMOID(a); }
static V op_softplus(V a) { return op_maximum(a, ZERO) + LOG1P(EXP(-fabs(a))); }
static V op_erf(V a) { return ERF(a); }
static V op_erfc(V a) { return erfc(a); }
static V op_atan2(V a, V b) { return atan2(a, b); }
static V op_hypot(V a, V b) { return hypot(a, b); }
static V op_fmod(V a, V b) { return FMOD(a, b); }
static V op_remainder(V a, V b) {
  const V r = FMOD(a, b);
  return OTHER_SIGN(r, b) ? r + b : r;
}
static V op_floor_divide(V a, V b) {
  const V r = FMOD(a, b);
  V q = (a - r) / b;
  q = OTHER_SIGN(r, b) ? q - ONE : q;
  const V whole = floor(q);
  const V nearest = q - whole > HALF ? whole + ONE : whole;
  return b == (T)0 ? a / b : q == (T)0 ? copysign(ZERO, a / b) : nearest;
}
#if defined(VECTOR_POW)
static V op_pow(V a, V b) { return pow_of(a, b); }
#elif defined(QUIRK_VECTOR_POW) && KIND == 2 && LANES > 1
static V op_pow(V a, V b) {  // lane by lane: see quirks.cpp
  T x[LANES], y[LANES];
  JOIN(vstore, LANES)(a, 0, x);
  JOIN(vstore, LANES)(b, 0, y);
  for (int j = 0; j < LANES; ++j) x[j] = pow(x[j], y[j]);
  return JOIN(vload, LANES)(0, x);
}
#else
static V op_pow(V a, V b) { return pow(a, b); }
#endif
#else
static V op_maximum(V a, V b) { return a > b ? a : b; }
static V op_minimum(V a, V b) { return a < b ? a : b; }
static V op_floor(V a) { return a; }
static V op_ceil(V a) { return a; }
static V op_round(V a) { return a; }
static V op_trunc(V a) { return a; }
static V op_fmod(V a, V b) { return op_sub(a, op_mul(op_div(a, b), b)); }
static V op_remainder(V a, V b) {
  const V r = op_fmod(a, b);
  return OTHER_SIGN(r, b) ? op_add(r, b) : r;
}
static V op_floor_divide(V a, V b) {
  const V q = op_div(a, b);
  const V r = op_sub(a, op_mul(q, b));
  return OTHER_SIGN(r, b) ? q - ONE : q;
}
static V op_bitwise_not(V a) { return ~a; }
static V op_bitwise_and(V a, V b) { return a & b; }
static V op_bitwise_or(V a, V b) { return a | b; }
static V op_bitwise_xor(V a, V b) { return a ^ b; }
#define MOST_SHIFT ((T)(8 * sizeof(T) - 1))
static V op_shift_left(V a, V b) {
  const V fits = TRUTH((b >= (T)0) & (b <= MOST_SHIFT));
  return fits != (T)0 ? AS(T, AS(UNSIGNED, a) << AS(UNSIGNED, b * fits)) : ZERO;
}
static V op_shift_right(V a, V b) {
  const V fits = TRUTH((b >= (T)0) & (b <= MOST_SHIFT));
#if KIND == 5
  return fits != (T)0 ? a >> (b * fits) : ZERO;
#else
  return a >> (fits != (T)0 ? b : (V)(MOST_SHIFT));
#endif
}
static V op_is_nan(V a) { return ZERO; }
static V op_is_finite(V a) { return ONE; }
// By squaring; negative exponents give the truncated fraction, and 0 for base 0.
static V op_pow(V a, V b) {
  V result = ONE;
  V factor = a;
  U left = b < (T)0 ? (U)((UNSIGNED)0) : AS(UNSIGNED, b);
  while (ANY(left != (UNSIGNED)0)) {
    result = (left & (UNSIGNED)1) != (UNSIGNED)0 ? op_mul(result, factor) : result;
    factor = op_mul(factor, factor);
    left >>= (UNSIGNED)1;
  }
  const V unit = a == (T)1 ? ONE : a == (T)-1 ? ((b & (T)1) != (T)0 ? (V)((T)-1) : ONE) : ZERO;
  return b < (T)0 ? unit : result;
}
#endif
