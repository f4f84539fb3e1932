// Every tolerance of the tests, each with its reason.
#pragma once

namespace ct::test {

/// One float32 rounding of an elementwise result against float64, with room for the rounding of the
/// inputs themselves.
inline constexpr double kElementwise32 = 2e-6;
/// Transcendental functions in float32: a few ulp.
inline constexpr double kTranscendental32 = 4e-6;
/// Sums of up to some hundred products in float32, relative to the sum of magnitudes.
inline constexpr double kProduct32 = 1e-5;
/// Winograd's convolution in float32, relative to the sum of magnitudes: its transforms add some
/// roundings to those of the sum.
inline constexpr double kWinograd32 = 2e-6;
/// Gradients in float32: a forward and a backward of the above.
inline constexpr double kGradient32 = 3e-5;
/// The same computation in float64 by another path (views, another device).
inline constexpr double kSame64 = 1e-12;
/// The same where each step depends on the last one's rounding, as a line search does.
inline constexpr double kChaotic64 = 1e-8;
/// Losses of twenty steps of training in float32 against float64: PyTorch's own float32 is off by
/// up to 3e-7, another order of summation by up to 5e-7; ten times that.
inline constexpr double kTrajectory32 = 5e-6;
/// Norms of single parameters after them: the least (biases whose gradient is 0 but for rounding)
/// have the largest share of it. PyTorch's own float32 is off by up to 6e-6; five times that.
inline constexpr double kTrajectoryNorm32 = 3e-5;
/// Both in float64: up to 2e-14 seen, with room for other processors' functions.
inline constexpr double kTrajectory64 = 1e-11;
/// float16 has 11 significant bits, bfloat16 8: one rounding of the result.
inline constexpr double kHalf = 1.5e-3;
inline constexpr double kBFloat16 = 1.2e-2;

}  // namespace ct::test
