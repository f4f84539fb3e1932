// One product of a batch: sizes, where each operand begins, and its strides.

typedef struct {
  int m, n, k;
  int has_bias;
  long a, b, c, bias;  // where each begins
  long a_row, a_column, b_row, b_column, c_row, c_column, bias_step;
} Product;
