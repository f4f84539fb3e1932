// See index_watch.hpp.
#include "backend_opencl/runtime/index_watch.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/index_check.hpp"

namespace ct::opencl {
namespace {

constexpr std::string_view kLate =
    "; found by custom_gpu after the call: with CT_CHECK_INDICES=1 the call itself throws";

IndexCheckArgument argument_of(const IndexCheck& check) {
  IndexCheckArgument argument{.first = check.first,
                              .last = static_cast<uint64_t>(check.count - 1),
                              .op = std::bit_cast<uintptr_t>(check.op),
                              .classes = check.classes ? 1 : 0,
                              .axis = check.axis,
                              .size = check.size,
                              .wrapped = check.wrapped,
                              .rank = check.shape.rank()};
  std::copy(check.shape.begin(), check.shape.end(), argument.shape.begin());
  std::copy(check.strides.begin(), check.strides.end(), argument.strides.begin());
  return argument;
}

IndexCheck check_of(const IndexCheckArgument& argument) {
  IndexCheck check{.op = std::bit_cast<const char*>(static_cast<uintptr_t>(argument.op)),
                   .classes = argument.classes != 0,
                   .axis = static_cast<int>(argument.axis),
                   .size = argument.size,
                   .wrapped = argument.wrapped,
                   .shape = {},
                   .strides = {}};
  for (size_t i = 0; i < static_cast<size_t>(argument.rank); ++i) {
    check.shape.push_back(argument.shape[i]);
    check.strides.push_back(argument.strides[i]);
  }
  return check;
}

}  // namespace

void IndexWatch::add_to(Launch& launch, const IndexCheck* check) {
  if (fault_ == nullptr) {
    cl_mem made = calls_.allocate(sizeof(IndexFault));
    if (made == nullptr) {
      pool_.trim();
      made = calls_.allocate(sizeof(IndexFault));
    }
    if (made == nullptr) pool_.throw_out_of_memory(sizeof(IndexFault));
    const cl_int code = calls_.fill(made, 0, 0, sizeof(IndexFault));
    calls_.check(code, CallKind::fill, [] { return "the record of indices"; });
    fault_ = made;
  }
  launch.buffer(fault_);
  launch.value(check == nullptr ? IndexCheckArgument() : argument_of(*check));
}

const IndexFault* IndexWatch::queue_look() {
  if (!pending_.exchange(false, std::memory_order_acquire)) return nullptr;  // another thread does
  static thread_local IndexFault found;
  const cl_int code = calls_.queue_read(&found, fault_, 0, sizeof found);
  if (code != CL_SUCCESS) pending_.store(true, std::memory_order_release);
  calls_.check(code, CallKind::read, [] { return "the record of indices"; });
  return &found;
}

void IndexWatch::raise(const IndexFault& fault) {
  if (fault.taken == 0) [[likely]]
    return;
  calls_.check(calls_.fill(fault_, 0, 0, sizeof fault.taken), CallKind::fill,
               [] { return "the record of indices"; });
  const IndexCheck check = check_of(fault.check);
  throw_outside(check, position_of(check, fault.place), fault.value, kLate);
}

}  // namespace ct::opencl
