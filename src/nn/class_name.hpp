// What a module's class calls itself, for people.
#pragma once

#include <string>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// "ct::nn::Linear".
std::string class_name(const Module& module);

}  // namespace ct::nn
