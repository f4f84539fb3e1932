// Cross-entropy of `rows` of `classes`; a target out of range is forced into it, and told of. After
// row_exp.cl and index_check.cl.
#if FLOATING
__kernel void cross_entropy_forward(ARRAY(const T, logits), ARRAY(const long, targets),
                                    long target_step, ARRAY(T, losses), long loss_step,
                                    ARRAY(T, lse), long lse_step, long rows, int classes,
                                    long ignored, __global IndexFault* fault,
                                    const IndexCheck check) {
  SHARED(A, shared_sum);
  SHARED(T, shared_max);
  START(logits);
  START(targets);
  START(losses);
  START(lse);
  FOR_ROWS(row, rows) {
    __global const T* from = logits + row * classes;
    const T top = MAX_ROW(most_of(from, classes));
    const A total = log(SUM_ROW(exponentials_of(from, classes, top, 0))) + (A)top;
    if (MEMBER == 0) {
      const long target = targets[row * target_step];
      if (OUTSIDE(&check, target) && target != ignored) {
        tell(fault, &check, row * target_step, target);
      }
      lse[row * lse_step] = (T)total;
      losses[row * loss_step] =
          target == ignored ? (T)0
                            : (T)(total - (A)from[clamp(target, 0L, (long)classes - 1)]);
    }
  }
}

__kernel void cross_entropy_backward(ARRAY(const T, logits), ARRAY(const long, targets),
                                     long target_step, ARRAY(const T, lse), long lse_step,
                                     ARRAY(const T, grad_losses), long loss_step,
                                     ARRAY(T, grad_logits), long rows, int classes,
                                     long ignored) {
  START(logits);
  START(targets);
  START(lse);
  START(grad_losses);
  START(grad_logits);
  FOR_ROWS(row, rows) {
    const long at = row * classes;
    const long target = targets[row * target_step];
    const T shift = lse[row * lse_step];
    const T g = target == ignored ? (T)0 : grad_losses[row * loss_step];
    const int hit = (int)clamp(target, 0L, (long)classes - 1);
    FOR_ROW(i, classes) {
      const V e = EXP_NEGATIVE(load_some(logits + at, i, classes, NOTHING) - shift) * g;
      store_some(target == ignored ? (V)((T)0) : e, grad_logits + at, i, classes);
      if (target != ignored && hit >= i && hit < i + LANES) grad_logits[at + hit] -= g;
    }
  }
}
#endif
