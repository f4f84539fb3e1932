// A rule of a user's own: one program and its scalars.
#include <gtest/gtest.h>

#include "customtensor/ops.hpp"
#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {
namespace {

// p ← p - lr sign(g)
class SignDescent : public Optimizer {
 public:
  SignDescent(Tensors parameters, double lr)
      : Optimizer("SignDescent", std::move(parameters), lr, {}) {}

 protected:
  const ProgramPtr& program() const override {
    static const ProgramPtr program = [] {
      PointwiseBuilder b("sign_descent", 2, 1);
      b.output(b.input(1) - b.scalar(0) * b.apply(Opcode::sign, b.input(0)));
      return b.build();
    }();
    return program;
  }
  void scalars(int64_t, std::span<Scalar> scalars) const override { scalars[0] = lr(); }
  void hyper_parameters(const Visit&) override {}
};

TEST(Optimizer, CanBeARuleOfOnesOwn) {
  Tensor w = tensor({1.F, 2.F, 3.F}).requires_grad_();
  SignDescent optimizer({w}, 0.5);
  w.set_grad(tensor({-7.F, 0.F, 2.F}));
  optimizer.step();
  EXPECT_EQ(w.to_vector<float>(), (std::vector<float>{1.5F, 2.F, 2.5F}));
  EXPECT_EQ(optimizer.state_dict().size(), 2U);
}

}  // namespace
}  // namespace ct::optim
