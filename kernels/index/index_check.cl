// Indices out of range: each is forced into the range, and the first that is found is written down
// for the host (src/backend_opencl/runtime/index_watch.hpp), which looks when it waits next.

/// Allowed are `last` + 1 numbers from `first`. What else the host wants to know goes back as it
/// came.
typedef struct {
  long first;
  ulong last;
  ulong told[22];
} IndexCheck;

typedef struct {
  int taken, unused;
  long place, value;
  IndexCheck check;
} IndexFault;

#define OUTSIDE(check, value) ((ulong)(value) - (ulong)(check)->first > (check)->last)

/// `value` stands `place` elements behind the first one of the index.
void tell(__global IndexFault* fault, const IndexCheck* check, long place, long value) {
  if (atomic_cmpxchg((volatile __global int*)&fault->taken, 0, 1) != 0) return;
  fault->place = place;
  fault->value = value;
  fault->check = *check;
}

/// The first value that is outside, of some that are `step` apart.
void tell_first(__global IndexFault* fault, const IndexCheck* check, __global const long* index,
                long place, long step, long count) {
  for (long k = 0; k < count; ++k) {
    const long value = index[place + k * step];
    if (OUTSIDE(check, value)) {
      tell(fault, check, place + k * step, value);
      return;
    }
  }
}
