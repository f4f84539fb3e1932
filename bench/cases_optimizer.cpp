// Optimizer steps over many parameters with fixed gradients.
#include "case.hpp"

namespace bench {
namespace {

struct Sizes {
  const char* suffix;
  const char* what;
  int tensors;
  int64_t each;
};
constexpr Sizes kSizes[] = {
    {"50x200k", "10M parameters in 50 tensors of 200,000", 50, 200000},
    {"100x1000", "100 tensors of 1,000", 100, 1000},
};
constexpr int kCheckedSteps = 3;

// passes: reads and writes of one step, in units of the parameters' size.
template <class Make>
void add_one(Cases& cases, const char* name, const Sizes& sizes, double passes, Make make) {
  cases.push_back({.name = std::string(name) + "_" + sizes.suffix,
                   .what = sizes.what,
                   .bytes = passes * kFloat * sizes.tensors * static_cast<double>(sizes.each),
                   .prepare = [sizes, make] {
                     Tensors parameters;
                     for (int i = 0; i < sizes.tensors; ++i) {
                       parameters.push_back(leaf({sizes.each}, static_cast<uint32_t>(2 * i)));
                       lib::set_grad(parameters.back(),
                                     uniform({sizes.each}, static_cast<uint32_t>(2 * i + 1)));
                     }
                     auto optimizer = make(parameters);
                     return Prepared{[optimizer] { optimizer->step(); },
                                     [optimizer, parameters] {
                                       for (int i = 0; i < kCheckedSteps; ++i) optimizer->step();
                                       return Tensors{parameters.front(), parameters.back()};
                                     }};
                   }});
}

}  // namespace

void add_optimizer_cases(Cases& cases) {
  for (const Sizes& sizes : kSizes) {
    add_one(cases, "opt_sgdm", sizes, 5, [](const Tensors& p) { return lib::sgd(p, 1e-3, 0.9); });
    add_one(cases, "opt_adam", sizes, 7, [](const Tensors& p) { return lib::adam(p, 1e-3); });
    add_one(cases, "opt_adamw", sizes, 7, [](const Tensors& p) { return lib::adamw(p, 1e-3); });
  }
}

}  // namespace bench
