// Draws predictions.png and confusion.png.
#include "train/report/report_pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "train/report/report_limits.hpp"

namespace ct::train {

namespace {

constexpr Color kPaper{255, 255, 255}, kInk{29, 33, 38}, kSoft{100, 108, 118}, kLine{214, 216, 212};
constexpr Color kGood{31, 138, 76}, kBad{200, 52, 43}, kHeat{47, 111, 214};
constexpr int kGap = 14, kLineHeight = 20;

/// Cut to `width` pixels, the cut shown by two dots.
std::string fit(std::string text, int width) {
  if (Bitmap::text_width(text) <= width) return text;
  while (!text.empty() && Bitmap::text_width(text + "..") > width) text.pop_back();
  return text + "..";
}

Color mix(Color a, Color b, double share) {
  Color out;
  for (size_t i = 0; i < 3; ++i) {
    out[i] = static_cast<uint8_t>(std::lround(a[i] + (b[i] - a[i]) * share));
  }
  return out;
}

}  // namespace

Bitmap predictions_picture(const Report& report) {
  if (report.pictures.empty()) return Bitmap(1, 1, kPaper);
  const auto count = static_cast<int>(std::min(report.pictures.size(), kMostPictures));
  const auto first = thumbnail(report.pictures.front());
  const int scale = std::max(1, 112 / std::max({1, first.width, first.height}));
  const int cell_w = std::max(first.width * scale, 124), picture_h = first.height * scale;
  const int cell_h = picture_h + 3 * kLineHeight + 8;
  const int columns = std::min(count, 8), rows = (count + columns - 1) / columns;
  Bitmap page(columns * (cell_w + kGap) + kGap, rows * (cell_h + kGap) + kGap, kPaper);
  for (int i = 0; i < count; ++i) {
    const auto p = thumbnail(report.pictures[static_cast<size_t>(i)]);
    const int x = kGap + i % columns * (cell_w + kGap), y = kGap + i / columns * (cell_h + kGap);
    const bool right = p.truth == p.predicted;
    page.draw(x + (cell_w - p.width * scale) / 2, y, p.pixels, p.channels, p.width, p.height,
              scale);
    if (!right) page.frame(x - 4, y - 4, cell_w + 8, picture_h + 8, 4, kBad);
    const int text_y = y + picture_h + 8;
    const std::string percent = fmt::format("{:.0f}%", 100 * p.probability);
    page.text(x, text_y, fit(class_name(report, p.predicted), cell_w), right ? kGood : kBad);
    page.text(x, text_y + kLineHeight, percent, kSoft);
    if (!right) {
      page.text(x, text_y + 2 * kLineHeight, fit("is " + class_name(report, p.truth), cell_w),
                kBad);
    }
  }
  return page;
}

namespace {

/// A map without names: a square of pixels a class or, of very many, a pixel for some of them.
Bitmap confusion_map(const Report& report) {
  constexpr int64_t kMostSide = 960;
  const ConfusionMatrix& m = report.confusion;
  const int64_t group = (m.classes + kMostSide - 1) / kMostSide;  // classes in a pixel
  const int64_t cells = (m.classes + group - 1) / group;
  const auto cell = static_cast<int>(std::max<int64_t>(1, kMostSide / cells));
  const auto side = static_cast<int>(cells) * cell;
  std::vector<double> counts(static_cast<size_t>(cells * cells));
  std::vector<double> totals(static_cast<size_t>(cells));
  for (const auto& [pair, count] : m.counts) {
    const int64_t row = pair.first / group, column = pair.second / group;
    if (row < 0 || row >= cells || column < 0 || column >= cells) continue;
    counts[static_cast<size_t>(row * cells + column)] += static_cast<double>(count);
    totals[static_cast<size_t>(row)] += static_cast<double>(count);
  }
  const int top = 3 * kLineHeight + kGap;
  Bitmap page(side + 2 * kGap, top + side + kGap, kPaper);
  page.text(kGap, kGap, "predicted class (columns), true class (rows)", kSoft);
  page.text(kGap, kGap + kLineHeight,
            group == 1 ? fmt::format("{} classes", m.classes)
                       : fmt::format("{} classes, {} to a pixel", m.classes, group),
            kSoft);
  page.frame(kGap - 1, top - 1, side + 2, side + 2, 1, kLine);
  for (int64_t row = 0; row < cells; ++row) {
    for (int64_t column = 0; column < cells; ++column) {
      const double count = counts[static_cast<size_t>(row * cells + column)];
      if (count == 0) continue;
      const double heat = std::sqrt(count / totals[static_cast<size_t>(row)]);
      page.fill_rect(kGap + static_cast<int>(column) * cell, top + static_cast<int>(row) * cell,
                     cell, cell, mix(kPaper, kHeat, 0.1 + 0.9 * heat));
    }
  }
  return page;
}

}  // namespace

Bitmap confusion_picture(const Report& report) {
  const ConfusionMatrix& m = report.confusion;
  if (m.classes > kMostMatrixClasses) return confusion_map(report);
  const auto classes = static_cast<int>(m.classes);
  int names = 60, cell = 56;
  for (int c = 0; c < classes; ++c) {
    const int width = Bitmap::text_width(class_name(report, c));
    names = std::max(names, width);
    cell = std::max(cell, std::min(width, 110) + 12);
  }
  const int left = names + 2 * kGap, top = 3 * kLineHeight + kGap, cell_h = 48;
  Bitmap page(left + classes * cell + kGap, top + classes * cell_h + kGap, kPaper);
  page.text(left, kGap, "predicted class (columns), true class (rows)", kSoft);
  for (int c = 0; c < classes; ++c) {
    const std::string name = fit(class_name(report, c), cell - 8);
    page.text(left + c * cell + (cell - Bitmap::text_width(name)) / 2, top - kLineHeight - 2, name,
              kInk);
    const std::string row = class_name(report, c);
    page.text(left - kGap - Bitmap::text_width(row), top + c * cell_h + cell_h / 2 - 7, row, kInk);
  }
  for (int t = 0; t < classes; ++t) {
    const auto total = static_cast<double>(std::max<int64_t>(1, m.row_total(t)));
    for (int p = 0; p < classes; ++p) {
      const int64_t count = m.at(t, p);
      const double heat = std::sqrt(static_cast<double>(count) / total);
      const int x = left + p * cell, y = top + t * cell_h;
      page.fill_rect(x, y, cell, cell_h, mix(kPaper, kHeat, 0.9 * heat));
      page.frame(x, y, cell + 1, cell_h + 1, 1, kLine);
      const std::string text = std::to_string(count);
      page.text(x + (cell - Bitmap::text_width(text)) / 2, y + cell_h / 2 - 7, text,
                count == 0   ? kLine
                : heat > 0.6 ? kPaper
                             : kInk);
    }
  }
  return page;
}

}  // namespace ct::train
