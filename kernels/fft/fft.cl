// Discrete Fourier transforms of dense lines of n numbers, real and imaginary parts in arrays of their
// own: brought into place, a stage for each prime factor of n in Stockham's order, and written out.
// `roots` has exp(-2πi k/n) for each k, real parts first. After common.cl.

/// x (lines, given) becomes (lines, n): zeros behind it, or, of half a spectrum, the other half.
/// `inverse`: with the parts in each other's places, which turns the transform round.
__kernel void fft_load(ARRAY(const T, x_re), ARRAY(const T, x_im), __global T* re, __global T* im,
                       long lines, int given, int n, int half_given, int inverse) {
  START(x_re);
  START(x_im);
  FOR_TASKS(line, lines) {
    for (int i = 0; i < n; ++i) {
      const int mirrored = half_given && 2 * i > n;
      const int at = mirrored ? n - i : i;
      const int there = at < given;
      const T a = there ? x_re[line * given + at] : (T)0;
      const T b = there && x_im ? x_im[line * given + at] : (T)0;
      const T c = mirrored ? -b : b;
      re[line * n + i] = inverse ? c : a;
      im[line * n + i] = inverse ? a : c;
    }
  }
}

/// Of lines of `radix` parts of m sequences of `side` numbers, each element of the result by itself; on
/// CPUs an item has a sequence of them, on GPUs one, so that neighbours read side by side.
__kernel void fft_stage(__global const T* x_re, __global const T* x_im, __global T* y_re,
                        __global T* y_im, __global const T* roots, long lines, int n, int radix,
                        int m, int side) {
  const int length = radix * m;
  const int part = m * side;
  const int at_once = LANES == 1 ? 1 : side;
  FOR_TASKS(task, lines * n / at_once) {
    const long sequence = task * at_once / side;
    const int first = (int)(task * at_once % side);
    const int r = (int)(sequence % radix);
    const int q = (int)(sequence / radix % m);
    const long line = sequence / radix / m * n;
    const int turn = (int)((long)r * q % length * (n / length));
    const T w_re = roots[turn], w_im = roots[n + turn];
    const int step = n / radix;
    for (int j = first; j < first + at_once; ++j) {
      const long from = line + (long)q * side + j;
      T re = (T)0, im = (T)0;
      for (int k = 0; k < radix; ++k) {
        const int at = (int)((long)r * k % radix) * step;
        const T a = x_re[from + (long)k * part], b = x_im[from + (long)k * part];
        re += a * roots[at] - b * roots[n + at];
        im += a * roots[n + at] + b * roots[at];
      }
      const long to = line + ((long)q * radix + r) * side + j;
      y_re[to] = re * w_re - im * w_im;
      y_im[to] = re * w_im + im * w_re;
    }
  }
}

/// The first `wanted` numbers of each line, scaled.
__kernel void fft_store(__global const T* from, ARRAY(T, y), long lines, int n, int wanted, T scale) {
  START(y);
  FOR_TASKS(task, lines * wanted) {
    y[task] = from[task / wanted * n + task % wanted] * scale;
  }
}
