// The one place where core is told of the built-in devices: src/builtin.cpp implements it, so that
// core names no backend and a static library drops none.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "customtensor/backend.hpp"
#include "customtensor/device.hpp"

namespace ct {

class DeviceRegistry;

/// Adds the devices that come with the library. Called once, when the registry is first used.
void register_builtin_backends(DeviceRegistry& registry);

/// The registry's door for register_builtin_backends, which runs before the registry is reachable.
class BuiltinRegistrar {
 public:
  explicit BuiltinRegistrar(DeviceRegistry& registry) : registry_(registry) {}
  void add(std::unique_ptr<Backend> backend);
  /// As register_backend_family; `hint` is asked when a device is missing.
  void add_family(std::string name, std::function<std::vector<std::unique_ptr<Backend>>()> discover,
                  std::function<std::string()> hint);

 private:
  DeviceRegistry& registry_;
};

}  // namespace ct
