// CpuBackend::fft: a few lines at a time are brought into dense arrays, number by number side by
// side, transformed (plan.hpp) and written to where they belong; threads share the lines. An
// inverse is the transform with real and imaginary parts in each other's places.
#include <algorithm>
#include <array>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/fft/plan.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/strided.hpp"

namespace ct::cpu {
namespace {

/// Lines side by side: a register of floats with AVX-512.
constexpr int64_t kLines = 16;
/// Numbers of a piece of work.
constexpr int64_t kPiece = 16384;
/// Numbers of a block that stay in the caches; of longer lines fewer go side by side.
constexpr int64_t kBlock = 65536;

/// Where line `number` of a view begins; lines are counted along the axes but `axis`.
int64_t line_at(const TensorView& view, int axis, int64_t number) {
  int64_t at = view.offset;
  for (int i = view.shape.rank() - 1; i >= 0; --i) {
    if (i == axis) continue;
    at += number % view.shape[i] * view.strides[i];
    number /= view.shape[i];
  }
  return at;
}

template <class T>
class Transform {
 public:
  explicit Transform(const FftArgs& args) : args_(args), plan_(FftPlan<T>::of(args.n)) {}

  /// Lines [first, first + count), count <= kLines.
  void run(int64_t first, int64_t count) const {
    const int64_t room = plan_->room(count);
    std::array<T*, 4> a{scratch<T>(Scratch::block_a, room), scratch<T>(Scratch::block_b, room),
                        scratch<T>(Scratch::block_c, room), scratch<T>(Scratch::image, room)};
    load(first, count, a[0], a[1]);
    // Parts in each other's places: of all four arrays alike.
    const int re = args_.inverse ? 1 : 0, im = 1 - re;
    const bool stays = plan_->run(count, a[static_cast<size_t>(re)], a[static_cast<size_t>(im)],
                                  a[2 + static_cast<size_t>(re)], a[2 + static_cast<size_t>(im)]);
    store(args_.y_re, first, count, stays ? a[0] : a[2]);
    if (args_.y_im) store(args_.y_im, first, count, stays ? a[1] : a[3]);
  }

 private:
  void load(int64_t first, int64_t count, T* re, T* im) const {
    const int64_t given = args_.x_re.shape[args_.axis];
    std::fill(re + given * count, re + args_.n * count, T{0});
    std::fill(im + given * count, im + args_.n * count, T{0});
    for (int64_t line = 0; line < count; ++line) {
      bring(args_.x_re, first + line, count, given, re + line);
      if (args_.x_im) {
        bring(args_.x_im, first + line, count, given, im + line);
      } else {
        for (int64_t i = 0; i < given; ++i) im[i * count + line] = 0;
      }
    }
    if (!args_.half) return;
    for (int64_t i = 1; 2 * i < args_.n; ++i) {
      const T* from_re = re + i * count;
      const T* from_im = im + i * count;
      T* to_re = re + (args_.n - i) * count;
      T* to_im = im + (args_.n - i) * count;
      for (int64_t line = 0; line < count; ++line) {
        to_re[line] = from_re[line];
        to_im[line] = -from_im[line];
      }
    }
  }
  void bring(const TensorView& view, int64_t line, int64_t count, int64_t given, T* to) const {
    const T* from = static_cast<const T*>(view.buffer) + line_at(view, args_.axis, line);
    const int64_t step = view.strides[args_.axis];
    for (int64_t i = 0; i < given; ++i) to[i * count] = from[i * step];
  }
  void store(const TensorView& view, int64_t first, int64_t count, const T* from) const {
    const int64_t wanted = view.shape[args_.axis];
    const int64_t step = view.strides[args_.axis];
    const T scale = static_cast<T>(args_.scale);
    for (int64_t line = 0; line < count; ++line) {
      T* to = static_cast<T*>(view.buffer) + line_at(view, args_.axis, first + line);
      for (int64_t i = 0; i < wanted; ++i) to[i * step] = from[i * count + line] * scale;
    }
  }

  const FftArgs& args_;
  std::shared_ptr<const FftPlan<T>> plan_;
};

template <class T>
void run(const FftArgs& args) {
  const Transform<T> transform(args);
  const int64_t lines = numel(args.y_re.shape) / args.y_re.shape[args.axis];
  const int64_t together = std::clamp<int64_t>(kBlock / args.n, 1, kLines);
  const int64_t blocks = ceil_div(lines, together);
  parallel_ranges(blocks, std::max<int64_t>(1, kPiece / (args.n * together)),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t b = begin; b < end; ++b) {
                      const int64_t first = b * together;
                      transform.run(first, std::min(together, lines - first));
                    }
                  });
}

}  // namespace

void CpuBackend::fft(const FftArgs& args) {
  if (numel(args.y_re.shape) == 0) return;
  args.y_re.dtype == DType::float64 ? run<double>(args) : run<float>(args);
}

}  // namespace ct::cpu
