// What surrounds the image of a convolution: numbers, or a word.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/export.hpp"

namespace ct {

namespace detail {
/// Errors: ValueError unless it is "same" or "valid"
CT_API bool is_same_padding(const char* word);
}  // namespace detail

/// Zeros at each end of each axis: {.padding = 1}, {.padding = {1, 0}}. "valid" is none; "same" is
/// as many as keep the image's size, of an odd number one more at the far end, for strides of 1.
template <class Sizes>
struct ConvPadding {
  Sizes size = 0;  ///< unless `same`
  bool same = false;
  ConvPadding() = default;
  ConvPadding(const Sizes& sizes) : size(sizes) {}  // NOLINT: as numbers are
  template <std::integral T>
  ConvPadding(T all) : size(all) {}  // NOLINT: {.padding = 1}
  template <std::integral... T>
  requires(sizeof...(T) > 1) && std::constructible_from<Sizes, T...> ConvPadding(T... each)
      : size(each...) {}
  ConvPadding(const char* word) : same(detail::is_same_padding(word)) {}  // NOLINT: = "same"
  friend bool operator==(const ConvPadding&, const ConvPadding&) = default;
};

}  // namespace ct
