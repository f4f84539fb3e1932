// The confusion matrix as a section of the page: all of it for few classes, the mistakes that
// matter for many. Internal.
#pragma once

#include <string>

#include "customtensor/train/report.hpp"

namespace ct::train {

/// HTML; empty if there are no classes.
std::string confusion_section(const Report& report);

}  // namespace ct::train
