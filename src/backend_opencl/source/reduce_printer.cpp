// See reduce_printer.hpp. `base<k>` is where a result's elements begin in operand k, `at<k>` where
// a row of them does.
#include "backend_opencl/source/reduce_printer.hpp"

#include <fmt/format.h>

#include <vector>

namespace ct::opencl {
namespace {

class Printer {
 public:
  Printer(const PointwiseProgram& program, const KernelForm& form, uint32_t reduced)
      : program_(program),
        form_(form),
        reduced_(reduced),
        inputs_(static_cast<int>(form.inputs.size())) {}

  std::string print() {
    head();
    if (is_reduced(last())) {
      rows();
    } else {
      columns();
    }
    text_ += "}\n";
    return text_;
  }

 private:
  int last() const { return form_.rank - 1; }
  bool is_reduced(int axis) const { return (reduced_ >> axis & 1U) != 0; }
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  void head() {
    line("#line 1 \"reduce\"");
    line("typedef {} INDEX;", form_.wide ? "long" : "int");
    line("typedef struct {{ INDEX size[{0}], offset[{1}], stride[{1}][{0}]; }} Space;", form_.rank,
         inputs_);
    text_ += "__kernel void run(";
    for (int k = 0; k < inputs_; ++k) {
      text_ += fmt::format("__global const {}* p{}, ",
                           storage_type(form_.inputs[static_cast<size_t>(k)].dtype), k);
    }
    for (int i = 0; i < program_.scalars(); ++i) text_ += fmt::format("T a{}, ", i);
    line("__global A* partial, __global void* out, A scale, const Kept kept, const Space space,");
    line("    INDEX tasks, INDEX segments, INDEX units, INDEX block) {{");
    text_ += print_scalars(program_, "  ");
    for (int k = 0; k < inputs_; ++k) {
      if (form_.inputs[static_cast<size_t>(k)].reach == Reach::gaps) {
        line("  const INDEX step{0} = space.stride[{0}][{1}];", k, last());
      }
    }
    line("  const INDEX columns = space.size[{}];", last());
  }

  /// Adds the coordinates hidden in `rest` along `axes` (outermost first) to every <to><k>.
  void decode(const std::vector<int>& axes, const char* to, const char* indent) {
    for (size_t n = axes.size(); n-- > 0;) {
      const int axis = axes[n];
      if (n > 0) {
        line("{0}const INDEX i{1} = rest % space.size[{1}];\n{0}rest /= space.size[{1}];", indent,
             axis);
      } else {
        line("{}const INDEX i{} = rest;", indent, axis);
      }
      for (int k = 0; k < inputs_; ++k) {
        line("{0}{1}{2} += i{3} * space.stride[{2}][{3}];", indent, to, k, axis);
      }
    }
  }

  /// The axes before the last one that are reduced, or kept.
  std::vector<int> outer_axes(bool reduced) const {
    std::vector<int> axes;
    for (int axis = 0; axis < last(); ++axis) {
      if (is_reduced(axis) == reduced) axes.push_back(axis);
    }
    return axes;
  }

  /// Begins the loop over tasks (`group` items share one), and says which task and segment.
  void begin_tasks(bool shared) {
    if (form_.lanes > 1) {
      line("  const long item = get_global_id(0), items = get_global_size(0);");
      line("  const INDEX last_task = (INDEX)(tasks * (item + 1) / items);");
      line("  for (INDEX task = (INDEX)(tasks * item / items); task < last_task; ++task) {{");
    } else {
      line("  {{\n    const INDEX task = (INDEX){}(0);", shared ? "get_group_id" : "get_global_id");
      line("    if (task >= tasks) return;");
    }
    line("    const INDEX segment = task % segments;");
    line("    const INDEX first_unit = (INDEX)((long)units * segment / segments);");
    line("    const INDEX last_unit = (INDEX)((long)units * (segment + 1) / segments);");
    for (int k = 0; k < inputs_; ++k) line("    INDEX base{0} = space.offset[{0}];", k);
  }

  void load_and_compute(const std::string& place, const std::string& count,
                        const std::string& indent) {
    for (int k = 0; k < inputs_; ++k) {
      text_ += print_load(k, form_.inputs[static_cast<size_t>(k)], place, count, indent);
    }
    text_ += print_code(program_, form_.compute, "0", indent);
  }
  std::string result() const { return value_name(program_, program_.outputs()[0], form_.compute); }

