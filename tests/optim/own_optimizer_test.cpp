// A rule of a user's own: its options, one program and its scalars.
#include <gtest/gtest.h>

#include "customtensor/ops.hpp"
#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {
namespace {

struct SignOptions {
  double lr = 0.1;
};

// p ← p - lr sign(g)
class SignDescent : public ElementwiseOptimizer<SignOptions> {
 public:
  SignDescent(Tensors parameters, const SignOptions& options)
      : ElementwiseOptimizer("SignDescent") {
    add_param_group({std::move(parameters), options});
  }

 protected:
  void hyper_parameters(SignOptions& options, const Visit& visit) const override {
    visit("lr", &options.lr);
  }
  const ProgramPtr& program(const SignOptions&) const override {
    static const ProgramPtr program = [] {
      PointwiseBuilder b("sign_descent", 2, 1);
      b.output(b.input(1) - b.scalar(0) * b.apply(Opcode::sign, b.input(0)));
      return b.build();
    }();
    return program;
  }
  void scalars(const SignOptions& options, Turn&, std::span<Scalar> scalars) const override {
    scalars[0] = options.lr;
  }
};

TEST(Optimizer, CanBeARuleOfOnesOwn) {
  Tensor w = tensor({1.F, 2.F, 3.F}).requires_grad_();
  SignDescent optimizer({w}, {.lr = 0.5});
  w.set_grad(tensor({-7.F, 0.F, 2.F}));
  optimizer.step();
  EXPECT_EQ(w.to_vector<float>(), (std::vector<float>{1.5F, 2.F, 2.5F}));
  EXPECT_EQ(optimizer.state_dict().size(), 3U);  // a count of steps, lr, which parameters
}

}  // namespace
}  // namespace ct::optim
