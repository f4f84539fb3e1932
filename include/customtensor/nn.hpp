// All of ct::nn.
#pragma once

#include "customtensor/nn/activation.hpp"
#include "customtensor/nn/attention/multihead_attention.hpp"
#include "customtensor/nn/container/sequential.hpp"
#include "customtensor/nn/conv.hpp"
#include "customtensor/nn/dropout.hpp"
#include "customtensor/nn/hooks.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/nn/linear.hpp"
#include "customtensor/nn/loss.hpp"
#include "customtensor/nn/members.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/nn/norm/batch_norm.hpp"
#include "customtensor/nn/norm/layer_norm.hpp"
#include "customtensor/nn/pool.hpp"
#include "customtensor/nn/shape/flatten.hpp"
#include "customtensor/nn/summary.hpp"
