// All of ct::optim.
#pragma once

#include "customtensor/optim/adam.hpp"
#include "customtensor/optim/clip_grad.hpp"
#include "customtensor/optim/lr_scheduler.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/optim/rmsprop.hpp"
#include "customtensor/optim/sgd.hpp"
