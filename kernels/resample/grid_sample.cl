// Sampling at the places of a grid: taps as in src/backend_cpu/resample/grid_sample.cpp. x's gradient
// is scattered plane by plane, in the order of the points, so that it is the same every time. After
// common.cl and rows.cl.
#if FLOATING
#define BILINEAR 0
#define NEAREST 1
#define BICUBIC 2
#define ZEROS 0
#define REFLECTION 2

/// As in src/backend_opencl/resample/grid_sample.cpp.
typedef struct {
  long n, c, points;
  int axes, size[3];  // of x, outermost first; 1 in front of two
  int mode, padding, align;
} GridSample;

/// What a place on one axis sees; slope: by the grid's number.
typedef struct {
  int count, index[4];
  T weight[4], slope[4];
} AxisTaps;

static void add_tap(AxisTaps* taps, int at, int size, T weight, T slope) {
  if (at < 0 || at >= size) return;
  taps->index[taps->count] = at;
  taps->weight[taps->count] = weight;
  taps->slope[taps->count] = slope;
  taps->count += 1;
}

static T padded_place(const GridSample* s, T at, int size, T* slope) {
  if (s->padding == ZEROS) return at;
  if (s->padding == REFLECTION) {
    const T low = s->align ? (T)0 : -(T)0.5f;
    const T span = s->align ? (T)(size - 1) : (T)size;
    if (span == (T)0) {
      *slope = (T)0;
      return (T)0;
    }
    T from = at - low;
    if (from < (T)0) {
      from = -from;
      *slope = -*slope;
    }
    const T turns = floor(from / span);
    const T extra = fmod(from, span);
    const int back = turns - (T)2 * floor(turns * (T)0.5f) != (T)0;
    if (back) *slope = -*slope;
    at = (back ? span - extra : extra) + low;
  }
  const T last = (T)(size - 1);
  if (at <= (T)0 || at >= last) *slope = (T)0;
  return at <= (T)0 ? (T)0 : at >= last ? last : at;
}

/// Places that no whole number stands for see nothing.
static int is_sound(T at) { return at > -(T)1073741824 && at < (T)1073741824; }

/// Keys' cubic with a = -0.75, and its derivative.
static T cubic_near(T x) { return ((T)1.25f * x - (T)2.25f) * x * x + (T)1; }
static T cubic_far(T x) { return (((T)-0.75f * x + (T)3.75f) * x - (T)6) * x + (T)3; }
static T cubic_near_slope(T x) { return ((T)3.75f * x - (T)4.5f) * x; }
static T cubic_far_slope(T x) { return ((T)-2.25f * x + (T)7.5f) * x - (T)6; }

static AxisTaps taps_at(const GridSample* s, T number, int size) {
  AxisTaps taps;
  taps.count = 0;
  const T length = (T)size;
  T slope = s->align ? (length - (T)1) / (T)2 : length / (T)2;
  T at = s->align ? (number + (T)1) / (T)2 * (length - (T)1)
                  : ((number + (T)1) * length - (T)1) / (T)2;
  if (s->mode == BICUBIC) {
    if (!is_sound(at)) return taps;
    const T whole = floor(at), t = at - whole;
    const T weight[4] = {cubic_far((T)1 + t), cubic_near(t), cubic_near((T)1 - t),
                         cubic_far((T)2 - t)};
    const T slopes[4] = {cubic_far_slope((T)1 + t), cubic_near_slope(t),
                         -cubic_near_slope((T)1 - t), -cubic_far_slope((T)2 - t)};
    for (int i = 0; i < 4; ++i) {
      T unused = (T)1;
      const T place = padded_place(s, whole - (T)1 + (T)i, size, &unused);
      add_tap(&taps, (int)place, size, weight[i], slopes[i] * slope);
    }
    return taps;
  }
  at = padded_place(s, at, size, &slope);
  if (!is_sound(at)) return taps;
  if (s->mode == NEAREST) {
    add_tap(&taps, (int)rint(at), size, (T)1, (T)0);
    return taps;
  }
  const T whole = floor(at);
  add_tap(&taps, (int)whole, size, whole + (T)1 - at, -slope);
  add_tap(&taps, (int)whole + 1, size, at - whole, slope);
  return taps;
}

