// What an op costs beside its arithmetic: a hundred tiny additions, with and without the tape.
#include "case.hpp"

namespace bench {
namespace {

Tensor chain(const Tensor& start, const Tensor& b) {
  Tensor x = start;
  for (int i = 0; i < 100; ++i) x = x + b;
  return x;
}

}  // namespace

void add_autograd_cases(Cases& cases) {
  cases.push_back({.name = "autograd_chain100_add8",
                   .what = "x = x + b 100 times on [8], then sum().backward()",
                   .flops = 100 * 8 * 3,
                   .prepare = [] {
                     Tensor x = leaf({8}, 1), b = leaf({8}, 2);
                     return forward_backward([=] { return chain(x, b).sum(); }, {x, b});
                   }});
  cases.push_back({.name = "autograd_chain100_add8_fwd_only",
                   .what = "x = x + b 100 times on [8], recorded",
                   .flops = 100 * 8,
                   .prepare = [] {
                     auto f = [x = leaf({8}, 1), b = leaf({8}, 2)] { return chain(x, b); };
                     return Prepared{[f] { lib::keep(f()); }, [f] { return Tensors{f()}; }};
                   }});
  cases.push_back({.name = "nograd_chain100_add8",
                   .what = "x = x + b 100 times on [8], not recorded",
                   .flops = 100 * 8,
                   .prepare = [] {
                     return forward(
                         [x = uniform({8}, 1), b = uniform({8}, 2)] { return chain(x, b); });
                   }});
}

}  // namespace bench
