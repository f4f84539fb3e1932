// Copies whose input lies one way and whose output the other: rows are next to each other in the
// input, columns in the output. Only the size of an element counts. After common.cl, square.cl and
// rows.cl.
//
// A tile of TILE x TILE goes through registers (LANES 8) or local memory (LANES 1), so that both
// sides meet whole cache lines.
#define TILE 16

typedef struct {
  long size[6], in[6], out[6];  // the other axes
  long rows, columns;
  long in_first, out_first;
  long column_step, row_step;  // of columns in the input, of rows in the output
  int rank;
} Transposition;

/// Where the tile of `task` begins: its outer index is added to *in and *out.
void outer_place(const Transposition* s, long i, long* in, long* out) {
  for (int l = s->rank - 1; l >= 0; --l) {
    const long step = i % s->size[l];
    i /= s->size[l];
    *in += step * s->in[l];
    *out += step * s->out[l];
  }
}

#if LANES > 1
#define TRANSPOSE(type)                                                                       \
  __kernel void transpose_##type(__global const type* x, __global type* y,                    \
                                 const Transposition s, long outer) {                         \
    const long row_tiles = CEIL_DIV(s.rows, TILE);                                            \
    FOR_TASKS(task, outer * row_tiles) {                                                      \
      long in = s.in_first, out = s.out_first;                                                \
      outer_place(&s, task / row_tiles, &in, &out);                                           \
      const long top = task % row_tiles * TILE;                                               \
      const long bottom = min(top + TILE, s.rows);                                            \
      for (long left = 0; left < s.columns; left += TILE) {                                   \
        const long right = min(left + TILE, s.columns);                                       \
        for (long r = top; r < bottom; r += 8) {                                              \
          for (long c = left; c < right; c += 8) {                                            \
            __global const type* from = x + in + r + c * s.column_step;                       \
            __global type* to = y + out + c + r * s.row_step;                                 \
            if (r + 8 <= bottom && c + 8 <= right) {                                          \
              type##8 v[8];                                                                   \
              LOAD_SQUARE(v, AS_IT_IS, type, from, s.column_step)                             \
              TRANSPOSE_SQUARE(type##8, v)                                                    \
              STORE_SQUARE(v, type, to, s.row_step)                                           \
            } else {                                                                          \
              for (long i = 0; i < min(8L, bottom - r); ++i) {                                \
                for (long j = 0; j < min(8L, right - c); ++j) {                               \
                  to[j + i * s.row_step] = from[i + j * s.column_step];                       \
                }                                                                             \
              }                                                                               \
            }                                                                                 \
          }                                                                                   \
        }                                                                                     \
      }                                                                                       \
    }                                                                                         \
  }
#else
// A group of TILE x TILE items has a tile at a time.
#define TRANSPOSE(type)                                                                       \
  __kernel void transpose_##type(__global const type* x, __global type* y,                    \
                                 const Transposition s, long outer) {                         \
    __local type tile[TILE][TILE + 1];                                                        \
    const int fast = (int)get_local_id(0), slow = (int)get_local_id(1);                       \
    const long row_tiles = CEIL_DIV(s.rows, TILE);                                            \
    const long column_tiles = CEIL_DIV(s.columns, TILE);                                      \
    for (long task = get_group_id(0); task < outer * row_tiles * column_tiles;                \
         task += get_num_groups(0)) {                                                         \
      long in = s.in_first, out = s.out_first;                                                \
      outer_place(&s, task / column_tiles / row_tiles, &in, &out);                            \
      const long top = task / column_tiles % row_tiles * TILE;                                \
      const long left = task % column_tiles * TILE;                                           \
      if (top + fast < s.rows && left + slow < s.columns) {                                   \
        tile[slow][fast] = x[in + top + fast + (left + slow) * s.column_step];                \
      }                                                                                       \
      barrier(CLK_LOCAL_MEM_FENCE);                                                           \
      if (top + slow < s.rows && left + fast < s.columns) {                                   \
        y[out + left + fast + (top + slow) * s.row_step] = tile[fast][slow];                  \
      }                                                                                       \
      barrier(CLK_LOCAL_MEM_FENCE);                                                           \
    }                                                                                         \
  }
#endif
TRANSPOSE(uchar)
TRANSPOSE(ushort)
TRANSPOSE(uint)
TRANSPOSE(ulong)
