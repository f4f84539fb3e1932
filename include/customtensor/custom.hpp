// The library's first names, for programs that were written with them.
#pragma once

#include "customtensor/customtensor.hpp"

using CustomDevice = ct::Device;
using CustomTensor = ct::Tensor;
using CustomLinear = ct::nn::Linear;
using CustomConv2d = ct::nn::Conv2d;
using CustomMSELoss = ct::nn::MSELoss;
using CustomMAELoss = ct::nn::L1Loss;
