// Scans in both directions, which derivatives need.
#pragma once

#include "ops/pointwise/apply.hpp"

namespace ct::ops {

/// cumsum or cumprod, from the end if `reverse`; recorded.
Tensor cumulative(const char* name, ScanOp op, const Tensor& x, int axis, bool reverse);
/// y[i] = x[i] + factor[i] y[i-1] (y[i+1] if `reverse`); recorded. The derivative of every scan of
/// products is such a recurrence: no division, so that factors may be 0.
Tensor linear_scan(const Tensor& x, const Tensor& factor, int axis, bool reverse);
/// Each element one place further along `axis` (back if `reverse`); `fill` comes in at the end.
Tensor shifted(const Tensor& x, int axis, bool reverse, double fill);
/// exp(a - b), and 0 where a is -infinity: the weight of a in logsumexp(…, a, …) = b.
Tensor exp_difference(const Tensor& a, const Tensor& b);

}  // namespace ct::ops
