// Dropout as layers: random zeros while training.
#pragma once

#include "customtensor/nn/dropout/alpha_dropout.hpp"
#include "customtensor/nn/dropout/drop_path.hpp"
#include "customtensor/nn/dropout/dropout.hpp"
#include "customtensor/nn/dropout/dropout1d.hpp"
#include "customtensor/nn/dropout/dropout2d.hpp"
#include "customtensor/nn/dropout/dropout3d.hpp"
#include "customtensor/nn/dropout/feature_alpha_dropout.hpp"
