// Convolutions whose groups make few planes (depthwise ones among them), without a product: an
// output plane is a weighted sum of windows. Forward and input gradient are one kernel, described
// by ConvProduct. After common.cl, rows.cl and conv.cl.
//
// On CPUs an item copies planes into frames of zeros, so that no tap needs a test, and makes four
// rows at a time. On GPUs an item makes one element.
#if LANES > 1
#define AT_ONCE 4  // rows

/// A plane with what its taps read beside it. Element (0, 0) is (top, left) of the plane.
typedef struct {
  int top, left, height, width;
  int size;  // in memory, with what is read and not used
} Frame;

/// What `count` places at `step` and their taps read, from `first` on: the lowest and how many.
int lowest(int first, int taps, int tap_step) { return first + min(0, (taps - 1) * tap_step); }
int extent(int count, int step, int taps, int tap_step) {
  return (count - 1) * step + max(taps - 1, 0) * abs(tap_step) + 1;
}

// As frame_elements() of conv_depthwise.cpp.
Frame frame_of(int rows, int columns, const int* step, const int* first, const int* taps,
               const int* tap_step) {
  Frame f;
  f.top = lowest(first[0], taps[0], tap_step[0]);
  f.left = lowest(first[1], taps[1], tap_step[1]);
  f.height = extent(ROUND_UP(rows, AT_ONCE), step[0], taps[0], tap_step[0]);
  f.width = extent(ROUND_UP(columns, LANES), step[1], taps[1], tap_step[1]) + LANES;
  f.size = f.height * f.width;
  return f;
}

void clear(__global T* to, int n) {
  for (int i = 0; i < n; ++i) to[i] = (T)0;
}

/// Copies what there is of a plane (h, w); the rest of the frame stays zero.
void fill(__global T* frame, const Frame* f, __global const T* plane, int h, int w) {
  const int left = max(0, f->left);
  const int count = min(w, f->left + f->width) - left;
  for (int y = max(0, f->top); y < min(h, f->top + f->height); ++y) {
    __global const T* from = plane + (long)y * w + left;
    __global T* to = frame + (y - f->top) * f->width + left - f->left;
    int x = 0;
    for (; x + LANES <= count; x += LANES) STORE_UNIT(T, to, x, LOAD_UNIT(T, from, x));
    for (; x < count; ++x) to[x] = from[x];
  }
}

/// Every `step`-th element.
V load_stepped(__global const T* p, int step) {
  if (step == 1) return LOAD_UNIT(T, p, 0);
  if (step == 2) return (V)(LOAD_UNIT(T, p, 0).even, LOAD_UNIT(T, p, LANES).even);
  return JOIN(load_gaps_, T)(p, step, LANES);
}

typedef struct {
  V row[AT_ONCE];
} Sums;

/// Adds the taps of one plane, the first of which is at `at`.
Sums weighted(Sums sums, __global const T* at, __global const T* weights, const ConvProduct* s,
              int width, int down, int rows, int columns, int step) {
  V sum0 = sums.row[0], sum1 = sums.row[1], sum2 = sums.row[2], sum3 = sums.row[3];
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      const V w = (V)(weights[i * s->w_tap[0] + j * s->w_tap[1]]);
      __global const T* p = at + i * s->tap_step[0] * width + j * s->tap_step[1];
      sum0 = MULTIPLY_ADD(load_stepped(p, step), w, sum0);
      sum1 = MULTIPLY_ADD(load_stepped(p + down, step), w, sum1);
      sum2 = MULTIPLY_ADD(load_stepped(p + 2 * down, step), w, sum2);
      sum3 = MULTIPLY_ADD(load_stepped(p + 3 * down, step), w, sum3);
    }
  }
  return (Sums){{sum0, sum1, sum2, sum3}};
}

// The compiler makes a loop of its own for each of the usual steps and sizes.
#define SPECIALISED(f)                                                 \
  (s.step[1] == 1   ? (s.taps[0] == 3 && s.taps[1] == 3 ? f(3, 3, 1)   \
                                                        : f(s.taps[0], s.taps[1], 1)) \
   : s.step[1] == 2 ? f(s.taps[0], s.taps[1], 2)                       \
                    : f(s.taps[0], s.taps[1], s.step[1]))

