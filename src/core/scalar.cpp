// What is said of a number that a type of whole numbers cannot hold.
#include "customtensor/scalar.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/int64.hpp"

namespace ct::detail {

namespace {
template <class T>
[[noreturn]] void refuse(T value, size_t bytes, bool is_signed) {
  throw ValueError(
      fmt::format("number: {} does not fit in {}int{}", value, is_signed ? "" : "u", 8 * bytes));
}
}  // namespace

void throw_does_not_fit(uint64_t value) { refuse(value, sizeof(int64_t), true); }
void throw_does_not_fit(double value, size_t bytes, bool is_signed) {
  refuse(value, bytes, is_signed);
}
void throw_does_not_fit(int64_t value, size_t bytes, bool is_signed) {
  refuse(value, bytes, is_signed);
}
void throw_does_not_fit(uint64_t value, size_t bytes, bool is_signed) {
  refuse(value, bytes, is_signed);
}

}  // namespace ct::detail
