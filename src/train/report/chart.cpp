// Line charts as SVG text.
#include "train/report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace ct::train {

namespace {

constexpr double kWidth = 560, kHeight = 320;
constexpr double kLeft = 54, kRight = 14, kTop = 40, kBottom = 46;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  void add(double v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
};

bool finite(const std::pair<double, double>& p) {
  return std::isfinite(p.first) && std::isfinite(p.second);
}

/// As few digits as tell neighbouring ticks apart.
std::string tick_label(double value, double step, bool percent) {
  if (percent) {
    value *= 100;
    step *= 100;
  }
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return fmt::format("{:.{}f}{}", value, digits, percent ? "%" : "");
}

std::string point_label(double y, bool percent) {
  return percent ? fmt::format("{:.2f}%", y * 100) : fmt::format("{:.4f}", y);
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int count) {
  // Large numbers are far apart: 1 more may be the same one.
  if (!(high > low)) high = low + std::max(1.0, std::abs(low) * 1e-3);
  const double raw = (high - low) / count;
  if (!std::isfinite(raw) || raw < 1e-300) return {low, high};
  const double magnitude = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * magnitude;
  for (double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * magnitude * (1 + 1e-9)) {
      step = factor * magnitude;
      break;
    }
  }
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  const auto spaces = static_cast<int>(std::min(last - first, 4.0 * count));
  std::vector<double> ticks;
  for (int i = 0; i <= spaces; ++i) ticks.push_back((first + i) * step);
  return ticks;
}

std::string escape_html(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string line_chart_svg(const Chart& chart) {
  Range x, y;
  for (const auto& series : chart.series) {
    for (const auto& p : series.points) {
      if (!finite(p)) continue;
      x.add(p.first);
      y.add(p.second);
    }
  }
  if (!(x.low <= x.high)) x = {0, 1};
  if (!(y.low <= y.high)) y = {0, 1};
  x.low = std::min(x.low, 0.0);
  auto y_ticks = nice_ticks(y.low, y.high, 5);
  if (chart.percent) std::erase_if(y_ticks, [](double t) { return t > 1 + 1e-9; });
  if (y_ticks.empty()) y_ticks = {y.low, y.high};
  // Epochs are whole: no ticks between them.
  auto x_ticks = nice_ticks(x.low, x.high, static_cast<int>(std::clamp(x.high - x.low, 1.0, 8.0)));
  std::erase_if(x_ticks, [&](double t) { return t > x.high * (1 + 1e-9); });
  const double x0 = x.low, x1 = std::max(x.high, x_ticks.back());
  const double y0 = y_ticks.front(), y1 = std::max(y_ticks.back(), y.high);
  const auto px = [&](double v) {
    return kLeft + (v - x0) / (x1 - x0) * (kWidth - kLeft - kRight);
  };
  const auto py = [&](double v) {
    return kHeight - kBottom - (v - y0) / (y1 - y0) * (kHeight - kTop - kBottom);
  };

  std::string svg = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\">\n"
      "<text class=\"chart-title\" x=\"{3}\" y=\"18\">{2}</text>\n",
      kWidth, kHeight, escape_html(chart.title), kLeft);
  auto out = std::back_inserter(svg);
  const double step_y = y_ticks.size() > 1 ? y_ticks[1] - y_ticks[0] : 1;
  for (double t : y_ticks) {
    fmt::format_to(out,
                   "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
                   "<text class=\"tick\" text-anchor=\"end\" x=\"{3}\" y=\"{4:.1f}\">{5}</text>\n",
                   kLeft, kWidth - kRight, py(t), kLeft - 8, py(t) + 4,
                   tick_label(t, step_y, chart.percent));
  }
  const double step_x = x_ticks.size() > 1 ? x_ticks[1] - x_ticks[0] : 1;
  for (double t : x_ticks) {
    fmt::format_to(
        out,
        "<line class=\"axis\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>"
        "<text class=\"tick\" text-anchor=\"middle\" x=\"{0:.1f}\" y=\"{3}\">{4}</text>\n",
        px(t), kHeight - kBottom, kHeight - kBottom + 5, kHeight - kBottom + 19,
        tick_label(t, step_x, false));
  }
  fmt::format_to(out,
                 "<line class=\"axis\" x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\"/>\n"
                 "<text class=\"label\" text-anchor=\"middle\" x=\"{3}\" y=\"{4}\">{5}</text>\n",
                 kLeft, kWidth - kRight, kHeight - kBottom, (kLeft + kWidth - kRight) / 2,
                 kHeight - 8, escape_html(chart.x_label));

  double legend = kWidth - kRight;
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 has no views of libstdc++
  for (auto series = chart.series.rbegin(); series != chart.series.rend(); ++series) {
    if (series->points.empty()) continue;
    fmt::format_to(out, "<text class=\"label\" text-anchor=\"end\" x=\"{:.0f}\" y=\"18\">{}</text>",
                   legend, escape_html(series->name));
    legend -= 7.0 * static_cast<double>(series->name.size()) + 6;
    fmt::format_to(out,
                   "<line class=\"series-{0}{1}\" x1=\"{2:.0f}\" x2=\"{3:.0f}\" y1=\"14\" "
                   "y2=\"14\"/>\n",
                   series->color, series->markers ? "" : " thin", legend - 20, legend);
    legend -= 36;
  }
  for (const auto& series : chart.series) {
    std::string points;
    for (const auto& p : series.points) {
      if (finite(p))
        fmt::format_to(std::back_inserter(points), "{:.1f},{:.1f} ", px(p.first), py(p.second));
    }
    if (points.empty()) continue;
    points.pop_back();
    fmt::format_to(out, "<polyline class=\"series-{}{}\" points=\"{}\"/>\n", series.color,
                   series.markers ? "" : " thin", points);
    if (!series.markers) continue;
    for (const auto& p : series.points) {
      if (!finite(p)) continue;
      fmt::format_to(out,
                     "<circle class=\"dot-{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"><title>{} {:g}: "
                     "{} {}</title></circle>\n",
                     series.color, px(p.first), py(p.second), escape_html(chart.x_label), p.first,
                     escape_html(series.name), point_label(p.second, chart.percent));
    }
  }
  return svg + "</svg>\n";
}

}  // namespace ct::train
