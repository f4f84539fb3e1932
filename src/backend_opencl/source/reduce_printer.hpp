// Prints the first pass of a reduction around its prologue.
#pragma once

#include <string>

#include "backend_opencl/source/printer.hpp"

namespace ct::opencl {

/// Vectors of a tile of results, where the last axis is kept, and accumulators side by side, where
/// it is reduced.
inline constexpr int kReduceTile = 64;
inline constexpr int kReduceUnroll = 4;
/// Rows that are added to a tile at a time, where the program in front has few instructions: as
/// many copies of it are printed.
inline constexpr int kReduceRows = 4;
inline constexpr size_t kReduceSmall = 4;
/// Items that share a result on GPUs.
inline constexpr int kReduceGroup = 256;

/// The kernel `run`. Bit i of `reduced`: axis i is. `form.outputs` is empty: the output's dtype and
/// place are arguments. common.cl, pointwise.cl and reduce.cl go before it.
///   last axis reduced: a task is (result, segment), its units are blocks of rows;
///   last axis kept:    a task is (tile of results, segment), its units are rows.
std::string print_reduce(const PointwiseProgram& program, const KernelForm& form, uint32_t reduced);

}  // namespace ct::opencl
