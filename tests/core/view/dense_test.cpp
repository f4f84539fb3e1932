// Dense copies and epilogues on every device: the one rule of copies between types, what is copied
// at all, and where results go.
#include "core/view/dense.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "conformance/devices.hpp"
#include "core/view/epilogue.hpp"
#include "customtensor/device.hpp"

namespace ct::test {
namespace {

using ::testing::ElementsAre;

class DenseOn : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    backend_ = &Device(GetParam()).backend();
  }

  template <class T>
  void write(const TensorView& dense, const std::vector<T>& values) {
    backend_->copy_from_host(dense.buffer, static_cast<size_t>(dense.offset) * sizeof(T),
                             values.data(), values.size() * sizeof(T));
  }
  template <class T>
  std::vector<T> read(const TensorView& dense) {
    std::vector<T> values(static_cast<size_t>(numel(dense.shape)));
    backend_->copy_to_host(values.data(), dense.buffer,
                           static_cast<size_t>(dense.offset) * sizeof(T),
                           values.size() * sizeof(T));
    return values;
  }
  /// Numbers of type From as a kernel of type To would get them.
  template <class From, class To>
  std::vector<To> converted(const std::vector<From>& values) {
    const DenseArray source(*backend_, dtype_of<From>, {static_cast<int64_t>(values.size())});
    write(source.view(), values);
    return read<To>(DenseInput(*backend_, source.view(), dtype_of<To>).view());
  }
  /// Writes 0, 1, 2, …
  void number(const TensorView& dense) {
    std::vector<float> values(static_cast<size_t>(numel(dense.shape)));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    write(dense, values);
  }

  Backend* backend_ = nullptr;
};

TEST_P(DenseOn, ADenseViewIsUsedAsItIs) {
  const DenseArray array(*backend_, float32, {2, 3});
  TensorView part = array.view();
  narrow_axis(part, 0, 1, 1);
  const DenseInput input(*backend_, part, float32);
  EXPECT_EQ(input.buffer(), part.buffer);
  EXPECT_EQ(input.offset(), 3);
}

