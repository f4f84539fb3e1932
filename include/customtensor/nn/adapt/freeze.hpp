// Freezing parts of a network by the names of their parameters.
#pragma once

#include <cstdint>
#include <string_view>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Whether `name` matches a pattern in which * stands for any characters and ? for one.
CT_API bool matches(std::string_view pattern, std::string_view name);

/// Turns gradients off (or, unfreeze, on) of every parameter whose name matches `pattern`:
/// freeze(model, "encoder.*"). Returns how many there are.
/// Errors: ValueError if none matches
CT_API int64_t freeze(Module& module, std::string_view pattern);
CT_API int64_t unfreeze(Module& module, std::string_view pattern);

}  // namespace ct::nn
