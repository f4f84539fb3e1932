// Line charts as inline SVG: axes with round ticks, grid, legend. Colors come from the page's CSS
// (classes .series-0, .series-1, …), so that a chart follows light and dark. Internal.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ct::train {

struct ChartSeries {
  std::string name;
  int color = 0;  ///< the CSS class series-<color>
  std::vector<std::pair<double, double>> points;
  bool markers = false;  ///< a dot with a tooltip at each point; without, a thin line
};

struct Chart {
  std::string title;
  std::string x_label;
  std::vector<ChartSeries> series;
  bool percent = false;  ///< y in [0, 1] written as per cent
};

/// The <svg> element. Points that are not finite are left out.
std::string line_chart_svg(const Chart& chart);

/// Round positions that cover [low, high], `count` or so.
std::vector<double> nice_ticks(double low, double high, int count);

/// `text` safe inside HTML and its attributes.
std::string escape_html(const std::string& text);

}  // namespace ct::train
