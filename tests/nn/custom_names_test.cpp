// The library's first names still work.
#include <gtest/gtest.h>

#include <customtensor/custom.hpp>

TEST(CustomNames, TrainALinearLayer) {
  const CustomDevice device("cpu");
  const CustomTensor x = ct::ones({4, 3}, device);
  CustomLinear layer(3, 2);
  const CustomTensor loss = CustomMSELoss()(layer(x), ct::zeros({4, 2}));
  loss.backward();
  EXPECT_EQ(layer.weight.grad().shape(), (ct::Shape{2, 3}));
  EXPECT_EQ(CustomMAELoss()(x, ct::zeros({4, 3})).item<float>(), 1.0F);
  CustomConv2d conv(1, 2, 3);
  EXPECT_EQ(conv(ct::ones({1, 1, 5, 5})).shape(), (ct::Shape{1, 2, 3, 3}));
}
