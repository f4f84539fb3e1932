// The loop's state as JSON, from which every number comes back to the last bit. Internal.
#pragma once

#include <nlohmann/json.hpp>

#include "customtensor/train/loop.hpp"
#include "io/json_reader.hpp"

namespace ct::train {

nlohmann::ordered_json state_to_json(const LoopState& state);

/// All of it is read and checked before anything comes back.
/// Errors: io::JsonFault for fields that are missing, of another kind, out of range, or that do not
///         fit together.
LoopState state_from_json(const io::JsonValue& json);

}  // namespace ct::train
