// A discrete Fourier transform of n complex numbers, of several lines side by side. Mixed radix in
// Stockham's order: each stage writes what it reads in the order of the next, so that nothing is
// permuted. n with a prime factor above kLargestRadix goes by Bluestein's algorithm: a convolution
// with a chirp, of a length that is a power of two.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace ct::cpu {

/// Prime factors up to here are stages of their own.
inline constexpr int64_t kLargestRadix = 31;

/// A length without larger prime factors. T: float or double. Twiddle factors are computed in
/// double.
template <class T>
class SmoothPlan {
 public:
  explicit SmoothPlan(int64_t n);
  static bool takes(int64_t n);

  /// Transforms `lines` lines whose element i of line j is at [i * lines + j], with exp(-2πi jk/n).
  /// `re`, `im` hold the input, and the result if `run` says so (true), else `other_re`, `other_im`
  /// do.
  bool run(int64_t lines, T* re, T* im, T* other_re, T* other_im) const;

 private:
  struct Stage {
    int64_t radix, m, stride;   ///< parts of a sequence, their length, sequences side by side
    std::vector<T> w_re, w_im;  ///< exp(-2πi r q / (radix m)) at [q * radix + r]
    std::vector<T> roots_re, roots_im;  ///< exp(-2πi k / radix)
  };
  static void run_stage(const Stage& s, int64_t lines, const T* x_re, const T* x_im, T* y_re,
                        T* y_im);

  int64_t n_;
  std::vector<Stage> stages_;
};

/// Any length. Bluestein's algorithm works in double.
template <class T>
class FftPlan {
 public:
  explicit FftPlan(int64_t n);
  /// The plan of n, made once; the latest ones are kept.
  static std::shared_ptr<const FftPlan> of(int64_t n);

  /// Numbers that each of the four arrays of run() must hold.
  int64_t room(int64_t lines) const { return n_ * lines; }
  /// As SmoothPlan's.
  bool run(int64_t lines, T* re, T* im, T* other_re, T* other_im) const;

 private:
  void run_chirp(int64_t lines, T* re, T* im) const;

  int64_t n_;
  std::unique_ptr<SmoothPlan<T>> smooth_;
  // Bluestein's: exp(-πi j²/n), and the transform of its conjugate, divided by the length.
  std::unique_ptr<SmoothPlan<double>> padded_;
  int64_t length_ = 0;
  std::vector<double> chirp_re_, chirp_im_, filter_re_, filter_im_;
};

}  // namespace ct::cpu
