// A test of one row of the table on one device: the parameter, the fixture, the name.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <vector>

#include "conformance/devices.hpp"
#include "conformance/op_cases.hpp"

namespace ct::test {

struct OpParam {
  std::string device;
  size_t op;  ///< its number in op_cases()
};

/// Every row for which wanted(device, row) holds, on every device.
template <class Wanted>
std::vector<OpParam> op_params(const Wanted& wanted) {
  std::vector<OpParam> params;
  for (const std::string& device : conformance_devices()) {
    for (size_t i = 0; i < op_cases().size(); ++i) {
      if (wanted(device, op_cases()[i])) params.push_back({device, i});
    }
  }
  return params;
}

/// "custom_gpu_sum_keepdim"
inline std::string op_param_name(const ::testing::TestParamInfo<OpParam>& p) {
  std::string name = p.param.device + "_" + op_cases()[p.param.op].name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class OpFixture : public ::testing::TestWithParam<OpParam> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam().device)) {
      GTEST_SKIP() << "DEVICE MISSING: " << GetParam().device;
    }
    device_ = Device(GetParam().device);
  }
  const OpCase& op() const { return op_cases()[GetParam().op]; }
  Device device_;
};

}  // namespace ct::test
