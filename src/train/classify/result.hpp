// The figures that a classification run ends with. Internal.
#pragma once

#include <cstdint>

#include "customtensor/device.hpp"
#include "customtensor/train/classify.hpp"
#include "train/classify/setup.hpp"

namespace ct::train {

/// What a device has done since this was made.
class DeviceUse {
 public:
  explicit DeviceUse(const Device& device);
  uint64_t fallbacks() const;
  uint64_t host_waits() const;

 private:
  Device device_;
  uint64_t fallbacks_before_, waits_before_;
};

/// All but `interrupted`, `out` and `profile`.
ClassifyResult result_of(const ClassifySetup& setup, const DeviceUse& use);

}  // namespace ct::train
