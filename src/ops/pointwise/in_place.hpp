// What every op that changes a tensor in place does around its kernel:
//
//   check_in_place("add", self, {&other});        // before anything is changed
//   … the kernel …; bump_version(); record(…, {&self}, {&self, &other}, …);
//   history_replaced(self);                        // only if it was recorded
//
// A view that was changed changes its base: the base's new history is "its old one, cleared
// where the view looks, plus the view's". Other views of that base get their history again when
// they are next used.
#pragma once

#include <initializer_list>

#include "customtensor/tensor.hpp"

namespace ct::ops {

/// Errors: AutogradError if `self` is a leaf that requires grad or a view of one, or a view made
/// under NoGradGuard, and the change would have to be recorded. `name` without its underscore.
void check_in_place(const char* name, const Tensor& self,
                    std::initializer_list<const Tensor*> inputs);

/// Errors: ValueError if elements of `self` share memory.
void check_no_overlap(const char* name, const Tensor& self);

/// `self` with its history, to be an input of the op that replaces it; with the values too if
/// asked.
Tensor previous(const Tensor& self, bool with_values);

/// `self` just got a new history in place.
void history_replaced(const Tensor& self);
/// The same where nothing of what `self` showed is left. What was there gets zeros as its gradient:
/// of a whole tensor the op gives them; of a view what is cleared in its base's gradient is
/// them, so the view is from now on one of its base, and its op gives nothing.
void overwritten(const Tensor& self);

}  // namespace ct::ops
