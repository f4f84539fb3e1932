// See checked_memory.hpp.
#include "core/memory/checked_memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/settings.hpp"

namespace ct {

bool checks_memory() {
#ifdef NDEBUG
  constexpr bool kDebug = false;
#else
  constexpr bool kDebug = true;
#endif
  return settings::kCheckMemory.read().value_or(kDebug);
}

std::string stray_write(std::span<const unsigned char> before,
                        std::span<const unsigned char> behind, std::string_view what,
                        size_t bytes) {
  const auto changed = [](unsigned char c) { return c != kCanary; };
  const auto high = std::find_if(behind.begin(), behind.end(), changed);
  if (high != behind.end()) {
    return fmt::format("wrote behind the end of {} of {} bytes: at byte {}", what, bytes,
                       bytes + static_cast<size_t>(high - behind.begin()));
  }
  const auto low = std::find_if(before.rbegin(), before.rend(), changed);
  if (low == before.rend()) return "";
  return fmt::format("wrote before the start of {} of {} bytes: at byte -{}", what, bytes,
                     low - before.rbegin() + 1);
}

}  // namespace ct
