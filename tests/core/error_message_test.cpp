// What misuse of devices, programs and tensors is answered with.
#include <gtest/gtest.h>

#include <cstdlib>

#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/state_dict.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

class NamedBackend final : public Backend {
 public:
  explicit NamedBackend(std::string name) : name_(std::move(name)) {}
  std::string name() const override { return name_; }
  void* allocate(size_t bytes) override { return std::malloc(bytes); }
  void deallocate(void* buffer, size_t /*bytes*/) noexcept override { std::free(buffer); }
  void copy_from_host(void* /*b*/, size_t /*o*/, const void* /*s*/, size_t /*n*/) override {}
  void copy_to_host(void* /*t*/, const void* /*b*/, size_t /*o*/, size_t /*n*/) override {}
  void synchronize() override {}

 private:
  std::string name_;
};
/// A device that the host cannot address.
Device far_away() {
  static const Device device = register_backend(std::make_unique<NamedBackend>("far_away"));
  return device;
}

TEST(CoreMessage, AFamilyWithoutAKernel) {
  EXPECT_EQ(message_of<BackendError>([] { Device("cpu").backend().Backend::sort({}); }),
            "cpu: family 'sort' has no kernel");
}
TEST(CoreMessage, NoBackend) {
  EXPECT_EQ(message_of<ValueError>([] { register_backend(nullptr); }),
            "register_backend: the backend is null; pass std::make_unique<YourBackend>()");
}
TEST(CoreMessage, BackendNameWithColon) {
  EXPECT_EQ(
      message_of<ValueError>([] { register_backend(std::make_unique<NamedBackend>("npu:1")); }),
      "register_backend: a device's name must not be empty or hold ':': 'npu:1'");
}
TEST(CoreMessage, LibraryThatIsNoBackend) {
  EXPECT_EQ(
      message_of<BackendError>([] { load_backend("libm.so.6"); }),
      "load_backend: 'libm.so.6' does not define ct_backend_create; export it as extern \"C\"");
}
TEST(CoreMessage, ValueOfAnotherProgram) {
  EXPECT_EQ(message_of<ValueError>([] {
              PointwiseBuilder a("first", 1);
              PointwiseBuilder b("second", 1);
              b.output(a.input(0));
            }),
            "pointwise second: a value of another program was used");
}
TEST(CoreMessage, ProgramTooLong) {
  EXPECT_EQ(message_of<ValueError>([] {
              PointwiseBuilder b("long", 1);
              PointwiseValue v = b.input(0);
              for (int i = 0; i < 300; ++i) v = b.apply(Opcode::sin, v);
              b.output(v);
              b.build();
            }),
            "pointwise long: the program is too long: 301 values (1 inputs, 0 scalars, 0 "
            "constants, 300 instructions), at most 250; split it in two");
}
TEST(CoreMessage, ProgramInputs) {
  EXPECT_EQ(message_of<ValueError>([] { PointwiseBuilder("wide", 300, 1); }),
            "pointwise wide: bad number of inputs or scalars: 300 and 1; together at most 250");
}
TEST(CoreMessage, ProgramInput) {
  EXPECT_EQ(message_of<ValueError>([] { PointwiseBuilder("one", 1).input(1); }),
            "pointwise one: no input 1: the program has 1");
}
TEST(CoreMessage, ProgramScalar) {
  EXPECT_EQ(message_of<ValueError>([] { PointwiseBuilder("one", 1).scalar(0); }),
            "pointwise one: no scalar 0: the program has 0");
}
TEST(CoreMessage, InlinedProgram) {
  EXPECT_EQ(
      message_of<ValueError>([] {
        PointwiseBuilder b("outer", 1);
        b.inlined(*program_of(Opcode::add), {}, {});
      }),
      "pointwise outer: cannot inline add: it has 2 inputs and 0 scalars, 0 and 0 were given");
}
TEST(CoreMessage, ProgramWithoutOutput) {
  EXPECT_EQ(message_of<ValueError>([] { PointwiseBuilder("none", 1).build(); }),
            "pointwise none: the program has no output");
}
TEST(CoreMessage, StateDictUndefined) {
  EXPECT_EQ(message_of<ValueError>([] {
              StateDict({{"weight", Tensor()}});
            }),
            "StateDict: undefined tensor: \"weight\"; leave it out");
}
TEST(CoreMessage, NegativeSize) {
  EXPECT_EQ(message_of<ShapeError>([] {
              empty({2, -1});
            }),
            "empty: sizes must not be negative: (2, -1)");
}
TEST(CoreMessage, TooManyElements) {
  EXPECT_EQ(message_of<ShapeError>([] {
              empty({int64_t{1} << 40, int64_t{1} << 40});
            }),
            "empty: too many elements: (1099511627776, 1099511627776)");
}
TEST(CoreMessage, TooManyBytes) {
  EXPECT_EQ(message_of<ShapeError>([] { empty({int64_t{1} << 62}); }),
            "empty: too many elements: (4611686018427387904)");
}
TEST(CoreMessage, MoreElementsThanTheHostHolds) {
  const Tensor all = zeros({1}).expand({int64_t{1} << 62});
  EXPECT_EQ(message_of<OutOfMemoryError>([&] { all.to_vector<float>(); }),
            "to_vector: the host has no memory for 4611686018427387904 elements of 4 bytes: "
            "(4611686018427387904)");
  EXPECT_EQ(
      message_of<OutOfMemoryError>([&] { all.narrow(0, 0, int64_t{1} << 50).to_vector<bool>(); }),
      "to_vector: the host has no memory for 1125899906842624 elements of 1 bytes: "
      "(1125899906842624)");
}

TEST(CoreMessage, UndefinedArgument) {
  EXPECT_EQ(message_of<ValueError>([] { matmul(Tensor(), ones({2})); }),
            "matmul: argument 'a' is an undefined tensor; give it a value first");
}
TEST(CoreMessage, UndefinedTensor) {
  EXPECT_EQ(message_of<ValueError>([] { Tensor().shape(); }),
            "shape: the tensor is undefined; give it a value first");
}
TEST(CoreMessage, DataOfAnotherDevice) {
  EXPECT_EQ(message_of<DeviceError>([] { empty({2}, far_away()).data<float>(); }),
            "data: the host cannot address memory of far_away: tensor (2); copy it with "
            ".to(\"cpu\") or .to_vector()");
}
TEST(CoreMessage, SetDataShape) {
  EXPECT_EQ(message_of<ShapeError>([] { ones({2}).set_data(ones({3})); }),
            "set_data: shapes differ: (2) and (3)");
}
TEST(CoreMessage, SetDataType) {
  EXPECT_EQ(message_of<DTypeError>([] {
              ones({2}, {.requires_grad = true}).set_data(tensor({1, 2}));
            }),
            "set_data: the tensor (2) requires grad: int64 has none; convert with .to(float32)");
}

}  // namespace
}  // namespace ct
