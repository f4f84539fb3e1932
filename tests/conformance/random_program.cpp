// How a step is chosen: an op, operands whose shapes fit, and a rejection of what leaves the bounds
// or comes near a jump.
#include "conformance/random_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "customtensor/error.hpp"

namespace ct::test {

namespace {

constexpr int64_t kMostElements = 120;
constexpr int64_t kMostAxes = 4;
constexpr double kBound = 4.0;      ///< results are scaled down to this magnitude
constexpr double kFromKink = 2e-3;  ///< far more than differences and roundings move a value

double largest(const Tensor& x) {
  double most = 0;
  for (const double v : x.to_vector<double>()) most = std::max(most, std::abs(v));
  return most;
}
double smallest(const Tensor& x) {
  double least = INFINITY;
  for (const double v : x.to_vector<double>()) least = std::min(least, std::abs(v));
  return least;
}
/// Whether all elements along the axis lie apart from each other.
bool distinct(const Tensor& x, int64_t axis) {
  const int64_t n = x.size(axis);
  if (n < 2) return true;
  const Tensor ordered = sort(x, axis).first;
  return smallest(ordered.slice(axis, Slice(1, n)) - ordered.slice(axis, Slice(0, n - 1))) >
         kFromKink;
}
/// Whether all axes but the last `inner` ones broadcast.
bool broadcast_fits(const Shape& a, const Shape& b, int inner = 0) {
  for (int i = 1 + inner; i <= std::min(a.rank(), b.rank()); ++i) {
    const int64_t m = a[a.rank() - i];
    const int64_t n = b[b.rank() - i];
    if (m != n && m != 1 && n != 1) return false;
  }
  return true;
}

}  // namespace

/// Proposes steps until enough are taken. A proposal that breaks a rule returns nothing.
class ProgramMaker {
 public:
  using Compute = std::function<Tensor(const Tensors&)>;
  struct Proposal {
    std::string text;
    std::vector<size_t> uses;
    Compute compute;
  };
  using Kind = std::optional<Proposal> (ProgramMaker::*)();

  ProgramMaker(RandomProgram& program, uint64_t seed) : program_(program), dice_(seed) {}

  void make(int steps) {
    const NoGradGuard off;
    const std::array<Shape, 6> shapes{Shape{3, 5}, {2, 3, 4}, {5}, {1, 4}, {3, 1, 2}, {}};
    for (int i = 0; i < 3; ++i) program_.shapes_.push_back(shapes[choose(shapes.size())]);
    values_ = program_.inputs(float64, Device("cpu"));
    program_.used_.assign(values_.size(), false);
    constexpr std::array<Kind, 11> kKinds{
        &ProgramMaker::smooth,   &ProgramMaker::smooth, &ProgramMaker::kinked,
        &ProgramMaker::binary,   &ProgramMaker::binary, &ProgramMaker::reduction,
        &ProgramMaker::along,    &ProgramMaker::view,   &ProgramMaker::joined,
        &ProgramMaker::in_place, &ProgramMaker::product};
    for (int tries = 0; static_cast<int>(program_.steps_.size()) < steps; ++tries) {
      if (tries > 100 * steps) throw std::runtime_error("no legal step is left");
      if (const auto proposal = (this->*kKinds[choose(kKinds.size())])()) take(*proposal);
    }
  }

 private:
  size_t choose(size_t count) {
    return static_cast<size_t>(dice_.roll(static_cast<int64_t>(count)));
  }
  /// A value, one of the newest six more often than not.
  size_t pick() {
    const size_t n = values_.size();
    return dice_.coin() && n > 6 ? n - 1 - choose(6) : choose(n);
  }
  int64_t axis_of(size_t a) { return dice_.roll(values_[a].dim()); }

  void take(const Proposal& proposal) {
    const Tensor y = proposal.compute(values_);
    if (y.numel() < 1 || y.numel() > kMostElements || y.dim() > kMostAxes) return;
    const double size = largest(y);
    if (!(size < 1e4) || size < 1e-3) return;
    const double scale = size > kBound ? std::exp2(std::floor(std::log2(kBound / size))) : 1.0;
    program_.steps_.push_back({proposal.compute, scale});
    program_.text_ +=
        fmt::format("v{} = {}{} {}\n", values_.size(), proposal.text,
                    scale == 1 ? "" : fmt::format(" * {}", scale), to_string(y.shape()));
    for (const size_t used : proposal.uses) program_.used_[used] = true;
    program_.used_.push_back(false);
    values_.push_back(y * scale);
  }

