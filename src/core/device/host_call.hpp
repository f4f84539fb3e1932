// One call of a family on the host instead: the views of its arguments are mapped where the host
// shares the device's memory, else copied, and what was written is copied back.
#pragma once

#include <functional>
#include <list>
#include <span>
#include <type_traits>
#include <vector>

#include "core/device/mapping.hpp"
#include "customtensor/backend.hpp"

namespace ct {

class CT_API HostCall {
 public:
  /// Counts the call and says it once on standard error.
  /// Errors: BackendError where `device` is the host itself.
  HostCall(Backend& device, const char* family);
  ~HostCall();
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;

  Backend& host() { return host_; }

  /// Called for each view before any is moved: those that are written and lie within one another,
  /// as real and imaginary parts do, are one copy, or the last to come back would undo the others.
  void plan(ViewRole role, const TensorView& view);

  // A visitor of views (see for_each_view) that puts the host's in the place of the device's.
  void operator()(ViewRole role, const char* field, TensorView& view);
  void operator()(ViewRole role, const char* field, Operand& operand, const Shape& shape);
  void operator()(ViewRole role, const char* field, std::span<const TensorView>& views);
  void operator()(ViewRole role, const char* field, std::span<const Operand>& operands,
                  const Shape& shape);

  /// After the host ran: its results go back to the device.
  /// Errors: BackendError where memory is checked and the host wrote around a copy.
  void finish();

 private:
  struct Copy {
    void* device;
    unsigned char* host;
    size_t start, bytes;  ///< of the device's buffer
    ViewRole role;
    const char* field;
  };
  /// Written bytes of a buffer that go together.
  struct Region {
    void* buffer;
    size_t start, end;
    int views = 1;
    unsigned char* host = nullptr;  ///< once it is copied
  };
  Region* region_of(ViewRole role, void* buffer, size_t start);
  unsigned char* copied(const TensorView& view, ViewRole role, const char* field, size_t start,
                        size_t bytes, bool whole);
  char* map(void* buffer);
  void check(const Copy& copy) const;

  Backend& device_;
  Backend& host_;
  const char* const family_;
  const size_t margin_;  ///< of canaries around each copy
  std::list<Mapping> mapped_;
  std::vector<Copy> copies_;
  std::vector<Region> regions_;
  std::list<std::vector<TensorView>> views_;
  std::list<std::vector<Operand>> operands_;
};

/// run(host, args) with the arrays of `device`, such as &Backend::softmax_forward; nothing where
/// the device holds no values. `family` is what fallbacks() says.
template <class Args, class Run>
auto run_on_host(Backend& device, const char* family, const Args& args, Run run) {
  using Result = std::invoke_result_t<Run, Backend&, const Args&>;
  if (!device.holds_values()) return Result();
  HostCall call(device, family);
  for_each_view(args, [&](ViewRole role, const char*, const TensorView& v) { call.plan(role, v); });
  Args moved = args;
  Args::views(moved, call);
  if constexpr (std::is_void_v<Result>) {
    std::invoke(run, call.host(), moved);
    call.finish();
  } else {
    const Result result = std::invoke(run, call.host(), moved);
    call.finish();
    return result;
  }
}

}  // namespace ct
