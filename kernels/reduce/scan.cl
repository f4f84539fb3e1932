// Running sums, products, extremes, logarithms of sums of exponentials and linear recurrences along
// the lines of dense arrays of shape (outer, n, inner). After common.cl and rows.cl; the build
// options define one of SCAN_SUM, SCAN_PROD, SCAN_MAX, SCAN_MIN, SCAN_LOGSUMEXP, SCAN_LINEAR.
//
// A row is scanned STEP elements at a time: within the lanes of a vector (LANES 8) or within a
// group (LANES 1), and behind the carry of what came before. Long rows are cut into pieces: their
// totals, the carry before each, then the results. Sums are kept in double, or, where there is
// none, as the unrounded sum of two floats.

// R is one of these: vectors whose lanes come from other lanes; `id` for those that come from none.
#define BEFORE1(type, v, id) \
  (VEC(type))(id, (v).s0, (v).s1, (v).s2, (v).s3, (v).s4, (v).s5, (v).s6)
#define BEFORE2(type, v, id) (VEC(type))(id, id, (v).s0, (v).s1, (v).s2, (v).s3, (v).s4, (v).s5)
#define BEFORE4(type, v, id) (VEC(type))(id, id, id, id, (v).s0, (v).s1, (v).s2, (v).s3)
#define LAST_LANE(type, v, id) ((VEC(type))((v).s7))

// ---- Wide: what sums and products are kept in.
#if KIND == 1 && !defined(FP64)
typedef struct {
  V high, low;
} Wide;
#define WIDEN(x) ((Wide){x, (V)(0.0f)})
#define NARROW(w) ((w).high)
#define WIDEN_LANES(R, w, id) ((Wide){R(T, (w).high, id), R(T, (w).low, 0.0f)})
Wide joined(V high, V low) {
  // Nothing is lost of an infinity; what the formulas give for that is NaN.
  low = fabs(high) < INFINITY ? low : (V)(0.0f);
  const V sum = high + low;
  const V lost = fabs(sum) < INFINITY ? low - (sum - high) : (V)(0.0f);
  return (Wide){sum, lost};
}
Wide plus(Wide a, Wide b) {
  const V sum = a.high + b.high;
  const V part = sum - a.high;
  return joined(sum, (a.high - (sum - part)) + (b.high - part) + (a.low + b.low));
}
Wide times(Wide a, Wide b) {
  const V product = a.high * b.high;
  return joined(product, fma(a.high, b.high, -product) + (a.high * b.low + a.low * b.high));
}
#else
typedef VA Wide;
#define WIDEN(x) CONVERT(A, x)
#define NARROW(w) CONVERT(T, w)
#define WIDEN_LANES(R, w, id) R(A, w, id)
#if FLOATING
Wide plus(Wide a, Wide b) { return a + b; }
Wide times(Wide a, Wide b) { return a * b; }
#else
Wide plus(Wide a, Wide b) { return AS(T, AS(UNSIGNED, a) + AS(UNSIGNED, b)); }
Wide times(Wide a, Wide b) { return AS(T, AS(UNSIGNED, a) * AS(UNSIGNED, b)); }
#endif
#endif

// ---- The operation. FIRST: of one element; NOTHING: before the first; merged(a, b): a, then b;
// value(): the result so far.
#if defined(SCAN_SUM) || defined(SCAN_PROD)
typedef Wide State;
#define FIRST(x, places) WIDEN(x)
#define STATE_LANES(R, s) WIDEN_LANES(R, s, IDENTITY)
#ifdef SCAN_SUM
#define IDENTITY ((T)0)
State merged(State a, State b) { return plus(a, b); }
#else
#define IDENTITY ((T)1)
State merged(State a, State b) { return times(a, b); }
#endif
#define NOTHING WIDEN((V)(IDENTITY))
V value(State s) { return NARROW(s); }

#elif defined(SCAN_MAX) || defined(SCAN_MIN)
typedef struct {
  V best;
  Places place;
} State;
#ifdef SCAN_MAX
#define REACHES(b, a) ((b) >= (a))
#define IDENTITY LOWEST
#else
#define REACHES(b, a) ((b) <= (a))
#define IDENTITY HIGHEST
#endif
#define HAS_PLACES
#define FIRST(x, places) ((State){x, places})
#define NOTHING ((State){(V)(IDENTITY), (Places)(0)})
#define STATE_LANES(R, s) ((State){R(T, (s).best, IDENTITY), R(SIGNED, (s).place, 0)})
/// The later of equals; a NaN, and after it only a NaN.
State merged(State a, State b) {
#if FLOATING
  const Places takes = REACHES(b.best, a.best) | (b.best != b.best);
#else
  const Places takes = REACHES(b.best, a.best);
#endif
  return (State){takes ? b.best : a.best, takes ? b.place : a.place};
}
V value(State s) { return s.best; }

