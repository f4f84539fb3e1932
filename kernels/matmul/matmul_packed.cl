// Products of packed operands: an item multiplies whole panels with ROWS x COLUMNS sums in registers.
// After matmul_panels.cl.

/// Tiles of C in the order batch, column panel, block of row panels: a panel of B stays in the
/// cache while the rows pass.
__kernel void multiply(__global const T* a, __global const T* b, __global OUT* c,
                       __global const OUT* bias, const Batch batch, const Product s,
                       int a_batched, int b_batched) {
  const int row_panels = CEIL_DIV(s.m, ROWS);
  const int column_panels = CEIL_DIV(s.n, COLUMNS);
  const long tiles = (long)row_panels * column_panels;
  const long total = tiles * batch.count;
  FOR_TASKS(index, total) {
    const int item = (int)(index / tiles);
    const int tile = (int)(index - item * tiles);
    const int row_panel = tile % row_panels;
    const int column_panel = tile / row_panels;
    __global const T* pa =
        a + ((long)(a_batched ? item : 0) * row_panels + row_panel) * ROWS * s.k;
    __global const T* pb =
        b + ((long)(b_batched ? item : 0) * column_panels + column_panel) * COLUMNS * s.k;
    EACH_ROW_1(PANEL_DECLARE, sum)
    for (int p = 0; p < s.k; ++p, pa += ROWS, pb += COLUMNS) {
      PANEL_LOAD(b, pb)
      EACH_ROW_3(PANEL_STEP, sum, pa, b)
    }
    const int row = row_panel * ROWS;
    const int column = column_panel * COLUMNS;
    const int rows = min(ROWS, s.m - row);
    const int columns = min(COLUMNS, s.n - column);
    __global OUT* out =
        c + s.c + batch_place(&batch, batch.c, item) + row * s.c_row + column * s.c_column;
    PUT_TILE(sum, out, bias, s, column, rows, columns)
  }
}
