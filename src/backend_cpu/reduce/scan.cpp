// CpuBackend::scan. Lines along the axis are scanned in two ways:
//
//   rows:     the axis is contiguous; sums and products go in groups of eight, so that one addition
//             a group, not one an element, waits for the one before;
//   columns:  another axis is contiguous; a tile of columns goes down the axis together.
//
// Long rows are cut into pieces by size alone. Every element is made from the carry of its piece
// and from what the piece itself holds before it, in the same way whether pieces run one after the
// other (one pass) or beside each other (totals first): the result does not depend on the threads.
#include <algorithm>
#include <type_traits>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/reduce/scan_logsumexp.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/dense.hpp"
#include "core/view/extents.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

/// Elements of a piece of a long row, or of many lines, for one thread.
constexpr int64_t kScanPiece = 32768;
/// Columns that go down together: a few cache lines wide, their states in L1.
constexpr int64_t kColumnTile = 128;

/// Elements of a block in which an extreme usually stays what it is.
constexpr int kQuiet = 16;

/// What float sums are kept in.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, T>;

/// Integers wrap.
template <class A>
A plus(A a, A b) {
  if constexpr (std::is_integral_v<A>) {
    using U = std::make_unsigned_t<A>;
    return static_cast<A>(static_cast<U>(a) + static_cast<U>(b));
  } else {
    return a + b;
  }
}
template <class A>
A times(A a, A b) {
  if constexpr (std::is_integral_v<A>) {
    using U = std::make_unsigned_t<A>;
    return static_cast<A>(static_cast<U>(a) * static_cast<U>(b));
  } else {
    return a * b;
  }
}

/// One element as an operation sees it.
template <class T>
struct Item {
  T x;
  int64_t place;  ///< along the axis
  T factor;       ///< of linear
};

// The operations. `start` begins with an element, `step` takes the next one, `value` is the result
// so far, `merge` appends what a later piece started by itself. How the rows of each may be cut:
enum class Rows : uint8_t {
  grouped,     ///< groups of eight; an element is op(carry, what its piece holds)
  exact,       ///< going on from the carry gives the same bits as merging
  two_passes,  ///< merging rounds: totals first, always
  whole,       ///< not at all
};

template <class T, bool kProduct>
struct Accumulate {
  using State = Wide<T>;
  static constexpr Rows kCut = Rows::grouped;
  static constexpr State kIdentity = kProduct ? 1 : 0;
  static State combine(State a, State b) { return kProduct ? times(a, b) : plus(a, b); }
  static State start(const Item<T>& item) { return static_cast<State>(item.x); }
  static void step(State& s, const Item<T>& item) { s = combine(s, static_cast<State>(item.x)); }
  static State merge(State carry, State total) { return combine(carry, total); }
  static T value(State s) { return static_cast<T>(s); }
};

template <class T, bool kLargest>
struct Extreme {
  struct State {
    T best;
    int64_t place;
  };
  static constexpr Rows kCut = Rows::exact;
  /// The later of equals; a NaN, and after it only a NaN.
  static bool takes(T best, T x) { return (kLargest ? x >= best : x <= best) || x != x; }
  static State start(const Item<T>& item) { return {item.x, item.place}; }
  static void step(State& s, const Item<T>& item) {
    const bool take = takes(s.best, item.x);
    s.best = take ? item.x : s.best;
    s.place = take ? item.place : s.place;
  }
  /// Whether one of the kQuiet elements at x may change the state.
  template <int64_t kStep>
  static bool changes(const State& s, const T* x) {
    bool all_lose = true;
    for (int k = 0; k < kQuiet; ++k) {
      const T v = x[k * kStep];
      all_lose = all_lose & (kLargest ? v < s.best : v > s.best);
    }
    return !all_lose;
  }
  static State merge(State carry, State total) {
    return takes(carry.best, total.best) ? total : carry;
  }
  static T value(const State& s) { return s.best; }
};

template <class T>
struct LogSumExps : LogSumExp<T> {
  using typename LogSumExp<T>::State;
  static constexpr Rows kCut = Rows::two_passes;
  static State start(const Item<T>& item) { return LogSumExp<T>::of(item.x); }
  static_assert(kColumnTile <= LogSumExp<T>::kExpBlock);
};

