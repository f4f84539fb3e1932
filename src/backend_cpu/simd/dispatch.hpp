// From the tables of kernels that each instruction set has, the one to use. After highway.h, in a
// block of HWY_ONCE.
//
// Chosen at every call, by a load: SimdTargetScope then holds for all tables.
#pragma once

/// Defines `accessor<T>()`, declared as `template <class T> const Table<T>& accessor();`. `Choose`
/// is what every target defines: `const Table<T>& Choose()`.
// NOLINTBEGIN(bugprone-macro-parentheses): types and names
#define CT_SIMD_TABLE(Table, accessor, T, Choose) \
  HWY_EXPORT(Choose);                             \
  template <>                                     \
  const Table<T>& accessor<T>() {                 \
    return HWY_DYNAMIC_DISPATCH(Choose)();        \
  }                                               \
  static_assert(true, "so that a semicolon follows")
// NOLINTEND(bugprone-macro-parentheses)
