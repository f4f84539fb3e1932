// The device registry. Entries are never removed and backends never destroyed, so that tensors in
// static storage can outlive main.
#include "customtensor/device.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <ostream>

#include "core/device/builtin.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"

namespace ct {

class DeviceRegistry {
 public:
  static DeviceRegistry& instance() {
    // Leaked on purpose: see the head of this file.
    static DeviceRegistry& registry = *[] {
      auto* made = new DeviceRegistry;
      register_builtin_backends(*made);
      return made;
    }();
    return registry;
  }

  Backend& add(std::unique_ptr<Backend> backend) {
    if (backend == nullptr) {
      throw ValueError(
          "register_backend: the backend is null; pass std::make_unique<YourBackend>()");
    }
    const std::lock_guard lock(mutex_);
    return add_locked(std::move(backend));
  }

  void add_family(std::string name, std::function<std::vector<std::unique_ptr<Backend>>()> discover,
                  std::function<std::string()> hint) {
    const std::lock_guard lock(mutex_);
    families_[std::move(name)] = {std::move(discover), std::move(hint), false};
  }

  Backend& find(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (Backend* found = find_locked(name)) return *found;
    const std::string family(name.substr(0, name.find(':')));
    const auto it = families_.find(family);
    if (it != families_.end()) {
      discover_locked(it->first, it->second);
      if (Backend* found = find_locked(name)) return *found;
    }
    for (auto& [other, entry] : families_) discover_locked(other, entry);
    std::string known;
    for (const auto& backend : backends_) {
      if (!backend->holds_values()) continue;  // not among devices() either
      known += (known.empty() ? "" : ", ") + backend->registered_name();
    }
    std::string hint = it != families_.end() ? it->second.hint() : "";
    if (hint.empty()) hint = "use one of these, or register a backend";
    throw DeviceError(fmt::format("Device: no device '{}': there are: {}; {}", name, known, hint));
  }

  std::vector<Device> all() {
    const std::lock_guard lock(mutex_);
    for (auto& [name, entry] : families_) discover_locked(name, entry);
    std::vector<Device> result;
    for (const auto& backend : backends_) {
      if (backend->holds_values()) result.emplace_back(*backend);
    }
    return result;
  }

 private:
  struct Family {
    std::function<std::vector<std::unique_ptr<Backend>>()> discover;
    std::function<std::string()> hint;
    bool done = false;
  };

  Backend& add_locked(std::unique_ptr<Backend> backend) {
    const std::string base = backend->name();
    if (base.empty() || base.find(':') != std::string::npos) {
      throw ValueError(fmt::format(
          "register_backend: a device's name must not be empty or hold ':': '{}'", base));
    }
    std::string name = base;
    for (int n = 1; find_locked(name) != nullptr; ++n) name = fmt::format("{}:{}", base, n);
    backend->registered_name_ = name;
    backends_.push_back(std::move(backend));
    return *backends_.back();
  }

  Backend* find_locked(std::string_view name) {
    if (name.ends_with(":0")) name.remove_suffix(2);
    for (const auto& backend : backends_) {
      if (backend->registered_name() == name) return backend.get();
    }
    return nullptr;
  }

  void discover_locked(const std::string& name, Family& family) {
    static_cast<void>(name);
    if (family.done) return;
    family.done = true;
    for (auto& backend : family.discover()) add_locked(std::move(backend));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Backend>> backends_;
  std::map<std::string, Family> families_;
};

void BuiltinRegistrar::add(std::unique_ptr<Backend> backend) { registry_.add(std::move(backend)); }
void BuiltinRegistrar::add_family(std::string name,
                                  std::function<std::vector<std::unique_ptr<Backend>>()> discover,
                                  std::function<std::string()> hint) {
  registry_.add_family(std::move(name), std::move(discover), std::move(hint));
}

namespace {
std::atomic<Backend*>& default_backend() {
  static std::atomic<Backend*> backend{&DeviceRegistry::instance().find("cpu")};
  return backend;
}
}  // namespace

Device::Device() : backend_(default_backend().load(std::memory_order_relaxed)) {}
Device::Device(const char* name) : Device(std::string_view(name)) {}
Device::Device(std::string_view name) : backend_(&DeviceRegistry::instance().find(name)) {}

const std::string& Device::name() const { return backend_->registered_name(); }

std::ostream& operator<<(std::ostream& out, Device device) { return out << device.name(); }

void set_default_device(Device device) { default_backend().store(&device.backend()); }

Device register_backend(std::unique_ptr<Backend> backend) {
  return Device(DeviceRegistry::instance().add(std::move(backend)));
}

void register_backend_family(std::string name,
                             std::function<std::vector<std::unique_ptr<Backend>>()> discover,
                             std::string hint) {
  DeviceRegistry::instance().add_family(std::move(name), std::move(discover),
                                        [hint = std::move(hint)] { return hint; });
}

std::vector<Device> devices() { return DeviceRegistry::instance().all(); }

Device load_backend(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw BackendError(fmt::format("load_backend: cannot load '{}': {}", path, ::dlerror()));
  }
  auto* create = reinterpret_cast<CtBackendCreate*>(::dlsym(library, "ct_backend_create"));
  if (create == nullptr) {
    ::dlclose(library);
    throw BackendError(fmt::format(
        "load_backend: '{}' does not define ct_backend_create; export it as extern \"C\"", path));
  }
  std::unique_ptr<Backend> backend(create(kBackendAbi));
  if (backend == nullptr) {
    ::dlclose(library);
    throw BackendError(fmt::format(
        "load_backend: '{}' refused backend ABI {} of this library; rebuild it against this "
        "version of CustomTensor",
        path, kBackendAbi));
  }
  return register_backend(std::move(backend));
}

}  // namespace ct