  std::optional<Proposal> smooth() {
    using Op = Tensor (*)(const Tensor&);
    static constexpr std::pair<const char*, Op> kOps[] = {
        {"neg", neg},
        {"square", square},
        {"exp", exp},
        {"tanh", tanh},
        {"sigmoid", sigmoid},
        {"sin", sin},
        {"cos", cos},
        {"erf", erf},
        {"silu", silu},
        {"expm1", expm1},
        {"softplus", [](const Tensor& x) { return softplus(x); }},
        {"gelu", [](const Tensor& x) { return gelu(x); }},
        {"log(x^2 + 1)", [](const Tensor& x) { return log(x * x + 1); }},
        {"sqrt(x^2 + 1)", [](const Tensor& x) { return sqrt(x * x + 1); }},
        {"rsqrt(x^2 + 1)", [](const Tensor& x) { return rsqrt(x * x + 1); }},
        {"reciprocal(x^2 + 1)", [](const Tensor& x) { return reciprocal(x * x + 1); }},
        {"x^3", [](const Tensor& x) { return x.pow(3); }},
        {"2 - x", [](const Tensor& x) { return 2.0 - x; }}};
    const auto [name, op] = kOps[choose(std::size(kOps))];
    const size_t a = pick();
    return Proposal{fmt::format("{} of v{}", name, a), {a}, [a, op = op](const Tensors& v) {
                      return op(v[a]);
                    }};
  }

