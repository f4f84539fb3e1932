// Prints a pointwise program as a kernel over many lists of dense arrays at once: each list, a
// part, is a set of kernel arguments, and an item finds the part that it works on.
#pragma once

#include <string>
#include <vector>

#include "backend_opencl/source/printer.hpp"

namespace ct::opencl {

struct EachForm {
  KernelForm kernel;  ///< of one axis
  int parts = 1;      ///< that a launch takes; those that there are not have size 0
  /// For each output: the input that it is the same array as, or -1.
  std::vector<int> same_as;

  /// The arrays of a part: its inputs, then the outputs that are none of them.
  int arrays() const;
};

/// The whole kernel `run`; its arguments are, array by array, the buffers of all parts, then the
/// scalars, struct { int size[parts], offset[arrays][parts]; } and the elements of a block.
std::string print_pointwise_each(const PointwiseProgram& program, const EachForm& form);

}  // namespace ct::opencl
