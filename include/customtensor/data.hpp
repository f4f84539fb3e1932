// All of ct::data.
#pragma once

#include "customtensor/data/data_loader.hpp"
#include "customtensor/data/dataset.hpp"
#include "customtensor/data/idx.hpp"
#include "customtensor/data/image_folder.hpp"
#include "customtensor/data/mnist.hpp"
#include "customtensor/data/tensor_dataset.hpp"
