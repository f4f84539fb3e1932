// Tap by tap over whole planes, in unsigned arithmetic of 64 bits, so that sums wrap.
#include "backend_cpu/conv/conv_integer.hpp"

#include <algorithm>

#include "backend_cpu/runtime/parallel.hpp"

namespace ct::cpu {
namespace {

/// Calls fn(output element, input element) for the places of a plane that tap (p, q) joins.
template <class F>
void for_each_place(const ConvSizes& s, int64_t p, int64_t q, F&& fn) {
  for (int64_t i = 0; i < s.oh; ++i) {
    const int64_t h = i * s.stride_h - s.pad_h + p * s.dilation_h;
    if (h < 0 || h >= s.h) continue;
    for (int64_t j = 0; j < s.ow; ++j) {
      const int64_t w = j * s.stride_w - s.pad_w + q * s.dilation_w;
      if (w >= 0 && w < s.w) fn(i * s.ow + j, h * s.w + w);
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
    T* to = y + piece * s.oh * s.ow;
    std::fill(to, to + s.oh * s.ow, bias != nullptr ? bias[o] : T{0});
    for (int64_t c = 0; c < s.group_c(); ++c) {
      const T* from = x + (image * s.c + group * s.group_c() + c) * s.h * s.w;
      for (int64_t t = 0; t < s.taps(); ++t) {
        const T weight = w[(o * s.group_c() + c) * s.taps() + t];
        for_each_place(s, t / s.kw, t % s.kw, [&](int64_t out, int64_t in) {
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
    T* to = grad_x + piece * s.h * s.w;
    std::fill(to, to + s.h * s.w, T{0});
    for (int64_t o = group * s.group_o(); o < (group + 1) * s.group_o(); ++o) {
      const T* from = grad_y + (image * s.o + o) * s.oh * s.ow;
      for (int64_t t = 0; t < s.taps(); ++t) {
        const T weight = w[(o * s.group_c() + c) * s.taps() + t];
        for_each_place(s, t / s.kw, t % s.kw, [&](int64_t out, int64_t in) {
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
    for (int64_t t = 0; t < s.taps(); ++t) {
      T sum{0};
      for (int64_t image = 0; image < s.n; ++image) {
        const T* from = x + (image * s.c + c) * s.h * s.w;
        const T* grad = grad_y + (image * s.o + o) * s.oh * s.ow;
        for_each_place(s, t / s.kw, t % s.kw, [&](int64_t out, int64_t in) {
          sum = multiply_add(grad[out], from[in], sum);
        });
      }
      grad_w[piece * s.taps() + t] = sum;
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