__kernel void depthwise_product(ARRAY(const T, source), ARRAY(const T, weight),
                                ARRAY(const T, bias), ARRAY(T, out), const ConvProduct s,
                                __global T* scratch, long scratch_size) {
  START(source);
  START(weight);
  START(bias);
  START(out);
  const Frame f = frame_of(s.rows, s.columns, s.step, s.first, s.taps, s.tap_step);
  __global T* frames = scratch + get_global_id(0) * scratch_size;
  clear(frames, s.channels * f.size);
  const int down = s.step[0] * f.width;
  FOR_TASKS(task, (long)s.images * s.groups) {
    const int group = (int)(task % s.groups);
    for (int c = 0; c < s.channels; ++c) {
      fill(frames + c * f.size, &f, source + (task * s.channels + c) * s.h * s.w, s.h, s.w);
    }
    for (int q = 0; q < s.m; ++q) {
      __global const T* weights = weight + s.w_first + group * s.w_group + q * s.w_row;
      __global T* plane = out + (task * s.m + q) * s.out_h * s.out_w;
      const V begin = (V)(bias ? bias[group * s.m + q] : (T)0);
      for (int r = 0; r < s.rows; r += AT_ONCE) {
        for (int x = 0; x < s.columns; x += LANES) {
          Sums sums = {{begin, begin, begin, begin}};
          for (int c = 0; c < s.channels; ++c) {
            __global const T* at = frames + c * f.size +
                                   (r * s.step[0] + s.first[0] - f.top) * f.width +
                                   x * s.step[1] + s.first[1] - f.left;
#define WEIGHTED(rows, columns, step) \
  weighted(sums, at, weights + c * s.w_channel, &s, f.width, down, rows, columns, step)
            sums = SPECIALISED(WEIGHTED);
          }
          for (int k = 0; k < min(AT_ONCE, s.rows - r); ++k) {
            __global T* to = plane + ((r + k) * s.out_step[0] + s.out_first[0]) * s.out_w +
                             s.out_first[1];
            if (s.out_step[1] == 1) {
              store_some(sums.row[k], to, x, s.columns);
            } else {
              JOIN(store_gaps_, T)(to + x * s.out_step[1], s.out_step[1],
                                   min(LANES, s.columns - x), sums.row[k]);
            }
          }
        }
      }
    }
  }
}

