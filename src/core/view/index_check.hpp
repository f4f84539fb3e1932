// Indices that nobody could look at before a call (IndexCheck): what makes an error of one that is
// out of range, wherever it was found. The host and all devices say it in the same words.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "customtensor/export.hpp"
#include "customtensor/kernel_args.hpp"

namespace ct {

/// Throws IndexError of `value` at `position`: "gather: index 9 at position 1 is out of range for
/// axis 0 of size 3". `more` is what a device adds.
[[noreturn]] CT_API void throw_outside(const IndexCheck& check, int64_t position, int64_t value,
                                       std::string_view more = {});

/// In row-major order, the number of the element that lies `offset` elements behind the first one;
/// of several that lie there, the first.
CT_API int64_t position_of(const IndexCheck& check, int64_t offset);

/// Looks at an index that the host sees; `first` is its first element, `ignored` a number that is
/// always allowed. Errors: IndexError.
void check_values(const IndexCheck& check, const int64_t* first,
                  std::optional<int64_t> ignored = std::nullopt);

}  // namespace ct
