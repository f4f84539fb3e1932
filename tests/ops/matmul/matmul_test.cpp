// Products: shapes and values of the strict forms, of sums with factors, and what they refuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(Matmul, EveryPairOfRanksHasTheShapeOfNumPy) {
  const Shape shapes_a[] = {{4}, {3, 4}, {2, 3, 4}, {5, 1, 3, 4}};
  const Shape shapes_b[] = {{4}, {4, 6}, {2, 4, 6}, {5, 2, 4, 6}};
  const Shape expected[4][4] = {{{}, {6}, {2, 6}, {5, 2, 6}},
                                {{3}, {3, 6}, {2, 3, 6}, {5, 2, 3, 6}},
                                {{2, 3}, {2, 3, 6}, {2, 3, 6}, {5, 2, 3, 6}},
                                {{5, 1, 3}, {5, 1, 3, 6}, {5, 2, 3, 6}, {5, 2, 3, 6}}};
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < 4; ++j) {
      const Tensor a = ones(shapes_a[i]);
      const Tensor b = ones(shapes_b[j]);
      const Tensor c = matmul(a, b);
      EXPECT_EQ(c.shape(), expected[i][j]) << i << ' ' << j;
      EXPECT_EQ(c.min().item<float>(), 4.0f);
      EXPECT_EQ(c.max().item<float>(), 4.0f);
    }
  }
}
TEST(Matmul, IntegersMultiplyExactly) {
  const Tensor a = tensor({{1, 2}, {3, 4}});
  EXPECT_EQ(mm(a, a).to_vector<int64_t>(), (std::vector<int64_t>{7, 10, 15, 22}));
  EXPECT_EQ(dot(tensor({int64_t{1} << 40, int64_t{1}}), tensor({1, 1})).item<int64_t>(),
            (int64_t{1} << 40) + 1);
  EXPECT_EQ(trace(a).item<int64_t>(), 5);
  EXPECT_EQ(addmm(tensor({{1, 1}}), a, a, 2, 3).to_vector<int64_t>(),
            (std::vector<int64_t>{23, 32, 47, 68}));
}
TEST(Matmul, NothingInsideGivesZeros) {
  EXPECT_EQ(mm(ones({2, 0}), ones({0, 3})).to_vector<float>(), std::vector<float>(6, 0.0f));
  EXPECT_EQ(addmm(ones({2, 3}), ones({2, 0}), ones({0, 3}), 2).to_vector<float>(),
            std::vector<float>(6, 2.0f));
  EXPECT_EQ(bmm(ones({0, 2, 3}), ones({0, 3, 4})).shape(), (Shape{0, 2, 4}));
  EXPECT_EQ(dot(ones({0}), ones({0})).item<float>(), 0.0f);
  EXPECT_EQ(trace(ones({0, 3})).item<float>(), 0.0f);
}
TEST(Addmm, AnInputWithoutWeightIsNotRead) {
  const Tensor nan = full({2, 2}, NAN);
  EXPECT_EQ(addmm(nan, ones({2, 3}), ones({3, 2}), 0).to_vector<float>(),
            std::vector<float>(4, 3.0f));
}
TEST(Addmm, IsTheSumOfItsParts) {
  for (const std::string& name : test::conformance_devices()) {
    if (!test::device_available(name)) continue;
    const Device device(name);
    Generator g(3);
    const Tensor a = randn({5, 33, 17}, device, &g);
    const Tensor b = randn({5, 17, 29}, device, &g);
    const Tensor c = randn({33, 1}, device, &g);
    EXPECT_TRUE(test::near(baddbmm(c, a, b, 0.5, 2), matmul(a, b) * 2 + c * 0.5, 1e-5)) << name;
  }
}
TEST(ProductErrors, NameTheOpAndTheShapes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              mm(ones({2, 3}), ones({3}));
            }),
            "mm: b has shape (3): it must be a matrix (2 axes)");
  EXPECT_EQ(message_of<ShapeError>([] {
              mm(ones({2, 3}), ones({4, 5}));
            }),
            "mm: sizes do not fit: (2, 3) and (4, 5) need 3 == 4");
  EXPECT_EQ(message_of<ShapeError>([] {
              bmm(ones({2, 3, 4}), ones({3, 4, 5}));
            }),
            "bmm: sizes do not fit: (2, 3, 4) and (3, 4, 5) need equal batches, 2 == 3");
  EXPECT_EQ(message_of<ShapeError>([] { dot(ones({2}), ones({3})); }),
            "dot: sizes do not fit: (2) and (3) need 2 == 3");
  EXPECT_THROW(mv(ones({2, 3}), ones({2})), ShapeError);
  EXPECT_THROW(outer(ones({2, 3}), ones({2})), ShapeError);
  EXPECT_THROW(trace(ones({3})), ShapeError);
  EXPECT_THROW(mm(ones({2, 3}), ones({3, 2}, {.dtype = float64})), DTypeError);
  EXPECT_EQ(message_of<ShapeError>([] {
              addmm(ones({3, 3}), ones({2, 3}), ones({3, 2}));
            }),
            "addmm: cannot broadcast shapes (3, 3) and (2, 2): axis -1 has sizes 3 and 2");
  EXPECT_THROW(addmm(ones({4, 2, 2}), ones({2, 3}), ones({3, 2})), ShapeError);
  EXPECT_EQ(message_of<DTypeError>([] { addmm(tensor({1}), tensor({{1}}), tensor({{1}}), 0.5); }),
            "addmm: the operands are int64: beta and alpha must be whole numbers");
}