/// partial (parts, weights): sums over the images of each part.
__kernel void depthwise_grad_weight(ARRAY(const T, x), ARRAY(const T, grad_y), __global T* partial,
                                    const ConvWeights s, __global T* scratch, long scratch_size) {
  START(x);
  START(grad_y);
  const int first[2] = {-s.padding[0], -s.padding[1]};
  const int taps[2] = {s.kh, s.kw};
  const Frame f = frame_of(s.oh, s.ow, s.step, first, taps, s.dilation);
  // The gradient of a plane, with zeros behind its rows and below.
  Frame g = {0, 0, ROUND_UP(s.oh, AT_ONCE), ROUND_UP(s.ow, LANES), 0};
  g.size = g.height * g.width;
  __global T* frames = scratch + get_global_id(0) * scratch_size;
  __global T* gradient = frames + s.channels * f.size;
  clear(frames, s.channels * f.size + g.size);
  const int down = s.step[0] * f.width;
  const int count = s.m * s.channels * s.kh * s.kw;  // weights of a group
  // Beside a plane there may be infinities, which zeros do not silence.
  UNSIGNED lanes[LANES];
  for (int k = 0; k < LANES; ++k) {
    lanes[k] = k < s.ow - (g.width - LANES) ? ~(UNSIGNED)0 : (UNSIGNED)0;
  }
  const U last = JOIN(vload, LANES)(0, lanes);
  FOR_TASKS(task, (long)s.parts * s.groups) {
    const int part = (int)(task / s.groups);
    const int group = (int)(task % s.groups);
    __global T* sums = partial + task * count;
    clear(sums, count);
    const int end = (int)((long)s.images * (part + 1) / s.parts);
    for (int image = (int)((long)s.images * part / s.parts); image < end; ++image) {
      const long plane = (long)image * s.groups + group;
      for (int c = 0; c < s.channels; ++c) {
        fill(frames + c * f.size, &f, x + (plane * s.channels + c) * s.h * s.w, s.h, s.w);
      }
      int at_sum = 0;
      for (int o = 0; o < s.m; ++o) {
        fill(gradient, &g, grad_y + (plane * s.m + o) * s.oh * s.ow, s.oh, s.ow);
        for (int c = 0; c < s.channels; ++c) {
          for (int i = 0; i < s.kh; ++i) {
            for (int j = 0; j < s.kw; ++j, ++at_sum) {
              V sum0 = (V)((T)0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
              for (int r = 0; r < s.oh; r += AT_ONCE) {
                __global const T* window = frames + c * f.size +
                                           (r * s.step[0] + i * s.dilation[0]) * f.width +
                                           j * s.dilation[1];
                __global const T* factor = gradient + r * g.width;
                for (int v = 0; v < s.ow; v += LANES) {
                  const U kept = v + LANES < g.width ? (U)(~(UNSIGNED)0) : last;
                  __global const T* at = window + v * s.step[1];
#define WINDOW(k) AS(T, AS(UNSIGNED, load_stepped(at + (k) * down, s.step[1])) & kept)
#define FACTOR(k) LOAD_UNIT(T, factor, (k) * g.width + v)
                  sum0 = MULTIPLY_ADD(WINDOW(0), FACTOR(0), sum0);
                  sum1 = MULTIPLY_ADD(WINDOW(1), FACTOR(1), sum1);
                  sum2 = MULTIPLY_ADD(WINDOW(2), FACTOR(2), sum2);
                  sum3 = MULTIPLY_ADD(WINDOW(3), FACTOR(3), sum3);
                }
              }
              sums[at_sum] += (T)lane_sum(CONVERT(A, (sum0 + sum1) + (sum2 + sum3)));
            }
          }
        }
      }
    }
  }
}

#else

__kernel void depthwise_product(ARRAY(const T, source), ARRAY(const T, weight),
                                ARRAY(const T, bias), ARRAY(T, out), const ConvProduct s) {
  START(source);
  START(weight);
  START(bias);
  START(out);
  const long places = (long)s.rows * s.columns;
  FOR_TASKS(task, s.images * places * s.groups * s.m) {
    const int x = (int)(task % s.columns);
    const int r = (int)(task / s.columns % s.rows);
    const long plane = task / places;  // of the output
    const int q = (int)(plane % s.m);
    const int group = (int)(plane / s.m % s.groups);
    __global const T* from = source + plane / s.m * s.channels * s.h * s.w;
    __global const T* weights = weight + s.w_first + group * s.w_group + q * s.w_row;
    T sum = bias ? bias[group * s.m + q] : (T)0;
    for (int c = 0; c < s.channels; ++c) {
      for (int i = 0; i < s.taps[0]; ++i) {
        const int y = r * s.step[0] + s.first[0] + i * s.tap_step[0];
        if (y < 0 || y >= s.h) continue;
        for (int j = 0; j < s.taps[1]; ++j) {
          const int v = x * s.step[1] + s.first[1] + j * s.tap_step[1];
          if (v < 0 || v >= s.w) continue;
          sum = MULTIPLY_ADD(from[((long)c * s.h + y) * s.w + v],
                             weights[c * s.w_channel + i * s.w_tap[0] + j * s.w_tap[1]], sum);
        }
      }
    }
    out[(plane * s.out_h + r * s.out_step[0] + s.out_first[0]) * s.out_w + x * s.out_step[1] +
        s.out_first[1]] = sum;
  }
}

/// partial (parts, weights): sums over the images of each part, row by row.
__kernel void depthwise_grad_weight(ARRAY(const T, x), ARRAY(const T, grad_y), __global T* partial,
                                    const ConvWeights s) {
  START(x);
  START(grad_y);
  const long size = (long)s.groups * s.m * s.channels * s.kh * s.kw;
  FOR_TASKS(task, s.parts * size) {
    const int part = (int)(task / size);
    const int j = (int)(task % s.kw);
    const int i = (int)(task / s.kw % s.kh);
    const int c = (int)(task / s.kw / s.kh % s.channels);
    const int o = (int)(task % size / s.kw / s.kh / s.channels);
    const int group = o / s.m;
    T sum = (T)0;
    const int end = (int)((long)s.images * (part + 1) / s.parts);
    for (int image = (int)((long)s.images * part / s.parts); image < end; ++image) {
      __global const T* from = x + (((long)image * s.groups + group) * s.channels + c) * s.h * s.w;
      __global const T* factor = grad_y + ((long)image * s.groups * s.m + o) * s.oh * s.ow;
      for (int r = 0; r < s.oh; ++r) {
        const int y = r * s.step[0] - s.padding[0] + i * s.dilation[0];
        if (y < 0 || y >= s.h) continue;
        T row = (T)0;
        for (int v = 0; v < s.ow; ++v) {
          const int at = v * s.step[1] - s.padding[1] + j * s.dilation[1];
          if (at < 0 || at >= s.w) continue;
          row = MULTIPLY_ADD(from[(long)y * s.w + at], factor[(long)r * s.ow + v], row);
        }
        sum += row;
      }
    }
    partial[task] = sum;
  }
}
#endif

/// The parts, added in order.
__kernel void depthwise_sum_parts(__global const T* partial, ARRAY(T, grad_w), long size,
                                  int parts) {
  START(grad_w);
  FOR_TASKS(i, size) {
    T sum = partial[i];
    for (int part = 1; part < parts; ++part) sum += partial[part * size + i];
    grad_w[i] = sum;
  }
}
