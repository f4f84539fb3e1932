// What the tests of the OpenCL device share: the device, or a loud skip; another process.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "conformance/devices.hpp"
#include "customtensor/customtensor.hpp"
#include "support/scoped_environment.hpp"

namespace ct::test {

class CustomGpuTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!device_available("custom_gpu")) GTEST_SKIP() << "DEVICE MISSING: custom_gpu";
    gpu_ = Device("custom_gpu");
    // For tests with a device of their own: PoCL 3.1 has a race between two contexts that run the
    // same kernel, so no two may work at a time.
    gpu_.backend().synchronize();
  }
  Device gpu_;
};

/// This program again with `filter`, as another process: its exit status.
inline int run_again(const std::string& environment, const std::string& filter) {
  char path[4096] = {};
  if (::readlink("/proc/self/exe", path, sizeof path - 1) < 0) return -1;
  const std::string command = environment + " '" + path + "' --gtest_filter='" + filter +
                              "' --gtest_also_run_disabled_tests > /dev/null 2>&1";
  return std::system(command.c_str());
}

/// Whether every launch waits, and buffers are larger than they were asked for.
inline bool memory_is_checked() {
  if (const char* text = std::getenv("CT_CHECK_MEMORY")) return text == std::string("1");
#ifdef NDEBUG
  return false;
#else
  return true;
#endif
}

}  // namespace ct::test
