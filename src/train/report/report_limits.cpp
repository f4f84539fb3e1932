// See report_limits.hpp.
#include "train/report/report_limits.hpp"

#include <algorithm>

namespace ct::train {

std::string shortened(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  const auto follows = [&](size_t i) { return (static_cast<uint8_t>(text[i]) & 0xc0) == 0x80; };
  size_t end = most;
  while (end > 0 && follows(end)) --end;
  return text.substr(0, end) + "..";
}

std::string class_name(const Report& report, int64_t index) {
  const bool named = index >= 0 && index < static_cast<int64_t>(report.classes.size());
  return named ? shortened(report.classes[static_cast<size_t>(index)], kMostName)
               : std::to_string(index);
}

std::vector<std::pair<double, double>> thinned(std::vector<std::pair<double, double>> points,
                                               size_t most) {
  if (points.size() <= most) return points;
  std::vector<std::pair<double, double>> some;
  for (size_t i = 0; i < most; ++i) some.push_back(points[i * (points.size() - 1) / (most - 1)]);
  return some;
}

PredictedPicture thumbnail(const PredictedPicture& picture) {
  const int longest = std::max(picture.width, picture.height);
  if (longest <= kMostPictureSize) return picture;
  const int step = (longest + kMostPictureSize - 1) / kMostPictureSize;
  PredictedPicture small = picture;
  small.width = std::max(1, picture.width / step);
  small.height = std::max(1, picture.height / step);
  small.pixels.clear();
  for (int y = 0; y < small.height; ++y) {
    for (int x = 0; x < small.width; ++x) {
      const auto row = static_cast<size_t>(y) * static_cast<size_t>(step);
      const auto column = static_cast<size_t>(x) * static_cast<size_t>(step);
      const auto channels = static_cast<size_t>(picture.channels);
      const size_t at = (row * static_cast<size_t>(picture.width) + column) * channels;
      for (size_t c = 0; c < channels; ++c) small.pixels.push_back(picture.pixels.at(at + c));
    }
  }
  return small;
}

}  // namespace ct::train