template <class T>
struct Linear {
  using State = Wide<T>;
  static constexpr Rows kCut = Rows::whole;
  static State start(const Item<T>& item) { return static_cast<State>(item.x); }
  static void step(State& s, const Item<T>& item) {
    s = plus(static_cast<State>(item.x), times(static_cast<State>(item.factor), s));
  }
  static T value(State s) { return static_cast<T>(s); }
};

/// The arrays of a call, dense.
template <class T>
struct Lines : Extents {
  const T* in = nullptr;
  const T* factor = nullptr;
  T* out = nullptr;
  int64_t* indices = nullptr;
};

template <class T, class Op, bool kReverse>
class Scan {
 public:
  using State = typename Op::State;
  static constexpr int64_t kStep = kReverse ? -1 : 1;

  explicit Scan(const Lines<T>& lines) : l_(lines) {}

  void run() const {
    if (l_.inner > 1) {
      const int64_t tiles = ceil_div(l_.inner, kColumnTile);
      const int64_t cost = l_.n * std::min(l_.inner, kColumnTile);
      parallel_ranges(l_.outer * tiles, std::max<int64_t>(1, kScanPiece / cost),
                      [&](int64_t begin, int64_t end) {
                        for (int64_t i = begin; i < end; ++i) {
                          const int64_t first = i % tiles * kColumnTile;
                          columns(i / tiles, first, std::min(kColumnTile, l_.inner - first));
                        }
                      });
      return;
    }
    const bool beside = Op::kCut != Rows::whole && l_.n > kScanPiece && num_threads() > l_.outer;
    if (beside) {
      for (int64_t row = 0; row < l_.outer; ++row) long_row(row, true);
      return;
    }
    parallel_ranges(l_.outer, std::max<int64_t>(1, kScanPiece / l_.n),
                    [&](int64_t begin, int64_t end) {
                      for (int64_t row = begin; row < end; ++row) {
                        if (Op::kCut == Rows::whole || l_.n <= kScanPiece) {
                          piece(row, 0, l_.n, nullptr);
                        } else {
                          long_row(row, false);
                        }
                      }
                    });
  }

 private:
  /// The element that comes i-th in the direction of the scan.
  int64_t place(int64_t i) const { return kReverse ? l_.n - 1 - i : i; }
  Item<T> item(int64_t at, int64_t place) const {
    return {l_.in[at], place, l_.factor != nullptr ? l_.factor[at] : T{}};
  }
  void write(int64_t at, const State& state) const {
    l_.out[at] = Op::value(state);
    if constexpr (requires { state.place; }) {
      if (l_.indices != nullptr) l_.indices[at] = state.place;
    }
  }

  /// Writes kQuiet elements from `at` on.
  void repeat(int64_t at, const State& state) const {
    for (int k = 0; k < kQuiet; ++k) l_.out[at + k * kStep] = Op::value(state);
    if constexpr (requires { state.place; }) {
      if (l_.indices == nullptr) return;
      for (int k = 0; k < kQuiet; ++k) l_.indices[at + k * kStep] = state.place;
    }
  }

  /// Scans elements [begin, end) of a row after `carry` (null: the row begins here), and returns
  /// the carry for what follows.
  State piece(int64_t row, int64_t begin, int64_t end, const State* carry) const {
    if constexpr (Op::kCut == Rows::grouped) {
      const State before = carry != nullptr ? *carry : Op::kIdentity;
      return Op::merge(before, grouped<true>(row, begin, end, before));
    } else {
      const int64_t base = row * l_.n;
      int64_t at = base + place(begin);
      State state;
      int64_t i = begin;
      if (carry != nullptr) {
        state = *carry;
      } else {
        state = Op::start(item(at, place(i)));
        write(at, state);
        ++i;
        at += kStep;
      }
      if constexpr (Op::kCut == Rows::two_passes) {
        Op::append(state, l_.in + at, end - i, kStep, l_.out + at);
      } else {
        const auto step = [&] {
          Op::step(state, item(at, place(i)));
          write(at, state);
          ++i;
          at += kStep;
        };
        if constexpr (Op::kCut == Rows::exact) {
          // Most blocks change nothing: looked at and written as a whole, none of their elements
          // waits for the one before it.
          while (i + kQuiet <= end) {
            if (Op::template changes<kStep>(state, l_.in + at)) {
              for (int k = 0; k < kQuiet; ++k) step();
            } else {
              repeat(at, state);
              i += kQuiet;
              at += kQuiet * kStep;
            }
          }
        }
        while (i < end) step();  // NOLINT(bugprone-infinite-loop): step moves i
      }
      return state;
    }
  }

