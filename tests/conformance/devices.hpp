// Which devices the conformance suite runs on: cpu, the test's own minimal "stranger", custom_gpu,
// and whatever CT_TEST_BACKEND (a shared library) brings. A device that is not here is skipped
// loudly, never silently.
#pragma once

#include <string>
#include <vector>

#include "customtensor/device.hpp"

namespace ct::test {

/// Names to run on. CT_TEST_DEVICES (comma-separated) replaces the list.
std::vector<std::string> conformance_devices();

/// Whether `name` can be used; prints why not, once.
bool device_available(const std::string& name);

}  // namespace ct::test
