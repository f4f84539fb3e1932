// OpenClBackend::pointwise_each: many parts in one launch, as many as the kernel's arguments hold
// (OpenCL 1.2 has no pointers in memory, so each array of each part is an argument). An output that
// is one of the inputs is passed once. Until the kernel has earned its build, and where a part is
// too large for it, each part is a call of pointwise.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/pointwise/scalar_arguments.hpp"
#include "backend_opencl/pointwise/worth.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "backend_opencl/source/each_printer.hpp"
#include "backend_opencl/source/kernel_source.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

using Part = PointwiseEachArgs::Part;

constexpr int64_t kMostParts = 32;
/// Places of a part, and items along it on a GPU.
constexpr int64_t kMostPlaces = int64_t{1} << 30;
constexpr int64_t kMostItems = int64_t{1} << 16;
/// Of the arguments of a kernel, for others than arrays and scalars.
constexpr int64_t kOtherBytes = 64;

bool is_same(const Operand& a, const Operand& b) {
  return a.buffer == b.buffer && a.offset == b.offset && a.dtype == b.dtype &&
         a.strides[0] == b.strides[0];
}

/// For each output: the input that it is in every part, or -1.
std::vector<int> same_inputs(std::span<const Part> parts) {
  std::vector<int> same(parts[0].outputs.size(), -1);
  for (size_t j = 0; j < same.size(); ++j) {
    for (size_t k = 0; k < parts[0].inputs.size() && same[j] < 0; ++k) {
      const bool all = std::all_of(parts.begin(), parts.end(), [&](const Part& part) {
        return is_same(part.outputs[j], part.inputs[k]);
      });
      if (all) same[j] = static_cast<int>(k);
    }
  }
  return same;
}

class EachCall {
 public:
  EachCall(Runtime& runtime, const PointwiseEachArgs& args)
      : runtime_(runtime), args_(args), form_(form_of(runtime, args)) {}

  /// Whether a launch takes several parts.
  bool fits() const { return form_.parts > 1; }

  /// False, and nothing done, while the kernel is not worth building.
  bool run() {
    const std::lock_guard lock(runtime_.mutex());
    Kernel* kernel = find();
    if (kernel == nullptr) return false;
    const auto step = static_cast<size_t>(form_.parts);
    for (size_t i = 0; i < args_.parts.size(); i += step) {
      launch(*kernel, args_.parts.subspan(i, std::min(step, args_.parts.size() - i)));
    }
    return true;
  }

 private:
  static EachForm form_of(Runtime& runtime, const PointwiseEachArgs& args) {
    EachForm form;
    form.kernel.compute = args.compute;
    form.kernel.lanes = runtime.profile().program_lanes(item_size(args.compute));
    const auto operand_form = [](const Operand& o) {
      return OperandForm{o.dtype, o.strides[0] == 0 ? Reach::splat : Reach::unit};
    };
    for (const Operand& o : args.parts[0].inputs) form.kernel.inputs.push_back(operand_form(o));
    // An output of one element is written as any other.
    for (const Operand& o : args.parts[0].outputs) {
      form.kernel.outputs.push_back({o.dtype, Reach::unit});
    }
    form.same_as = same_inputs(args.parts);
    const int64_t each =
        form.arrays() * int64_t{sizeof(cl_mem) + sizeof(cl_int)} + int64_t{sizeof(cl_int)};
    const int64_t room = static_cast<int64_t>(runtime.profile().parameter_bytes) - kOtherBytes -
                         8 * static_cast<int64_t>(args.scalars.size());
    const auto fitting = static_cast<uint64_t>(std::clamp<int64_t>(room / each, 1, kMostParts));
    form.parts = static_cast<int>(
        std::min(std::bit_floor(fitting), std::bit_ceil(uint64_t{args.parts.size()})));
    return form;
  }

  uint64_t key() const {
    uint64_t key = mix(mix(args_.program->key(), static_cast<uint64_t>(args_.compute)),
                       0x65616368U + static_cast<uint64_t>(form_.parts));
    for (const auto* forms : {&form_.kernel.inputs, &form_.kernel.outputs}) {
      for (const OperandForm& f : *forms) {
        key = mix(key, static_cast<uint64_t>(f.dtype) << 2 | static_cast<uint64_t>(f.reach));
      }
    }
    for (const int same : form_.same_as) key = mix(key, static_cast<uint64_t>(int64_t{same} + 1));
    return key;
  }

