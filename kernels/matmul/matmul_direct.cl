// Small products, which packing would slow down: A is read where it lies, a number at a time, and B
// too if its columns are neighbours; else B is packed. After matmul_panels.cl.

/// Where row r of A lies; rows beyond the last one repeat it.
#define ROW_PLACE(r, at, rows, step) const long at##r = min(r, (rows) - 1) * (step);

__kernel void multiply_direct(__global const T* a, __global const T* b, __global OUT* c,
                              __global const OUT* bias, const Batch batch, const Product s,
                              int b_packed, int b_batched) {
  const int row_panels = CEIL_DIV(s.m, ROWS);
  const int column_panels = CEIL_DIV(s.n, COLUMNS);
  const long tiles = (long)row_panels * column_panels;
  const long total = tiles * batch.count;
  FOR_TASKS(index, total) {
    const int item = (int)(index / tiles);
    const int tile = (int)(index - item * tiles);
    const int row = tile % row_panels * ROWS;
    const int column_panel = tile / row_panels;
    const int column = column_panel * COLUMNS;
    const int rows = min(ROWS, s.m - row);
    const int columns = min(COLUMNS, s.n - column);
    __global const T* pa = a + s.a + batch_place(&batch, batch.a, item) + row * s.a_row;
    __global const T* pb =
        b_packed ? b + ((long)(b_batched ? item : 0) * column_panels + column_panel) * COLUMNS * s.k
                 : b + s.b + batch_place(&batch, batch.b, item) + column;
    const long b_step = b_packed ? COLUMNS : s.b_row;
    EACH_ROW_3(ROW_PLACE, at, rows, s.a_row)
    EACH_ROW_1(PANEL_DECLARE, sum)
    if (b_packed || columns == COLUMNS) {
      for (int p = 0; p < s.k; ++p, pa += s.a_column, pb += b_step) {
        PANEL_LOAD(b, pb)
        EACH_ROW_4(PANEL_STEP_AT, sum, pa, at, b)
      }
    } else {
      T lanes[COLUMNS];
      for (int j = 0; j < COLUMNS; ++j) lanes[j] = (T)0;
      for (int p = 0; p < s.k; ++p, pa += s.a_column, pb += b_step) {
        for (int j = 0; j < columns; ++j) lanes[j] = pb[j];
        PANEL_LOAD_OWN(b, lanes)
        EACH_ROW_4(PANEL_STEP_AT, sum, pa, at, b)
      }
    }
    __global OUT* out =
        c + s.c + batch_place(&batch, batch.c, item) + row * s.c_row + column * s.c_column;
    PUT_TILE(sum, out, bias, s, column, rows, columns)
  }
}
