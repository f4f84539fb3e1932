// The exceptions: one base, told apart by type across the library's boundary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <customtensor/error.hpp>
#include <customtensor/shape.hpp>
#include <string>

namespace ct {
namespace {

template <class E>
class EveryError : public testing::Test {};
using Errors =
    testing::Types<ShapeError, DTypeError, DeviceError, IndexError, ValueError, AutogradError,
                   IoError, BackendError, OutOfMemoryError, DeviceLostError>;
TYPED_TEST_SUITE(EveryError, Errors);

TYPED_TEST(EveryError, IsAnErrorAndARuntimeErrorWithItsMessage) {
  try {
    throw TypeParam("add: cannot broadcast");
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "add: cannot broadcast");
    EXPECT_NE(dynamic_cast<const std::runtime_error*>(&error), nullptr);
  }
}

TEST(Error, ThrownInsideOfTheLibraryIsCaughtByItsType) {
  EXPECT_THROW(broadcast_shapes({2}, {3}, "add"), ShapeError);
  EXPECT_THROW(normalize_axis(2, 1, "sum"), IndexError);
}

}  // namespace
}  // namespace ct
