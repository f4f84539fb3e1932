// See fault.hpp.
#include "core/memory/fault.hpp"

namespace ct {
namespace {

constinit std::atomic<int64_t> failing{0}, requests{0};

}  // namespace

constinit std::atomic<bool> detail::allocation_fault_armed{false};

bool detail::count_allocation() { return requests.fetch_add(1) + 1 == failing.load(); }

void fail_allocation(int64_t n) {
  failing = n;
  requests = 0;
  detail::allocation_fault_armed = n > 0;
}

int64_t allocations_since() { return requests; }

}  // namespace ct
