// The device's profile: tried once, kept on disk, tried again where that is damaged.
#include <gmock/gmock.h>

#include <filesystem>

#include "backend_opencl/custom_gpu.hpp"
#include "backend_opencl/device/discover.hpp"
#include "backend_opencl/runtime/fault.hpp"
#include "backend_opencl/source/binary_cache.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class OpenClProbe : public CustomGpuTest {
 protected:
  /// A device that nobody has used. Never destroyed, as devices are.
  static Backend& new_backend() { return *opencl::discover().front().release(); }

  static bool used_before() {
    if (!device_available("custom_gpu")) return false;
    Device("custom_gpu").backend().synchronize();
    return true;
  }

  std::vector<opencl::CacheKey> kept() const {
    std::vector<opencl::CacheKey> keys;
    if (!std::filesystem::exists(folder_)) return keys;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      const std::string name = entry.path().stem().string();
      keys.push_back({std::stoull(name.substr(0, 16), nullptr, 16),
                      std::stoull(name.substr(16), nullptr, 16)});
    }
    return keys;
  }

  /// The device that all tests share keeps its profile elsewhere, also if this is its first use.
  bool shared_ = used_before();
  ScratchFolder scratch_;
  ScopedEnvironment cache_{"CT_CACHE_DIR", scratch_.path().string()};
  std::string folder_ = (scratch_ / "customtensor").string();
  opencl::BinaryCache files_{folder_, 1 << 20};
};

TEST_F(OpenClProbe, TellsFeaturesAndTheCostOfALaunch) {
  const std::string text = new_backend().description();
  EXPECT_THAT(text, ContainsRegex("float64.*, (no )?float16, (no )?sub-groups, vectors of "));
  EXPECT_THAT(text,
              ContainsRegex("KiB of local memory( in ordinary memory)?, [0-9.]+ us a launch"));
}

TEST_F(OpenClProbe, FindingDevicesTriesNothing) {
  new_backend();
  EXPECT_TRUE(kept().empty());
}

TEST_F(OpenClProbe, IsReadFromTheDiskTheSecondTime) {
  new_backend().description();
  ASSERT_EQ(kept().size(), 1U);
  files_.store(kept()[0], "device profile 1\nfp64 1 fp16 0 sub_groups 0 launch 0.000123456\n");
  EXPECT_THAT(new_backend().description(), HasSubstr(", 123.5 us a launch"));
}

TEST_F(OpenClProbe, IsTriedAgainWhereTheFileIsDamaged) {
  new_backend().description();
  ASSERT_EQ(kept().size(), 1U);
  const opencl::CacheKey key = kept()[0];
  for (const char* text : {"", "device profile 1\nfp64 1 fp16", "device profile 2\nfp64 1 fp16 0 ",
                           "device profile 1\nfp64 1 fp16 0 sub_groups 0 launch -1\n"}) {
    files_.store(key, text);
    EXPECT_THAT(new_backend().description(), ContainsRegex(" us a launch")) << text;
    EXPECT_NE(files_.load(key), text);
  }
  std::filesystem::resize_file(files_.path(key), 30);
  EXPECT_THAT(new_backend().description(), ContainsRegex(" us a launch"));
  EXPECT_TRUE(files_.load(key).has_value());
}

TEST_F(OpenClProbe, ADriverWithoutFloat64IsAnotherProfile) {
  new_backend().description();
  const ScopedEnvironment without("CT_OPENCL_NO_FP64", "1");
  EXPECT_THAT(new_backend().description(), HasSubstr("no float64 (such work runs on the host)"));
  EXPECT_EQ(kept().size(), 2U);
}

TEST_F(OpenClProbe, ExtensionsCanBeMasked) {
  const ScopedEnvironment without("CT_OPENCL_WITHOUT", "fp64,fp16,subgroups");
  Backend& backend = new_backend();
  EXPECT_THAT(backend.description(),
              ContainsRegex("no float64 .*, no float16, no sub-groups, vectors of "));
  // Half types are storage alone, so that they need no extension.
  const Tensor x = full({3}, 1.5, {.dtype = float16, .device = Device(backend)});
  EXPECT_EQ((x * 2).sum().item<float>(), 9.f);
}

TEST_F(OpenClProbe, AFeatureThatDoesNotCompileIsNotThere) {
  opencl::inject_faults("build:1:CL_BUILD_PROGRAM_FAILURE,build:2:CL_BUILD_PROGRAM_FAILURE");
  Backend& backend = new_backend();
  const std::string text = backend.description();
  opencl::inject_faults("");
  EXPECT_THAT(text, HasSubstr("no float64"));
  EXPECT_THAT(text, ContainsRegex(" us a launch"));
  // The device's float64 is the host's, as with any driver that has none.
  EXPECT_EQ(ones({3}, {.dtype = float64, .device = Device(backend)}).sum().item<double>(), 3.0);
}

TEST_F(OpenClProbe, ADeviceThatCannotBeUsedIsDescribedAsTheDriverClaims) {
  opencl::inject_faults("context:1:CL_OUT_OF_HOST_MEMORY");
  const std::string text = new_backend().description();
  opencl::inject_faults("");
  EXPECT_THAT(text, HasSubstr("GiB"));
  EXPECT_THAT(text, Not(HasSubstr("us a launch")));
}

}  // namespace
}  // namespace ct::test