  /// What a piece holds, the elements before it left out.
  State total(int64_t row, int64_t begin, int64_t end) const {
    if constexpr (Op::kCut == Rows::grouped) {
      return grouped<false>(row, begin, end, Op::kIdentity);
    } else {
      int64_t at = row * l_.n + place(begin);
      State state = Op::start(item(at, place(begin)));
      at += kStep;
      if constexpr (Op::kCut == Rows::two_passes) {
        Op::append(state, l_.in + at, end - begin - 1, kStep, nullptr);
      } else {
        for (int64_t i = begin + 1; i < end; ++i, at += kStep) Op::step(state, item(at, place(i)));
      }
      return state;
    }
  }

  /// The total of [begin, end), and, if kWrite, the results.
  template <bool kWrite>
  State grouped(int64_t row, int64_t begin, int64_t end, State carry) const {
    const T* in = l_.in + row * l_.n + place(begin);
    T* out = l_.out + row * l_.n + place(begin);
    State total = Op::kIdentity;
    int64_t i = begin;
    for (; i + 8 <= end; i += 8, in += 8 * kStep, out += 8 * kStep) {
      State x[8];
      for (int k = 0; k < 8; ++k) x[k] = static_cast<State>(in[k * kStep]);
      const State x01 = Op::combine(x[0], x[1]);
      const State x45 = Op::combine(x[4], x[5]);
      const State x03 = Op::combine(x01, Op::combine(x[2], x[3]));
      const State x47 = Op::combine(x45, Op::combine(x[6], x[7]));
      if constexpr (kWrite) {
        const State low = Op::combine(carry, total);
        const State high = Op::combine(low, x03);
        out[0] = Op::value(Op::combine(low, x[0]));
        out[kStep] = Op::value(Op::combine(low, x01));
        out[2 * kStep] = Op::value(Op::combine(low, Op::combine(x01, x[2])));
        out[3 * kStep] = Op::value(high);
        out[4 * kStep] = Op::value(Op::combine(high, x[4]));
        out[5 * kStep] = Op::value(Op::combine(high, x45));
        out[6 * kStep] = Op::value(Op::combine(high, Op::combine(x45, x[6])));
        out[7 * kStep] = Op::value(Op::combine(high, x47));
      }
      total = Op::combine(total, Op::combine(x03, x47));
    }
    for (; i < end; ++i, in += kStep, out += kStep) {
      total = Op::combine(total, static_cast<State>(*in));
      if constexpr (kWrite) *out = Op::value(Op::combine(carry, total));
    }
    return total;
  }

  void long_row(int64_t row, bool beside) const {
    if constexpr (Op::kCut != Rows::whole) {
      const int64_t pieces = ceil_div(l_.n, kScanPiece);
      const auto end_of = [&](int64_t p) { return std::min(l_.n, (p + 1) * kScanPiece); };
      if (!beside) {
        State carry;
        for (int64_t p = 0; p < pieces; ++p) {
          const State* before = p > 0 ? &carry : nullptr;
          if constexpr (Op::kCut == Rows::two_passes) {
            const State held = total(row, p * kScanPiece, end_of(p));
            const State next = p > 0 ? Op::merge(carry, held) : held;
            piece(row, p * kScanPiece, end_of(p), before);
            carry = next;
          } else {
            carry = piece(row, p * kScanPiece, end_of(p), before);
          }
        }
        return;
      }
      std::vector<State> carries(static_cast<size_t>(pieces));
      parallel_for(pieces - 1, [&](int64_t p) {
        carries[static_cast<size_t>(p) + 1] = total(row, p * kScanPiece, end_of(p));
      });
      for (size_t p = 2; p < carries.size(); ++p) {
        carries[p] = Op::merge(carries[p - 1], carries[p]);
      }
      parallel_for(pieces, [&](int64_t p) {
        piece(row, p * kScanPiece, end_of(p), p > 0 ? &carries[static_cast<size_t>(p)] : nullptr);
      });
    }
  }