/// The definition: sums products over all values of all letters. No ellipsis, explicit result.
std::vector<double> sum_by_definition(std::string_view equation, const Tensors& operands) {
  std::vector<std::string> parts{""};
  const size_t arrow = equation.find("->");
  for (const char c : equation.substr(0, arrow)) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const std::string result(equation.substr(arrow + 2));
  std::string letters = result;
  std::map<char, int64_t> sizes;
  for (size_t k = 0; k < parts.size(); ++k) {
    for (size_t axis = 0; axis < parts[k].size(); ++axis) {
      const char c = parts[k][axis];
      if (letters.find(c) == std::string::npos) letters += c;
      sizes[c] = std::max(sizes[c], operands[k].size(static_cast<int64_t>(axis)));
    }
  }
  int64_t count = 1;
  int64_t kept = 1;
  for (const char c : letters) count *= sizes[c];
  for (const char c : result) kept *= sizes[c];
  std::vector<double> sums(static_cast<size_t>(kept), 0.0);
  for (int64_t n = 0; n < count; ++n) {
    std::map<char, int64_t> at;
    int64_t rest = n;
    for (size_t i = letters.size(); i-- > 0; rest /= sizes[letters[i]]) {
      at[letters[i]] = rest % sizes[letters[i]];
    }
    double product = 1;
    for (size_t k = 0; k < parts.size(); ++k) {
      Tensor element = operands[k];
      for (const char c : parts[k]) element = element.select(0, element.size(0) == 1 ? 0 : at[c]);
      product *= element.item<double>();
    }
    int64_t place = 0;
    for (const char c : result) place = place * sizes[c] + at[c];
    sums[static_cast<size_t>(place)] += product;
  }
  return sums;
}

TEST(Einsum, IsTheSumOfProductsByDefinition) {
  Generator g(17);
  const auto x = [&g](const Shape& shape) { return randn(shape, {.dtype = float64}, &g); };
  const std::pair<const char*, Tensors> cases[] = {
      {"ij,jk->ik", {x({3, 4}), x({4, 2})}},
      {"ij,jk->ki", {x({3, 4}), x({4, 2})}},
      {"bij,bkj->bik", {x({2, 3, 4}), x({2, 5, 4})}},
      {"ij,kl->iljk", {x({2, 3}), x({2, 2})}},
      {"ij,ij->ji", {x({2, 3}), x({2, 3})}},
      {"ij,ij->", {x({2, 3}), x({2, 3})}},
      {"i,ij,j->", {x({2}), x({2, 3}), x({3})}},
      {"iij->j", {x({3, 3, 2})}},
      {"iji,jkk->ik", {x({2, 3, 2}), x({3, 2, 2})}},
      {"iii->i", {x({3, 3, 3})}},
      {"ij,jk,kl,li->", {x({2, 3}), x({3, 4}), x({4, 2}), x({2, 2})}},
      {"abc,cbd,ad->b", {x({2, 3, 2}), x({2, 3, 3}), x({2, 3})}},
      {"ij,kj->ik", {x({3, 1}), x({2, 4})}},
      {"ij,jk->ijk", {x({2, 3}), x({3, 2})}},
      {"i,i,i->i", {x({4}), x({4}), x({4})}},
      {"ij,k->", {x({2, 3}), x({2})}}};
  for (const auto& [equation, operands] : cases) {
    EXPECT_TRUE(test::near(einsum(equation, operands).reshape({-1}),
                           sum_by_definition(equation, operands), 1e-13))
        << equation;
  }
}
TEST(Tensordot, IsTheSumOfProductsByDefinition) {
  Generator g(18);
  const Tensor a = randn({3, 4, 2}, {.dtype = float64}, &g);
  const Tensor b = randn({2, 5, 3}, {.dtype = float64}, &g);
  EXPECT_TRUE(test::near(tensordot(a, b, {0, -1}, {2, 0}).reshape({-1}),
                         sum_by_definition("abc,cda->bd", {a, b}), 1e-13));
  EXPECT_TRUE(test::near(tensordot(a, b, 1).reshape({-1}),
                         sum_by_definition("abc,cde->abde", {a, b}), 1e-13));
}

