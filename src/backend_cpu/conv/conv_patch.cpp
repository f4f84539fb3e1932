// The offsets of taps in a patch, and the copying: rows are filled in place of their phase, the
// border with zeros.
#include "backend_cpu/conv/conv_patch.hpp"

#include <algorithm>
#include <limits>

#include "core/view/integer.hpp"

namespace ct::cpu {
ConvPatch::ConvPatch(int64_t h, int64_t w, int64_t rows, int64_t columns, int64_t step_h,
                     int64_t step_w, std::vector<ConvTap> taps)
    : h_(h),
      w_(w),
      rows_(rows),
      columns_(columns),
      step_h_(step_h),
      step_w_(step_w),
      taps_(std::move(taps)) {
  in_place_ = step_h == 1 && step_w == 1;
  bool first = true;
  for (const ConvTap& tap : taps_) {
    const int64_t fh = floor_div(tap.dh, step_h), fw = floor_div(tap.dw, step_w);
    low_h_ = first ? fh : std::min(low_h_, fh);
    high_h_ = first ? fh : std::max(high_h_, fh);
    low_w_ = first ? fw : std::min(low_w_, fw);
    high_w_ = first ? fw : std::max(high_w_, fw);
    first = false;
    in_place_ =
        in_place_ && tap.dh >= 0 && tap.dw >= 0 && tap.dh + rows <= h && tap.dw + columns <= w;
    const Phase phase{tap.dh - fh * step_h, tap.dw - fw * step_w};
    const auto same = [&](const Phase& p) { return p.h == phase.h && p.w == phase.w; };
    if (std::none_of(phases_.begin(), phases_.end(), same)) phases_.push_back(phase);
  }
}

ConvPatch::Layout ConvPatch::layout(int64_t grid_rows) const {
  Layout layout;
  layout.taps.reserve(taps_.size());
  if (in_place_) {
    layout.row = w_;
    layout.channel = h_ * w_;
    for (const ConvTap& tap : taps_) layout.taps.push_back(tap.dh * w_ + tap.dw);
    return layout;
  }
  layout.row = width();
  const int64_t phase_size = height(grid_rows) * width();
  layout.channel = static_cast<int64_t>(phases_.size()) * phase_size;
  for (const ConvTap& tap : taps_) {
    const int64_t fh = floor_div(tap.dh, step_h_), fw = floor_div(tap.dw, step_w_);
    int64_t which = 0;
    while (phases_[static_cast<size_t>(which)].h != tap.dh - fh * step_h_ ||
           phases_[static_cast<size_t>(which)].w != tap.dw - fw * step_w_) {
      ++which;
    }
    layout.taps.push_back(which * phase_size + (fh - low_h_) * width() + (fw - low_w_));
  }
  return layout;
}

template <class T>
void ConvPatch::fill(T* target, const T* plane, int64_t row, int64_t grid_rows,
                     int64_t layout_rows) const {
  const int64_t width = this->width();
  for (const Phase& phase : phases_) {
    T* line = target;
    target += height(layout_rows) * width;
    // Columns [left, right) of the patch lie in the plane: 0 <= (x + low_w) * step + phase < w.
    const int64_t left = std::clamp<int64_t>(-floor_div(phase.w, step_w_) - low_w_, 0, width);
    const int64_t inside = phase.w < w_ ? ceil_div(w_ - phase.w, step_w_) - low_w_
                                        : std::numeric_limits<int64_t>::min();
    const int64_t right = std::clamp<int64_t>(inside, left, width);
    for (int64_t r = 0; r < height(grid_rows); ++r, line += width) {
      const int64_t y = (row + r + low_h_) * step_h_ + phase.h;
      if (y < 0 || y >= h_ || left == right) {
        for (int64_t x = 0; x < width; ++x) line[x] = T{0};
        continue;
      }
      for (int64_t x = 0; x < left; ++x) line[x] = T{0};
      const T* from = plane + y * w_ + (left + low_w_) * step_w_ + phase.w;
      const int64_t count = right - left;
      // The next channel's plane: planes are too short for the hardware to foresee it.
      const T* next = from + h_ * w_;
      for (int64_t x = 0; x < count * step_w_; x += 64 / static_cast<int64_t>(sizeof(T))) {
        __builtin_prefetch(next + x);
      }
      if (step_w_ == 1) {
        for (int64_t x = 0; x < count; ++x) line[left + x] = from[x];
      } else {
        for (int64_t x = 0; x < count; ++x) line[left + x] = from[x * step_w_];
      }
      for (int64_t x = right; x < width; ++x) line[x] = T{0};
    }
  }
}

template void ConvPatch::fill<float>(float*, const float*, int64_t, int64_t, int64_t) const;
template void ConvPatch::fill<double>(double*, const double*, int64_t, int64_t, int64_t) const;

GridCut cut_grid(int64_t images, int64_t rows, int64_t columns, int64_t target, int64_t lanes) {
  const int64_t plane = rows * columns;
  // Cost of a cut: the places with what rounding adds, and a constant per piece.
  const auto cost = [&](int64_t count, int64_t places) {
    return count * (round_up(places, lanes) + 8);
  };
  GridCut best{1, rows};
  int64_t least = std::numeric_limits<int64_t>::max();
  if (plane > target + target / 2) {
    const int64_t most = std::max<int64_t>(1, (target + target / 2) / columns);
    for (int64_t r = std::min(rows, most); r >= std::max<int64_t>(1, most / 3); --r) {
      const int64_t total = cost(rows / r, r * columns) + cost(rows % r != 0, rows % r * columns);
      if (total < least) {
        least = total;
        best.rows = r;
      }
    }
    return best;
  }
  const int64_t most = std::clamp<int64_t>((target + target / 2) / plane, 1, images);
  for (int64_t count = most; count >= std::max<int64_t>(1, most / 3); --count) {
    const int64_t total =
        cost(images / count, count * plane) + cost(images % count != 0, images % count * plane);
    if (total < least) {
      least = total;
      best.images = count;
    }
  }
  return best;
}

}  // namespace ct::cpu