#elif defined(SCAN_LOGSUMEXP)
// A sum is kept as sum * exp(top). `top` follows only what exceeds it by more than REACH, so that
// the sum is seldom scaled, and rounded.
typedef struct {
  V top;
  Wide sum;
} State;
#define REACH ((T)8)
#define IDENTITY (-(T)INFINITY)
#define FIRST(x, places) ((State){x, WIDEN((V)((T)1))})
#define NOTHING ((State){(V)(IDENTITY), WIDEN((V)((T)0))})
#define STATE_LANES(R, s) ((State){R(T, (s).top, IDENTITY), WIDEN_LANES(R, (s).sum, (T)0)})
State merged(State a, State b) {
  const V further = b.top - a.top;
  const Places moves = (further > REACH) | (b.top != b.top);
  V scale = exp(moves ? -further : further);
  scale = a.top == b.top ? (V)((T)1) : scale;  // infinities have no difference
  const V one = (V)((T)1);
  return (State){moves ? b.top : a.top, plus(times(a.sum, WIDEN(moves ? scale : one)),
                                             times(b.sum, WIDEN(moves ? one : scale)))};
}
V value(State s) { return fabs(s.top) < INFINITY ? s.top + log(NARROW(s.sum)) : s.top; }

#else
typedef Wide State;
#define FIRST(x, places) WIDEN(x)
V value(State s) { return NARROW(s); }
#endif

// ---- Lines. Element i in the direction of the scan lies at place n - 1 - i if it is reversed.

void store_places(Places places, __global long* p, int i, int n) {
#if LANES == 1
  p[i] = places;
#else
  if (i + LANES <= n) {
    STORE_UNIT(long, p, i, CONVERT(long, places));
    return;
  }
  SIGNED lanes[LANES];
  JOIN(vstore, LANES)(places, 0, lanes);
  for (int j = 0; i + j < n; ++j) p[i + j] = lanes[j];
#endif
}

#ifndef SCAN_LINEAR
/// Elements [i, i + LANES) of those before `end`.
State load_states(__global const T* row, int i, int end, int n, int reverse) {
  const Places steps = (Places)(LANE_NUMBERS);
  const Places places = reverse ? (Places)(n - 1 - i) - steps : (Places)(i) + steps;
#if LANES == 1
  return FIRST(i < end ? row[places] : (T)0, places);
#else
  V x;
  if (i + LANES <= end) {
    x = LOAD(row, reverse ? n - LANES - i : i);
    x = reverse ? x.s76543210 : x;
  } else {
    T lanes[LANES];
    for (int j = 0; j < LANES; ++j) {
      lanes[j] = i + j < end ? row[reverse ? n - 1 - i - j : i + j] : (T)0;
    }
    x = JOIN(vload, LANES)(0, lanes);
  }
  return FIRST(x, places);
#endif
}

void store_states(State s, __global T* row, __global long* indices, int i, int end, int n,
                  int reverse) {
  V v = value(s);
#ifdef HAS_PLACES
  Places place = s.place;
#endif
#if LANES > 1
  if (reverse) {
    v = v.s76543210;
#ifdef HAS_PLACES
    place = place.s76543210;
#endif
    if (i + LANES > end) {
      // The last lanes are what is there.
      T lanes[LANES];
      JOIN(vstore, LANES)(v, 0, lanes);
      for (int j = LANES - (end - i); j < LANES; ++j) row[n - LANES - i + j] = lanes[j];
#ifdef HAS_PLACES
      SIGNED places[LANES];
      JOIN(vstore, LANES)(place, 0, places);
      for (int j = LANES - (end - i); indices && j < LANES; ++j) {
        indices[n - LANES - i + j] = places[j];
      }
#endif
      return;
    }
    i = n - LANES - i;
    end = i + LANES;
  }
#else
  if (i >= end) return;
  i = reverse ? n - 1 - i : i;
#endif
  store_some(v, row, i, end);
#ifdef HAS_PLACES
  if (indices) store_places(place, indices, i, end);
#endif
}

/// Lanes, each with those before it.
State in_lanes(State s) {
#if LANES > 1
  s = merged(STATE_LANES(BEFORE1, s), s);
  s = merged(STATE_LANES(BEFORE2, s), s);
  s = merged(STATE_LANES(BEFORE4, s), s);
#endif
  return s;
}

// ---- in_group: `mine` behind the other members and, before them, *carry, which takes all in.
#if LANES == 1
State in_group(State mine, State* carry, __local State* shared) {
  shared[MEMBER] = mine;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int distance = 1; distance < GROUP; distance *= 2) {
    const State before = shared[max(MEMBER - distance, 0)];
    barrier(CLK_LOCAL_MEM_FENCE);
    if (MEMBER >= distance) mine = merged(before, mine);
    shared[MEMBER] = mine;
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const State all = shared[GROUP - 1];
  barrier(CLK_LOCAL_MEM_FENCE);
  mine = merged(*carry, mine);
  *carry = merged(*carry, all);
  return mine;
}
#define IN_GROUP(mine, carry) in_group(mine, carry, shared)
#else
State in_group(State mine, State* carry) {
  const State all = STATE_LANES(LAST_LANE, mine);
  mine = merged(*carry, mine);
  *carry = merged(*carry, all);
  return mine;
}
#define IN_GROUP(mine, carry) in_group(mine, carry)
#endif

