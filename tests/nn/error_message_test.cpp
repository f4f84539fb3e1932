// What misuse of layers and modules is answered with.
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using test::message_of;

struct TwoInputs : Module {};
struct Dotted : Module {
  void members(Members& m) override { m("a.b", weight); }
  Tensor weight = ones({1});
};

TEST(LayerMessage, BatchNormChannels) {
  EXPECT_EQ(message_of<ValueError>([] { BatchNorm2d(0); }),
            "BatchNorm2d: channels must be at least 1: 0");
}
TEST(LayerMessage, BatchNormOptions) {
  EXPECT_EQ(message_of<ValueError>([] { BatchNorm2d(2, {.momentum = 1.5}); }),
            "BatchNorm2d: eps must be at least 0 and momentum in [0, 1]: eps 1e-05, momentum 1.5");
}
TEST(LayerMessage, ConvSizes) {
  EXPECT_EQ(message_of<ValueError>([] { Conv2d(3, 4, 0); }),
            "Conv2d: sizes must be at least 1: in 3, out 4, kernel 0 x 0");
}
TEST(LayerMessage, ConvGroups) {
  EXPECT_EQ(message_of<ValueError>([] { Conv2d(3, 4, 3, {.groups = 2}); }),
            "Conv2d: groups must divide both channel counts: groups 2, in 3, out 4");
}
TEST(LayerMessage, LayerNorm) {
  EXPECT_EQ(message_of<ValueError>([] { LayerNorm(Shape{}); }),
            "LayerNorm: needs sizes of at least 1 and eps of at least 0: (), eps 1e-05");
}
TEST(ModuleMessage, Forward) {
  EXPECT_EQ(message_of<ValueError>([] { TwoInputs()(ones({1})); }),
            "ct::nn::(anonymous namespace)::TwoInputs: forward(x) is not defined: the module takes "
            "other arguments; call its own operator()");
}
TEST(ModuleMessage, Names) {
  EXPECT_EQ(message_of<ValueError>([] { Dotted().parameters(); }),
            "Module::members: a name must not be empty nor hold '.': \"a.b\" under \"\"");
}
TEST(ModuleMessage, IntegerParameters) {
  EXPECT_EQ(message_of<DTypeError>([] { Linear(2, 2).to(int32); }),
            "Module::to: parameters must be floating: asked for int32");
}
TEST(ModuleMessage, LoadStateDict) {
  EXPECT_EQ(message_of<ValueError>([] {
              Linear(2, 3).load_state_dict({{"weight", ones({2, 2})}, {"extra", ones({1})}});
            }),
            "load_state_dict: names or shapes do not fit ct::nn::Linear:\n  shape of weight: (3, "
            "2) in the "
            "module, (2, 2) given\n  missing: bias (3)\n  unexpected: extra (1)");
}
TEST(InitMessage, UnknownNonlinearity) {
  EXPECT_EQ(message_of<ValueError>([] { init::gain(static_cast<init::Nonlinearity>(99)); }),
            "init: unknown nonlinearity");
}

}  // namespace
}  // namespace ct::nn
