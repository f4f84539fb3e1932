// Values become single assignments to `const V v<n>`; the compiler does the rest.
#include "backend_opencl/source/printer.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <limits>

#include "customtensor/error.hpp"

namespace ct::opencl {
namespace {

/// What a random instruction takes before the number of its element.
const char* random_arguments(Opcode op) {
  if (op == Opcode::uniform) return "&uniform, seed, offset, ";
  return op == Opcode::normal ? "&normal, seed, offset, " : "";
}

/// Exact fractions have no meaning among integers, but for division, which truncates; bits none
/// among floats.
bool has_meaning(Opcode op, DType compute) {
  if (is_floating(compute)) return info(op).rule != TypeRule::integral;
  return info(op).rule != TypeRule::floating || op == Opcode::div;
}

/// Users name programs as they like.
std::string plain_name(std::string text) {
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return text;
}

std::string reach_suffix(Reach reach) {
  return reach == Reach::unit ? "UNIT" : reach == Reach::splat ? "SPLAT" : "GAPS";
}

/// "at0 + i", or with a step "at0 + i * step0".
std::string place_of(int k, Reach reach, const std::string& place) {
  if (reach == Reach::splat) return fmt::format("at{}", k);
  return fmt::format("at{0} + {1}{2}", k, place,
                     reach == Reach::gaps ? fmt::format(" * step{}", k) : "");
}

std::string print_store(const PointwiseProgram& program, int k, int output, const OperandForm& form,
                        DType compute, const std::string& place, const std::string& count,
                        const std::string& indent) {
  const char* type = storage_type(form.dtype);
  const std::string value =
      fmt::format("TO_{}({})", name(form.dtype),
                  value_name(program, program.outputs()[static_cast<size_t>(output)], compute));
  const std::string at = place_of(k, form.reach, place);
  if (!count.empty()) {
    const std::string step = form.reach == Reach::gaps ? fmt::format("step{}", k) : "1";
    return fmt::format("{}store_gaps_{}(p{} + {}, {}, {}, {});\n", indent, type, k, at, step, count,
                       value);
  }
  if (form.reach == Reach::gaps) {
    return fmt::format("{}STORE_GAPS({}, p{}, {}, step{}, {});\n", indent, type, k, at, k, value);
  }
  return fmt::format("{}STORE_UNIT({}, p{}, {}, {});\n", indent, type, k, at, value);
}

/// at<k>: where each operand's row begins. `rest` holds the row's number.
std::string print_rows(const KernelForm& form, int operands, const std::string& indent) {
  std::string text;
  for (int k = 0; k < operands; ++k) {
    text += fmt::format("{}INDEX at{} = space.offset[{}];\n", indent, k, k);
  }
  for (int axis = form.rank - 2; axis >= 0; --axis) {
    if (axis > 0) {
      text += fmt::format(
          "{0}const INDEX i{1} = rest % space.size[{1}];\n{0}rest /= space.size[{1}];\n", indent,
          axis);
    } else {
      text += fmt::format("{}const INDEX i0 = rest;\n", indent);
    }
    for (int k = 0; k < operands; ++k) {
      text += fmt::format("{0}at{1} += i{2} * space.stride[{1}][{2}];\n", indent, k, axis);
    }
  }
  return text;
}

}  // namespace

const char* storage_type(DType dtype) {
  static constexpr const char* kTypes[kDTypeCount] = {
      "float", "double", "ushort", "ushort", "int",  "long", "uchar",
      "uchar", "char",   "short",  "ushort", "uint", "ulong"};
  return kTypes[static_cast<int>(dtype)];
}

std::string literal(double value, DType compute) {
  if (is_floating(compute)) {
    if (std::isnan(value)) return "(V)((T)NAN)";
    if (std::isinf(value)) return value < 0 ? "(V)(-(T)INFINITY)" : "(V)((T)INFINITY)";
    if (compute == DType::float64) return fmt::format("(V)({:a})", value);
    // As the conversion to float rounds it, which need not keep a finite value finite.
    const auto rounded = static_cast<double>(static_cast<float>(value));
    return std::isinf(rounded) ? literal(rounded, compute) : fmt::format("(V)({:a}f)", rounded);
  }
  constexpr double kLimit = 9223372036854775808.0;
  const int64_t whole = value >= -kLimit && value < kLimit ? static_cast<int64_t>(value)
                                                           : std::numeric_limits<int64_t>::min();
  return fmt::format("(V)((T)0x{:x}UL)", static_cast<uint64_t>(whole));
}

void check_compute(const PointwiseProgram& program, DType compute) {
  for (const Instruction& step : program.code()) {
    if (!has_meaning(step.op, compute)) {
      throw BackendError(
          fmt::format("custom_gpu: program '{}' cannot run in {}: '{}' has no meaning there",
                      program.name(), name(compute), info(step.op).name));
    }
  }
}

std::string value_name(const PointwiseProgram& program, int value, DType compute) {
  if (value < program.first_scalar()) return fmt::format("x{}", value);
  if (value < program.first_constant()) return fmt::format("s{}", value - program.first_scalar());
  if (value < program.first_result()) {
    return literal(program.constants()[static_cast<size_t>(value - program.first_constant())],
                   compute);
  }
  return fmt::format("v{}", value - program.first_result());
}

std::string print_scalars(const PointwiseProgram& program, const std::string& indent) {
  std::string text;
  for (int i = 0; i < program.scalars(); ++i) {
    text += fmt::format("{}const V s{} = (V)(a{});\n", indent, i, i);
  }
  return text;
}

std::string print_code(const PointwiseProgram& program, DType compute, const std::string& index,
                       const std::string& indent) {
  std::string text;
  int number = 0;
  for (const Instruction& step : program.code()) {
    std::string operands = random_arguments(step.op);
    if (!operands.empty()) operands += fmt::format("(ulong)({})", index);
    for (int k = 0; k < info(step.op).arity; ++k) {
      operands += (k == 0 ? "" : ", ") + value_name(program, step.operand[k], compute);
    }
    text +=
        fmt::format("{}const V v{} = op_{}({});\n", indent, number++, info(step.op).name, operands);
  }
  return text;
}

std::string print_load(int k, const OperandForm& form, const std::string& place,
                       const std::string& count, const std::string& indent) {
  const char* type = storage_type(form.dtype);
  const std::string at = place_of(k, form.reach, place);
  std::string load;
  if (!count.empty() && form.reach != Reach::splat) {
    load = fmt::format("load_gaps_{}(p{} + {}, {}, {})", type, k, at,
                       form.reach == Reach::gaps ? fmt::format("step{}", k) : "1", count);
  } else {
    load = fmt::format("LOAD_{}({}, p{}, {}{})", reach_suffix(form.reach), type, k, at,
                       form.reach == Reach::gaps ? fmt::format(", step{}", k) : "");
  }
  return fmt::format("{}const V x{} = FROM_{}({});\n", indent, k, name(form.dtype), load);
}

std::string print_body(const PointwiseProgram& program, const KernelForm& form,
                       const std::string& place, const std::string& count, const std::string& index,
                       const std::string& indent) {
  std::string text;
  const int inputs = static_cast<int>(form.inputs.size());
  for (int k = 0; k < inputs; ++k) {
    text += print_load(k, form.inputs[static_cast<size_t>(k)], place, count, indent);
  }
  text += print_code(program, form.compute, index, indent);
  for (size_t j = 0; j < form.outputs.size(); ++j) {
    text += print_store(program, inputs + static_cast<int>(j), static_cast<int>(j), form.outputs[j],
                        form.compute, place, count, indent);
  }
  return text;
}

std::string print_pointwise(const PointwiseProgram& program, const KernelForm& form) {
  const int inputs = static_cast<int>(form.inputs.size());
  const int operands = inputs + static_cast<int>(form.outputs.size());
  std::string text = fmt::format("#line 1 \"{}\"\n", plain_name(program.name()));
  text += fmt::format(
      "typedef {} INDEX;\ntypedef struct {{\n  INDEX size[{}], offset[{}], stride[{}][{}];\n}} "
      "Space;\n",
      form.wide ? "long" : "int", form.rank, operands, operands, form.rank);
  text += "__kernel void run(";
  for (int k = 0; k < operands; ++k) {
    const bool input = k < inputs;
    const OperandForm& operand =
        input ? form.inputs[static_cast<size_t>(k)] : form.outputs[static_cast<size_t>(k - inputs)];
    text +=
        fmt::format("__global {}{}* p{}, ", input ? "const " : "", storage_type(operand.dtype), k);
  }
  for (int i = 0; i < program.scalars(); ++i) text += fmt::format("T a{}, ", i);
  if (program.uses_random()) text += "ulong seed, ulong offset, ";
  text += "const Space space, INDEX units, INDEX block) {\n";
  text += print_scalars(program, "  ");
  if (program.uses_random())
    text += "  Draws uniform, normal;\n  uniform.first = normal.first = NO_DRAWS;\n";
  const int last = form.rank - 1;
  std::string steps;
  for (int k = 0; k < operands; ++k) {
    const Reach reach = k < inputs ? form.inputs[static_cast<size_t>(k)].reach
                                   : form.outputs[static_cast<size_t>(k - inputs)].reach;
    if (reach == Reach::gaps) {
      steps += fmt::format("  const INDEX step{0} = space.stride[{0}][{1}];\n", k, last);
    }
  }
  text += steps + fmt::format("  const INDEX columns = space.size[{}];\n", last);
  if (form.lanes == 1) {
    // One element an item.
    text += "  const INDEX element = (INDEX)get_global_id(0);\n  if (element >= units) return;\n";
    if (form.rank == 1) {
      text += "  const INDEX i = element;\n";
    } else {
      text += "  const INDEX i = element % columns;\n  INDEX rest = element / columns;\n";
    }
    text += print_rows(form, operands, "  ");
    return text + print_body(program, form, "i", "", "element", "  ") + "}\n";
  }
  // A unit is a block of a row; each item has a range of units.
  text +=
      "  const long item = get_global_id(0), items = get_global_size(0);\n"
      "  const INDEX stop = (INDEX)(units * (item + 1) / items);\n"
      "  const INDEX blocks = CEIL_DIV(columns, block);\n"
      "  for (INDEX unit = (INDEX)(units * item / items); unit < stop; ++unit) {\n"
      "    const INDEX row = unit / blocks;\n"
      "    const INDEX begin = (unit - row * blocks) * block;\n"
      "    const INDEX end = min(begin + block, columns);\n";
  if (form.rank > 1) text += "    INDEX rest = row;\n";
  text += print_rows(form, operands, "    ");
  text += fmt::format(
      "    INDEX i = begin;\n    for (; i + {0} <= end; i += {0}) {{\n{1}    }}\n    if (i < end) "
      "{{\n      const int count = (int)(end - i);\n{2}    }}\n  }}\n}}\n",
      form.lanes, print_body(program, form, "i", "", "(long)row * columns + i", "      "),
      print_body(program, form, "i", "count", "(long)row * columns + i", "      "));
  return text;
}

bool is_interpreted(Opcode op) {
  switch (op) {
    case Opcode::erfinv:
    case Opcode::lgamma:
    case Opcode::digamma:
    case Opcode::polygamma:
      return false;
    default:
      return true;
  }
}

std::string print_interpreter_cases(DType compute) {
  std::string text = "#define OPCODE_CASES";
  for (int i = 0; i < kOpcodeCount; ++i) {
    const auto op = static_cast<Opcode>(i);
    if (!has_meaning(op, compute) || !is_interpreted(op)) continue;
    static constexpr const char* kOperands[] = {"", "a", "a, b", "a, b, c"};
    const std::string random = random_arguments(op);
    text += fmt::format(" \\\n  case {}: r = op_{}({}); break;", i, info(op).name,
                        random.empty() ? kOperands[info(op).arity] : random + "(ulong)i");
  }
  return text + "\n";
}

}  // namespace ct::opencl
