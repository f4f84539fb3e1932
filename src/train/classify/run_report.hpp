// From a finished classification run to its Report: what is written for people. Internal.
#pragma once

#include <string>

#include "customtensor/train/report.hpp"
#include "train/classify/result.hpp"
#include "train/classify/setup.hpp"

namespace ct::train {

/// `command`: what the user wrote; may be empty.
Report run_report(const ClassifySetup& setup, const ClassifyResult& result,
                  const std::vector<MetricsRecord>& records, const Evaluation& evaluation,
                  const std::string& command);

}  // namespace ct::train