TEST(Einsum, ReadsEquationsWithSpaces) {
  const Tensor a = arange(6).reshape({2, 3});
  EXPECT_EQ(einsum(" i j -> j i ", {a}).to_vector<int>(), (std::vector<int>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(einsum("ij", {a}).shape(), (Shape{2, 3}));
  EXPECT_EQ(einsum("ij->", {a}).item<int>(), 15);
}
TEST(Einsum, ImplicitResultsAreInAlphabeticalOrderAfterTheEllipsis) {
  EXPECT_EQ(einsum("b...a", {ones({2, 3, 4, 5})}).shape(), (Shape{3, 4, 5, 2}));
  EXPECT_EQ(einsum("aB,Bc", {ones({2, 3}), ones({3, 4})}).shape(), (Shape{2, 4}));
  EXPECT_EQ(einsum("ba,c", {ones({2, 3}), ones({4})}).shape(), (Shape{3, 2, 4}));
}
TEST(Einsum, SumsOverAnEllipsisThatTheResultLacks) {
  EXPECT_EQ(einsum("...->", {ones({2, 3})}).item<float>(), 6.0f);
  EXPECT_EQ(einsum("i...,...->i", {ones({2, 3}), ones({3})}).to_vector<float>(),
            (std::vector<float>{3, 3}));
}
TEST(Einsum, OfOneOperandIsAView) {
  const Tensor a = ones({3, 3});
  EXPECT_TRUE(einsum("ii->i", {a}).shares_storage(a));
  EXPECT_TRUE(einsum("ij->ji", {a}).shares_storage(a));
}
TEST(Einsum, ContractsTheCheapestPairFirst) {
  // From the left the first product would have 10^10 elements.
  const Tensor column = ones({100000, 1});
  EXPECT_EQ(einsum("ia,aj,jk->ik", {column, ones({1, 100000}), ones({100000, 2})})
                .slice(0, Slice(0, 1))
                .to_vector<float>(),
            (std::vector<float>{100000, 100000}));
}
TEST(Einsum, KeepsIntegers) {
  const Tensor a = tensor({{1, 2}, {3, 4}}, {.dtype = int32});
  const Tensor s = einsum("ij->i", {a});
  EXPECT_EQ(s.dtype(), int32);
  EXPECT_EQ(s.to_vector<int>(), (std::vector<int>{3, 7}));
}
TEST(EinsumErrors, SayWhatCannotBeRead) {
  const Tensor a = ones({2, 3});
  EXPECT_EQ(message_of<ValueError>([&] { einsum("ij,jk->ik", {a}); }),
            "einsum: cannot read the equation \"ij,jk->ik\": it names 2 operands: 1 were given");
  EXPECT_EQ(message_of<ValueError>([&] { einsum("i1->i", {a}); }),
            "einsum: cannot read the equation \"i1->i\": '1' is neither a letter nor part of "
            "\"...\"");
  EXPECT_EQ(message_of<ValueError>([&] { einsum("ij->ik", {a}); }),
            "einsum: cannot read the equation \"ij->ik\": the result names 'k', no operand does");
  EXPECT_EQ(message_of<ValueError>([&] { einsum("ij->ii", {a}); }),
            "einsum: cannot read the equation \"ij->ii\": the result names 'i' twice");
  EXPECT_EQ(
      message_of<ShapeError>([&] { einsum("ijk->i", {a}); }),
      "einsum: operand 0 has shape (2, 3): \"ijk\" names 3 axes; write \"...\" for the others");
  EXPECT_EQ(message_of<ShapeError>([&] {
              einsum("ij,ij->i", {a, ones({2, 4})});
            }),
            "einsum: 'j' has size 4 in operand 1 of shape (2, 4): it had size 3 before");
  EXPECT_THROW(einsum("...i...->i", {a}), ValueError);
  EXPECT_THROW(einsum("", std::span<const Tensor>{}), ValueError);
  EXPECT_THROW(einsum("ij,jk->ik", {a, ones({3, 2}, {.dtype = float64})}), DTypeError);
}
TEST(Tensordot, RefusesAxesThatDoNotFit) {
  EXPECT_EQ(message_of<ShapeError>([] {
              tensordot(ones({2, 3}), ones({2, 3}), 1);
            }),
            "tensordot: axis 1 of a, (2, 3), and axis 0 of b, (2, 3), differ in size: 3 and 2");
  EXPECT_THROW(tensordot(ones({2, 3}), ones({3}), 2), ValueError);
  EXPECT_THROW(tensordot(ones({2, 3}), ones({3}), {0, 1}, {0}), ValueError);
  EXPECT_THROW(tensordot(ones({2, 2}), ones({2, 2}), {0, 0}, {0, 1}), ValueError);
}
TEST(Kron, IsNumPys) {
  EXPECT_EQ(kron(tensor({1, 10}), tensor({{1, 2}, {3, 4}})).to_vector<int>(),
            (std::vector<int>{1, 2, 10, 20, 3, 4, 30, 40}));
  EXPECT_EQ(kron(tensor(2), tensor(3)).item<int>(), 6);
  EXPECT_EQ(kron(ones({2, 3, 2}), ones({5, 2, 1, 3})).shape(), (Shape{5, 4, 3, 6}));
}

}  // namespace
}  // namespace ct
