// ct::profile(): counts, bytes and operations by family and program, on the cpu and on a device
// that measures its kernels itself; the table; the trace.
#include "customtensor/profile.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {
namespace {

using ::testing::HasSubstr;

const ProfileRow* find(const std::vector<ProfileRow>& rows, const std::string& device,
                       const std::string& name) {
  for (const ProfileRow& row : rows) {
    if (row.device == device && (row.kernel.empty() ? row.family : row.kernel) == name) return &row;
  }
  return nullptr;
}

TEST(Profile, CountsCallsBytesAndOperationsOfAFamily) {
  const Tensor a = ones({4, 5});
  const Tensor b = ones({5, 6});
  auto profiler = profile();
  matmul(a, b);
  matmul(a, b);
  const Profile result = profiler.stop();
  const ProfileRow* row = find(result.families, "cpu", "matmul");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->calls, 2U);
  EXPECT_EQ(row->bytes, 2 * 4 * (20 + 30 + 24));
  EXPECT_EQ(row->flops, 2 * 2 * 4 * 5 * 6);
  EXPECT_GT(row->host_seconds, 0);
  EXPECT_EQ(row->known_seconds, row->host_seconds);
  EXPECT_EQ(row->device_seconds, 0);
  EXPECT_DOUBLE_EQ(row->gigaflops_per_second(), 480 / row->known_seconds / 1e9);
}

TEST(Profile, TellsPointwiseProgramsApartAndCountsRepeatedElementsOnce) {
  const Tensor x = ones({8, 4});
  const Tensor row = ones({4});
  auto profiler = profile();
  x + row;
  x.sqrt();
  x.sqrt();
  const Profile result = profiler.stop();
  EXPECT_EQ(find(result.families, "cpu", "pointwise")->calls, 3U);
  EXPECT_EQ(find(result.kernels, "cpu", "sqrt")->calls, 2U);
  EXPECT_EQ(find(result.kernels, "cpu", "sqrt")->bytes, 2 * 2 * 4 * 32);
  EXPECT_EQ(find(result.kernels, "cpu", "add")->bytes, 4 * (32 + 4 + 32));
}

TEST(Profile, CountsAConvolutionAsIfComputedDirectly) {
  const Tensor x = ones({2, 6, 8, 8});
  const Tensor w = ones({4, 3, 3, 3});
  auto profiler = profile();
  conv2d(x, w, {}, {.padding = 1, .groups = 2});
  const Profile result = profiler.stop();
  EXPECT_EQ(find(result.families, "cpu", "conv_forward")->flops, 2.0 * (2 * 4 * 64) * (3 * 9));
}

TEST(Profile, CountsStepsAndWhatIsInThem) {
  const Tensor x = ones({8});
  auto profiler = profile();
  x + 1;
  for (int i = 0; i < 3; ++i) {
    const ProfiledStep step;
    x + 1;
    x * 2;
  }
  const Profile result = profiler.stop();
  EXPECT_EQ(result.steps, 3U);
  EXPECT_GT(result.step_seconds, 0);
  ASSERT_EQ(result.devices.size(), 1U);
  EXPECT_EQ(result.devices[0].launches, 7U);
  EXPECT_EQ(result.devices[0].step_launches, 6U);
  EXPECT_FALSE(result.devices[0].measured);
  EXPECT_THAT(result.table(), HasSubstr("a step: 2.0 launches, 0.00 host waits"));
}

TEST(Profile, CountsNothingBeforeAndAfter) {
  const Tensor x = ones({8});
  x + 1;
  auto profiler = profile();
  const Profile result = profiler.stop();
  x + 1;
  EXPECT_TRUE(result.families.empty());
  EXPECT_TRUE(result.devices.empty());
  EXPECT_TRUE(profile().stop().events.empty());
}

TEST(Profile, OneAtATimeAndTheNextAfterIt) {
  {
    auto profiler = profile();
    EXPECT_THAT(message_of<ValueError>([] { auto second = profile(); }),
                HasSubstr("profile: one is being taken already; end it with stop() first"));
    profiler.stop();
    EXPECT_THAT(message_of<ValueError>([&] { profiler.stop(); }),
                HasSubstr("profile: stop() was called before"));
    auto left_to_its_scope = profile();
  }
  EXPECT_NO_THROW(profile().stop());
}

TEST(Profile, SeveralThreadsAreTracksOfTheirOwn) {
  auto profiler = profile();
  const auto work = [] {
    const Tensor x = ones({100});
    for (int i = 0; i < 200; ++i) x + 1;
  };
  std::thread other(work);
  work();
  other.join();
  const Profile result = profiler.stop();
  EXPECT_EQ(find(result.kernels, "cpu", "add")->calls, 400U);
  int most = 0;
  for (const ProfileEvent& event : result.events) most = std::max(most, event.thread);
  EXPECT_EQ(most, 1);
}

