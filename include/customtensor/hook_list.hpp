// HookList: functions that are called one after the other, and may add to the list and remove from
// it meanwhile, themselves too. Calls go over the list as it was when they began; changes make a
// new one. So a change holds from the next round on, as in PyTorch.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace ct::detail {

/// A value: a copy holds functions of its own.
template <class F>
class HookList {
 public:
  HookList() = default;
  HookList(const HookList& other) {
    if (other.entries_ == nullptr) return;
    for (const Entry& entry : *other.entries_) add(entry.id, *entry.hook);
  }
  HookList(HookList&&) noexcept = default;
  HookList& operator=(const HookList& other) {
    if (this != &other) *this = HookList(other);
    return *this;
  }
  HookList& operator=(HookList&&) noexcept = default;
  ~HookList() = default;

  bool empty() const { return entries_ == nullptr || entries_->empty(); }
  /// `id` tells it from the others.
  void add(uint64_t id, F hook) {
    auto more = entries_ ? std::make_shared<Entries>(*entries_) : std::make_shared<Entries>();
    more->push_back({id, std::make_shared<const F>(std::move(hook))});
    entries_ = std::move(more);
  }
  void remove(uint64_t id) {
    if (empty()) return;
    auto fewer = std::make_shared<Entries>(*entries_);
    std::erase_if(*fewer, [id](const Entry& entry) { return entry.id == id; });
    entries_ = std::move(fewer);
  }
  /// call(hook) for each hook that is in the list now.
  template <class Call>
  void for_each(const Call& call) const {
    const std::shared_ptr<const Entries> now = entries_;
    if (now == nullptr) return;
    for (const Entry& entry : *now) call(*entry.hook);
  }

 private:
  struct Entry {
    uint64_t id;
    std::shared_ptr<const F> hook;
  };
  using Entries = std::vector<Entry>;
  std::shared_ptr<const Entries> entries_;
};

}  // namespace ct::detail
