// What is said where a driver is there but its device is not: PoCL without a cache that it can
// write.
#include <gmock/gmock.h>

#include <string>

#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using ::testing::HasSubstr;

class OpenClDiscover : public CustomGpuTest {
 protected:
  void SetUp() override {
    CustomGpuTest::SetUp();
    if (IsSkipped()) return;
    if (gpu_.backend().description().find("Portable Computing Language") == std::string::npos) {
      GTEST_SKIP() << "DEVICE MISSING: PoCL";
    }
  }
};

constexpr const char* kHint =
    "PoCL is installed but offers no device, most often because it cannot write to its cache, "
    "/dev/null/.cache/pocl/kcache; make that a folder which this process can write to, or name "
    "another "
    "one in POCL_CACHE_DIR, or in XDG_CACHE_HOME, where PoCL uses pocl/kcache";

// Run by the tests below, in a process of its own.
TEST(OpenClDiscoverElsewhere, DISABLED_NamesTheFolder) {
  EXPECT_THAT(message_of<DeviceError>([] { Device("custom_gpu"); }), HasSubstr(kHint));
}
TEST(OpenClDiscoverElsewhere, DISABLED_FindsTheDevice) { EXPECT_NO_THROW(Device("custom_gpu")); }

TEST_F(OpenClDiscover, NamesTheCacheThatPoclCannotWriteTo) {
  const std::string home =
      "env -u POCL_CACHE_DIR -u XDG_CACHE_HOME HOME=/dev/null CT_CACHE_DIR=/tmp ";
  EXPECT_EQ(run_again(home, "*DISABLED_NamesTheFolder"), 0);
  EXPECT_EQ(run_again(home + "POCL_CACHE_DIR=/tmp/pocl-of-a-test", "*DISABLED_FindsTheDevice"), 0);
}

}  // namespace
}  // namespace ct::test