  /// Functions whose derivative jumps at 0: only where nothing is near it.
  std::optional<Proposal> kinked() {
    using Op = Tensor (*)(const Tensor&);
    static constexpr std::pair<const char*, Op> kOps[] = {
        {"relu", relu},
        {"abs", abs},
        {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.2); }},
        {"elu", [](const Tensor& x) { return elu(x); }},
        {"clamp(0)", [](const Tensor& x) { return clamp(x, 0.0); }},
        {"x * sign(x)", [](const Tensor& x) { return x * sign(x); }}};
    const auto [name, op] = kOps[choose(std::size(kOps))];
    const size_t a = pick();
    if (smallest(values_[a]) < kFromKink) return std::nullopt;
    return Proposal{fmt::format("{} of v{}", name, a), {a}, [a, op = op](const Tensors& v) {
                      return op(v[a]);
                    }};
  }

  std::optional<Proposal> binary() {
    using Op = Tensor (*)(const Tensor&, const Tensor&);
    static constexpr std::pair<const char*, Op> kOps[] = {
        {"add", [](const Tensor& a, const Tensor& b) { return a + b; }},
        {"sub", [](const Tensor& a, const Tensor& b) { return sub(a, b, 0.5); }},
        {"mul", [](const Tensor& a, const Tensor& b) { return a * b; }},
        {"a / (b^2 + 1)", [](const Tensor& a, const Tensor& b) { return a / (b * b + 1); }},
        {"(a^2 + 1)^sin(b)",
         [](const Tensor& a, const Tensor& b) { return pow(a * a + 1, sin(b)); }},
        {"maximum", maximum},
        {"minimum", minimum},
        {"where", [](const Tensor& a, const Tensor& b) { return where(a > b, a * b, b); }}};
    const auto [name, op] = kOps[choose(std::size(kOps))];
    const size_t a = pick();
    const size_t b = pick();
    if (!broadcast_fits(values_[a].shape(), values_[b].shape())) return std::nullopt;
    const bool jumps = std::string_view(name).starts_with("m") && name[1] != 'u';
    if ((jumps || std::string_view(name) == "where") &&
        smallest(values_[a] - values_[b]) < kFromKink) {
      return std::nullopt;
    }
    return Proposal{fmt::format("{} of v{}, v{}", name, a, b),
                    {a, b},
                    [a, b, op = op](const Tensors& v) { return op(v[a], v[b]); }};
  }

  std::optional<Proposal> reduction() {
    using Op = Tensor (*)(const Tensor&, const Axes&, bool);
    static constexpr std::pair<const char*, Op> kOps[] = {
        {"sum", sum},
        {"mean", mean},
        {"amax", amax},
        {"amin", amin},
        {"logsumexp", logsumexp},
        {"prod", prod},
        {"norm",
         [](const Tensor& x, const Axes& axes, bool keep) { return norm(x, 2, axes, keep); }},
        {"var",
         [](const Tensor& x, const Axes& axes, bool keep) { return var(x, axes, 0, keep); }}};
    const auto [name, op] = kOps[choose(std::size(kOps))];
    const size_t a = pick();
    if (values_[a].dim() == 0) return std::nullopt;
    Axes axes{axis_of(a)};
    const bool keep = dice_.coin();
    const std::string_view kind = name;
    if ((kind == "amax" || kind == "amin") && !distinct(values_[a], axes[0])) return std::nullopt;
    if (kind == "norm" && smallest(norm(values_[a], 2, axes)) < 0.1) return std::nullopt;
    return Proposal{fmt::format("{}(axis {}{}) of v{}", name, axes[0], keep ? ", keepdim" : "", a),
                    {a},
                    [a, axes, keep, op = op](const Tensors& v) { return op(v[a], axes, keep); }};
  }

  /// Ops that keep the shape and look along an axis.
  std::optional<Proposal> along() {
    using Op = Tensor (*)(const Tensor&, int64_t);
    static constexpr std::pair<const char*, Op> kOps[] = {
        {"softmax", softmax},
        {"log_softmax", log_softmax},
        {"cumsum", cumsum},
        {"cumprod", cumprod},
        {"logcumsumexp", logcumsumexp},
        {"sort", [](const Tensor& x, int64_t axis) { return sort(x, axis).first; }},
        {"cummax", [](const Tensor& x, int64_t axis) { return cummax(x, axis).first; }}};
    const auto [name, op] = kOps[choose(std::size(kOps))];
    const size_t a = pick();
    if (values_[a].dim() == 0) return std::nullopt;
    const int64_t axis = axis_of(a);
    const std::string_view kind = name;
    if ((kind == "sort" || kind == "cummax") && !distinct(values_[a], axis)) return std::nullopt;
    return Proposal{fmt::format("{}(axis {}) of v{}", name, axis, a),
                    {a},
                    [a, axis, op = op](const Tensors& v) { return op(v[a], axis); }};
  }

  std::optional<Proposal> view() {
    const size_t a = pick();
    const Tensor& x = values_[a];
    if (x.dim() == 0) return std::nullopt;
    const int64_t axis = axis_of(a);
    const int64_t n = x.size(axis);
    const int64_t at = dice_.roll(n);
    const auto made = [&](std::string text, std::function<Tensor(const Tensor&)> of) {
      return Proposal{fmt::format("{} of v{}", text, a),
                      {a},
                      [a, of = std::move(of)](const Tensors& v) { return of(v[a]); }};
    };
    switch (dice_.roll(8)) {
      case 0:
        return made(fmt::format("transpose(0, {})", axis),
                    [axis](const Tensor& t) { return t.transpose(0, axis); });
      case 1:
        return made(
            fmt::format("slice(axis {}, reversed from {})", axis, at),
            [axis, at](const Tensor& t) { return t.slice(axis, Slice(at, std::nullopt, -1)); });
      case 2:
        return made(fmt::format("slice(axis {}, every second)", axis), [axis](const Tensor& t) {
          return t.slice(axis, Slice(std::nullopt, std::nullopt, 2));
        });
      case 3:
        return made(fmt::format("select(axis {}, {})", axis, at),
                    [axis, at](const Tensor& t) { return t.select(axis, at); });
      case 4:
        return made(fmt::format("unsqueeze({})", axis),
                    [axis](const Tensor& t) { return t.unsqueeze(axis); });
      case 5:
        return made(fmt::format("reshape(-1, {})", n), [n](const Tensor& t) {
          return t.reshape({-1, n});
        });
      case 6:
        return made("unsqueeze(0), expand(2)", [](const Tensor& t) {
          Shape shape{2};
          for (const int64_t size : t.shape()) shape.push_back(size);
          return t.unsqueeze(0).expand(shape);
        });
      default:
        return made(
            fmt::format("index_select(axis {}, {{{}, 0, {}}})", axis, at, at),
            [axis, at](const Tensor& t) {
              return index_select(t, axis, tensor({at, int64_t{0}, at}, {.device = t.device()}));
            });
    }
  }

  std::optional<Proposal> joined() {
    const size_t a = pick();
    const size_t b = pick();
    if (values_[a].shape() != values_[b].shape()) return std::nullopt;
    if (dice_.coin()) {
      return Proposal{fmt::format("stack of v{}, v{}", a, b), {a, b}, [a, b](const Tensors& v) {
                        return stack({v[a], v[b]}, -1);
                      }};
    }
    if (values_[a].dim() == 0) return std::nullopt;
    const int64_t axis = axis_of(a);
    return Proposal{fmt::format("cat(axis {}) of v{}, v{}", axis, a, b),
                    {a, b},
                    [a, b, axis](const Tensors& v) {
                      return cat({v[a], v[b]}, axis);
                    }};
  }

  /// Changes of a copy, or of a part of it.
  std::optional<Proposal> in_place() {
    const size_t a = pick();
    const size_t b = pick();
    const auto made = [&](const char* text, std::function<void(Tensor&, const Tensor&)> change) {
      return Proposal{fmt::format(fmt::runtime(text), a, b),
                      {a, b},
                      [a, b, change = std::move(change)](const Tensors& v) {
                        Tensor y = v[a].clone();
                        change(y, v[b]);
                        return y;
                      }};
    };
    const Tensor& x = values_[a];
    if (values_[b].dim() == 0 && x.dim() > 0 && dice_.coin()) {
      return made("v{} with its last row set to v{}",
                  [](Tensor& y, const Tensor& t) { y.select(0, -1).copy_(t); });
    }
    if (x.shape() != values_[b].shape()) return std::nullopt;
    switch (dice_.roll(3)) {
      case 0:
        return made("v{} += v{}", [](Tensor& y, const Tensor& t) { y += t; });
      case 1:
        return made("v{} *= tanh(v{})", [](Tensor& y, const Tensor& t) { y *= tanh(t); });
      default:
        if (x.dim() == 0) return std::nullopt;
        return made("v{} with every second row from v{}", [](Tensor& y, const Tensor& t) {
          const Slice second(std::nullopt, std::nullopt, 2);
          y.slice(0, second).copy_(t.slice(0, second));
        });
    }
  }

  std::optional<Proposal> product() {
    const size_t a = pick();
    const size_t b = pick();
    const Shape& m = values_[a].shape();
    const Shape& n = values_[b].shape();
    if (m.rank() < 2 || n.rank() < 2 || m[m.rank() - 1] != n[n.rank() - 1]) return std::nullopt;
    if (!broadcast_fits(m, n, 2)) return std::nullopt;
    return Proposal{fmt::format("matmul of v{}, v{} transposed", a, b),
                    {a, b},
                    [a, b](const Tensors& v) { return matmul(v[a], v[b].transpose(-2, -1)); }};
  }

  RandomProgram& program_;
  Dice dice_;
  Tensors values_;
};

