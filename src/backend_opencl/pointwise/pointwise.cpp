// OpenClBackend::pointwise. A program is printed and built once for each form of its operands
// (kernels/pointwise/pointwise.cl); until it has earned that build, which takes some 0.2 s, it is
// interpreted (kernels/pointwise/interpreter.cl). Both compute the same values.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <string_view>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/pointwise/scalar_arguments.hpp"
#include "backend_opencl/pointwise/space.hpp"
#include "backend_opencl/pointwise/transpose.hpp"
#include "backend_opencl/pointwise/worth.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "backend_opencl/source/kernel_source.hpp"
#include "backend_opencl/source/printer.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

// The limits of kernels/pointwise/interpreter.cl.
constexpr int kInterpretedValues = 48;
constexpr size_t kInterpretedOperands = 8;
constexpr size_t kInterpretedScalars = 8;

struct InterpreterOperand {
  int32_t dtype, offset, stride[kMaxRank];
};
struct InterpreterCall {
  int32_t elements, per_item, rank, size[kMaxRank];
  int32_t inputs, outputs, scalars, constants, steps;
  InterpreterOperand operand[kInterpretedOperands];
};

template <class T>
std::vector<std::byte> converted(std::span<const double> values) {
  std::vector<std::byte> bytes(std::max<size_t>(1, values.size()) * sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

std::vector<std::byte> constants_as(std::span<const double> values, DType compute) {
  switch (compute) {
    case DType::float32:
      return converted<float>(values);
    case DType::float64:
      return converted<double>(values);
    case DType::int32:
      return converted<int32_t>(values);
    default:
      return converted<int64_t>(values);
  }
}

std::string pointwise_source(DType compute) {
  return instruction_source() + (is_floating(compute) ? kernel_source("random") : "");
}

class Call {
 public:
  Call(Runtime& runtime, const PointwiseArgs& args)
      : runtime_(runtime),
        args_(args),
        space_(make_space(args.shape, args.inputs, args.outputs, 0,
                          args.program->uses_random() ? -1 : static_cast<int>(args.inputs.size()))),
        key_(mix(args.program->key(), static_cast<uint64_t>(args.compute))) {}

  /// Whether the kernel takes this call's arguments, which are few hundred bytes.
  bool fits() const {
    const size_t words =
        static_cast<size_t>(space_.rank()) * (space_.operands.size() + 1) + space_.operands.size();
    return words * (space_.wide ? 8 : 4) + 16 * (space_.operands.size() + args_.scalars.size()) +
               64 <=
           runtime_.profile().parameter_bytes;
  }

  void run() {
    uint64_t key = mix(key_, static_cast<uint64_t>(space_.rank()) << 1 | (space_.wide ? 1 : 0));
    for (size_t k = 0; k < space_.operands.size(); ++k) {
      key = mix(key, static_cast<uint64_t>(space_.operands[k].dtype) << 2 |
                         static_cast<uint64_t>(space_.reach(k)));
    }
    const std::lock_guard lock(runtime_.mutex());
    Kernel* kernel = runtime_.find(key);
    if (kernel == nullptr) {
      check_compute(*args_.program, args_.compute);
      kernel = load(key);
    }
    if (kernel == nullptr) {
      if (InterpretedProgram* program = worth_interpreting()) {
        interpret(*program);
        return;
      }
      kernel = &build(key);
    }
    launch(*kernel);
  }

 private:
  std::string source() const {
    KernelForm form{args_.compute, lanes(), space_.rank(), space_.wide, {}, {}};
    for (size_t k = 0; k < space_.operands.size(); ++k) {
      (k < args_.inputs.size() ? form.inputs : form.outputs).push_back(space_.form(k));
    }
    return pointwise_source(args_.compute) + print_pointwise(*args_.program, form);
  }
  int lanes() const { return runtime_.profile().program_lanes(item_size(args_.compute)); }
  std::string options() const { return runtime_.options(args_.compute, lanes()); }
  std::string what() const { return fmt::format("pointwise '{}'", args_.program->name()); }

  Kernel& build(uint64_t key) { return runtime_.build(key, "run", what(), source(), options()); }

  /// The kernel, if an earlier process has left it on disk: looked for once.
  Kernel* load(uint64_t key) {
    if (interpret_mode() == "always" || !runtime_.first_search(key)) return nullptr;
    return runtime_.load(key, "run", what(), source(), options());
  }

  void launch(Kernel& kernel) {
    Launch launch(runtime_, kernel);
    for (const Operand& operand : space_.operands) launch.buffer(operand.buffer);
    for (const Scalar& scalar : args_.scalars) set_scalar(launch, scalar, args_.compute);
    if (args_.program->uses_random()) {
      launch.value(args_.random.seed);
      launch.value(args_.random.offset);
    }
    const std::vector<std::byte> space = space_.pack();
    launch.bytes(space.data(), space.size());
    const int64_t elements = numel(space_.shape);
    const bool cpu = runtime_.profile().style == Style::cpu;
    const int64_t units =
        cpu ? space_.rows() * ceil_div(space_.columns(), kElementsAtOnce) : elements;
    if (space_.wide) {
      launch.value(units);
      launch.value(kElementsAtOnce);
    } else {
      launch.value(static_cast<int32_t>(units));
      launch.value(static_cast<int32_t>(kElementsAtOnce));
    }
    if (cpu) {
      const int64_t most = kItemsPerUnit * runtime_.profile().compute_units;
      const int64_t items =
          std::clamp<int64_t>(elements / kElementsAtOnce, 1, std::min(most, units));
      launch.run(static_cast<size_t>(items), 1);
    } else {
      launch.run(static_cast<size_t>(round_up(elements, kItemsOfGroup)), kItemsOfGroup);
    }
  }

  /// The program's entry, if this call should be interpreted.
  InterpretedProgram* worth_interpreting() {
    const std::string_view mode = interpret_mode();
    const PointwiseProgram& program = *args_.program;
    if (builds_at_once() || program.values() > kInterpretedValues || space_.wide ||
        space_.operands.size() > kInterpretedOperands ||
        args_.scalars.size() > kInterpretedScalars ||
        !std::all_of(program.code().begin(), program.code().end(),
                     [](const Instruction& step) { return is_interpreted(step.op); })) {
      return nullptr;
    }
    auto& known = runtime_.interpreted();
    auto it = known.find(key_);
    const auto steps = static_cast<int64_t>(program.code().size());
    const int64_t work = numel(space_.shape) * steps + kCallWork;
    const int64_t before = it == known.end() ? 0 : it->second.work;
    if (mode != "always" && before + work > kBuildWork) return nullptr;
    if (it == known.end()) it = known.emplace(key_, upload_program()).first;
    it->second.work += work;
    return &it->second;
  }

  InterpretedProgram upload_program() {
    const PointwiseProgram& program = *args_.program;
    std::vector<uint8_t> code;
    for (const Instruction& step : program.code()) {
      code.push_back(static_cast<uint8_t>(step.op));
      for (int k = 0; k < 3; ++k) {
        code.push_back(k < info(step.op).arity ? step.operand[k] : uint8_t{0});
      }
    }
    code.insert(code.end(), program.outputs().begin(), program.outputs().end());
    const auto constants = constants_as(program.constants(), args_.compute);
    return {runtime_.constant(code.data(), code.size()),
            runtime_.constant(constants.data(), constants.size()), 0};
  }

  Kernel& interpreter() {
    const uint64_t key = mix(0x696e74657270U, static_cast<uint64_t>(args_.compute));
    if (Kernel* known = runtime_.find(key)) return *known;
    return runtime_.build(key, "interpret",
                          fmt::format("the interpreter of {}", name(args_.compute)),
                          pointwise_source(args_.compute) + print_interpreter_cases(args_.compute) +
                              kernel_source("pointwise/interpreter"),
                          runtime_.options(args_.compute));
  }

  void interpret(const InterpretedProgram& program) {
    const Profile& profile = runtime_.profile();
    const int64_t elements = numel(space_.shape);
    const bool cpu = profile.style == Style::cpu;
    const int64_t items =
        cpu ? std::clamp<int64_t>(elements / 512, 1, kItemsPerUnit * profile.compute_units)
            : elements;
    const int64_t per_item = round_up(ceil_div(elements, items), profile.lanes());
    InterpreterCall call{};
    call.elements = static_cast<int32_t>(elements);
    call.per_item = static_cast<int32_t>(per_item);
    call.rank = space_.rank();
    for (int axis = 0; axis < space_.rank(); ++axis) {
      call.size[axis] = static_cast<int32_t>(space_.shape[axis]);
    }
    call.inputs = static_cast<int32_t>(args_.inputs.size());
    call.outputs = static_cast<int32_t>(args_.outputs.size());
    call.scalars = static_cast<int32_t>(args_.scalars.size());
    call.constants = static_cast<int32_t>(args_.program->constants().size());
    call.steps = static_cast<int32_t>(args_.program->code().size());
    for (size_t k = 0; k < space_.operands.size(); ++k) {
      const Operand& from = space_.operands[k];
      InterpreterOperand& to = call.operand[k];
      to.dtype = static_cast<int32_t>(from.dtype);
      to.offset = static_cast<int32_t>(from.offset);
      for (int axis = 0; axis < space_.rank(); ++axis) {
        to.stride[axis] = static_cast<int32_t>(from.strides[axis]);
      }
    }
    Launch launch(runtime_, interpreter());
    launch.buffer(program.code());
    launch.buffer(program.constants());
    for (size_t k = 0; k < kInterpretedOperands; ++k) {
      launch.buffer(space_.operands[std::min(k, space_.operands.size() - 1)].buffer);
    }
    launch.value(call);
    set_scalars(launch);
    launch.value(args_.random.seed);
    launch.value(args_.random.offset);
    if (cpu) {
      launch.run(static_cast<size_t>(ceil_div(elements, per_item)), 1);
    } else {
      launch.run(static_cast<size_t>(round_up(elements, 64)), 64);
    }
  }

  void set_scalars(Launch& launch) const {
    const auto set = [&]<class T>(T) {
      std::array<T, kInterpretedScalars> values{};
      for (size_t i = 0; i < args_.scalars.size(); ++i) {
        if constexpr (std::is_integral_v<T>) {
          values[i] = static_cast<T>(args_.scalars[i].modulo());
        } else {
          values[i] = args_.scalars[i].template to<T>();
        }
      }
      launch.value(values);
    };
    switch (args_.compute) {
      case DType::float32:
        return set(float{});
      case DType::float64:
        return set(double{});
      case DType::int32:
        return set(int32_t{});
      default:
        return set(uint64_t{});
    }
  }

  Runtime& runtime_;
  const PointwiseArgs& args_;
  Space space_;
  uint64_t key_;
};

}  // namespace

void OpenClBackend::pointwise(const PointwiseArgs& args) {
  if (numel(args.shape) == 0) return;
  bool possible = stores(args.compute);
  for (const Operand& operand : args.inputs) possible = possible && stores(operand.dtype);
  for (const Operand& operand : args.outputs) possible = possible && stores(operand.dtype);
  if (possible) {
    if (run_transposition(runtime(), args)) return;
    const TurnedInputs turned(*this, args);
    Call call(runtime(), turned.args());
    if (call.fits()) return call.run();
  }
  Backend::pointwise(args);
}

}  // namespace ct::opencl
