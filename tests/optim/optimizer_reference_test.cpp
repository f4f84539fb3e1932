// Every optimizer for 20 steps, with each of its options, against PyTorch 2.13 or the paper's
// formula (reference/optimizer_steps.py), on each device.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "conformance/devices.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct::optim {
namespace {

using Json = nlohmann::json;
using Made = std::unique_ptr<Optimizer>;

template <class T>
Made made(Tensors parameters) {
  return std::make_unique<T>(std::move(parameters));
}
const std::map<std::string, Made (*)(Tensors)>& rules() {
  static const std::map<std::string, Made (*)(Tensors)> all = {
      {"SGD", made<SGD>},         {"Adam", made<Adam>},         {"AdamW", made<AdamW>},
      {"Adagrad", made<Adagrad>}, {"Adadelta", made<Adadelta>}, {"Adamax", made<Adamax>},
      {"NAdam", made<NAdam>},     {"RAdam", made<RAdam>},       {"RMSprop", made<RMSprop>},
      {"Rprop", made<Rprop>},     {"ASGD", made<ASGD>},         {"Adafactor", made<Adafactor>},
      {"Muon", made<Muon>},       {"Lion", made<Lion>},         {"LAMB", made<LAMB>},
      {"LBFGS", made<LBFGS>},
  };
  return all;
}

Tensor numbers(const Json& values, const Shape& shape, const TensorOptions& options) {
  const auto list = values.get<std::vector<double>>();
  return tensor(std::span<const double>(list), options).reshape(shape);
}

/// The settings go in as a checkpoint's: so that each has the name that PyTorch gives it.
Made make(const std::string& rule, const Tensors& parameters, const Json& options) {
  Made optimizer = rules().at(rule)(parameters);
  const StateDict now = optimizer->state_dict();
  StateDict state;
  for (const auto& [name, value] : now) {
    const std::string setting = name.substr(name.rfind('.') + 1);
    if (!name.starts_with("param_groups.0.") || !options.contains(setting)) {
      state.insert(name, value);
      continue;
    }
    const Json& given = options[setting];
    if (given.is_array()) {
      state.insert(name, numbers(given, value.shape(), {.dtype = float64}));
    } else if (given.is_boolean()) {
      state.insert(name, full({}, given.get<bool>(), {.dtype = bool_}));
    } else {
      state.insert(name, full({}, given.get<double>(), {.dtype = value.dtype()}));
    }
  }
  for (const auto& [setting, value] : options.items()) {
    EXPECT_TRUE(now.contains("param_groups.0." + setting)) << rule << ' ' << setting;
  }
  optimizer->load_state_dict(state);
  return optimizer;
}

const Json& reference() {
  static const Json all = [] {
    std::ifstream in(std::string(CT_TEST_DATA) + "/reference/optimizer_steps.json");
    return Json::parse(in);
  }();
  return all;
}

struct Where {
  const char* device;
  DType dtype;
};

class OptimizerReference : public ::testing::TestWithParam<Where> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam().device)) {
      GTEST_SKIP() << "DEVICE MISSING: " << GetParam().device;
    }
  }
  TensorOptions options() const {
    return {.dtype = GetParam().dtype, .device = Device(GetParam().device)};
  }
  /// 20 steps.
  double tolerance() const {
    return GetParam().dtype == float64 ? 10 * test::kSame64 : 20 * test::kElementwise32;
  }
};

TEST_P(OptimizerReference, EveryRuleTakesPyTorchsSteps) {
  const Json& all = reference();
  for (const Json& c : all["cases"]) {
    SCOPED_TRACE(c["optimizer"].get<std::string>() + " " + c["options"].dump());
    const auto used = c["parameters"].get<std::vector<size_t>>();
    std::vector<Shape> shapes;
    Tensors parameters;
    for (const size_t i : used) {
      shapes.emplace_back(all["shapes"][i].get<std::vector<int64_t>>());
      parameters.push_back(numbers(all["start"][i], shapes.back(), options()).requires_grad_());
    }
    const auto optimizer = make(c["optimizer"], parameters, c["options"]);
    size_t next = 0;
    for (size_t step = 0; step < all["gradients"].size(); ++step) {
      for (size_t k = 0; k < used.size(); ++k) {
        const Json& g = all["gradients"][step][used[k]];
        parameters[k].set_grad(g.is_null() ? Tensor() : numbers(g, shapes[k], options()));
      }
      optimizer->step();
      if (all["kept"][next].get<size_t>() != step + 1) continue;
      for (size_t k = 0; k < used.size(); ++k) {
        EXPECT_TRUE(
            test::near(parameters[k], c["after"][next][k].get<std::vector<double>>(), tolerance()))
            << "parameter " << used[k] << " after step " << step + 1;
      }
      ++next;
    }
  }
}

TEST_P(OptimizerReference, LbfgsFollowsPyTorchThroughRosenbrocksValley) {
  if (GetParam().dtype != float64) GTEST_SKIP() << "the way through the valley needs float64";
  const Json& all = reference();
  for (const Json& c : all["lbfgs"]) {
    SCOPED_TRACE(c["options"].dump());
    Tensors p = {tensor({-1.2, 1.0, 0.5}, options()).requires_grad_(),
                 tensor({1.0, 0.3, -0.4}, options()).reshape({3, 1}).requires_grad_()};
    Json set = c["options"];
    // A state says how many losses a step may take; what PyTorch makes of max_iter alone.
    if (set.contains("max_iter") && !set.contains("max_eval")) {
      set["max_eval"] = set["max_iter"].get<int64_t>() * 5 / 4;
    }
    const auto optimizer = make("LBFGS", p, set);
    const auto closure = [&] {
      optimizer->zero_grad();
      const Tensor loss =
          ((1 - p[0]).square() + 10 * (p[1].flatten() - p[0].square()).square()).sum();
      loss.backward();
      return loss;
    };
    size_t next = 0;
    for (int step = 1; step <= 20; ++step) {
      optimizer->step(closure);
      if (all["kept"][next].get<int>() != step) continue;
      for (size_t k = 0; k < 2; ++k) {
        EXPECT_TRUE(
            test::near(p[k], c["after"][next][k].get<std::vector<double>>(), test::kChaotic64))
            << "parameter " << k << " after step " << step;
      }
      ++next;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, OptimizerReference,
                         ::testing::Values(Where{"cpu", float64}, Where{"cpu", float32},
                                           Where{"custom_gpu", float64},
                                           Where{"custom_gpu", float32}),
                         [](const auto& p) {
                           return std::string(p.param.device) + "_" +
                                  std::string(name(p.param.dtype));
                         });

}  // namespace
}  // namespace ct::optim
