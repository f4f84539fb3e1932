// Blocking: a piece is a block of C of about 256 x 256 with all of k (or one of a few parts of a
// long k). It walks k in steps of 256 to 384; both operands' blocks then fit the second-level
// cache, B's panel the first. An operand block that several pieces need is packed once, by all
// threads, before; one that a single piece needs is packed by that piece; one that would be used
// only once or twice after packing, or that is small, is not packed at all.
#include "backend_cpu/matmul/gemm.hpp"

#include <algorithm>

#include "backend_cpu/matmul/choice.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

/// Elements that the packed copies of an operand may take.
constexpr int64_t kSharedLimit = int64_t{1} << 23;
/// An operand up to this size stays in the first-level cache: packing it would not pay.
constexpr int64_t kSmallOperand = int64_t{1} << 13;

struct Plan {
  int64_t rows, columns;  // of a piece
  int64_t pieces_m, pieces_n;
  int64_t depth;  // of a block of k
  int64_t parts;  // of k, each summed apart
  int64_t part_depth;
};

template <class T>
Plan make_plan(const GemmKernels<T>& kernels, int64_t m, int64_t n, int64_t k) {
  Plan plan;
  const int64_t mr = kernels.mr, nr = kernels.nr;
  const int64_t work = m * n * k;
  const int64_t wanted = std::clamp<int64_t>(work / kPieceWork, 1, 32);
  int64_t rows = wanted == 1 ? m : 256;
  int64_t columns = wanted == 1 ? n : 256;
  plan.pieces_m = ceil_div(m, rows);
  plan.pieces_n = ceil_div(n, columns);
  while (plan.pieces_m * plan.pieces_n < wanted) {
    const int64_t block_m = ceil_div(m, plan.pieces_m), block_n = ceil_div(n, plan.pieces_n);
    if (block_m <= 4 * mr && block_n <= 2 * nr) break;
    // Halve the longer side, counted in register tiles of equal cost to load.
    if (block_n > block_m ? block_n > 2 * nr : block_m <= 4 * mr) {
      plan.pieces_n *= 2;
    } else {
      plan.pieces_m *= 2;
    }
  }
  plan.rows = round_up(ceil_div(m, plan.pieces_m), mr);
  plan.columns = round_up(ceil_div(n, plan.pieces_n), nr);
  plan.pieces_m = ceil_div(m, plan.rows);
  plan.pieces_n = ceil_div(n, plan.columns);
  const int64_t pieces = plan.pieces_m * plan.pieces_n;
  plan.parts = pieces < wanted ? std::clamp<int64_t>(k / 1024, 1, ceil_div(wanted, pieces)) : 1;
  const int64_t most = gemm_block_depth(kernels);
  plan.depth = round_up(ceil_div(k, std::max<int64_t>(1, ceil_div(k, most))), 4);
  plan.depth = std::max<int64_t>(plan.depth, 4);
  plan.part_depth = plan.parts == 1 ? k : round_up(ceil_div(k, plan.parts), plan.depth);
  if (plan.parts > 1) plan.parts = ceil_div(k, plan.part_depth);
  return plan;
}

/// Packed panels of rows of A (or columns of B) for k in [first, last), in blocks of `depth`.
template <class T>
struct Packed {
  T* data = nullptr;
  int64_t padded = 0;  // rows rounded up to whole panels
  int64_t first = 0;
  const T* panels(int64_t k, int64_t depth, int64_t row) const {
    return data + (k - first) * padded + row * depth;
  }
};

template <class T>
void pack_panels(const GemmKernels<T>& kernels, T* target, int64_t width, const T* source,
                 int64_t count, int64_t stride, int64_t k, int64_t k_stride) {
  if (stride == 1 && width == kernels.nr) {
    kernels.pack_rows(target, source, count, k, k_stride);
    return;
  }
  for (int64_t i = 0; i < count; i += width, target += width * k) {
    kernels.pack(target, width, source + i * stride, std::min(width, count - i), stride, k,
                 k_stride);
  }
}

