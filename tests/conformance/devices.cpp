// The list is made once, and a missing device said once.
#include "conformance/devices.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

#include "customtensor/error.hpp"
#include "support/stranger_backend.hpp"

namespace ct::test {

std::vector<std::string> conformance_devices() {
  static const std::vector<std::string> devices = [] {
    std::vector<std::string> names{"cpu", "stranger", "custom_gpu"};
    register_backend(std::make_unique<StrangerBackend>());
    if (const char* path = std::getenv("CT_TEST_BACKEND")) {
      names.push_back(load_backend(path).name());
    }
    if (const char* list = std::getenv("CT_TEST_DEVICES")) {
      names.clear();
      std::stringstream stream(list);
      for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
    }
    return names;
  }();
  return devices;
}

bool device_available(const std::string& name) {
  static std::map<std::string, bool> known;
  const auto it = known.find(name);
  if (it != known.end()) return it->second;
  bool available = true;
  try {
    const Device device(name);
  } catch (const DeviceError& error) {
    available = false;
    std::fprintf(stderr, "\n*** DEVICE MISSING: conformance tests on '%s' are SKIPPED: %s\n\n",
                 name.c_str(), error.what());
  }
  return known[name] = available;
}

}  // namespace ct::test
