// What a benchmark case is: its name, what must be computed at least, how to run it once and how to
// prove that it computed the right thing.
//
// The files cases_*.cpp are compiled twice, against customtensor/library.hpp and against
// libtorch/library.hpp: both programs run the same code, so a row compares like with like. Inputs
// come from inputs.hpp, which knows no library.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "inputs.hpp"
#include "library.hpp"

namespace bench {

using lib::Tensor;
using Tensors = std::vector<Tensor>;

/// One case, ready to run. Both closures own the inputs.
struct Prepared {
  std::function<void()> run;         ///< what is timed
  std::function<Tensors()> outputs;  ///< what both libraries must agree on; called once, before
};

/// How outputs are compared: element by element, or for random results by their moments.
enum class Agreement { elements, moments };

struct Case {
  std::string name;                   ///< as in the tables
  std::string what;                   ///< shapes, in words
  double flops = 0;                   ///< arithmetic that cannot be avoided (direct algorithm)
  double bytes = 0;                   ///< fewest bytes that must move: inputs once, outputs once
  std::function<Prepared()> prepare;  ///< makes the inputs
  double tolerance = 1e-4;            ///< relative to the root mean square of an output
  Agreement agreement = Agreement::elements;
};

using Cases = std::vector<Case>;

void add_pointwise_cases(Cases& cases);
void add_reduce_cases(Cases& cases);
void add_order_cases(Cases& cases);
void add_matmul_cases(Cases& cases);
void add_conv_cases(Cases& cases);
void add_layer_cases(Cases& cases);
void add_autograd_cases(Cases& cases);
void add_optimizer_cases(Cases& cases);
void add_step_cases(Cases& cases);
void add_sequence_cases(Cases& cases);

/// Uniform values in [-1, 1) of stream `seed`, as a tensor.
inline Tensor uniform(const Shape& shape, uint32_t seed, float low = -1.f, float high = 1.f) {
  return lib::from_host(uniform_values(count(shape), seed, low, high), shape);
}
inline Tensor leaf(const Shape& shape, uint32_t seed, float low = -1.f, float high = 1.f) {
  Tensor t = uniform(shape, seed, low, high);
  t.requires_grad_();
  return t;
}
/// Class numbers in [0, classes), int64.
inline Tensor labels(int64_t n, int64_t classes, uint32_t seed) {
  return lib::from_host(label_values(n, classes, seed), {n});
}

/// f() without recording; its result is the output.
template <class F>
Prepared forward(F f) {
  return {[f] {
            lib::NoGrad off;
            lib::keep(f());
          },
          [f] {
            lib::NoGrad off;
            return Tensors{f()};
          }};
}

/// f() recorded, then backward from `upstream`, or from f()'s only element if it is undefined.
/// Outputs: the result and the gradient of every leaf.
template <class F>
Prepared forward_backward(F f, Tensors leaves, Tensor upstream = Tensor()) {
  auto step = [f, upstream, leaves]() mutable {
    for (Tensor& t : leaves) lib::clear_grad(t);
    Tensor y = f();
    if (upstream.defined()) {
      y.backward(upstream);
    } else {
      y.backward();
    }
    return y;
  };
  return {[step]() mutable { lib::keep(step()); },
          [step, leaves]() mutable {
            Tensors all{step()};
            for (Tensor& t : leaves) all.push_back(t.grad());
            return all;
          }};
}

inline constexpr double kFloat = 4;  ///< bytes

}  // namespace bench
