#include "conformance/op_cases.hpp"

#include <cmath>

namespace ct::test {

namespace {

using Inputs = const Tensors&;

Tensor labels(Device device) { return tensor({2, 0, 3, 1, 2}, {.dtype = int64, .device = device}); }

std::vector<OpCase> make_cases() {
  std::vector<OpCase> cases;
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  // Elementwise, one operand.
  const auto unary = [&](const char* name, Tensor (*op)(const Tensor&), double low, double high,
                         double tolerance = kTranscendental32) {
    add_case({name, {{3, 5, 7}}, [op](Inputs x) { return op(x[0]); }, low, high, tolerance});
  };
  unary("neg", neg, -2, 2, kElementwise32);
  unary("abs", abs, -2, 2, kElementwise32);
  unary("square", square, -2, 2, kElementwise32);
  unary("sqrt", sqrt, 0.1, 4);
  unary("rsqrt", rsqrt, 0.1, 4);
  unary("reciprocal", reciprocal, 0.2, 3);
  unary("exp", exp, -3, 3);
  unary("expm1", expm1, -3, 3);
  unary("log", log, 0.1, 5);
  unary("log1p", log1p, -0.8, 5);
  unary("sin", sin, -6, 6);
  unary("cos", cos, -6, 6);
  unary("tanh", tanh, -3, 3);
  unary("sigmoid", sigmoid, -5, 5);
  unary("erf", erf, -3, 3);
  unary("relu", relu, -2, 2, kElementwise32);
  unary("silu", silu, -5, 5);
  unary("softplus", softplus, -5, 5);
  add_case({"gelu", {{3, 37}}, [](Inputs x) { return gelu(x[0]); }, -3, 3, kTranscendental32});
  add_case({"gelu_tanh",
            {{3, 37}},
            [](Inputs x) { return gelu(x[0], GeluApproximation::tanh); },
            -3,
            3,
            kTranscendental32});
  add_case({"leaky_relu", {{5, 9}}, [](Inputs x) { return leaky_relu(x[0], 0.3); }});
  add_case({"elu", {{5, 9}}, [](Inputs x) { return elu(x[0], 1.5); }, -2, 2, kTranscendental32});
  add_case({"clamp", {{5, 9}}, [](Inputs x) { return clamp(x[0], -0.51, 0.77); }});
  add_case({"clamp_low", {{5, 9}}, [](Inputs x) { return clamp(x[0], 0.123); }});
  for (const auto& [name, op] :
       {std::pair{"floor", &floor}, std::pair{"ceil", &ceil}, std::pair{"round", &round},
        std::pair{"trunc", &trunc}, std::pair{"sign", &sign}}) {
    add_case({name, {{5, 9}}, [op = op](Inputs x) { return op(x[0]); }});
    cases.back().differentiable = false;
  }
  add_case({"pow_3", {{5, 9}}, [](Inputs x) { return x[0].pow(3); }});
  add_case(
      {"pow_2.5", {{5, 9}}, [](Inputs x) { return x[0].pow(2.5); }, 0.2, 3, kTranscendental32});
  add_case({"mul_scalar", {{5, 9}}, [](Inputs x) { return 2.5 * x[0]; }});
  add_case({"rsub_scalar", {{5, 9}}, [](Inputs x) { return 1.0 - x[0]; }});
  add_case({"rdiv_scalar", {{5, 9}}, [](Inputs x) { return 3.0 / x[0]; }, 0.3, 3});
  add_case({"div_scalar", {{5, 9}}, [](Inputs x) { return x[0] / 3.0; }});

  // Elementwise, two and three operands, with every kind of broadcasting.
  const auto binary = [&](const char* name, Tensor (*op)(const Tensor&, const Tensor&), double low,
                          double high) {
    const std::pair<const char*, std::vector<Shape>> kinds[] = {{"", {{3, 5, 7}, {3, 5, 7}}},
                                                                {"_row", {{3, 5, 7}, {7}}},
                                                                {"_column", {{3, 5, 7}, {5, 1}}},
                                                                {"_outer", {{4, 1, 6}, {3, 1}}},
                                                                {"_number", {{3, 4}, {}}}};
    for (const auto& [suffix, shapes] : kinds) {
      add_case({std::string(name) + suffix, shapes, [op](Inputs x) { return op(x[0], x[1]); }, low,
                high, kTranscendental32});
    }
  };
  binary(
      "add", [](const Tensor& a, const Tensor& b) { return add(a, b); }, -2, 2);
  binary(
      "sub", [](const Tensor& a, const Tensor& b) { return sub(a, b); }, -2, 2);
  binary(
      "mul", [](const Tensor& a, const Tensor& b) { return mul(a, b); }, -2, 2);
  binary(
      "div", [](const Tensor& a, const Tensor& b) { return div(a, b); }, 0.3, 2);
  binary(
      "pow", [](const Tensor& a, const Tensor& b) { return pow(a, b); }, 0.3, 2);
  binary("maximum", maximum, -2, 2);
  binary("minimum", minimum, -2, 2);
  add_case({"add_alpha", {{5, 9}, {5, 9}}, [](Inputs x) { return add(x[0], x[1], 0.5); }});
  add_case({"where", {{5, 9}, {5, 9}, {9}}, [](Inputs x) {
              return where(x[2].detach() > 0, x[0], x[1]);
            }});
  add_case({"fused_chain", {{5, 9}, {9}, {5, 1}}, [](Inputs x) {
              static const ProgramPtr p = [] {
                PointwiseBuilder b("chain", 3);
                b.output(b.apply(Opcode::relu, b.input(0) * 2.0 + b.input(1)) * b.input(2));
                return b.build();
              }();
              return pointwise(p, {x[0], x[1], x[2]});
            }});
  add_case({"dropout", {{5, 9}}, [](Inputs x) {
              Generator g(7);
              return dropout(x[0], 0.4, true, &g);
            }});
  // The mask is a function of the dtype's own draw, so only gradients can be compared across
  // dtypes.
  cases.back().tolerance = INFINITY;

  // Reductions.
  const auto reduction = [&](const char* name, Tensor (*op)(const Tensor&, const Axes&, bool)) {
    add_case({std::string(name) + "_all",
              {{3, 5, 7}},
              [op](Inputs x) { return op(x[0], {}, false); },
              -2,
              2,
              kProduct32});
    add_case({std::string(name) + "_last",
              {{3, 5, 7}},
              [op](Inputs x) { return op(x[0], {-1}, true); },
              -2,
              2,
              kProduct32});
    add_case({std::string(name) + "_first",
              {{3, 5, 7}},
              [op](Inputs x) { return op(x[0], {0}, false); },
              -2,
              2,
              kProduct32});
    add_case({std::string(name) + "_outer",
              {{3, 5, 7}},
              [op](Inputs x) {
                return op(x[0], {0, 2}, true);
              },
              -2,
              2,
              kProduct32});
  };
  reduction("sum", sum);
  reduction("mean", mean);
  reduction("amax", amax);
  reduction("amin", amin);
  reduction("var",
            [](const Tensor& x, const Axes& axes, bool keep) { return var(x, axes, 1, keep); });
  add_case({"max_axis", {{4, 6, 5}}, [](Inputs x) { return max(x[0], 1).first; }});
  add_case({"min_axis", {{4, 6, 5}}, [](Inputs x) { return min(x[0], -1, true).first; }});
  add_case({"sum_to",
            {{3, 5, 7}},
            [](Inputs x) {
              return sum_to(x[0], {5, 1});
            },
            -2,
            2,
            kProduct32});

  // Products.
  const auto product = [&](const char* name, std::vector<Shape> shapes,
                           std::function<Tensor(const Tensors&)> run) {
    add_case({name, std::move(shapes), std::move(run), -1, 1, kProduct32});
  };
  const auto mm = [](Inputs x) { return matmul(x[0], x[1]); };
  product("matmul", {{7, 5}, {5, 11}}, mm);
  product("matmul_large", {{37, 65}, {65, 41}}, mm);
  product("matmul_batch", {{3, 4, 5}, {3, 5, 6}}, mm);
  product("matmul_broadcast", {{3, 1, 4, 5}, {2, 5, 6}}, mm);
  product("matmul_shared", {{3, 4, 5}, {5, 6}}, mm);
  product("matmul_vector", {{5, 7}, {7}}, mm);
  product("vector_matmul", {{7}, {7, 5}}, mm);
  product("dot", {{9}, {9}}, mm);
  product("matmul_transposed", {{5, 7}, {11, 5}},
          [](Inputs x) { return matmul(x[0].t(), x[1].t()); });
  product("linear", {{6, 5}, {4, 5}, {4}}, [](Inputs x) { return linear(x[0], x[1], x[2]); });
  product("linear_3d", {{2, 3, 5}, {4, 5}, {4}}, [](Inputs x) { return linear(x[0], x[1], x[2]); });

  // Convolution and pooling.
  const auto conv = [&](const char* name, Shape x, Shape w, ConvOptions options, bool bias) {
    std::vector<Shape> shapes{x, w};
    if (bias) shapes.push_back({w[0]});
    product(name, shapes, [options, bias](Inputs in) {
      return conv2d(in[0], in[1], bias ? in[2] : Tensor(), options);
    });
  };
  conv("conv2d", {2, 3, 7, 6}, {4, 3, 3, 3}, {.padding = 1}, true);
  conv("conv2d_stride", {2, 3, 9, 8}, {4, 3, 3, 3}, {.stride = 2, .padding = 1}, false);
  conv("conv2d_stride_3_2", {1, 2, 11, 9}, {3, 2, 4, 3}, {.stride = {3, 2}, .padding = {2, 1}},
       true);
  conv("conv2d_dilation", {2, 2, 9, 9}, {3, 2, 3, 2}, {.padding = 2, .dilation = 2}, true);
  conv("conv2d_1x1", {2, 5, 4, 3}, {6, 5, 1, 1}, {}, true);
  conv("conv2d_1x1_stride", {2, 5, 5, 5}, {6, 5, 1, 1}, {.stride = 2}, false);
  conv("conv2d_groups", {2, 6, 5, 5}, {4, 3, 3, 3}, {.padding = 1, .groups = 2}, true);
  conv("conv2d_depthwise", {2, 4, 6, 6}, {4, 1, 3, 3}, {.padding = 1, .groups = 4}, true);
  conv("conv2d_depthwise_stride", {2, 3, 7, 7}, {6, 1, 3, 3}, {.stride = 2, .groups = 3}, false);
  conv("conv2d_5x5", {2, 1, 9, 9}, {3, 1, 5, 5}, {.padding = 2}, true);
  const auto pool = [&](const char* name, Shape shape, std::function<Tensor(const Tensors&)> run) {
    add_case({name, {shape}, std::move(run)});
  };
  pool("max_pool2d", {2, 3, 6, 8}, [](Inputs x) { return max_pool2d(x[0], 2); });
  pool("max_pool2d_3s2p1", {2, 3, 7, 9},
       [](Inputs x) { return max_pool2d(x[0], 3, {.stride = 2, .padding = 1}); });
  pool("max_pool2d_ceil", {1, 2, 7, 7},
       [](Inputs x) { return max_pool2d(x[0], 2, {.ceil_mode = true}); });
  pool("avg_pool2d", {2, 3, 6, 8}, [](Inputs x) { return avg_pool2d(x[0], 2); });
  pool("avg_pool2d_3s2p1", {2, 3, 7, 9},
       [](Inputs x) { return avg_pool2d(x[0], 3, {.stride = 2, .padding = 1}); });
  pool("avg_pool2d_exclude_pad", {2, 3, 7, 9}, [](Inputs x) {
    return avg_pool2d(x[0], 3, {.stride = 2, .padding = 1, .count_include_pad = false});
  });
  pool("global_avg_pool2d", {2, 3, 5, 4}, [](Inputs x) { return global_avg_pool2d(x[0]); });

  // Normalisation and losses.
  const auto composed = [&](const char* name, std::vector<Shape> shapes,
                            std::function<Tensor(const Tensors&)> run) {
    add_case({name, std::move(shapes), std::move(run), -2, 2, kProduct32});
  };
  composed("batch_norm", {{4, 3, 2, 3}, {3}, {3}},
           [](Inputs x) { return batch_norm(x[0], x[1], x[2], Tensor(), Tensor(), true); });
  composed("batch_norm_eval", {{4, 3, 5}, {3}, {3}}, [](Inputs x) {
    const TensorOptions like{.dtype = x[0].dtype(), .device = x[0].device()};
    return batch_norm(x[0], x[1], x[2], full({3}, 0.2, like), full({3}, 1.7, like), false);
  });
  composed("layer_norm", {{3, 4, 6}, {6}, {6}},
           [](Inputs x) { return layer_norm(x[0], {6}, x[1], x[2]); });
  composed("layer_norm_plain", {{5, 2, 6}}, [](Inputs x) { return layer_norm(x[0], {2, 6}); });
  composed("softmax", {{3, 7}}, [](Inputs x) { return softmax(x[0], 1); });
  composed("softmax_first", {{5, 3, 2}}, [](Inputs x) { return softmax(x[0], 0); });
  composed("log_softmax", {{3, 7}}, [](Inputs x) { return log_softmax(x[0], -1); });
  composed("cross_entropy", {{5, 4}},
           [](Inputs x) { return cross_entropy(x[0], labels(x[0].device())); });
  composed("cross_entropy_none", {{5, 4}}, [](Inputs x) {
    return cross_entropy(x[0], labels(x[0].device()), {.reduction = Reduction::none});
  });
  composed("cross_entropy_ignore", {{5, 4}}, [](Inputs x) {
    return cross_entropy(x[0], labels(x[0].device()), {.ignore_index = 2});
  });
  composed("cross_entropy_smooth", {{5, 4}}, [](Inputs x) {
    return cross_entropy(x[0], labels(x[0].device()), {.label_smoothing = 0.1});
  });
  composed("nll_loss", {{5, 4}}, [](Inputs x) { return nll_loss(x[0], labels(x[0].device())); });
  composed("mse_loss", {{5, 4}, {5, 4}}, [](Inputs x) { return mse_loss(x[0], x[1]); });
  composed("l1_loss_sum", {{5, 4}, {5, 4}},
           [](Inputs x) { return l1_loss(x[0], x[1], Reduction::sum); });

  // Shape.
  const auto moved = [&](const char* name, std::vector<Shape> shapes,
                         std::function<Tensor(const Tensors&)> run) {
    // Times itself, so that the gradient is not constant.
    add_case({name, std::move(shapes), [run = std::move(run)](Inputs x) {
                const Tensor y = run(x);
                return y * y;
              }});
  };
  moved("reshape", {{3, 4, 5}}, [](Inputs x) { return x[0].reshape({5, -1}); });
  moved("reshape_copy", {{3, 4, 5}}, [](Inputs x) { return x[0].transpose(0, 2).reshape({-1}); });
  moved("permute", {{3, 4, 5}}, [](Inputs x) { return x[0].permute({2, 0, 1}); });
  moved("expand", {{3, 1, 5}}, [](Inputs x) { return x[0].expand({2, 3, 4, 5}); });
  moved("squeeze_unsqueeze", {{3, 1, 5}},
        [](Inputs x) { return x[0].squeeze(1).unsqueeze(0).unsqueeze(-1); });
  moved("select", {{3, 4, 5}}, [](Inputs x) { return x[0].select(1, -2); });
  moved("slice_step", {{9, 4}}, [](Inputs x) { return x[0].slice(0, Slice(1, 8, 3)); });
  moved("slice_reversed", {{9, 4}},
        [](Inputs x) { return x[0].slice(0, Slice(std::nullopt, std::nullopt, -2)); });
  moved("index", {{3, 4, 5}}, [](Inputs x) {
    return x[0].index({1, Slice(0, 2), Ellipsis, None});
  });
  moved("flatten", {{2, 3, 4}}, [](Inputs x) { return x[0].flatten(1); });
  moved("contiguous", {{3, 4}}, [](Inputs x) { return x[0].t().contiguous(); });
  moved("cat", {{2, 3}, {2, 1}, {2, 4}}, [](Inputs x) { return cat({x[0], x[1], x[2]}, 1); });
  moved("stack", {{2, 3}, {2, 3}}, [](Inputs x) { return stack({x[0], x[1]}, 1); });
  moved("split", {{7, 3}}, [](Inputs x) { return split(x[0], 3)[2]; });
  moved("gather", {{4, 5}}, [](Inputs x) {
    return gather(x[0], 1, tensor({{0, 4}, {1, 1}, {3, 2}}, {.device = x[0].device()}));
  });
  moved("index_select", {{4, 5}}, [](Inputs x) {
    return index_select(x[0], 0, tensor({3, 0, 3}, {.device = x[0].device()}));
  });
  moved("to_same", {{4, 5}}, [](Inputs x) { return x[0].clone().to(x[0].device()); });
  return cases;
}

}  // namespace

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = make_cases();
  return cases;
}

