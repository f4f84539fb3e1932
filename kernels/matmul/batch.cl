// The leading axes of a batched product's operands. Its types are told by the build options:
// IN, OUT: storage types; READ, READ_OUT, WRITE: their conversions. After common.cl.

typedef struct {
  long size[6], a[6], b[6], c[6];  // leading axes and the strides of each operand along them
  int rank;
  int count;
} Batch;

long batch_place(const Batch* batch, __private const long* stride, int index) {
  long place = 0;
  for (int axis = batch->rank - 1; axis >= 0; --axis) {
    place += index % (int)batch->size[axis] * stride[axis];
    index /= (int)batch->size[axis];
  }
  return place;
}