/// What all pieces of a product know.
template <class T>
struct Job {
  const Gemm<T>* g;
  const GemmKernels<T>* kernels;
  Plan plan;
  bool direct_a, direct_b;
  Packed<T> a, b;  // data null: each piece packs its own
};

template <class T>
void set_a(const Job<T>& job, GemmBlock<T>& block, int64_t row, int64_t p) {
  const Gemm<T>& g = *job.g;
  const int64_t mr = job.kernels->mr;
  if (job.direct_a) {
    block.a_packed = false;
    block.a = g.a + row * g.a_row + p * g.a_column;
    block.a_row = g.a_row;
    block.a_column = g.a_column;
    block.a_panel = mr * g.a_row;
    return;
  }
  block.a_packed = true;
  block.a_panel = mr * block.k;
  if (job.a.data != nullptr) {
    block.a = job.a.panels(p, block.k, row);
    return;
  }
  T* target = scratch<T>(Scratch::block_a, round_up(block.m, mr) * block.k);
  pack_panels(*job.kernels, target, mr, g.a + row * g.a_row + p * g.a_column, block.m, g.a_row,
              block.k, g.a_column);
  block.a = target;
}

template <class T>
void run_block(const Job<T>& job, GemmBlock<T> block, int64_t column, int64_t p) {
  const Gemm<T>& g = *job.g;
  const int64_t nr = job.kernels->nr;
  const T* source = g.b + p * g.b_row + column * g.b_column;
  if (job.b.data != nullptr) {
    block.b = job.b.panels(p, block.k, column);
    block.b_row = nr;
    block.b_panel = nr * block.k;
    job.kernels->block(block);
    return;
  }
  if (job.direct_b && block.n >= nr) {
    GemmBlock<T> whole = block;
    whole.n = block.n / nr * nr;
    whole.b = source;
    whole.b_row = g.b_row;
    whole.b_panel = nr;
    job.kernels->block(whole);
    block.n -= whole.n;
    if (block.n == 0) return;
    source += whole.n;
    block.c += whole.n;
    if (block.column_bias != nullptr) block.column_bias += whole.n;
  }
  T* target = scratch<T>(Scratch::block_b, round_up(block.n, nr) * block.k);
  pack_panels(*job.kernels, target, nr, source, block.n, g.b_column, block.k, g.b_row);
  block.b = target;
  block.b_row = nr;
  block.b_panel = nr * block.k;
  job.kernels->block(block);
}

/// C's part for k in [first, last). `c` addresses the part's first element.
template <class T>
void run_part(const Job<T>& job, const GemmPart& part, int64_t first, int64_t last, T* c,
              int64_t c_row, bool accumulate, bool bias) {
  const Gemm<T>& g = *job.g;
  GemmBlock<T> block;
  block.m = part.row_end - part.row;
  block.n = part.column_end - part.column;
  block.c = c;
  block.c_row = c_row;
  block.row_bias = bias && g.row_bias != nullptr ? g.row_bias + part.row : nullptr;
  block.column_bias = bias && g.column_bias != nullptr ? g.column_bias + part.column : nullptr;
  int64_t p = first;
  do {
    block.k = std::min(job.plan.depth, last - p);
    block.accumulate = accumulate || p != first;
    set_a(job, block, part.row, p);
    run_block(job, block, part.column, p);
    p += block.k;
  } while (p < last);
}

template <class T>
void choose_operands(Job<T>& job) {
  const Gemm<T>& g = *job.g;
  const bool serial = job.plan.pieces_m * job.plan.pieces_n == 1;
  job.direct_a = g.n <= 2 * job.kernels->nr || (serial && g.m * g.k <= kSmallOperand);
  job.direct_b = serial && g.b_column == 1 && g.k * g.b_row <= 2 * kSmallOperand;
}

