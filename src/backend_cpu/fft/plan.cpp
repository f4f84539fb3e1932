// See plan.hpp.
#include "backend_cpu/fft/plan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <mutex>
#include <utility>

#include "core/view/unit_root.hpp"

namespace ct::cpu {
namespace {

/// Factors, 4 before 2: a stage costs a pass.
std::vector<int64_t> factors_of(int64_t n) {
  std::vector<int64_t> factors;
  for (; n % 4 == 0; n /= 4) factors.push_back(4);
  for (int64_t p = 2; p * p <= n; ++p) {
    for (; n % p == 0; n /= p) factors.push_back(p);
  }
  if (n > 1) factors.push_back(n);
  return factors;
}

}  // namespace

template <class T>
bool SmoothPlan<T>::takes(int64_t n) {
  for (int64_t p = 2; p <= kLargestRadix; ++p) {
    while (n % p == 0) n /= p;
  }
  return n == 1;
}

template <class T>
SmoothPlan<T>::SmoothPlan(int64_t n) : n_(n) {
  int64_t length = n, stride = 1;
  for (const int64_t radix : factors_of(n)) {
    Stage& stage = stages_.emplace_back(Stage{radix, length / radix, stride, {}, {}, {}, {}});
    for (int64_t q = 0; q < stage.m; ++q) {
      for (int64_t r = 0; r < radix; ++r) {
        const auto [c, s] = unit_root(r * q, length);
        stage.w_re.push_back(static_cast<T>(c));
        stage.w_im.push_back(static_cast<T>(s));
      }
    }
    for (int64_t k = 0; k < radix; ++k) {
      const auto [c, s] = unit_root(k, radix);
      stage.roots_re.push_back(static_cast<T>(c));
      stage.roots_im.push_back(static_cast<T>(s));
    }
    length /= radix;
    stride *= radix;
  }
}

// x has radix parts of m sequences of `side` numbers; y the same m sequences of radix times as
// many.
template <class T>
void SmoothPlan<T>::run_stage(const Stage& s, int64_t lines, const T* x_re, const T* x_im, T* y_re,
                              T* y_im) {
  const int64_t side = s.stride * lines;
  const int64_t part = s.m * side;
  for (int64_t q = 0; q < s.m; ++q) {
    const T* w_re = s.w_re.data() + q * s.radix;
    const T* w_im = s.w_im.data() + q * s.radix;
    const T* a_re = x_re + q * side;
    const T* a_im = x_im + q * side;
    T* b_re = y_re + q * s.radix * side;
    T* b_im = y_im + q * s.radix * side;
    if (s.radix == 2) {
      for (int64_t j = 0; j < side; ++j) {
        const T dr = a_re[j] - a_re[j + part], di = a_im[j] - a_im[j + part];
        b_re[j] = a_re[j] + a_re[j + part];
        b_im[j] = a_im[j] + a_im[j + part];
        b_re[j + side] = dr * w_re[1] - di * w_im[1];
        b_im[j + side] = dr * w_im[1] + di * w_re[1];
      }
    } else if (s.radix == 4) {
      for (int64_t j = 0; j < side; ++j) {
        const T sr = a_re[j] + a_re[j + 2 * part], si = a_im[j] + a_im[j + 2 * part];
        const T dr = a_re[j] - a_re[j + 2 * part], di = a_im[j] - a_im[j + 2 * part];
        const T tr = a_re[j + part] + a_re[j + 3 * part], ti = a_im[j + part] + a_im[j + 3 * part];
        const T er = a_re[j + part] - a_re[j + 3 * part], ei = a_im[j + part] - a_im[j + 3 * part];
        const T r1 = dr + ei, i1 = di - er, r2 = sr - tr, i2 = si - ti, r3 = dr - ei, i3 = di + er;
        b_re[j] = sr + tr;
        b_im[j] = si + ti;
        b_re[j + side] = r1 * w_re[1] - i1 * w_im[1];
        b_im[j + side] = r1 * w_im[1] + i1 * w_re[1];
        b_re[j + 2 * side] = r2 * w_re[2] - i2 * w_im[2];
        b_im[j + 2 * side] = r2 * w_im[2] + i2 * w_re[2];
        b_re[j + 3 * side] = r3 * w_re[3] - i3 * w_im[3];
        b_im[j + 3 * side] = r3 * w_im[3] + i3 * w_re[3];
      }
    } else {
      for (int64_t r = 0; r < s.radix; ++r) {
        // Of odd radix p: parts k and p - k have conjugate roots.
        T* c_re = b_re + r * side;
        T* c_im = b_im + r * side;
        for (int64_t j = 0; j < side; ++j) {
          c_re[j] = a_re[j];
          c_im[j] = a_im[j];
        }
        for (int64_t k = 1; 2 * k < s.radix; ++k) {
          const T c = s.roots_re[static_cast<size_t>(r * k % s.radix)];
          const T d = s.roots_im[static_cast<size_t>(r * k % s.radix)];
          const int64_t u = k * part, v = (s.radix - k) * part;
          for (int64_t j = 0; j < side; ++j) {
            c_re[j] += (a_re[j + u] + a_re[j + v]) * c - (a_im[j + u] - a_im[j + v]) * d;
            c_im[j] += (a_im[j + u] + a_im[j + v]) * c + (a_re[j + u] - a_re[j + v]) * d;
          }
        }
        if (r == 0 || q == 0) continue;
        for (int64_t j = 0; j < side; ++j) {
          const T re = c_re[j];
          c_re[j] = re * w_re[r] - c_im[j] * w_im[r];
          c_im[j] = re * w_im[r] + c_im[j] * w_re[r];
        }
      }
    }
  }
}

template <class T>
bool SmoothPlan<T>::run(int64_t lines, T* re, T* im, T* other_re, T* other_im) const {
  bool here = true;
  for (const Stage& stage : stages_) {
    if (here) {
      run_stage(stage, lines, re, im, other_re, other_im);
    } else {
      run_stage(stage, lines, other_re, other_im, re, im);
    }
    here = !here;
  }
  return here;
}

template <class T>
FftPlan<T>::FftPlan(int64_t n) : n_(n) {
  if (SmoothPlan<T>::takes(n)) {
    smooth_ = std::make_unique<SmoothPlan<T>>(n);
    return;
  }
  length_ = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(2 * n - 1)));
  padded_ = std::make_unique<SmoothPlan<double>>(length_);
  const auto size = static_cast<size_t>(length_);
  std::vector<double> re(size), im(size), other_re(size), other_im(size);
  int64_t square = 0;  // j² modulo 2n
  for (int64_t j = 0; j < n; ++j) {
    const auto [c, s] = unit_root(square, 2 * n);
    chirp_re_.push_back(c);
    chirp_im_.push_back(s);
    const auto first = static_cast<size_t>(j), last = static_cast<size_t>((length_ - j) % length_);
    re[first] = re[last] = c;
    im[first] = im[last] = -s;
    square = (square + 2 * j + 1) % (2 * n);
  }
  const bool here = padded_->run(1, re.data(), im.data(), other_re.data(), other_im.data());
  filter_re_ = here ? re : other_re;
  filter_im_ = here ? im : other_im;
  for (double& f : filter_re_) f /= static_cast<double>(length_);
  for (double& f : filter_im_) f /= static_cast<double>(length_);
}