Tensors inputs_of(const OpCase& op, DType dtype, Device device, bool requires_grad) {
  Tensors inputs;
  uint64_t stream = 1;
  for (const Shape& shape : op.shapes) {
    std::vector<double> values(static_cast<size_t>(numel(shape)));
    for (size_t i = 0; i < values.size(); ++i) {
      const double u = philox4x32(stream, i)[0] * 0x1p-32;
      double v = op.low + u * (op.high - op.low);
      // Derivatives that jump do so at 0 and at whole numbers: differences must not step across.
      if (std::abs(v - std::round(v)) < 1e-3) v += 5e-3;
      values[i] = static_cast<double>(static_cast<float>(v));  // the same number in float32
    }
    ++stream;
    inputs.push_back(
        from_values(values.data(), float64, shape,
                    {.dtype = dtype, .device = device, .requires_grad = requires_grad}));
  }
  return inputs;
}

Tensors awkward(const Tensors& inputs) {
  const NoGradGuard off;
  Tensors result;
  for (const Tensor& t : inputs) {
    if (t.dim() == 0) {
      result.push_back(stack({t, t}).select(0, 1));
      continue;
    }
    // Twice as long and reversed along the last axis, stored with its axes in reverse order.
    Dims reversed;
    for (int64_t i = t.dim(); i-- > 0;) reversed.push_back(i);
    const Tensor wide = cat({t, t}, -1).permute(reversed).contiguous().permute(reversed);
    Tensor view =
        wide.slice(-1, Slice(std::nullopt, std::nullopt, -1)).slice(-1, Slice(0, t.size(-1)));
    view.copy_(t);
    result.push_back(view.detach());
  }
  return result;
}

}  // namespace ct::test