/// Packs the panels of k in [first, last) that several pieces will read.
template <class T>
void pack_shared(const Job<T>& job, int64_t first, int64_t last) {
  const Gemm<T>& g = *job.g;
  const int64_t blocks = ceil_div(last - first, job.plan.depth);
  const int64_t pieces_a = job.a.data != nullptr ? job.plan.pieces_m : 0;
  const int64_t pieces_b = job.b.data != nullptr ? job.plan.pieces_n : 0;
  parallel_for((pieces_a + pieces_b) * blocks, [&](int64_t piece) {
    const int64_t p = first + piece / (pieces_a + pieces_b) * job.plan.depth;
    const int64_t depth = std::min(job.plan.depth, last - p);
    int64_t at = piece % (pieces_a + pieces_b);
    if (at < pieces_a) {
      const int64_t row = at * job.plan.rows;
      pack_panels(*job.kernels, job.a.data + (p - first) * job.a.padded + row * depth,
                  int64_t{job.kernels->mr}, g.a + row * g.a_row + p * g.a_column,
                  std::min(job.plan.rows, g.m - row), g.a_row, depth, g.a_column);
    } else {
      const int64_t column = (at - pieces_a) * job.plan.columns;
      pack_panels(*job.kernels, job.b.data + (p - first) * job.b.padded + column * depth,
                  int64_t{job.kernels->nr}, g.b + p * g.b_row + column * g.b_column,
                  std::min(job.plan.columns, g.n - column), g.b_column, depth, g.b_row);
    }
  });
}

GemmPart part_of(const Plan& plan, int64_t m, int64_t n, int64_t piece) {
  const int64_t row = piece % plan.pieces_m * plan.rows;
  const int64_t column = piece / plan.pieces_m * plan.columns;
  return {row, std::min(m, row + plan.rows), column, std::min(n, column + plan.columns)};
}

template <class T>
void run_pieces(Job<T>& job, const GemmDone& done) {
  const Gemm<T>& g = *job.g;
  const Plan& plan = job.plan;
  job.a.padded = plan.pieces_m * plan.rows;
  job.b.padded = plan.pieces_n * plan.columns;
  const bool share_a =
      !job.direct_a && plan.pieces_n > 1 && job.a.padded * plan.depth <= kSharedLimit;
  const bool share_b =
      !job.direct_b && plan.pieces_m > 1 && job.b.padded * plan.depth <= kSharedLimit;
  // Of a long k, only so much is packed at a time as the limit allows.
  const int64_t widest =
      std::max<int64_t>(1, std::max(share_a ? job.a.padded : 0, share_b ? job.b.padded : 0));
  const int64_t stretch =
      share_a || share_b ? std::max<int64_t>(1, kSharedLimit / widest / plan.depth) * plan.depth
                         : std::max<int64_t>(g.k, 1);
  const int64_t kept = std::min(stretch, g.k);
  if (share_a) job.a.data = scratch<T>(Scratch::shared_a, job.a.padded * kept);
  if (share_b) job.b.data = scratch<T>(Scratch::shared_b, job.b.padded * kept);
  int64_t first = 0;
  do {
    const int64_t last = std::min(g.k, first + stretch);
    job.a.first = job.b.first = first;
    if (share_a || share_b) pack_shared(job, first, last);
    parallel_for(plan.pieces_m * plan.pieces_n, [&](int64_t piece) {
      const GemmPart part = part_of(plan, g.m, g.n, piece);
      run_part(job, part, first, last, g.c + part.row * g.c_row + part.column, g.c_row, first != 0,
               first == 0);
      if (last == g.k) done(part);
    });
    first = last;
  } while (first < g.k);
}

