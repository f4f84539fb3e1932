// Gradients at kinks, ties, ends of ranges and NaN, against what PyTorch gives there (kinks.json,
// written by kinks.py), on every device. docs/gradients.md says the rules in words.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "conformance/devices.hpp"
#include "reference/op_data.hpp"

namespace ct::test {
namespace {

using Json = nlohmann::json;
using Values = std::vector<double>;

/// Numbers as kinks.py writes them: what is not finite as text.
Values values_of(const Json& list) {
  Values values;
  for (const Json& v : list) {
    values.push_back(v.is_string() ? std::stod(v.get<std::string>()) : v.get<double>());
  }
  return values;
}

Tensor upstream_of(const Tensor& y, bool weighted) {
  const TensorOptions options{.dtype = y.dtype(), .device = y.device()};
  return weighted ? arange(1, y.numel() + 1, 1, options).reshape(y.shape())
                  : ones(y.shape(), options);
}

/// The gradients of a case's inputs.
std::vector<Values> gradients_of(const Json& data, Device device) {
  Tensors leaves;
  Tensors inputs;
  for (const Json& list : data.at("in")) {
    const Values values = values_of(list);
    leaves.push_back(from_values(values.data(), float64, {static_cast<int64_t>(values.size())},
                                 {.dtype = float32, .device = device, .requires_grad = true}));
    inputs.push_back(data.at("shape").is_null()
                         ? leaves.back()
                         : leaves.back().reshape(data.at("shape").get<std::vector<int64_t>>()));
  }
  const Tensor y = data_ops().at(data.at("op"))(inputs, Args(data.at("args")))[0];
  y.backward(upstream_of(y, data.at("weighted")));
  std::vector<Values> gradients;
  for (const Tensor& x : leaves) gradients.push_back(x.grad().to_vector<double>());
  return gradients;
}

bool agrees(double actual, double expected) {
  if (std::isnan(expected)) return std::isnan(actual);
  return actual == expected || std::abs(actual - expected) <= 1e-5 * std::abs(expected);
}

class KinkTest : public ::testing::TestWithParam<std::string> {};

TEST_P(KinkTest, GradientsArePyTorchs) {
  if (!device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
  std::ifstream in(std::string(CT_TEST_DATA) + "/reference/kinks.json");
  const Json all = Json::parse(in);
  ASSERT_GT(all.size(), 150);
  for (const Json& data : all) {
    const std::vector<Values> actual = gradients_of(data, Device(GetParam()));
    for (size_t i = 0; i < actual.size(); ++i) {
      const Values expected = values_of(data.at("grad").at(i));
      ASSERT_EQ(actual[i].size(), expected.size());
      for (size_t k = 0; k < expected.size(); ++k) {
        EXPECT_TRUE(agrees(actual[i][k], expected[k]))
            << data.at("op") << data.at("args") << data.at("in") << ", input " << i << ", element "
            << k << ": " << actual[i][k] << ", expected " << expected[k];
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, KinkTest, ::testing::ValuesIn(conformance_devices()),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace ct::test
