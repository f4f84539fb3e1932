// See older_state.hpp.
#include "optim/older_state.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <numeric>
#include <string_view>
#include <vector>

#include "customtensor/ops/creation.hpp"

namespace ct::optim {
namespace {

constexpr std::string_view kHyper = "hyper.";

TensorOptions on_host(DType dtype) { return {.dtype = dtype, .device = "cpu"}; }

}  // namespace

bool is_older_state(const StateDict& state) {
  for (const auto& [name, tensor] : state) {
    if (name == "steps" || name.starts_with(kHyper)) return true;
  }
  return false;
}

StateDict from_older_state(const StateDict& state, size_t parameters,
                           std::span<const std::string> flags) {
  StateDict result;
  const auto group = [](std::string_view name) { return fmt::format("param_groups.0.{}", name); };
  const auto is_number = [](const Tensor& t) { return t.dtype() == float64 && t.shape().empty(); };
  const Tensor* beta1 = state.find("hyper.beta1");
  const Tensor* beta2 = state.find("hyper.beta2");
  const bool betas = beta1 != nullptr && beta2 != nullptr && is_number(*beta1) && is_number(*beta2);
  if (betas) {
    const std::array<double, 2> pair = {beta1->item<double>(), beta2->item<double>()};
    result.insert(group("betas"), from_values(pair.data(), float64, {2}, on_host(float64)));
  }
  for (const auto& [name, tensor] : state) {
    if (name.starts_with(kHyper)) {
      const std::string_view own = std::string_view(name).substr(kHyper.size());
      if (betas && (own == "beta1" || own == "beta2")) continue;
      const bool flag = own == "nesterov" && is_number(tensor);
      result.insert(group(own),
                    flag ? full({}, tensor.item<double>() != 0, on_host(bool_)) : tensor);
    } else if (name == "steps" && tensor.dtype() == int64 &&
               tensor.shape() == Shape{static_cast<int64_t>(parameters)}) {
      const auto steps = tensor.to_vector<int64_t>();
      for (size_t i = 0; i < steps.size(); ++i) {
        result.insert(fmt::format("state.{}.step", i), full({}, steps[i], on_host(int64)));
      }
    } else if (std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
      result.insert("state." + name, tensor);
    } else {
      result.insert(name, tensor);
    }
  }
  std::vector<int64_t> numbers(parameters);
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  result.insert(group("params"), from_values(numbers.data(), int64,
                                             {static_cast<int64_t>(parameters)}, on_host(int64)));
  for (const std::string& flag : flags) {
    if (flag != "nesterov") result.insert(group(flag), full({}, false, on_host(bool_)));
  }
  return result;
}

}  // namespace ct::optim