template <class T>
void FftPlan<T>::run_chirp(int64_t lines, T* re, T* im) const {
  const auto size = static_cast<size_t>(length_);
  std::vector<double> a_re(size), a_im(size), b_re(size), b_im(size);
  for (int64_t line = 0; line < lines; ++line) {
    std::fill(a_re.begin(), a_re.end(), 0.0);
    std::fill(a_im.begin(), a_im.end(), 0.0);
    for (int64_t j = 0; j < n_; ++j) {
      const auto at = static_cast<size_t>(j);
      const double x = re[j * lines + line], y = im[j * lines + line];
      a_re[at] = x * chirp_re_[at] - y * chirp_im_[at];
      a_im[at] = x * chirp_im_[at] + y * chirp_re_[at];
    }
    const bool here = padded_->run(1, a_re.data(), a_im.data(), b_re.data(), b_im.data());
    auto& s_re = here ? a_re : b_re;
    auto& s_im = here ? a_im : b_im;
    auto& t_re = here ? b_re : a_re;
    auto& t_im = here ? b_im : a_im;
    for (size_t k = 0; k < size; ++k) {
      const double x = s_re[k];
      s_re[k] = x * filter_re_[k] - s_im[k] * filter_im_[k];
      s_im[k] = x * filter_im_[k] + s_im[k] * filter_re_[k];
    }
    // Back: with the parts in each other's places the transform is the inverse one.
    const bool stays = padded_->run(1, s_im.data(), s_re.data(), t_im.data(), t_re.data());
    const auto& c_re = stays ? s_re : t_re;
    const auto& c_im = stays ? s_im : t_im;
    for (int64_t j = 0; j < n_; ++j) {
      const auto at = static_cast<size_t>(j);
      re[j * lines + line] = static_cast<T>(c_re[at] * chirp_re_[at] - c_im[at] * chirp_im_[at]);
      im[j * lines + line] = static_cast<T>(c_re[at] * chirp_im_[at] + c_im[at] * chirp_re_[at]);
    }
  }
}

template <class T>
bool FftPlan<T>::run(int64_t lines, T* re, T* im, T* other_re, T* other_im) const {
  if (smooth_) return smooth_->run(lines, re, im, other_re, other_im);
  run_chirp(lines, re, im);
  return true;
}

template <class T>
std::shared_ptr<const FftPlan<T>> FftPlan<T>::of(int64_t n) {
  constexpr size_t kMostKept = 64;
  static std::mutex mutex;
  static auto& plans = *new std::map<int64_t, std::shared_ptr<const FftPlan>>;  // leaked, as caches
  {
    const std::lock_guard lock(mutex);
    if (const auto it = plans.find(n); it != plans.end()) return it->second;
  }
  auto plan = std::make_shared<const FftPlan>(n);
  const std::lock_guard lock(mutex);
  if (plans.size() >= kMostKept) plans.clear();
  return plans.emplace(n, std::move(plan)).first->second;
}

template class SmoothPlan<float>;
template class SmoothPlan<double>;
template class FftPlan<float>;
template class FftPlan<double>;

}  // namespace ct::cpu