#if defined(SCAN_LOGSUMEXP) && LANES > 1
/// The same for elements: one exponential each, unless one of them moves the top.
State behind(State mine, State* carry) {
  const V further = mine.top - carry->top;
  // Also where either is infinite or NaN.
  if (!all(further <= REACH)) return in_group(in_lanes(mine), carry);
  Wide sum = WIDEN(exp(further));
  sum = plus(WIDEN_LANES(BEFORE1, sum, (T)0), sum);
  sum = plus(WIDEN_LANES(BEFORE2, sum, (T)0), sum);
  sum = plus(WIDEN_LANES(BEFORE4, sum, (T)0), sum);
  const Wide total = WIDEN_LANES(LAST_LANE, sum, (T)0);
  sum = plus(carry->sum, sum);
  carry->sum = plus(carry->sum, total);
  return (State){carry->top, sum};
}
#define BEHIND(mine, carry) behind(mine, carry)
#else
#define BEHIND(mine, carry) IN_GROUP(in_lanes(mine), carry)
#endif

// ---- Rows (inner is 1), whole or in `pieces` of `piece` elements.
#define PIECE(task, per_row)                        \
  const long row = task / (per_row);                \
  const long p = task % (per_row);                  \
  const int begin = (int)(p * piece);               \
  const int end = (int)min((long)n, (p + 1) * piece)

__kernel void scan_totals(ARRAY(const T, x), __global State* totals, long rows, int n, int piece,
                          int pieces, int reverse) {
  SHARED(State, shared);
  START(x);
  FOR_ROWS(task, rows * (pieces - 1)) {
    PIECE(task, pieces - 1);
    State carry = NOTHING;
#ifdef HAS_PLACES
    for (int i = begin + MEMBER * LANES; i - MEMBER * LANES < end; i += STEP) {
      BEHIND(load_states(x + row * n, i, end, n, reverse), &carry);
    }
#else
    // In any order.
    State sum = NOTHING;
    for (int i = begin + MEMBER * LANES; i < end; i += STEP) {
      sum = merged(sum, load_states(x + row * n, i, end, n, reverse));
    }
    IN_GROUP(in_lanes(sum), &carry);
#endif
    if (MEMBER == 0) totals[row * pieces + p] = carry;
  }
}

/// totals[p] of a row becomes that of all pieces up to p.
__kernel void scan_carries(__global State* totals, long rows, int pieces) {
  SHARED(State, shared);
  FOR_ROWS(row, rows) {
    __global State* at = totals + row * pieces;
    State carry = NOTHING;
    for (int base = 0; base < pieces - 1; base += GROUP) {
      const int i = min(base + MEMBER, pieces - 2);
      const State sum = IN_GROUP(at[i], &carry);
      if (i == base + MEMBER) at[i] = sum;
    }
  }
}

__kernel void scan_rows(ARRAY(const T, x), ARRAY(T, y), ARRAY(long, indices),
                        __global const State* carries, long rows, int n, int piece, int pieces,
                        int reverse) {
  SHARED(State, shared);
  START(x);
  START(y);
  START(indices);
  FOR_ROWS(task, rows * pieces) {
    PIECE(task, pieces);
    State carry = NOTHING;
    if (p > 0) carry = carries[task - 1];
    for (int i = begin + MEMBER * LANES; i - MEMBER * LANES < end; i += STEP) {
      const State s = BEHIND(load_states(x + row * n, i, end, n, reverse), &carry);
      store_states(s, y + row * n, indices ? indices + row * n : indices, i, end, n, reverse);
    }
  }
}
#endif

// ---- Columns: an item goes down with TILE vectors of neighbouring ones.
#if LANES == 1
#define TILE 1
#else
#define TILE 4
#endif
__kernel void scan_columns(ARRAY(const T, x), ARRAY(T, y), ARRAY(long, indices),
                           ARRAY(const T, factor), long outer, int n, int inner, int reverse) {
  START(x);
  START(y);
  START(indices);
  START(factor);
  const int tiles = CEIL_DIV(inner, TILE * LANES);
  FOR_TASKS(task, outer * tiles) {
    const int first = (int)(task % tiles) * (TILE * LANES);
    State states[TILE];
    for (int i = 0; i < n; ++i) {
      const int place = reverse ? n - 1 - i : i;
      const long at = (task / tiles * n + place) * inner;
      for (int t = 0; t < TILE; ++t) {
        const int c = first + t * LANES;
        if (c >= inner) continue;
        const State next = FIRST(load_some(x + at, c, inner, (T)0), (Places)(place));
        if (i == 0) {
          states[t] = next;
        } else {
#ifdef SCAN_LINEAR
          states[t] =
              plus(next, times(WIDEN(load_some(factor + at, c, inner, (T)0)), states[t]));
#else
          states[t] = merged(states[t], next);
#endif
        }
        store_some(value(states[t]), y + at, c, inner);
#ifdef HAS_PLACES
        if (indices) store_places(states[t].place, indices + at, c, inner);
#endif
      }
    }
  }
}
