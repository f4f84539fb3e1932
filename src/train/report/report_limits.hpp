// How much of anything a report shows: what is written for people stays within some megabytes,
// whatever a run had of classes, epochs or pictures. Internal.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/train/report.hpp"

namespace ct::train {

inline constexpr int64_t kMostMatrixClasses = 40;                ///< with a row and a column each
inline constexpr size_t kMostRows = 50;                          ///< of a table
inline constexpr size_t kMostPoints = 2000, kMostMarkers = 500;  ///< of a line of a chart
inline constexpr size_t kMostPictures = 64;
inline constexpr int kMostPictureSize = 256;               ///< pixels along a side
inline constexpr size_t kMostName = 60, kMostText = 4096;  ///< bytes

/// At most `most` bytes and two dots; no character of UTF-8 is cut.
std::string shortened(const std::string& text, size_t most);

/// The class's name or, if it has none, its number.
std::string class_name(const Report& report, int64_t index);

/// Some of them from all over, the first and the last included.
std::vector<std::pair<double, double>> thinned(std::vector<std::pair<double, double>> points,
                                               size_t most);

/// The picture, or every n-th pixel of a large one.
PredictedPicture thumbnail(const PredictedPicture& picture);

}  // namespace ct::train
