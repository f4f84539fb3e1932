// ct_ops_table: prints what the rows of the conformance suite can do on each device, as JSON. From
// it scripts/ops_table.py writes docs/ops.md and checks that every public op has a row.
//
// Nothing is declared twice: each row runs here, forward, gradient and gradient of the gradient,
// and the library's own count of fall-backs says which families of kernels the device had to leave
// to the host.
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "conformance/devices.hpp"
#include "conformance/op_cases.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"

namespace ct::test {
namespace {

using Json = nlohmann::ordered_json;

constexpr DType kTypes[] = {float32, float64, float16, bfloat16, int32,  int64, uint8,
                            bool_,   int8,    int16,   uint16,   uint32, uint64};

/// Runs `work` and adds the families that `device` left to the host to `families`.
template <class F>
void count_host_families(const std::string& device, std::set<std::string>& families, F&& work) {
  reset_fallbacks();
  work();
  for (const FallbackCount& count : fallbacks()) {
    if (count.device == device) families.insert(count.family);
  }
}

/// Inputs that suit an integer op: 1, 2 or 3, so that nothing divides by zero; bools of both kinds.
Tensors small_inputs(const OpCase& op, DType dtype, Device device) {
  if (is_floating(dtype)) return inputs_of(op, dtype, device, false);
  Tensors inputs;
  for (const Tensor& x : inputs_of(op, float64, Device("cpu"), false)) {
    auto values = x.to_vector<double>();
    for (double& v : values) {
      v = dtype == bool_ ? static_cast<double>(v > 0.5) : 1 + std::fmod(std::floor(std::abs(v)), 3);
    }
    inputs.push_back(
        from_values(values.data(), float64, x.shape(), {.dtype = dtype, .device = device}));
  }
  return inputs;
}

bool accepts(const OpCase& op, DType dtype, Device device) {
  try {
    op.run(small_inputs(op, dtype, device));
    return true;
  } catch (const DTypeError&) {
    return false;
  } catch (const ValueError&) {
    return true;  // the type is fine, this row's numbers are not
  }
}

/// What one op (all its rows) needs on one device; a stage that no row has is null.
struct OpOnDevice {
  std::set<std::string> forward, gradient, twice;
  bool has_gradient = false, has_twice = false;
  std::set<DType> types;

  void add(const OpCase& op, const std::string& name) {
    const Device device(name);
    count_host_families(name, forward, [&] { op.run(inputs_of(op, float32, device, false)); });
    if (op.differentiable) {
      has_gradient = true;
      count_host_families(name, gradient, [&] { backward_of(op, device, false); });
    }
    if (op.differentiable && op.twice) {
      has_twice = true;
      count_host_families(name, twice, [&] { backward_of(op, device, true); });
    }
    for (const DType dtype : kTypes) {
      if (!types.contains(dtype) && accepts(op, dtype, device)) types.insert(dtype);
    }
  }

  Json json() const {
    Json names = Json::array();
    for (const DType dtype : kTypes) {
      if (types.contains(dtype)) names.push_back(ct::name(dtype));
    }
    return {{"forward", forward},
            {"gradient", has_gradient ? Json(gradient) : Json()},
            {"double gradient", has_twice ? Json(twice) : Json()},
            {"dtypes", names}};
  }

 private:
  static void backward_of(const OpCase& op, Device device, bool again) {
    const Tensors inputs = inputs_of(op, float32, device, true);
    const Tensor y = op.run(inputs);
    const Tensors first = grad(
        {y}, inputs, {.gradients = {ones_like(y)}, .create_graph = again, .allow_unused = true});
    if (!again) return;
    Tensors roots;
    Tensors upstream;
    for (const Tensor& g : first) {
      if (!g.defined() || !g.requires_grad()) continue;  // of a linear op: zero, and no graph
      roots.push_back(g);
      upstream.push_back(ones_like(g));
    }
    if (roots.empty()) return;
    grad(roots, inputs, {.gradients = upstream, .allow_unused = true});
  }
};

Json table() {
  Json devices = Json::array();
  for (const std::string name : {"cpu", "custom_gpu"}) {
    if (device_available(name)) devices.push_back(name);
  }
  Json ops = Json::object();
  std::map<std::pair<std::string, std::string>, OpOnDevice> facts;
  for (const OpCase& op : op_cases()) {
    const size_t slash = op.name.find('/');
    const std::string function = op.name.substr(0, slash);
    Json& entry = ops[function];
    if (entry.is_null()) entry = {{"variants", Json::array()}, {"devices", Json::object()}};
    if (slash != std::string::npos) entry["variants"].push_back(op.name.substr(slash + 1));
    for (const std::string device : devices) {
      try {
        OpOnDevice& on = facts[{function, device}];
        on.add(op, device);
        entry["devices"][device] = on.json();
      } catch (const std::exception& error) {
        throw std::runtime_error("row '" + op.name + "' on " + device + ": " + error.what());
      }
    }
  }
  return {{"devices", devices}, {"ops", ops}};
}

}  // namespace
}  // namespace ct::test

int main() try {
  std::puts(ct::test::table().dump(1).c_str());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "ct_ops_table: %s\n", error.what());
  return 1;
}
