// Devices whose memory is the host's: what would be copied is mapped.
#include <gtest/gtest.h>

#include <set>

#include "customtensor/customtensor.hpp"
#include "support/stranger_backend.hpp"

namespace ct {
namespace {

/// As a stranger's, but its buffers can be mapped: each once at a time.
class SharingBackend final : public Backend {
 public:
  std::string name() const override { return "sharing"; }
  void* allocate(size_t bytes) override { return memory_.allocate(bytes); }
  void deallocate(void* buffer, size_t bytes) noexcept override {
    EXPECT_FALSE(mapped.contains(buffer));
    memory_.deallocate(buffer, bytes);
  }
  void copy_from_host(void* b, size_t o, const void* s, size_t n) override {
    EXPECT_FALSE(mapped.contains(b));
    ++copies;
    memory_.copy_from_host(b, o, s, n);
  }
  void copy_to_host(void* t, const void* b, size_t o, size_t n) override {
    EXPECT_FALSE(mapped.contains(b));
    ++copies;
    memory_.copy_to_host(t, b, o, n);
  }
  void synchronize() override {}
  void* map(void* buffer) override {
    EXPECT_TRUE(mapped.insert(buffer).second) << "mapped twice";
    return buffer;
  }
  void unmap(void* buffer, void* start) override {
    EXPECT_EQ(start, buffer);
    EXPECT_EQ(mapped.erase(buffer), 1U);
  }
  static inline int copies = 0;
  static inline std::set<const void*> mapped;

 private:
  test::StrangerBackend memory_;
};

Device sharing() {
  static const Device device = register_backend(std::make_unique<SharingBackend>());
  return device;
}

class MappingTest : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(SharingBackend::mapped.empty()); }
  const Device device_ = sharing();
  const Tensor x_ = tensor({1.f, 2.f, 3.f, 4.f}).to(device_).reshape({2, 2});
};

TEST_F(MappingTest, FamiliesOnTheHostWorkInTheDevicesMemory) {
  SharingBackend::copies = 0;
  const Tensor sum = x_ + x_.t();  // one buffer, twice
  Tensor y = zeros({2, 3}, device_);
  y.narrow(1, 1, 2).copy_(sum);  // gaps stay as they are
  y.mul_(2);
  EXPECT_EQ(SharingBackend::copies, 0);
  EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{0, 4, 10, 0, 10, 16}));
}

TEST_F(MappingTest, AnErrorOnTheHostLeavesNothingMapped) {
  EXPECT_THROW(linalg::inv(zeros({2, 2}, device_)), Error);
}

TEST_F(MappingTest, DevicesThatShareCopyOnce) {
  static const Device stranger = register_backend(std::make_unique<test::StrangerBackend>());
  SharingBackend::copies = 0;
  const Tensor there = x_.to(stranger);
  EXPECT_EQ(SharingBackend::copies, 0);
  EXPECT_EQ(there.to_vector<float>(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(there.to(device_).to_vector<float>(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(SharingBackend::copies, 1);  // to_vector's
}

}  // namespace
}  // namespace ct