/// A small C with a long k: parts of k are summed apart, then together in their order.
template <class T>
void run_parts(const Job<T>& job, const GemmDone& done) {
  const Gemm<T>& g = *job.g;
  const Plan& plan = job.plan;
  const int64_t pieces = plan.pieces_m * plan.pieces_n;
  const int64_t size = g.m * g.n;
  T* sums = scratch<T>(Scratch::shared_sums, plan.parts * size);
  parallel_for(pieces * plan.parts, [&](int64_t piece) {
    const int64_t which = piece / pieces;
    const GemmPart part = part_of(plan, g.m, g.n, piece % pieces);
    const int64_t first = which * plan.part_depth;
    run_part(job, part, first, std::min(g.k, first + plan.part_depth),
             sums + which * size + part.row * g.n + part.column, g.n, false, which == 0);
  });
  const int64_t rows = std::max<int64_t>(1, kPieceWork / 16 / (g.n * plan.parts));
  parallel_ranges(g.m, rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      T* c = g.c + i * g.c_row;
      const T* from = sums + i * g.n;
      std::copy(from, from + g.n, c);
      for (int64_t which = 1; which < plan.parts; ++which) {
        from += size;
        for (int64_t j = 0; j < g.n; ++j) c[j] += from[j];
      }
    }
    done({begin, end, 0, g.n});
  });
}

}  // namespace

template <class T>
int64_t gemm_block_depth(const GemmKernels<T>& kernels) {
  return std::clamp<int64_t>(32768 / (kernels.nr * static_cast<int64_t>(sizeof(T))), 256, 384);
}

template <class T>
int64_t gemm_pieces(int64_t m, int64_t n, int64_t k) {
  if (m * n * k < 2 * kPieceWork) return 1;
  const Plan plan = make_plan(gemm_kernels<T>(), m, n, k);
  return plan.pieces_m * plan.pieces_n * plan.parts;
}

template <class T>
void gemm(const Gemm<T>& g, const GemmDone& done) {
  if (g.m == 0 || g.n == 0) return;
  if (choose_gemm(g) == GemmAlgorithm::vector) return gemm_vector(g, done);
  Job<T> job{&g, &gemm_kernels<T>(), {}, false, false, {}, {}};
  job.plan = make_plan(*job.kernels, g.m, g.n, g.k);
  choose_operands(job);
  if (job.plan.parts > 1) {
    run_parts(job, done);
  } else {
    run_pieces(job, done);
  }
}

template <class T>
void gemm_serial(const Gemm<T>& g) {
  if (g.m == 0 || g.n == 0) return;
  Job<T> job{&g, &gemm_kernels<T>(), {}, false, false, {}, {}};
  const int64_t most = gemm_block_depth(*job.kernels);
  const int64_t depth = g.k <= most ? g.k : round_up(ceil_div(g.k, ceil_div(g.k, most)), 4);
  job.plan = {g.m, g.n, 1, 1, std::max<int64_t>(depth, 1), 1, g.k};
  choose_operands(job);
  // Blocks of C of a bounded size, as in gemm(), for the caches' sake.
  const int64_t rows = g.m <= 320 ? g.m : 21 * job.kernels->mr;
  const int64_t columns = g.n <= 512 ? g.n : 256;
  for (int64_t j = 0; j < g.n; j += columns) {
    for (int64_t i = 0; i < g.m; i += rows) {
      const GemmPart part{i, std::min(g.m, i + rows), j, std::min(g.n, j + columns)};
      run_part(job, part, 0, g.k, g.c + i * g.c_row + j, g.c_row, false, true);
    }
  }
}

template int64_t gemm_block_depth<float>(const GemmKernels<float>&);
template int64_t gemm_block_depth<double>(const GemmKernels<double>&);
template int64_t gemm_pieces<float>(int64_t, int64_t, int64_t);
template int64_t gemm_pieces<double>(int64_t, int64_t, int64_t);
template void gemm<float>(const Gemm<float>&, const GemmDone&);
template void gemm<double>(const Gemm<double>&, const GemmDone&);
template void gemm_serial<float>(const Gemm<float>&);
template void gemm_serial<double>(const Gemm<double>&);

}  // namespace ct::cpu
