// The report's PNG pictures. Internal to the train library.
#pragma once

#include "customtensor/train/report.hpp"
#include "train/report/bitmap.hpp"

namespace ct::train {

/// A grid of the report's pictures with predictions; mistakes framed in red. 1 x 1 if there are
/// none.
Bitmap predictions_picture(const Report& report);

/// The confusion matrix as a heat map: with names and counts for few classes, without for many.
Bitmap confusion_picture(const Report& report);

}  // namespace ct::train
