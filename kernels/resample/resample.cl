// Linear maps of the last one to three axes of a dense array, by tables of places and weights. A
// task is an element of the result on GPUs, a row of them on CPUs. After common.cl and rows.cl.
#if FLOATING
/// As in src/backend_opencl/resample/resample.cpp. An axis without a table stays: `taps` is 0.
typedef struct {
  long planes;
  int in[3], out[3], taps[3];
  int weighted[3];
} Resample;

/// Tap k of element o along axis a: its place, or -1, and its weight.
#define PLACE(a, index, o, k) (s.taps[a] == 0 ? (o) : index[(long)(k) * s.out[a] + (o)])
#define WEIGHT(a, weight, o, k) (s.weighted[a] ? weight[(long)(k) * s.out[a] + (o)] : (T)1)

__kernel void resample(ARRAY(const T, x), ARRAY(T, y), ARRAY(const int, index0),
                       ARRAY(const int, index1), ARRAY(const int, index2),
                       ARRAY(const T, weight0), ARRAY(const T, weight1),
                       ARRAY(const T, weight2), const Resample s) {
  START(x);
  START(y);
  START(index0);
  START(index1);
  START(index2);
  START(weight0);
  START(weight1);
  START(weight2);
#if LANES == 1
  const int columns = 1;
#else
  const int columns = s.out[2];
#endif
  FOR_TASKS(task, s.planes * s.out[0] * s.out[1] * (s.out[2] / columns)) {
    const long first = task * columns;
    const int begin = (int)(first % s.out[2]);
    const int j = (int)(first / s.out[2] % s.out[1]);
    const int i = (int)(first / s.out[2] / s.out[1] % s.out[0]);
    __global const T* plane =
        x + first / s.out[2] / s.out[1] / s.out[0] * s.in[0] * s.in[1] * s.in[2];
    for (int c = 0; c < columns; ++c) {
      const int o = begin + c;
      T sum = (T)0;
      for (int p = 0; p < max(s.taps[0], 1); ++p) {
        const int d = PLACE(0, index0, i, p);
        if (d < 0) continue;
        T square = (T)0;
        for (int q = 0; q < max(s.taps[1], 1); ++q) {
          const int h = PLACE(1, index1, j, q);
          if (h < 0) continue;
          __global const T* row = plane + ((long)d * s.in[1] + h) * s.in[2];
          T line = (T)0;
          for (int r = 0; r < max(s.taps[2], 1); ++r) {
            const int w = PLACE(2, index2, o, r);
            if (w >= 0) line += WEIGHT(2, weight2, o, r) * row[w];
          }
          square += WEIGHT(1, weight1, j, q) * line;
        }
        sum += WEIGHT(0, weight0, i, p) * square;
      }
      y[first + c] = sum;
    }
  }
}
#endif
