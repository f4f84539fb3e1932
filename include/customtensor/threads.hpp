// How many threads the "cpu" device uses. Results do not depend on it.
#pragma once

#include "customtensor/export.hpp"

namespace ct {

/// Threads that a large enough call uses: OMP_NUM_THREADS, else the processors of this process.
CT_API int num_threads();

/// For all calls from now on, whichever thread makes them. More threads than processors are
/// accepted but not started: they would only wait for each other.
/// Errors: ValueError for less than 1.
CT_API void set_num_threads(int threads);

}  // namespace ct
