// Ops that the reference data names: Fourier transforms, windows, complex numbers by their parts.
#include "customtensor/fft.hpp"
#include "customtensor/ops/complex.hpp"
#include "customtensor/ops/window.hpp"
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

/// One input is real, two are the parts of complex numbers.
Tensor number(In x, size_t i = 0) { return x.size() > i + 1 ? complex(x[i], x[i + 1]) : x[i]; }
Tensors parts(const Tensor& y) { return {is_complex(y.dtype()) ? view_as_real(y) : y}; }

void add_transforms(DataOps& ops) {
  using One = Tensor (*)(const Tensor&, fft::Length, int64_t, std::string_view);
  for (const auto& [name, op] :
       std::initializer_list<std::pair<const char*, One>>{{"fft", fft::fft},
                                                          {"ifft", fft::ifft},
                                                          {"rfft", fft::rfft},
                                                          {"irfft", fft::irfft},
                                                          {"hfft", fft::hfft},
                                                          {"ihfft", fft::ihfft}}) {
    ops[name] = [op = op](In x, A a) {
      return parts(
          op(number(x), a.maybe_integer("n"), a.integer("dim", -1), a.text("norm", "backward")));
    };
  }
  using Several = Tensor (*)(const Tensor&, const Dims&, const Axes&, std::string_view);
  for (const auto& [name, op] :
       std::initializer_list<std::pair<const char*, Several>>{{"fft2", fft::fft2},
                                                              {"ifft2", fft::ifft2},
                                                              {"rfft2", fft::rfft2},
                                                              {"irfft2", fft::irfft2},
                                                              {"fftn", fft::fftn},
                                                              {"ifftn", fft::ifftn},
                                                              {"rfftn", fft::rfftn},
                                                              {"irfftn", fft::irfftn}}) {
    const bool two = std::string_view(name).ends_with('2');
    ops[name] = [op = op, two](In x, A a) {
      const Axes axes = a.has("dim") ? a.dims("dim") : two ? Axes{-2, -1} : Axes{};
      return parts(op(number(x), a.has("s") ? a.dims("s") : Dims{}, axes, a.text("norm")));
    };
  }
  ops["fftshift"] = [](In x, A a) { return Tensors{fft::fftshift(x[0], a.dims("dim"))}; };
  ops["ifftshift"] = [](In x, A a) { return Tensors{fft::ifftshift(x[0], a.dims("dim"))}; };
  ops["fftfreq"] = [](In x, A a) {
    return Tensors{fft::fftfreq(a.integer("n"), a.real("d"), x[0].device())};
  };
  ops["rfftfreq"] = [](In x, A a) {
    return Tensors{fft::rfftfreq(a.integer("n"), a.real("d"), x[0].device())};
  };
}

void add_short_time(DataOps& ops) {
  const auto options = [](const Tensor& window, A a) {
    return StftOptions{.hop_length = a.maybe_integer("hop_length"),
                       .win_length = a.maybe_integer("win_length"),
                       .window = window,
                       .center = a.flag("center", true),
                       .normalized = a.flag("normalized"),
                       .onesided = a.flag("onesided", true),
                       .length = a.maybe_integer("length")};
  };
  ops["stft"] = [options](In x, A a) {
    return parts(stft(x[0], a.integer("n_fft"), options(x[1], a)));
  };
  ops["istft"] = [options](In x, A a) {
    return Tensors{istft(complex(x[0], x[1]), a.integer("n_fft"), options(x[2], a))};
  };
  using Window = Tensor (*)(int64_t, bool, const TensorOptions&);
  for (const auto& [name, op] : std::initializer_list<std::pair<const char*, Window>>{
           {"hann_window", hann_window},
           {"blackman_window", blackman_window},
           {"bartlett_window", bartlett_window}}) {
    ops[name] = [op = op](In x, A a) {
      return Tensors{op(a.integer("n"), a.flag("periodic"), x[0].device())};
    };
  }
  ops["hamming_window"] = [](In x, A a) {
    return Tensors{hamming_window(a.integer("n"), a.flag("periodic"), 0.54, 0.46, x[0].device())};
  };
  ops["kaiser_window"] = [](In x, A a) {
    return Tensors{kaiser_window(a.integer("n"), a.flag("periodic"), 12.0, x[0].device())};
  };
}

void add_complex(DataOps& ops) {
  using Unary = Tensor (*)(const Tensor&);
  for (const auto& [name, op] : std::initializer_list<std::pair<const char*, Unary>>{
           {"exp", exp},       {"exp2", exp2},   {"log", log},     {"log2", log2},
           {"log10", log10},   {"sqrt", sqrt},   {"rsqrt", rsqrt}, {"reciprocal", reciprocal},
           {"square", square}, {"sin", sin},     {"cos", cos},     {"tan", tan},
           {"sinh", sinh},     {"cosh", cosh},   {"tanh", tanh},   {"sigmoid", sigmoid},
           {"abs", abs},       {"angle", angle}, {"neg", neg},     {"conj", conj}}) {
    ops[std::string("complex::") + name] = [op = op](In x, A) { return parts(op(number(x))); };
  }
  const auto binary = [&](const char* name, Tensor (*op)(const Tensor&, const Tensor&)) {
    ops[std::string("complex::") + name] = [op](In x, A) {
      return parts(op(number(x), number(x, 2)));
    };
  };
  binary("add", [](const Tensor& a, const Tensor& b) { return a + b; });
  binary("sub", [](const Tensor& a, const Tensor& b) { return a - b; });
  binary("mul", [](const Tensor& a, const Tensor& b) { return a * b; });
  binary("div", [](const Tensor& a, const Tensor& b) { return a / b; });
  binary("pow", [](const Tensor& a, const Tensor& b) { return pow(a, b); });
  binary("matmul", [](const Tensor& a, const Tensor& b) { return matmul(a, b); });
  using Reduced = Tensor (*)(const Tensor&, const Axes&, bool);
  for (const auto& [name, op] : std::initializer_list<std::pair<const char*, Reduced>>{
           {"sum", sum}, {"mean", mean}, {"prod", prod}}) {
    ops[std::string("complex::") + name] = [op = op](In x, A a) {
      return parts(op(number(x), {a.integer("dim")}, false));
    };
  }
  ops["complex::polar"] = [](In x, A) { return parts(polar(x[0], x[1])); };
}

}  // namespace

void add_fft_ops(DataOps& ops) {
  add_transforms(ops);
  add_short_time(ops);
  add_complex(ops);
}

}  // namespace ct::test
