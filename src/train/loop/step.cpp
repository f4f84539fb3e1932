// What a step is unless it says otherwise.
#include "customtensor/train/step.hpp"

#include "customtensor/error.hpp"

namespace ct::train {

Step::~Step() = default;

void Step::evaluate(const data::Batch&, Meter&) {
  throw ValueError("train: this step has no evaluation: override Step::evaluate");
}

}  // namespace ct::train