/// A device that "measures": each family call is two kernels, a copy_to_host one.
class MeasuringBackend final : public Backend {
 public:
  std::string name() const override { return "measuring"; }
  void* allocate(size_t bytes) override { return std::aligned_alloc(64, (bytes + 63) / 64 * 64); }
  void deallocate(void* buffer, size_t) noexcept override { std::free(buffer); }
  void copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) override {
    std::memcpy(static_cast<char*>(buffer) + offset, source, bytes);
  }
  void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) override {
    if (profiled_call().family == std::string("copy_to_host")) queue("download", 0.5);
    ++counts_.host_waits;
    std::memcpy(target, static_cast<const char*>(buffer) + offset, bytes);
  }
  void synchronize() override {}
  void matmul(const MatmulArgs& args) override {
    queue("pack", 1);
    queue("multiply", 3);
    Backend::matmul(args);
  }
  DeviceCounts counts() const override { return counts_; }
  bool measure_kernels(bool on) override {
    measuring_ = on;
    return true;
  }
  std::vector<KernelTime> kernel_times(bool) override { return std::exchange(times_, {}); }
  bool measuring_ = false;

 private:
  void queue(const char* kernel, double seconds) {
    ++counts_.launches;
    if (measuring_) times_.push_back({kernel, profiled_call(), 0, seconds});
  }
  std::vector<KernelTime> times_;
  DeviceCounts counts_;
};

TEST(Profile, TakesTheTimesOfADeviceThatMeasures) {
  auto owned = std::make_unique<MeasuringBackend>();
  const MeasuringBackend& backend = *owned;
  const Device device(*owned.release());  // devices are never destroyed
  const Tensor a = ones({3, 3}).to(device);
  auto profiler = profile();
  {
    const ProfiledStep step;
    matmul(a, a);
    EXPECT_TRUE(backend.measuring_);
  }
  a.to_vector<float>();
  const Profile result = profiler.stop();
  EXPECT_FALSE(backend.measuring_);
  const ProfileRow* family = find(result.families, "", "matmul");
  ASSERT_NE(family, nullptr);
  EXPECT_EQ(family->device_seconds, 4);
  EXPECT_DOUBLE_EQ(family->gigaflops_per_second(), 2 * 27 / 4.0 / 1e9);
  // Of two kernels it is not known which has done what; the only one has done it all.
  EXPECT_EQ(find(result.kernels, "", "multiply")->device_seconds, 3);
  EXPECT_EQ(find(result.kernels, "", "multiply")->known_seconds, 0);
  EXPECT_DOUBLE_EQ(find(result.kernels, "", "download")->gigabytes_per_second(), 36 / 0.5 / 1e9);
  ASSERT_EQ(result.devices.size(), 1U);
  EXPECT_TRUE(result.devices[0].measured);
  EXPECT_EQ(result.devices[0].launches, 3U);
  EXPECT_EQ(result.devices[0].step_launches, 2U);
  EXPECT_EQ(result.kernels[0].kernel, "multiply");  // most time first
}

TEST(Profile, TheTraceIsJsonWithATrackForThreadsAndSteps) {
  const ScratchFolder folder;
  auto profiler = profile();
  {
    const ProfiledStep step;
    ones({8}) + 1;
  }
  profiler.stop().write_chrome_trace(folder / "trace.json");
  std::ifstream file(folder / "trace.json");
  const auto trace = nlohmann::json::parse(file);
  int bars = 0;
  for (const auto& event : trace.at("traceEvents")) {
    if (event.at("ph") != "X") continue;
    ++bars;
    EXPECT_GE(event.at("ts").get<double>(), 0);
    EXPECT_GE(event.at("dur").get<double>(), 0);
    EXPECT_EQ(event.at("pid"), 0);
  }
  EXPECT_EQ(bars, 3);  // fill, add, step
  const auto names = trace.dump();
  for (const char* name : {"\"add\"", "\"step\"", "\"pointwise\"", "\"thread 0\""}) {
    EXPECT_THAT(names, HasSubstr(name));
  }
}

TEST(Profile, AFolderThatIsNotThereIsAnErrorOfTheTrace) {
  EXPECT_THROW(profile().stop().write_chrome_trace("/no/such/folder/trace.json"), IoError);
}

TEST(Profile, TheTableShowsRatesAndShares) {
  auto profiler = profile();
  matmul(ones({64, 64}), ones({64, 64}));
  const std::string table = profiler.stop().table();
  EXPECT_THAT(table, ::testing::StartsWith("profile: "));
  EXPECT_THAT(table, HasSubstr("cpu: 3 launches, 0 host waits; time is that of the calls\n"));
  EXPECT_THAT(table,
              ::testing::ContainsRegex("cpu +matmul +1 +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+"));
  EXPECT_THAT(table, HasSubstr("pointwise: "));
}

}  // namespace
}  // namespace ct::test