  void rows() {
    const bool shared = form_.lanes == 1;
    if (shared) line("  __local A shared[{}];", kReduceGroup);
    begin_tasks(shared);
    line("    const INDEX result = task / segments;");
    line("    INDEX rest = result;");
    decode(outer_axes(false), "base", "    ");
    // Variables and text of their own: drivers that unroll no loops keep an array in memory.
    const int states = shared ? 1 : kReduceUnroll;
    for (int t = 0; t < states; ++t) line("    State state{} = start();", t);
    line("    A total = IDENTITY;");
    line("    const INDEX blocks = CEIL_DIV(columns, block);");
    line("    for (INDEX unit = first_unit; unit < last_unit; ++unit) {{");
    line("      const INDEX row = unit / blocks;");
    line("      const INDEX begin = (unit - row * blocks) * block;");
    line("      const INDEX end = min(begin + block, columns);");
    for (int k = 0; k < inputs_; ++k) line("      INDEX at{0} = base{0};", k);
    line("      INDEX rest = row;");
    decode(outer_axes(true), "at", "      ");
    if (shared) {
      line("      for (INDEX i = begin + (INDEX)get_local_id(0); i < end; i += {}) {{",
           kReduceGroup);
      load_and_compute("i", "", "        ");
      line("        state0 = fold(state0, {});\n      }}", result());
    } else {
      line("      INDEX i = begin;");
      line("      for (; i + {0} <= end; i += {0}) {{", form_.lanes * kReduceUnroll);
      for (int t = 0; t < states; ++t) {
        line("        {{\n          const INDEX c = i + {};", t * form_.lanes);
        load_and_compute("c", "", "          ");
        line("          state{0} = fold(state{0}, {1});\n        }}", t, result());
      }
      line("      }}");
      line("      for (; i < end; i += {}) {{", form_.lanes);
      line("        const int count = (int)min((INDEX){}, end - i);", form_.lanes);
      load_and_compute("i", "count", "        ");
      line("        T lanes[LANES];\n        spread_values({}, lanes);", result());
      line(
          "        for (int j = 0; j < count; ++j) total = combine(total, (A)lanes[j]);\n      }}");
    }
    line("    }}");
    line("    A lanes[LANES];");
    for (int t = 0; t < states; ++t) {
      line("    spread(value_of(state{}), lanes);", t);
      line("    for (int j = 0; j < LANES; ++j) total = combine(total, lanes[j]);");
    }
    if (shared) {
      line("    const int lane = (int)get_local_id(0);\n    shared[lane] = total;");
      line("    for (int half_size = {}; half_size > 0; half_size /= 2) {{", kReduceGroup / 2);
      line("      barrier(CLK_LOCAL_MEM_FENCE);");
      line(
          "      if (lane < half_size) shared[lane] = combine(shared[lane], shared[lane + "
          "half_size]);");
      line("    }}\n    if (lane != 0) return;\n    total = shared[0];");
    }
    line("    if (segments == 1) put(out, &kept, result, total, scale);");
    line("    else partial[(long)result * segments + segment] = total;\n  }}");
  }

  void columns() {
    const int tile = form_.lanes == 1 ? 1 : kReduceTile;
    const int width = tile * form_.lanes;
    begin_tasks(false);
    line("    const INDEX tiles = (columns + {}) / {};", width - 1, width);
    line("    const INDEX outer = task / segments / tiles;");
    line("    const INDEX begin = (task / segments - outer * tiles) * {};", width);
    line("    const INDEX end = min(begin + {}, columns);", width);
    line("    INDEX rest = outer;");
    decode(outer_axes(false), "base", "    ");
    line("    State state[{}];", tile);
    line("    for (INDEX i = begin; i < end; i += {0}) state[(i - begin) / {0}] = start();",
         form_.lanes);
    line("    INDEX unit = first_unit;");
    if (form_.lanes > 1 && program_.code().size() <= kReduceSmall) several_rows();
    line("    for (; unit < last_unit; ++unit) {{");
    place_row();
    line("      int t = 0;");
    line("      for (INDEX i = begin; i + {0} <= end; i += {0}, ++t) {{", form_.lanes);
    load_and_compute("i", "", "        ");
    line("        state[t] = fold(state[t], {});\n      }}\n    }}", result());
    if (form_.lanes > 1) last_columns();
    line("    for (INDEX i = begin; i < end; i += {}) {{", form_.lanes);
    line("      A lanes[LANES];\n      spread(value_of(state[(i - begin) / {}]), lanes);",
         form_.lanes);
    line("      for (int j = 0; j < min((INDEX)LANES, end - i); ++j) {{");
    line("        const long result = (long)outer * columns + i + j;");
    line("        if (segments == 1) put(out, &kept, result, lanes[j], scale);");
    line("        else partial[result * segments + segment] = lanes[j];\n      }}\n    }}\n  }}");
  }

  /// at<k>: the row of `unit`.
  void place_row() {
    for (int k = 0; k < inputs_; ++k) line("      INDEX at{0} = base{0};", k);
    line("      INDEX rest = unit;");
    decode(outer_axes(true), "at", "      ");
  }

  /// The part of a vector that is left, of all rows: its code is long, and stands here once.
  void last_columns() {
    line("    const int t = (int)((end - begin) / {});", form_.lanes);
    line("    const INDEX i = begin + t * {};\n    const int count = (int)(end - i);", form_.lanes);
    line("    for (unit = first_unit; count > 0 && unit < last_unit; ++unit) {{");
    place_row();
    load_and_compute("i", "count", "      ");
    line("      state[t] = fold(state[t], {});\n    }}", result());
  }

  /// Whole vectors of kReduceRows rows in one pass over the states, which lie in memory.
  void several_rows() {
    line("    for (; unit + {0} <= last_unit; unit += {0}) {{", kReduceRows);
    for (int r = 0; r < kReduceRows; ++r) {
      for (int k = 0; k < inputs_; ++k) line("      INDEX row{0}_{1} = base{1};", r, k);
      line("      {{\n        INDEX rest = unit + {};", r);
      decode(outer_axes(true), fmt::format("row{}_", r).c_str(), "        ");
      line("      }}");
    }
    line("      int t = 0;");
    line("      for (INDEX i = begin; i + {0} <= end; i += {0}, ++t) {{", form_.lanes);
    line("        State s = state[t];");
    for (int r = 0; r < kReduceRows; ++r) {
      line("        {{");
      for (int k = 0; k < inputs_; ++k) line("          const INDEX at{0} = row{1}_{0};", k, r);
      load_and_compute("i", "", "          ");
      line("          s = fold(s, {});\n        }}", result());
    }
    line("        state[t] = s;\n      }}\n    }}");
  }

  const PointwiseProgram& program_;
  const KernelForm& form_;
  uint32_t reduced_;
  int inputs_;
  std::string text_;
};

}  // namespace

std::string print_reduce(const PointwiseProgram& program, const KernelForm& form,
                         uint32_t reduced) {
  return Printer(program, form, reduced).print();
}

}  // namespace ct::opencl
