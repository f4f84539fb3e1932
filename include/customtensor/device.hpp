// A device handle ("cpu", "custom_gpu", "custom_gpu:1") and the registry behind it.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"

namespace ct {

class Backend;
struct TensorOptions;

/// Names one device. Carries its Backend, so nothing is looked up on the path of an op.
/// Copies freely; valid until the program ends.
class CT_API Device {
 public:
  /// The default device, "cpu" unless changed by set_default_device.
  Device();
  /// Errors: DeviceError listing the devices there are, and what to install where that is known.
  Device(const char* name);                                            // NOLINT: "cpu" is a device
  Device(std::string_view name);                                       // NOLINT: as above
  Device(const std::string& name) : Device(std::string_view(name)) {}  // NOLINT: as above
  explicit Device(Backend& backend) : backend_(&backend) {}

  Backend& backend() const { return *backend_; }
  /// "cpu", "custom_gpu", "custom_gpu:1": the first of a name has no number.
  const std::string& name() const;

  /// Lets a bare device stand where options are wanted: zeros({2, 3}, gpu).
  operator TensorOptions() const;  // NOLINT: intended

  friend bool operator==(Device a, Device b) { return a.backend_ == b.backend_; }

 private:
  Backend* backend_;
};

CT_API std::ostream& operator<<(std::ostream& out, Device device);

CT_API void set_default_device(Device device);

/// Adds a device. A second backend of the same name becomes "name:1", and so on. Thread-safe.
CT_API Device register_backend(std::unique_ptr<Backend> backend);

/// Adds devices found only when first asked for. `discover` is run once; when it finds none, asking
/// for the device is a DeviceError that ends with `hint` (what to install). Thread-safe.
CT_API void register_backend_family(std::string name,
                                    std::function<std::vector<std::unique_ptr<Backend>>()> discover,
                                    std::string hint);

/// Adds the device of a shared library that defines `extern "C" ct::Backend* ct_backend_create(int
/// abi)`; that function returns null when it was built for another kBackendAbi. The library stays
/// loaded. Errors: BackendError with the loader's message, or both ABI numbers.
CT_API Device load_backend(const std::string& path);

/// Every device that can compute here, "cpu" first; "meta" (meta_backend.hpp) cannot.
CT_API std::vector<Device> devices();

}  // namespace ct