/// The taps of a point along the axes, outermost first.
#define POINT_TAPS(place)                                                      \
  AxisTaps d;                                                                  \
  d.count = 0;                                                                 \
  if (s.axes == 3) {                                                           \
    d = taps_at(&s, (place)[2], s.size[0]);                                    \
  } else {                                                                     \
    add_tap(&d, 0, 1, (T)1, (T)0);                                             \
  }                                                                            \
  const AxisTaps h = taps_at(&s, (place)[1], s.size[1]);                       \
  const AxisTaps w = taps_at(&s, (place)[0], s.size[2]);
#define EACH_TAP                             \
  for (int i = 0; i < d.count; ++i)          \
    for (int j = 0; j < h.count; ++j)        \
      for (int k = 0; k < w.count; ++k)
#define OFFSET (((long)d.index[i] * s.size[1] + h.index[j]) * s.size[2] + w.index[k])
#define PLANE ((long)s.size[0] * s.size[1] * s.size[2])

__kernel void grid_sample_forward(ARRAY(const T, x), ARRAY(const T, grid), ARRAY(T, y),
                                  const GridSample s) {
  START(x);
  START(grid);
  START(y);
  FOR_TASKS(task, s.n * s.points) {
    const long n = task / s.points, p = task % s.points;
    POINT_TAPS(grid + task * s.axes)
    for (long c = 0; c < s.c; ++c) {
      __global const T* from = x + (n * s.c + c) * PLANE;
      T sum = (T)0;
      EACH_TAP sum += d.weight[i] * h.weight[j] * w.weight[k] * from[OFFSET];
      y[(n * s.c + c) * s.points + p] = sum;
    }
  }
}

__kernel void grid_sample_grad_input(ARRAY(const T, grad_y), ARRAY(const T, grid),
                                     ARRAY(T, grad_x), const GridSample s) {
  START(grad_y);
  START(grid);
  START(grad_x);
  FOR_TASKS(task, s.n * s.c) {
    __global const T* places = grid + task / s.c * s.points * s.axes;
    __global T* to = grad_x + task * PLANE;
    for (long i = 0; i < PLANE; ++i) to[i] = (T)0;
    for (long p = 0; p < s.points; ++p) {
      POINT_TAPS(places + p * s.axes)
      const T g = grad_y[task * s.points + p];
      EACH_TAP to[OFFSET] += d.weight[i] * h.weight[j] * w.weight[k] * g;
    }
  }
}

__kernel void grid_sample_grad_grid(ARRAY(const T, grad_y), ARRAY(const T, grid),
                                    ARRAY(const T, x), ARRAY(T, grad_grid), const GridSample s) {
  START(grad_y);
  START(grid);
  START(x);
  START(grad_grid);
  FOR_TASKS(task, s.n * s.points) {
    const long n = task / s.points, p = task % s.points;
    POINT_TAPS(grid + task * s.axes)
    T sum[3] = {(T)0, (T)0, (T)0};
    EACH_TAP {
      T dot = (T)0;
      for (long c = 0; c < s.c; ++c) {
        dot += grad_y[(n * s.c + c) * s.points + p] * x[(n * s.c + c) * PLANE + OFFSET];
      }
      sum[0] += d.weight[i] * h.weight[j] * w.slope[k] * dot;
      sum[1] += d.weight[i] * h.slope[j] * w.weight[k] * dot;
      sum[2] += d.slope[i] * h.weight[j] * w.weight[k] * dot;
    }
    for (int a = 0; a < s.axes; ++a) grad_grid[task * s.axes + a] = sum[a];
  }
}
#endif