RandomProgram::RandomProgram(uint64_t seed, int steps) : seed_(seed) {
  ProgramMaker(*this, seed).make(steps);
}

Tensors RandomProgram::inputs(DType dtype, Device device, bool requires_grad) const {
  Dice dice(~seed_);
  Tensors inputs;
  for (const Shape& shape : shapes_) {
    std::vector<double> values(static_cast<size_t>(numel(shape)));
    for (double& v : values) v = static_cast<double>(static_cast<float>(dice.uniform(-2, 2)));
    inputs.push_back(
        from_values(values.data(), float64, shape,
                    {.dtype = dtype, .device = device, .requires_grad = requires_grad}));
  }
  return inputs;
}

Tensor RandomProgram::apply(const Step& step, const Tensors& values) const {
  const Tensor y = step.compute(values);
  return step.scale == 1 ? y : y * step.scale;
}

Tensors RandomProgram::run(const Tensors& inputs,
                           const std::function<Tensor(const Tensor&)>& after_each) const {
  Tensors values = inputs;
  for (const Step& step : steps_) {
    values.push_back(apply(step, values));
    if (after_each) values.back() = after_each(values.back());
  }
  Tensors results;
  for (size_t i = inputs.size(); i < values.size(); ++i) {
    if (!used_[i]) results.push_back(values[i]);
  }
  return results;
}

}  // namespace ct::test