  void columns(int64_t outer, int64_t first, int64_t count) const {
    State states[kColumnTile];
    const int64_t base = outer * l_.n * l_.inner + first;
    for (int64_t i = 0; i < l_.n; ++i) {
      const int64_t p = place(i);
      const int64_t at = base + p * l_.inner;
      if (i == 0) {
        for (int64_t c = 0; c < count; ++c) states[c] = Op::start(item(at + c, p));
      } else if constexpr (Op::kCut == Rows::two_passes) {
        Op::append_row(states, l_.in + at, count, l_.out + at);
        continue;
      } else if (l_.factor != nullptr) {
        for (int64_t c = 0; c < count; ++c) {
          Op::step(states[c], {l_.in[at + c], p, l_.factor[at + c]});
        }
      } else {
        const T* in = l_.in + at;
        for (int64_t c = 0; c < count; ++c) Op::step(states[c], {in[c], p, T{}});
      }
      for (int64_t c = 0; c < count; ++c) write(at + c, states[c]);
    }
  }

  const Lines<T>& l_;
};

template <class T, class Op>
void scan_lines(const Lines<T>& lines, bool reverse) {
  if (reverse) {
    Scan<T, Op, true>(lines).run();
  } else {
    Scan<T, Op, false>(lines).run();
  }
}

template <class T>
void scan_as(CpuBackend& backend, const ScanArgs& args) {
  const DenseInput in(backend, args.input, dtype_of<T>);
  const DenseInput factor(backend, args.factor, dtype_of<T>);
  DenseOutput out(backend, args.output, dtype_of<T>);
  DenseOutput indices(backend, args.indices, DType::int64);
  const Lines<T> lines{extents_around(args.input.shape, args.axis), in.template data<T>(),
                       factor.template data<T>(), out.template data<T>(), indices.data<int64_t>()};
  constexpr bool kOrderAlone = std::is_same_v<T, uint64_t>;  // its sums are int64_t's
  switch (args.op) {
    case ScanOp::sum:  // NOLINT(bugprone-branch-clone): of uint64_t it and the next are empty
      if constexpr (!kOrderAlone) scan_lines<T, Accumulate<T, false>>(lines, args.reverse);
      break;
    case ScanOp::prod:
      if constexpr (!kOrderAlone) scan_lines<T, Accumulate<T, true>>(lines, args.reverse);
      break;
    case ScanOp::maximum:
      scan_lines<T, Extreme<T, true>>(lines, args.reverse);
      break;
    case ScanOp::minimum:
      scan_lines<T, Extreme<T, false>>(lines, args.reverse);
      break;
    case ScanOp::logsumexp:
      if constexpr (std::is_floating_point_v<T>) scan_lines<T, LogSumExps<T>>(lines, args.reverse);
      break;
    case ScanOp::linear:
      if constexpr (!kOrderAlone) scan_lines<T, Linear<T>>(lines, args.reverse);
      break;
  }
  out.finish();
  indices.finish();
}

}  // namespace

void CpuBackend::scan(const ScanArgs& args) {
  if (numel(args.input.shape) == 0) return;
  const bool orders = args.op == ScanOp::maximum || args.op == ScanOp::minimum;
  const DType dtype = args.output.dtype;
  switch (orders ? compute_type(dtype) : wrapping_type(dtype)) {
    case DType::float32:
      return scan_as<float>(*this, args);
    case DType::float64:
      return scan_as<double>(*this, args);
    case DType::int64:
      return scan_as<int64_t>(*this, args);
    case DType::uint64:
      return scan_as<uint64_t>(*this, args);
    default:
      return scan_as<int32_t>(*this, args);
  }
}

}  // namespace ct::cpu