  Kernel* find() {
    const uint64_t key = this->key();
    if (Kernel* known = runtime_.find(key)) return known;
    check_compute(*args_.program, args_.compute);
    const std::string what = fmt::format("pointwise_each '{}'", args_.program->name());
    const std::string options = runtime_.options(args_.compute, form_.kernel.lanes);
    const std::string_view mode = interpret_mode();
    if (mode != "always" && runtime_.first_search(key)) {
      if (Kernel* kept = runtime_.load(key, "run", what, source(), options)) return kept;
    }
    if (!builds_at_once() && (mode == "always" || !worth_building(key))) return nullptr;
    return &runtime_.build(key, "run", what, source(), options);
  }

  std::string source() const {
    return instruction_source() + print_pointwise_each(*args_.program, form_);
  }

  bool worth_building(uint64_t key) {
    int64_t& spent = runtime_.spent(key);
    const auto steps = static_cast<int64_t>(args_.program->code().size());
    for (const Part& part : args_.parts) spent += part.size * steps + kCallWork;
    return spent > kBuildWork;
  }

  void launch(Kernel& kernel, std::span<const Part> parts) {
    const auto most = static_cast<size_t>(form_.parts);
    const size_t inputs = form_.kernel.inputs.size();
    std::vector<int32_t> words(most);
    for (size_t i = 0; i < parts.size(); ++i) words[i] = static_cast<int32_t>(parts[i].size);
    Launch launch(runtime_, kernel);
    const auto array = [&](const auto& operand_of) {
      for (size_t i = 0; i < most; ++i) {
        const Operand& operand = operand_of(parts[std::min(i, parts.size() - 1)]);
        launch.buffer(operand.buffer);
        words.push_back(static_cast<int32_t>(operand.offset));
      }
    };
    for (size_t k = 0; k < inputs; ++k) {
      array([k](const Part& part) -> const Operand& { return part.inputs[k]; });
    }
    for (size_t j = 0; j < form_.same_as.size(); ++j) {
      if (form_.same_as[j] >= 0) continue;
      array([j](const Part& part) -> const Operand& { return part.outputs[j]; });
    }
    for (const Scalar& scalar : args_.scalars) set_scalar(launch, scalar, args_.compute);
    launch.bytes(words.data(), words.size() * sizeof(int32_t));
    launch.value(static_cast<int32_t>(kElementsAtOnce));
    int64_t elements = 0, units = 0, longest = 0;
    for (const Part& part : parts) {
      elements += part.size;
      units += ceil_div(part.size, kElementsAtOnce);
      longest = std::max(longest, part.size);
    }
    if (runtime_.profile().style == Style::cpu) {
      const int64_t most_items = kItemsPerUnit * runtime_.profile().compute_units;
      launch.run(static_cast<size_t>(std::clamp<int64_t>(elements / kElementsAtOnce, 1,
                                                         std::min(most_items, units))),
                 1);
    } else {
      const auto items =
          static_cast<size_t>(std::min(round_up(longest, kItemsOfGroup), kMostItems));
      launch.run(cl::NDRange(items, most), cl::NDRange(kItemsOfGroup, 1));
    }
  }

  Runtime& runtime_;
  const PointwiseEachArgs& args_;
  EachForm form_;
};

}  // namespace

void OpenClBackend::pointwise_each(const PointwiseEachArgs& args) {
  if (args.parts.size() > 1) {
    bool possible = stores(args.compute);
    const auto look = [&](std::span<const Operand> operands, int64_t size) {
      for (const Operand& o : operands) {
        possible = possible && stores(o.dtype) && o.offset + size < kMostPlaces;
      }
    };
    for (const Part& part : args.parts) {
      look(part.inputs, part.size);
      look(part.outputs, part.size);
    }
    if (possible) {
      EachCall call(runtime(), args);
      if (call.fits() && call.run()) return;
    }
  }
  Backend::pointwise_each(args);
}

}  // namespace ct::opencl
