// Kernels of uint64_t. Most opcodes have the bits of int64_t, whose kernels they share; those that
// tell a sign from a high bit are plain loops.
#include <cstdint>

#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"

namespace ct::cpu {
namespace {

using U = uint64_t;

// Both operands in memory, or one of them a single value; what is not needed is not read.
template <class Op, bool kScalarA, bool kScalarB>
void loop(const void* a_data, const void* b_data, const void* /*c*/, void* out_data, int64_t n) {
  const auto* a = static_cast<const U*>(a_data);
  const auto* b = static_cast<const U*>(b_data);
  auto* out = static_cast<U*>(out_data);
  const U first_a = a[0];
  const U first_b = b[0];
  for (int64_t i = 0; i < n; ++i) {
    out[i] = Op::of(kScalarA ? first_a : a[i], kScalarB ? first_b : b[i]);
  }
}

struct Sign {
  static U of(U a, U) { return a != 0 ? 1 : 0; }
};
struct Div {  // 0 where b is 0
  static U of(U a, U b) { return b != 0 ? a / b : 0; }
};
struct Fmod {  // a where b is 0
  static U of(U a, U b) { return b != 0 ? a % b : a; }
};
struct Pow {
  static U of(U a, U b) {
    U result = 1;
    for (; b != 0; b >>= 1, a *= a) result *= (b & 1) != 0 ? a : 1;
    return result;
  }
};
struct Maximum {
  static U of(U a, U b) { return a > b ? a : b; }
};
struct Minimum {
  static U of(U a, U b) { return a < b ? a : b; }
};
struct Lt {
  static U of(U a, U b) { return a < b ? 1 : 0; }
};
struct Le {
  static U of(U a, U b) { return a <= b ? 1 : 0; }
};
struct Gt {
  static U of(U a, U b) { return a > b ? 1 : 0; }
};
struct Ge {
  static U of(U a, U b) { return a >= b ? 1 : 0; }
};
struct ShiftRight {
  static U of(U a, U b) { return b < 64 ? a >> b : 0; }
};

}  // namespace

void fill_uint64_kernels(PointwiseKernels& table) {
  auto& own = table.op[compute_index(DType::uint64)];
  const auto& shared = table.op[compute_index(DType::int64)];
  for (int op = 0; op < kOpcodeCount; ++op) {
    for (int scalars = 0; scalars < 8; ++scalars) own[op][scalars] = shared[op][scalars];
  }
  const auto at = [&](Opcode op) -> PointwiseKernel* { return own[static_cast<int>(op)]; };
  const auto same_as = [&](Opcode op, Opcode other) {
    for (int scalars = 0; scalars < 8; ++scalars) at(op)[scalars] = at(other)[scalars];
  };
  const auto set = [&]<class Op>(Opcode op, Op) {
    at(op)[0] = loop<Op, false, false>;
    at(op)[1] = loop<Op, true, false>;
    at(op)[2] = loop<Op, false, true>;
  };
  at(Opcode::sign)[0] = loop<Sign, false, false>;  // of a missing operand the first is read
  same_as(Opcode::abs, Opcode::copy);
  same_as(Opcode::relu, Opcode::copy);
  set(Opcode::div, Div{});
  set(Opcode::fmod, Fmod{});
  same_as(Opcode::floor_divide, Opcode::div);
  same_as(Opcode::remainder, Opcode::fmod);
  set(Opcode::pow, Pow{});
  set(Opcode::maximum, Maximum{});
  set(Opcode::minimum, Minimum{});
  set(Opcode::lt, Lt{});
  set(Opcode::le, Le{});
  set(Opcode::gt, Gt{});
  set(Opcode::ge, Ge{});
  set(Opcode::shift_right, ShiftRight{});
}

}  // namespace ct::cpu
