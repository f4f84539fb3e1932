// See each_printer.hpp. In the style of CPUs an item has a range of blocks of all parts together;
// in that of GPUs the second index is the part, and items step through it.
#include "backend_opencl/source/each_printer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ct::opencl {
namespace {

/// Pointers p<k> and starts at<k> of every operand, in part `part`.
std::string print_operands(const EachForm& form, const std::string& indent) {
  std::string text;
  const int inputs = static_cast<int>(form.kernel.inputs.size());
  const auto line = [&](int k, int array, const OperandForm& operand) {
    text += fmt::format(
        "{0}__global {1}* p{2} = b{3}[part];\n{0}const int at{2} = "
        "parts.offset[{3}][part];\n",
        indent, storage_type(operand.dtype), k, array);
  };
  for (int k = 0; k < inputs; ++k) line(k, k, form.kernel.inputs[static_cast<size_t>(k)]);
  int array = inputs;
  for (size_t j = 0; j < form.same_as.size(); ++j) {
    const int same = form.same_as[j];
    line(inputs + static_cast<int>(j), same >= 0 ? same : array++, form.kernel.outputs[j]);
  }
  return text;
}

std::vector<OperandForm> arrays_of(const EachForm& form) {
  std::vector<OperandForm> arrays = form.kernel.inputs;
  for (size_t j = 0; j < form.same_as.size(); ++j) {
    if (form.same_as[j] < 0) arrays.push_back(form.kernel.outputs[j]);
  }
  return arrays;
}

}  // namespace

int EachForm::arrays() const {
  return static_cast<int>(kernel.inputs.size()) +
         static_cast<int>(
             std::count_if(same_as.begin(), same_as.end(), [](int i) { return i < 0; }));
}

std::string print_pointwise_each(const PointwiseProgram& program, const EachForm& form) {
  const std::vector<OperandForm> arrays = arrays_of(form);
  std::string text = fmt::format(
      "#line 1 \"pointwise_each\"\ntypedef int INDEX;\n"
      "typedef struct {{ int size[{0}], offset[{1}][{0}]; }} Parts;\n__kernel void run(",
      form.parts, arrays.size());
  std::string lists;
  for (size_t k = 0; k < arrays.size(); ++k) {
    const char* type = storage_type(arrays[k].dtype);
    lists += fmt::format("  __global {}* b{}[{}] = {{", type, k, form.parts);
    for (int part = 0; part < form.parts; ++part) {
      text += fmt::format("__global {}* b{}_{}, ", type, k, part);
      lists += fmt::format("{}b{}_{}", part == 0 ? "" : ", ", k, part);
    }
    lists += "};\n";
  }
  for (int i = 0; i < program.scalars(); ++i) text += fmt::format("T a{}, ", i);
  text += "const Parts parts, int block) {\n" + print_scalars(program, "  ") + lists;
  if (form.kernel.lanes == 1) {
    text += "  const int part = (int)get_global_id(1);\n";
    text += print_operands(form, "  ");
    text +=
        "  for (int i = (int)get_global_id(0); i < parts.size[part]; i += "
        "(int)get_global_size(0)) {\n";
    return text + print_body(program, form.kernel, "i", "", "0", "    ") + "  }\n}\n";
  }
  text += fmt::format(
      "  const long item = get_global_id(0), items = get_global_size(0);\n"
      "  int units = 0;\n"
      "  for (int part = 0; part < {}; ++part) units += CEIL_DIV(parts.size[part], block);\n"
      "  const int stop = (int)(units * (item + 1) / items);\n"
      "  int unit = (int)(units * item / items), part = 0, first = 0;\n"
      "  while (unit < stop) {{\n"
      "    const int blocks = CEIL_DIV(parts.size[part], block);\n"
      "    if (unit - first >= blocks) {{\n"
      "      first += blocks;\n"
      "      ++part;\n"
      "      continue;\n"
      "    }}\n"
      "    const int begin = (unit - first) * block;\n"
      "    const int end = min(begin + block, parts.size[part]);\n",
      form.parts);
  text += print_operands(form, "    ");
  text += fmt::format(
      "    int i = begin;\n    for (; i + {0} <= end; i += {0}) {{\n{1}    }}\n    if (i < end) "
      "{{\n      const int count = end - i;\n{2}    }}\n    ++unit;\n  }}\n}}\n",
      form.kernel.lanes, print_body(program, form.kernel, "i", "", "0", "      "),
      print_body(program, form.kernel, "i", "count", "0", "      "));
  return text;
}

}  // namespace ct::opencl
