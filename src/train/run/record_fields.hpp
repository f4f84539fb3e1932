// What a line of metrics.jsonl holds besides figures. Internal.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace ct::train {

/// Whether a figure of that name would hide one of the line's own fields.
inline bool is_record_field(std::string_view name) {
  constexpr std::array<std::string_view, 5> kFields = {"epoch", "step", "split",
                                                       "images_per_second", "seconds"};
  return std::find(kFields.begin(), kFields.end(), name) != kFields.end();
}

}  // namespace ct::train
