// Drivers that are tested before their first use: a driver that crashes or computes wrongly is
// refused by name, this process goes on, and the verdict is kept.
#include "backend_opencl/device/trust.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "backend_opencl/custom_gpu.hpp"
#include "backend_opencl/device/discover.hpp"
#include "backend_opencl/device/quirks.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class OpenClTrust : public CustomGpuTest {
 protected:
  /// A device that nobody has used. Never destroyed, as devices are.
  static Backend& new_backend() { return *opencl::discover().front().release(); }

  /// From here on the interpreter of elementwise programs stores floats by `statement`.
  void store_floats_by(const std::string& statement) {
    std::ifstream good(CT_TEST_DATA "/../kernels/pointwise/interpreter.cl");
    std::string text{std::istreambuf_iterator<char>(good), std::istreambuf_iterator<char>()};
    const std::string right = "SCATTER(float, TO_float32(v));";
    ASSERT_NE(text.find(right), std::string::npos);
    text.replace(text.find(right), right.size(), statement);
    std::filesystem::create_directories(scratch_ / "kernels/pointwise");
    std::ofstream(scratch_ / "kernels/pointwise/interpreter.cl") << text;
  }

  /// The verdict that is kept, whatever its key.
  std::string kept() const {
    for (const auto& entry : std::filesystem::directory_iterator(scratch_ / "customtensor")) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      for (const char* verdict : {"passed", "crashed", "computes wrongly"}) {
        if (text.size() < 500 && text.find(verdict) != std::string::npos) return verdict;
      }
    }
    return "";
  }

  /// What its first use says, "" if nothing.
  static std::string said_by(Backend& backend) {
    try {
      backend.synchronize();
      return "";
    } catch (const BackendError& error) {
      return error.what();
    }
  }

  static bool used_before() {
    if (!device_available("custom_gpu")) return false;
    Device("custom_gpu").backend().synchronize();
    return true;
  }

  /// The device that all tests share is not tested, also if this is its first use.
  bool shared_ = used_before();
  ScratchFolder scratch_;
  ScopedEnvironment cache_{"CT_CACHE_DIR", scratch_.path().string()};
  ScopedEnvironment kernels_{"CT_KERNEL_DIR", (scratch_ / "kernels").string()};
  ScopedEnvironment suspicious_{"CT_OPENCL_TRUST", "0"};
};

TEST_F(OpenClTrust, ADriverThatPassesIsUsedAndNotTestedAgain) {
  EXPECT_EQ(said_by(new_backend()), "");
  ASSERT_EQ(kept(), "passed");
  const auto count = [&] {
    return std::distance(std::filesystem::directory_iterator(scratch_ / "customtensor"), {});
  };
  const auto files = count();
  EXPECT_EQ(said_by(new_backend()), "");
  EXPECT_EQ(count(), files);
}

TEST_F(OpenClTrust, ADriverThatCrashesIsRefusedAndThisProcessGoesOn) {
  store_floats_by("((volatile __global float*)p)[at[0] + (1L << 44)] = 0;");
  Backend& backend = new_backend();
  const std::string message = said_by(backend);
  EXPECT_THAT(message,
              MatchesRegex(R"(custom_gpu: the driver is refused: .* \(.*, driver .*\): it failed )"
                           R"(its self-test: crashed \(.*\) at 'an elementwise program, )"
                           R"(interpreted'; use another version or device \(CT_OPENCL_DEVICE\), )"
                           R"(or this one all the same with CT_OPENCL_TRUST=1)"));
  EXPECT_THAT(message, StartsWith("custom_gpu: the driver is refused: "));
  EXPECT_EQ(said_by(backend), message) << "the next use says the same";
  EXPECT_THAT(backend.description(), HasSubstr("; refused: "));
  // Kept: it would crash no more.
  ASSERT_EQ(kept(), "crashed");
  EXPECT_EQ(said_by(new_backend()), message);
  const ScopedEnvironment trusting("CT_OPENCL_TRUST", "1");
  EXPECT_EQ(said_by(new_backend()), "");
}

TEST_F(OpenClTrust, ADriverThatComputesWronglyIsRefused) {
  store_floats_by("SCATTER(float, TO_float32(v + 1));");
  EXPECT_THAT(said_by(new_backend()),
              HasSubstr("it failed its self-test: 'an elementwise program, interpreted' computes "
                        "wrongly: element 0 is "));
  EXPECT_EQ(kept(), "computes wrongly");
}

TEST_F(OpenClTrust, KnownDriversAreNotTested) {
  opencl::Profile known;
  known.platform_name = "Portable Computing Language";
  known.driver = "3.1";
  EXPECT_TRUE(opencl::is_known_good(known));
  known.driver = "7.0";
  EXPECT_FALSE(opencl::is_known_good(known));
}

TEST_F(OpenClTrust, KnownBadDriversAreRefusedUntested) {
  opencl::Profile bad;
  bad.name = "llvmpipe";
  bad.platform_name = "rusticl";
  bad.driver = "22.3.6";
  const opencl::BinaryCache nothing("", 0);
  const std::string message =
      "llvmpipe (rusticl, driver 22.3.6): its compiler crashes (SIGSEGV) at the first of our "
      "kernels; "
      "use another version or device (CT_OPENCL_DEVICE), or this one all the same with "
      "CT_OPENCL_TRUST=1";
  EXPECT_EQ(opencl::refusal_of(bad, nothing), message);
  const ScopedEnvironment unset("CT_OPENCL_TRUST", "");
  EXPECT_EQ(opencl::refusal_of(bad, nothing), message);
  const ScopedEnvironment trusting("CT_OPENCL_TRUST", "1");
  EXPECT_EQ(opencl::refusal_of(bad, nothing), "");
}

}  // namespace
}  // namespace ct::test
