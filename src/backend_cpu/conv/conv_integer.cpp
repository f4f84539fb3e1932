// Tap by tap over whole planes, in unsigned arithmetic of 64 bits, so that sums wrap.
#include "backend_cpu/conv/conv_integer.hpp"

#include <algorithm>

#include "backend_cpu/runtime/parallel.hpp"

namespace ct::cpu {
namespace {

int64_t all_taps(const ConvSizes& s) { return s.kd * s.taps(); }
int64_t in_size(const ConvSizes& s) { return s.d * s.h * s.w; }
int64_t out_size(const ConvSizes& s) { return s.od * s.oh * s.ow; }

/// Calls fn(output element, input element) for the places of a channel that tap t joins.
template <class F>
void for_each_place(const ConvSizes& s, int64_t t, F&& fn) {
  const int64_t p = t / s.kw % s.kh, q = t % s.kw;
  for (int64_t z = 0; z < s.od; ++z) {
    const int64_t d = z * s.stride_d - s.pad_d + t / s.taps() * s.dilation_d;
    if (d < 0 || d >= s.d) continue;
    for (int64_t i = 0; i < s.oh; ++i) {
      const int64_t h = i * s.stride_h - s.pad_h + p * s.dilation_h;
      if (h < 0 || h >= s.h) continue;
      for (int64_t j = 0; j < s.ow; ++j) {
        const int64_t w = j * s.stride_w - s.pad_w + q * s.dilation_w;
        if (w >= 0 && w < s.w) fn((z * s.oh + i) * s.ow + j, (d * s.h + h) * s.w + w);
      }
    }
  }
}

template <class T>
T multiply_add(T a, T b, T c) {
  return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b) +
                        static_cast<uint64_t>(c));
}

}  // namespace

template <class T>
void conv_forward_integer(const ConvSizes& s, const T* x, const T* w, const T* bias, T* y) {
  parallel_for(s.n * s.o, [&](int64_t piece) {
    const int64_t image = piece / s.o, o = piece % s.o, group = o / s.group_o();
    T* to = y + piece * out_size(s);
    std::fill(to, to + out_size(s), bias != nullptr ? bias[o] : T{0});
    for (int64_t c = 0; c < s.group_c(); ++c) {
      const T* from = x + (image * s.c + group * s.group_c() + c) * in_size(s);
      for (int64_t t = 0; t < all_taps(s); ++t) {
        const T weight = w[(o * s.group_c() + c) * all_taps(s) + t];
        for_each_place(s, t, [&](int64_t out, int64_t in) {
          to[out] = multiply_add(weight, from[in], to[out]);
        });
      }
    }
  });
}

template <class T>
void conv_grad_input_integer(const ConvSizes& s, const T* grad_y, const T* w, T* grad_x) {
  parallel_for(s.n * s.c, [&](int64_t piece) {
    const int64_t image = piece / s.c, group = piece % s.c / s.group_c();
    const int64_t c = piece % s.group_c();
    T* to = grad_x + piece * in_size(s);
    std::fill(to, to + in_size(s), T{0});
    for (int64_t o = group * s.group_o(); o < (group + 1) * s.group_o(); ++o) {
      const T* from = grad_y + (image * s.o + o) * out_size(s);
      for (int64_t t = 0; t < all_taps(s); ++t) {
        const T weight = w[(o * s.group_c() + c) * all_taps(s) + t];
        for_each_place(s, t, [&](int64_t out, int64_t in) {
          to[in] = multiply_add(weight, from[out], to[in]);
        });
      }
    }
  });
}

template <class T>
void conv_grad_weight_integer(const ConvSizes& s, const T* x, const T* grad_y, T* grad_w) {
  parallel_for(s.o * s.group_c(), [&](int64_t piece) {
    const int64_t o = piece / s.group_c();
    const int64_t c = o / s.group_o() * s.group_c() + piece % s.group_c();
    for (int64_t t = 0; t < all_taps(s); ++t) {
      T sum{0};
      for (int64_t image = 0; image < s.n; ++image) {
        const T* from = x + (image * s.c + c) * in_size(s);
        const T* grad = grad_y + (image * s.o + o) * out_size(s);
        for_each_place(
            s, t, [&](int64_t out, int64_t in) { sum = multiply_add(grad[out], from[in], sum); });
      }
      grad_w[piece * all_taps(s) + t] = sum;
    }
  });
}

template void conv_forward_integer<int32_t>(const ConvSizes&, const int32_t*, const int32_t*,
                                            const int32_t*, int32_t*);
template void conv_forward_integer<int64_t>(const ConvSizes&, const int64_t*, const int64_t*,
                                            const int64_t*, int64_t*);
template void conv_grad_input_integer<int32_t>(const ConvSizes&, const int32_t*, const int32_t*,
                                               int32_t*);
template void conv_grad_input_integer<int64_t>(const ConvSizes&, const int64_t*, const int64_t*,
                                               int64_t*);
template void conv_grad_weight_integer<int32_t>(const ConvSizes&, const int32_t*, const int32_t*,
                                                int32_t*);
template void conv_grad_weight_integer<int64_t>(const ConvSizes&, const int64_t*, const int64_t*,
                                                int64_t*);

}  // namespace ct::cpu
