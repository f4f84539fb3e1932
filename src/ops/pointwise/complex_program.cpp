// Pointwise programs on complex numbers, as programs on their parts: each instruction becomes those
// of its formula. A value whose imaginary part is absent is real, and costs what real ones do.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "customtensor/error.hpp"
#include "ops/pointwise/complex.hpp"

namespace ct::ops {
namespace {

using V = PointwiseValue;

struct Number {
  V re;
  std::optional<V> im;
};

class Translator {
 public:
  Translator(const char* op, const PointwiseProgram& program, const InputSet& complex)
      : op_(op),
        program_(program),
        b_(program.name(), program.inputs() + static_cast<int>(complex.count()),
           program.scalars()) {
    int next = 0;
    for (int i = 0; i < program.inputs(); ++i) {
      Number& number = values_.emplace_back(Number{b_.input(next++), {}});
      if (complex[static_cast<size_t>(i)]) number.im = b_.input(next++);
    }
    for (int i = 0; i < program.scalars(); ++i) values_.push_back({b_.scalar(i), {}});
    for (const double c : program.constants()) values_.push_back({b_.constant(c), {}});
  }

  PartsProgram run() {
    for (const Instruction& step : program_.code()) {
      const auto at = [&](int k) {
        return info(step.op).arity > k ? values_[step.operand[k]] : Number{0.0, {}};
      };
      const Number a = at(0), b = at(1), c = at(2);
      const bool real = !a.im && !b.im && !c.im;
      values_.push_back(real ? Number{b_.apply(step.op, a.re, b.re, c.re), {}}
                             : translate(step.op, a, b, c));
    }
    PartsProgram result;
    int next = 0;
    for (const uint8_t number : program_.outputs()) {
      const Number& value = values_[number];
      b_.output(value.re);
      result.outputs.push_back({next++, -1});
      if (!value.im) continue;
      b_.output(*value.im);
      result.outputs.back().im = next++;
    }
    b_.rule(program_.rule() == TypeRule::boolean ? TypeRule::boolean : TypeRule::same);
    result.program = b_.build();
    return result;
  }

 private:
  V f(Opcode op, V a, V b = 0.0, V c = 0.0) { return b_.apply(op, a, b, c); }
  V choose(V condition, V yes, V no) { return f(Opcode::select, condition, yes, no); }
  V either(V a, V b) { return f(Opcode::logical_or, a, b); }
  V im(const Number& z) { return z.im ? *z.im : V(0.0); }

  Number add(const Number& a, const Number& b) {
    return {a.re + b.re, !a.im ? b.im : !b.im ? a.im : std::optional(*a.im + *b.im)};
  }
  Number neg(const Number& a) { return {-a.re, a.im ? std::optional(-*a.im) : a.im}; }
  Number mul(const Number& a, const Number& b) {
    if (!a.im && !b.im) return {a.re * b.re, {}};
    if (!a.im) return {a.re * b.re, a.re * *b.im};
    if (!b.im) return {a.re * b.re, *a.im * b.re};
    return {a.re * b.re - *a.im * *b.im, a.re * *b.im + *a.im * b.re};
  }
  /// By the larger part of the divisor, so that its square does not overflow.
  Number div(const Number& a, const Number& b) {
    if (!b.im) return {a.re / b.re, a.im ? std::optional(*a.im / b.re) : a.im};
    const V scale = f(Opcode::maximum, f(Opcode::abs, b.re), f(Opcode::abs, *b.im));
    const V x = b.re / scale, y = *b.im / scale;
    const V size = b.re * x + *b.im * y;
    return {(a.re * x + im(a) * y) / size, (im(a) * x - a.re * y) / size};
  }
  V is_zero(const Number& a) {
    return f(Opcode::logical_and, f(Opcode::eq, a.re, 0.0), f(Opcode::eq, im(a), 0.0));
  }
  V truth(const Number& a) {
    return a.im ? either(f(Opcode::ne, a.re, 0.0), f(Opcode::ne, *a.im, 0.0))
                : f(Opcode::ne, a.re, 0.0);
  }
  /// Its derivative at 0 is 0, as PyTorch's.
  V abs(const Number& a) {
    const V zero = is_zero(a);
    return choose(zero, 0.0, f(Opcode::hypot, choose(zero, 1.0, a.re), im(a)));
  }
  Number exp(const Number& a) {
    const V size = f(Opcode::exp, a.re);
    return {size * f(Opcode::cos, im(a)), size * f(Opcode::sin, im(a))};
  }
  Number log(const Number& a) {
    return {f(Opcode::log, f(Opcode::hypot, a.re, im(a))), f(Opcode::atan2, im(a), a.re)};
  }
  /// The root with a real part that is not below zero.
  Number sqrt(const Number& a) {
    const V zero = is_zero(a);
    const V below = f(Opcode::lt, im(a), 0.0);
    const V re = choose(zero, 1.0, a.re);
    const V half = f(Opcode::sqrt, (f(Opcode::hypot, re, im(a)) + f(Opcode::abs, re)) * 0.5);
    const V other = choose(below, -im(a), im(a)) / (half * 2.0);
    const V right = f(Opcode::ge, re, 0.0);
    const V x = choose(right, half, other);
    const V y = choose(right, other, half);
    return {choose(zero, 0.0, x), choose(zero, 0.0, choose(below, -y, y))};
  }
  /// tanh of a + ib, from u = tanh a: without what overflows.
  Number tanh(const Number& a) {
    const V u = f(Opcode::tanh, a.re);
    const V c = f(Opcode::cos, im(a)), s = f(Opcode::sin, im(a));
    const V size = c * c + u * u * s * s;
    return {u / size, s * c * (1.0 - u * u) / size};
  }
  Number times_i(const Number& a) { return {-im(a), a.re}; }
  Number over_i(const Number& a) { return {im(a), -a.re}; }
  Number sinh(const Number& a) {
    return {f(Opcode::sinh, a.re) * f(Opcode::cos, im(a)),
            f(Opcode::cosh, a.re) * f(Opcode::sin, im(a))};
  }
  Number cosh(const Number& a) {
    return {f(Opcode::cosh, a.re) * f(Opcode::cos, im(a)),
            f(Opcode::sinh, a.re) * f(Opcode::sin, im(a))};
  }
  /// exp(b log a); of 0 it is 0 where b's real part is positive, 1 where b is 0.
  Number pow(const Number& a, const Number& b) {
    const V zero = is_zero(a);
    const Number base{choose(zero, 1.0, a.re), im(a)};
    const Number power = exp(mul(b, log(base)));
    const V of_zero = choose(f(Opcode::gt, b.re, 0.0), 0.0, choose(is_zero(b), 1.0, NAN));
    return {choose(zero, of_zero, power.re), choose(zero, 0.0, im(power))};
  }
  Number scaled(const Number& a, double factor) {
    return {a.re * factor, a.im ? std::optional(*a.im * factor) : a.im};
  }