TEST_P(DenseOn, AnyOtherViewIsCopied) {
  const DenseArray array(*backend_, float32, {2, 3});
  number(array.view());
  const TensorView turned = permuted(array.view(), {1, 0});
  const DenseInput input(*backend_, turned, float32);
  EXPECT_NE(input.buffer(), turned.buffer);
  EXPECT_THAT(read<float>(input.view()), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST_P(DenseOn, AnAbsentViewStaysAbsent) {
  const TensorView none;
  DenseOutput output(*backend_, none, float64);
  EXPECT_EQ(output.buffer(), nullptr);
  EXPECT_FALSE(output.view());
  output.finish();
  fill_zero(*backend_, none);
}

TEST_P(DenseOn, NothingIsLostOnTheWayToBool) {
  const auto truth = [&]<class From>(const std::vector<From>& values) {
    const DenseArray source(*backend_, dtype_of<From>, {static_cast<int64_t>(values.size())});
    write(source.view(), values);
    return read<uint8_t>(DenseInput(*backend_, source.view(), bool_).view());
  };
  EXPECT_THAT(truth(std::vector<float>{0.5F, 0, -0.25F}), ElementsAre(1, 0, 1));
  EXPECT_THAT(truth(std::vector<double>{1e-300, 0, -0.0}), ElementsAre(1, 0, 0));
  EXPECT_THAT(truth(std::vector<int64_t>{int64_t{1} << 32, 0, -(int64_t{1} << 40)}),
              ElementsAre(1, 0, 1));
  EXPECT_THAT(truth(std::vector<uint8_t>{128, 0, 1}), ElementsAre(1, 0, 1));
}

TEST_P(DenseOn, WholeNumbersAreConvertedOnce) {
  EXPECT_THAT((converted<int64_t, int32_t>({(int64_t{1} << 40) + 3, -5})), ElementsAre(3, -5));
  EXPECT_THAT((converted<int32_t, int64_t>({-7, 2147483647})), ElementsAre(-7, 2147483647));
  EXPECT_THAT((converted<int64_t, double>({int64_t{1} << 53, -(int64_t{1} << 53) - 2})),
              ElementsAre(0x1p53, -0x1p53 - 2));
  // To the nearest float; by way of a float64 it would be rounded twice, to 0x1p60.
  EXPECT_THAT((converted<int64_t, float>({(int64_t{1} << 60) + (int64_t{1} << 36) + 1})),
              ElementsAre(0x1p60F + 0x1p37F));
  EXPECT_THAT((converted<uint8_t, double>({0, 255})), ElementsAre(0.0, 255.0));
}

TEST_P(DenseOn, FractionsAreCutOffInTheirOwnType) {
  EXPECT_THAT((converted<double, int64_t>({0x1p52 + 0.5, -2.75})),
              ElementsAre(int64_t{1} << 52, -2));
  EXPECT_THAT((converted<float, int32_t>({2.75F, -2.75F})), ElementsAre(2, -2));
  EXPECT_THAT((converted<double, float>({0x1p0 + 0x1p-24 + 0x1p-50})), ElementsAre(1 + 0x1p-23F));
  EXPECT_THAT((converted<float, double>({0.1F})), ElementsAre(double{0.1F}));
}

TEST_P(DenseOn, HalfTypesGoToFloatAndBack) {
  const DenseArray halves(*backend_, float16, {3});
  write(halves.view(), std::vector<Half>{Half(0.5F), Half(-2.0F), Half(1024.0F)});
  DenseOutput output(*backend_, halves.view(), float32, OutputKind::update);
  EXPECT_THAT(read<float>(output.view()), ElementsAre(0.5F, -2.0F, 1024.0F));
  write(output.view(), std::vector<float>{1 + 0x1p-11F, 3, 0});  // halfway: to even
  output.finish();
  const auto stored = read<Half>(halves.view());
  EXPECT_EQ(static_cast<float>(stored[0]), 1.0F);
  EXPECT_EQ(static_cast<float>(stored[1]), 3.0F);
}

TEST_P(DenseOn, ResultsGoToTheViewAndNowhereElse) {
  const DenseArray array(*backend_, float32, {2, 4});
  number(array.view());
  TensorView columns = array.view();
  narrow_axis(columns, 1, 1, 2);
  DenseOutput output(*backend_, columns, float32);
  write(output.view(), std::vector<float>{10, 20, 30, 40});
  output.finish();
  EXPECT_THAT(read<float>(array.view()), ElementsAre(0, 10, 20, 3, 4, 30, 40, 7));
}

TEST_P(DenseOn, FillZeroLeavesTheGaps) {
  const DenseArray array(*backend_, float32, {2, 3});
  number(array.view());
  TensorView column = array.view();
  narrow_axis(column, 1, 1, 1);
  fill_zero(*backend_, column);
  EXPECT_THAT(read<float>(array.view()), ElementsAre(0, 0, 2, 3, 0, 5));
}

TEST_P(DenseOn, AnEpilogueRunsInPlaceWithItsInputsBroadcast) {
  const DenseArray result(*backend_, float32, {2, 3}), column(*backend_, float32, {2});
  number(result.view());
  number(column.view());
  TensorView added = column.view();
  added.shape = {2, 3};
  added.strides = {1, 0};
  run_epilogue(*backend_, {program_of(Opcode::add).get(), {&added, 1}, {}}, result.view());
  EXPECT_THAT(read<float>(result.view()), ElementsAre(0, 1, 2, 4, 5, 6));
  run_epilogue(*backend_, {}, result.view());
  EXPECT_THAT(read<float>(result.view()), ElementsAre(0, 1, 2, 4, 5, 6));
}

TEST_P(DenseOn, AnEpilogueOfAPartReadsItsInputsThere) {
  const DenseArray result(*backend_, float32, {2, 3}), other(*backend_, float32, {2, 3});
  number(result.view());
  number(other.view());
  TensorView part = result.view();
  narrow_axis(part, 0, 1, 1);
  narrow_axis(part, 1, 1, 2);
  const TensorView inputs[] = {other.view()};
  const Epilogue epilogue{program_of(Opcode::mul).get(), inputs, {}};
  backend_->pointwise(EpilogueCall(epilogue, part, {1, 1}).args());
  EXPECT_THAT(read<float>(result.view()), ElementsAre(0, 1, 2, 3, 16, 25));
}

INSTANTIATE_TEST_SUITE_P(Devices, DenseOn, ::testing::ValuesIn(conformance_devices()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace ct::test
