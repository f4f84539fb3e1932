// Ops that the reference data names: arithmetic, comparison, functions, bits.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

RoundingMode rounding(A args) {
  const std::string mode = args.text("rounding_mode");
  return mode == "floor"   ? RoundingMode::floor
         : mode == "trunc" ? RoundingMode::trunc
                           : RoundingMode::none;
}

}  // namespace

void add_pointwise_ops(DataOps& ops) {
  for (const auto& [name, op] :
       std::initializer_list<std::pair<const char*, Tensor (*)(const Tensor&)>>{
           {"neg", neg},
           {"abs", abs},
           {"sign", sign},
           {"square", square},
           {"floor", floor},
           {"ceil", ceil},
           {"round", round},
           {"trunc", trunc},
           {"frac", frac},
           {"reciprocal", reciprocal},
           {"sqrt", sqrt},
           {"rsqrt", rsqrt},
           {"exp", exp},
           {"exp2", exp2},
           {"expm1", expm1},
           {"log", log},
           {"log2", log2},
           {"log10", log10},
           {"log1p", log1p},
           {"sin", sin},
           {"cos", cos},
           {"tan", tan},
           {"asin", asin},
           {"acos", acos},
           {"atan", atan},
           {"sinh", sinh},
           {"cosh", cosh},
           {"tanh", tanh},
           {"asinh", asinh},
           {"acosh", acosh},
           {"atanh", atanh},
           {"sigmoid", sigmoid},
           {"erf", erf},
           {"erfc", erfc},
           {"erfinv", erfinv},
           {"lgamma", lgamma},
           {"digamma", digamma},
           {"isnan", isnan},
           {"isinf", isinf},
           {"isposinf", isposinf},
           {"isneginf", isneginf},
           {"isfinite", isfinite},
           {"logical_not", logical_not},
           {"bitwise_not", bitwise_not}}) {
    ops[name] = [op = op](In x, A) { return Tensors{op(x[0])}; };
  }
  using Binary = Tensor (*)(const Tensor&, const Tensor&);
  for (const auto& [name, op] : std::initializer_list<std::pair<const char*, Binary>>{
           {"mul", mul},
           {"maximum", maximum},
           {"minimum", minimum},
           {"fmax", fmax},
           {"fmin", fmin},
           {"atan2", atan2},
           {"hypot", hypot},
           {"logaddexp", logaddexp},
           {"remainder", remainder},
           {"fmod", fmod},
           {"floor_divide", floor_divide},
           {"eq", eq},
           {"ne", ne},
           {"lt", lt},
           {"le", le},
           {"gt", gt},
           {"ge", ge},
           {"logical_and", logical_and},
           {"logical_or", logical_or},
           {"logical_xor", logical_xor},
           {"bitwise_and", bitwise_and},
           {"bitwise_or", bitwise_or},
           {"bitwise_xor", bitwise_xor},
           {"bitwise_left_shift", bitwise_left_shift},
           {"bitwise_right_shift", bitwise_right_shift}}) {
    ops[name] = [op = op](In x, A) { return Tensors{op(x[0], x[1])}; };
  }
  ops["add"] = [](In x, A a) { return Tensors{add(x[0], x[1], a.scalar("alpha"))}; };
  ops["sub"] = [](In x, A a) { return Tensors{sub(x[0], x[1], a.scalar("alpha"))}; };
  ops["div"] = [](In x, A a) { return Tensors{div(x[0], x[1], rounding(a))}; };
  ops["pow"] = [](In x, A a) {
    return Tensors{x.size() == 2 ? pow(x[0], x[1]) : pow(x[0], a.scalar("exponent"))};
  };
  ops["clamp"] = [](In x, A a) {
    return Tensors{x.size() == 3 ? clamp(x[0], x[1], x[2])
                                 : clamp(x[0], a.maybe_scalar("min"), a.maybe_scalar("max"))};
  };
  ops["where"] = [](In x, A) { return Tensors{where(x[0].detach() > 0, x[1], x[2])}; };
  ops["lerp"] = [](In x, A a) {
    return Tensors{x.size() == 3 ? lerp(x[0], x[1], x[2]) : lerp(x[0], x[1], a.scalar("weight"))};
  };
  ops["addcmul"] = [](In x, A a) { return Tensors{addcmul(x[0], x[1], x[2], a.scalar("value"))}; };
  ops["addcdiv"] = [](In x, A a) { return Tensors{addcdiv(x[0], x[1], x[2], a.scalar("value"))}; };
  ops["logit"] = [](In x, A a) { return Tensors{logit(x[0], a.maybe_real("eps"))}; };
  ops["polygamma"] = [](In x, A a) { return Tensors{polygamma(a.integer("n"), x[0])}; };
  ops["nan_to_num"] = [](In x, A a) {
    return Tensors{nan_to_num(x[0], a.real("nan"), a.maybe_real("posinf"), a.maybe_real("neginf"))};
  };
}

}  // namespace ct::test
