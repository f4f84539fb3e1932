// The loop's state as JSON, from which every number comes back to the last bit. Internal.
#pragma once

#include <nlohmann/json.hpp>

#include "customtensor/train/loop.hpp"

namespace ct::train {

nlohmann::ordered_json state_to_json(const LoopState& state);

/// Errors: nlohmann::json::exception for fields that are missing or of another kind.
LoopState state_from_json(const nlohmann::ordered_json& json);

}  // namespace ct::train
