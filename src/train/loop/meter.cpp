// Running sums on the device: see meter.hpp.
#include "train/loop/meter.hpp"

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"

namespace ct::train {

Meter::Meter(Device device)
    : loss_(zeros({}, {.dtype = float32, .device = device})),
      correct_(zeros({}, {.dtype = int64, .device = device})) {}

void Meter::add(const Tensor& loss, const Tensor& logits, const Tensor& labels) {
  NoGradGuard off;
  const int64_t n = labels.size(0);
  loss_.add_(loss.detach(), static_cast<double>(n));
  correct_.add_(eq(logits.detach().argmax(1), labels).sum());
  images_ += n;
}

Sums Meter::peek() const {
  return {static_cast<double>(loss_.item<float>()), static_cast<double>(correct_.item<int64_t>()),
          static_cast<double>(images_)};
}

Sums Meter::take() {
  const Sums sums = peek();
  restore({});
  return sums;
}

void Meter::restore(const Sums& sums) {
  loss_.fill_(static_cast<float>(sums.loss));
  correct_.fill_(static_cast<int64_t>(sums.correct));
  images_ = static_cast<int64_t>(sums.images);
}

}  // namespace ct::train
