// The pictures and counts of a finished run, for its report. Internal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "customtensor/train/data_source.hpp"
#include "customtensor/train/report.hpp"
#include "customtensor/train/trainer.hpp"

namespace ct::train {

ConfusionMatrix confusion_of(const Evaluation& evaluation, int64_t classes);

/// 32 test pictures, evenly spaced, and the 16 wrong ones with the highest probability.
void add_pictures(Report& report, const ClassificationData& data, const Evaluation& evaluation);

}  // namespace ct::train