  Number translate(Opcode op, const Number& a, const Number& b, const Number& c) {
    switch (op) {
      case Opcode::copy:
        return a;
      case Opcode::neg:
        return neg(a);
      case Opcode::add:
        return add(a, b);
      case Opcode::sub:
        return add(a, neg(b));
      case Opcode::mul:
        return mul(a, b);
      case Opcode::square:
        return mul(a, a);
      case Opcode::fma:
        return add(mul(a, b), c);
      case Opcode::div:
        return div(a, b);
      case Opcode::reciprocal:
        return div({1.0, {}}, a);
      case Opcode::abs:
        return {abs(a), {}};
      case Opcode::exp:
        return exp(a);
      case Opcode::exp2:
        return exp(scaled(a, 0.69314718055994530942));
      case Opcode::log:
        return log(a);
      case Opcode::log2:
        return scaled(log(a), 1.44269504088896340736);
      case Opcode::log10:
        return scaled(log(a), 0.43429448190325182765);
      case Opcode::sqrt:
        return sqrt(a);
      case Opcode::rsqrt:
        return div({1.0, {}}, sqrt(a));
      case Opcode::pow:
        return pow(a, b);
      case Opcode::sinh:
        return sinh(a);
      case Opcode::cosh:
        return cosh(a);
      case Opcode::tanh:
        return tanh(a);
      case Opcode::sin:
        return over_i(sinh(times_i(a)));
      case Opcode::cos:
        return cosh(times_i(a));
      case Opcode::tan:
        return over_i(tanh(times_i(a)));
      case Opcode::sigmoid:
        return div({1.0, {}}, add({1.0, {}}, exp(neg(a))));
      case Opcode::eq:
        return {f(Opcode::logical_and, f(Opcode::eq, a.re, b.re), f(Opcode::eq, im(a), im(b))), {}};
      case Opcode::ne:
        return {either(f(Opcode::ne, a.re, b.re), f(Opcode::ne, im(a), im(b))), {}};
      case Opcode::is_nan:
        return {either(f(Opcode::is_nan, a.re), f(Opcode::is_nan, im(a))), {}};
      case Opcode::is_finite:
        return {f(Opcode::logical_and, f(Opcode::is_finite, a.re), f(Opcode::is_finite, im(a))),
                {}};
      case Opcode::logical_not:
        return {f(Opcode::logical_not, truth(a)), {}};
      case Opcode::logical_and:
        return {f(Opcode::logical_and, truth(a), truth(b)), {}};
      case Opcode::logical_or:
        return {either(truth(a), truth(b)), {}};
      case Opcode::select: {
        const V condition = truth(a);
        const Number chosen{choose(condition, b.re, c.re), {}};
        if (!b.im && !c.im) return chosen;
        return {chosen.re, choose(condition, im(b), im(c))};
      }
      default:
        throw DTypeError(
            fmt::format("{}: complex numbers have no '{}'; take ct::abs(x), ct::real(x) or "
                        "ct::imag(x)",
                        op_, info(op).name));
    }
  }

  const char* op_;
  const PointwiseProgram& program_;
  PointwiseBuilder b_;
  std::vector<Number> values_;
};

}  // namespace

const PartsProgram& translated(const char* op, const ProgramPtr& program, const InputSet& complex) {
  // Programs are constants nearly always; the table keeps them alive, so that addresses stay
  // theirs.
  struct Entry {
    ProgramPtr source;
    InputSet complex;
    PartsProgram program;
  };
  static std::mutex mutex;
  static auto& table = *new std::multimap<uint64_t, Entry>;  // leaked: used until the very end
  const std::lock_guard lock(mutex);
  const auto [begin, end] = table.equal_range(program->key());
  for (auto it = begin; it != end; ++it) {
    if (it->second.source == program && it->second.complex == complex) return it->second.program;
  }
  PartsProgram made = Translator(op, *program, complex).run();
  return table.emplace(program->key(), Entry{program, complex, std::move(made)})->second.program;
}

}  // namespace ct::ops
