// OpenClBackend::multinomial, of other families: with replacement uniform numbers are searched for
// in running sums, without it the smallest of exponential keys are sorted out. No kernels of its
// own.
#include <limits>
#include <vector>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"

namespace ct::opencl {
namespace {

/// u * total, u uniform.
ProgramPtr target_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder p("multinomial_target", 1);
    p.output(p.apply(Opcode::mul, p.apply(Opcode::uniform), p.input(0)));
    return p.build();
  }();
  return program;
}

/// -log(1 - u) / weight; NaN, which comes last, where nothing may be drawn.
ProgramPtr key_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder p("multinomial_key", 1);
    const auto weight = p.input(0);
    const auto exponential = p.apply(
        Opcode::neg, p.apply(Opcode::log1p, p.apply(Opcode::neg, p.apply(Opcode::uniform))));
    p.output(p.apply(Opcode::select, p.apply(Opcode::eq, weight, 0.0),
                     std::numeric_limits<double>::quiet_NaN(),
                     p.apply(Opcode::div, exponential, weight)));
    return p.build();
  }();
  return program;
}

}  // namespace

void OpenClBackend::multinomial(const MultinomialArgs& args) {
  if (numel(args.out.shape) == 0) return;
  if (!stores(DType::float64)) return Backend::multinomial(args);
  const auto run = [&](const ProgramPtr& program, DType compute, const Shape& shape,
                       const std::vector<TensorView>& inputs, const TensorView& output) {
    std::vector<Operand> operands;
    operands.reserve(inputs.size());
    for (const TensorView& view : inputs) operands.push_back(operand_of(view));
    const Operand result = operand_of(output);
    PointwiseArgs call;
    call.program = program.get();
    call.compute = compute;
    call.shape = shape;
    call.inputs = operands;
    call.outputs = std::span(&result, 1);
    call.random = args.random;
    pointwise(call);
  };
  const int64_t rows = args.weights.shape[0];
  const int64_t categories = args.weights.shape[1];
  if (!args.replacement) {
    const DenseArray keys(*this, DType::float64, args.weights.shape);
    run(key_program(), DType::float64, args.weights.shape, {args.weights}, keys.view());
    SortArgs order;
    order.axis = 1;
    order.input = keys.view();
    order.indices = args.out;
    return sort(order);
  }
  const DenseArray sums(*this, DType::float64, args.weights.shape);
  ScanArgs add;
  add.axis = 1;
  add.input = args.weights;
  add.output = sums.view();
  scan(add);
  TensorView total = sums.view();
  narrow_axis(total, 1, categories - 1, 1);
  TensorView repeated = total;
  repeated.strides[1] = 0;
  const DenseArray targets(*this, DType::float64, args.out.shape);
  run(target_program(), DType::float64, args.out.shape, {repeated}, targets.view());
  const DenseArray found(*this, DType::int64, args.out.shape);
  search({.right = true, .sorted = sums.view(), .values = targets.view(), .indices = found.view()});
  // A draw that rounds to the total goes to the last category that can be drawn.
  const DenseArray last(*this, DType::int64, {rows, 1});
  search({.sorted = sums.view(), .values = total, .indices = last.view()});
  TensorView bound = last.view();
  bound.strides[1] = 0;
  run(program_of(Opcode::minimum), DType::int64, args.out.shape, {found.view(), bound}, args.out);
}

}  // namespace ct::opencl
