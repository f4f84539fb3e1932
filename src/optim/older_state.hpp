// States as optimizers wrote them before there were groups: "hyper.lr", "hyper.beta1", "steps" (one
// number per parameter), "3.exp_avg". Internal.
#pragma once

#include <span>
#include <string>

#include "customtensor/state_dict.hpp"

namespace ct::optim {

bool is_older_state(const StateDict& state);

/// The same under today's names. What there was no setting for then is as it was: off. Names that
/// are missing or unknown stay so, and are found where the result is read.
/// `flags`: the settings that are yes or no.
StateDict from_older_state(const StateDict& state, size_t parameters,
                           std::span<const std::string> flags);

}  // namespace ct::optim
