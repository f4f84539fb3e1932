// Every public op that takes sizes, axes, steps or counts, with numbers at the edges of int64: a
// call gives a sound result or a ct::Error, whatever the numbers; no crash, no hang, no other
// exception, and nothing for the sanitizers. One test an op, so that a crash says which.
//
// On a machine of 64 MiB, so that no call is slow and the outcome is the same everywhere. The
// numbers are a function of the op's name; CT_TEST_SEED gives others (edge_numbers.hpp).
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/data.hpp"
#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/resample.hpp"
#include "support/edge_numbers.hpp"
#include "support/memory_limits.hpp"

namespace ct::test {
namespace {

constexpr int kCalls = 1000;

using Draw = EdgeNumbers;
using Call = std::function<Tensors(Draw&)>;
struct Op {
  const char* name;
  Call call;
};

Tensors both(const std::pair<Tensor, Tensor>& pair) { return {pair.first, pair.second}; }
/// The first and the last of a list.
Tensors ends(const Tensors& list) {
  return list.empty() ? Tensors{} : Tensors{list.front(), list.back()};
}

const std::vector<Op>& ops() {
  static float memory[64] = {};
  static const std::vector<Op> all = {
      // Making tensors.
      {"empty", [](Draw& d) -> Tensors { return {empty(d.dims(), d.floats())}; }},
      {"zeros", [](Draw& d) -> Tensors { return {zeros(d.dims(), d.integers())}; }},
      {"full", [](Draw& d) -> Tensors { return {full(d.dims(), d.i(), d.integers())}; }},
      {"rand", [](Draw& d) -> Tensors { return {rand(d.dims(), d.floats())}; }},
      {"randn", [](Draw& d) -> Tensors { return {randn(d.dims(), d.floats())}; }},
      {"normal", [](Draw& d) -> Tensors { return {normal(0, 1, d.dims(), d.floats())}; }},
      {"exponential", [](Draw& d) -> Tensors { return {exponential(d.dims(), 1, d.floats())}; }},
      {"bernoulli", [](Draw& d) -> Tensors { return {bernoulli(d.dims(), 0.5, d.floats())}; }},
      {"randint",
       [](Draw& d) -> Tensors {
         return {randint(d.i(), d.i(), d.coin() ? Shape{3} : d.dims(), d.integers())};
       }},
      {"random_",
       [](Draw& d) -> Tensors { return {zeros({3}, d.integers()).random_(d.i(), d.maybe())}; }},
      {"randperm", [](Draw& d) -> Tensors { return {randperm(d.i(), d.integers())}; }},
      {"multinomial",
       [](Draw& d) -> Tensors { return {multinomial(ones({3}, d.floats()), d.i(), d.coin())}; }},
      {"arange/integers",
       [](Draw& d) -> Tensors { return {arange(d.i(), d.i(), d.i(), d.integers())}; }},
      {"arange/floats",
       [](Draw& d) -> Tensors { return {arange(d.number(), d.number(), d.number(), d.floats())}; }},
      {"linspace", [](Draw& d) -> Tensors { return {linspace(0, 1, d.i(), d.floats())}; }},
      {"logspace", [](Draw& d) -> Tensors { return {logspace(0, 1, d.i(), 10, d.floats())}; }},
      {"eye", [](Draw& d) -> Tensors { return {eye(d.i(), d.coin() ? 2 : d.i(), d.floats())}; }},
      {"from_blob",
       [](Draw& d) -> Tensors {
         // What it claims is the caller's word: looked at only where the memory is.
         const Tensor t = from_blob(memory, d.dims(), float32);
         return t.numel() <= 64 ? Tensors{t} : Tensors{};
       }},
      {"from_blob/strides",
       [](Draw& d) -> Tensors {
         const auto rank = static_cast<int>(d.below(4));
         from_blob(memory, d.dims(rank), d.dims(rank), float32);
         return {};
       }},
      // Views.
      {"view", [](Draw& d) -> Tensors { return {d.seen().view(d.dims())}; }},
      {"reshape", [](Draw& d) -> Tensors { return {d.x().reshape(d.dims())}; }},
      {"flatten", [](Draw& d) -> Tensors { return {d.seen().flatten(d.axis(), d.axis())}; }},
      {"unflatten", [](Draw& d) -> Tensors { return {d.seen().unflatten(d.axis(), d.dims())}; }},
      {"squeeze", [](Draw& d) -> Tensors { return {d.seen().squeeze(d.axis())}; }},
      {"unsqueeze", [](Draw& d) -> Tensors { return {d.seen().unsqueeze(d.axis())}; }},
      {"permute", [](Draw& d) -> Tensors { return {d.seen().permute(d.dims())}; }},
      {"transpose", [](Draw& d) -> Tensors { return {d.seen().transpose(d.axis(), d.axis())}; }},
      {"movedim", [](Draw& d) -> Tensors { return {d.seen().movedim(d.dims(), d.dims())}; }},
      {"expand", [](Draw& d) -> Tensors { return {d.seen().expand(d.dims())}; }},
      {"narrow", [](Draw& d) -> Tensors { return {d.seen().narrow(d.axis(), d.i(), d.i())}; }},
      {"select", [](Draw& d) -> Tensors { return {d.seen().select(d.axis(), d.i())}; }},
      {"slice", [](Draw& d) -> Tensors { return {d.seen().slice(d.axis(), d.slice())}; }},
      {"slice/twice",
       [](Draw& d) -> Tensors {
         return {d.seen().slice(0, d.slice()).slice(-1, d.slice()).unsqueeze(d.axis())};
       }},
      {"index",
       [](Draw& d) -> Tensors {
         switch (d.below(4)) {
           case 0:
             return {d.seen().index({d.slice(), d.slice()})};
           case 1:
             return {d.seen().index({Ellipsis, d.i()})};
           case 2:
             return {d.x().index({d.index()})};
           default:
             return {d.seen().index({d.slice(), None, d.i()})};
         }
       }},
      {"index_put_",
       [](Draw& d) -> Tensors {
         return {zeros({4, 3}, d.floats()).index_put_({d.slice(), d.i()}, 1)};
       }},
      {"as_strided",
       [](Draw& d) -> Tensors {
         const auto rank = static_cast<int>(d.below(4));
         return {d.x().as_strided(d.dims(rank), d.dims(rank), d.coin() ? 0 : d.i())};
       }},
      {"diagonal",
       [](Draw& d) -> Tensors { return {d.seen().diagonal(d.i(), d.axis(), d.axis())}; }},
      {"unfold", [](Draw& d) -> Tensors { return {d.seen().unfold(d.axis(), d.i(), d.i())}; }},
      {"split", [](Draw& d) -> Tensors { return ends(split(d.seen(), d.i(), d.axis())); }},
      {"split/sizes",
       [](Draw& d) -> Tensors { return ends(split(d.seen(), d.list(3), d.axis())); }},
      {"chunk", [](Draw& d) -> Tensors { return ends(chunk(d.seen(), d.i(), d.axis())); }},
      {"tensor_split",
       [](Draw& d) -> Tensors { return ends(tensor_split(d.seen(), d.i(), d.axis())); }},
      {"tensor_split/at",
       [](Draw& d) -> Tensors { return ends(tensor_split(d.seen(), d.list(3), d.axis())); }},
      {"unbind", [](Draw& d) -> Tensors { return ends(unbind(d.seen(), d.axis())); }},
      // Copies in another order.
      {"repeat", [](Draw& d) -> Tensors { return {repeat(d.x(), d.dims())}; }},
      {"repeat/deep",
       [](Draw& d) -> Tensors {
         return {repeat(ones({2, 1, 1, 1, 1, 1, 1, 2}, d.floats()), d.counts(8))};
       }},
      {"tile", [](Draw& d) -> Tensors { return {tile(d.x(), d.dims())}; }},
      {"repeat_interleave",
       [](Draw& d) -> Tensors { return {repeat_interleave(d.x(), d.i(), d.axis())}; }},
      {"repeat_interleave/tensor",
       [](Draw& d) -> Tensors { return {repeat_interleave(d.x(), d.index(), d.axis())}; }},
      {"roll",
       [](Draw& d) -> Tensors {
         return {d.coin() ? roll(d.x(), d.i()) : roll(d.x(), {d.i(), d.i()}, {d.axis(), d.axis()})};
       }},
      {"rot90",
       [](Draw& d) -> Tensors {
         return {rot90(d.x(), d.i(), {d.axis(), d.axis()})};
       }},
      {"flip", [](Draw& d) -> Tensors { return {flip(d.x(), d.dims())}; }},
      {"tril", [](Draw& d) -> Tensors { return {tril(d.x(), d.i())}; }},
      {"triu", [](Draw& d) -> Tensors { return {triu(d.x(), d.i())}; }},
      {"diag", [](Draw& d) -> Tensors { return {diag(d.x(), d.i())}; }},
      {"diag_embed",
       [](Draw& d) -> Tensors { return {diag_embed(d.x(), d.i(), d.axis(), d.axis())}; }},
      {"pad",
       [](Draw& d) -> Tensors {
         return {pad(d.x(), d.list(4), static_cast<PadMode>(d.below(4)))};
       }},
      {"cat",
       [](Draw& d) -> Tensors {
         return {cat({d.seen(), d.seen()}, d.axis())};
       }},
      {"stack",
       [](Draw& d) -> Tensors {
         return {stack({d.x(), d.x()}, d.axis())};
       }},
      // Along axes.
      {"sum", [](Draw& d) -> Tensors { return {sum(d.x(), d.dims(), d.coin())}; }},
      {"var", [](Draw& d) -> Tensors { return {var(d.x(), {d.axis()}, d.i())}; }},
      {"amax", [](Draw& d) -> Tensors { return {amax(d.x(), d.dims())}; }},
      {"argmax", [](Draw& d) -> Tensors { return {argmax(d.x(), d.axis())}; }},
      {"cumsum", [](Draw& d) -> Tensors { return {cumsum(d.x(), d.axis())}; }},
      {"cummax", [](Draw& d) -> Tensors { return both(cummax(d.x(), d.axis())); }},
      {"softmax", [](Draw& d) -> Tensors { return {softmax(d.x(), d.axis())}; }},
      {"glu", [](Draw& d) -> Tensors { return {glu(d.x(), d.axis())}; }},
      {"sort", [](Draw& d) -> Tensors { return both(sort(d.x(), d.axis())); }},
      {"topk", [](Draw& d) -> Tensors { return both(topk(d.x(), d.i(), d.axis())); }},
      {"kthvalue", [](Draw& d) -> Tensors { return both(kthvalue(d.x(), d.i(), d.axis())); }},
      {"median", [](Draw& d) -> Tensors { return both(median(d.x(), d.axis())); }},
      {"layer_norm", [](Draw& d) -> Tensors { return {layer_norm(d.x(), d.dims())}; }},
      // By index and by count.
      {"gather", [](Draw& d) -> Tensors { return {gather(d.x(), d.axis(), d.index())}; }},
      {"index_select",
       [](Draw& d) -> Tensors { return {index_select(d.x(), d.axis(), d.index())}; }},
      {"take", [](Draw& d) -> Tensors { return {take(d.x(), d.index())}; }},
      {"take_along_dim",
       [](Draw& d) -> Tensors { return {take_along_dim(d.x(), d.index(), d.axis())}; }},
      {"scatter",
       [](Draw& d) -> Tensors { return {scatter(d.x(), d.axis(), d.index(), d.number())}; }},
      {"index_fill",
       [](Draw& d) -> Tensors { return {index_fill(d.x(), d.axis(), d.index(), d.number())}; }},
      {"embedding",
       [](Draw& d) -> Tensors {
         return {embedding(d.index(), ones({3, 2}, d.floats()), d.maybe())};
       }},
      {"cross_entropy",
       [](Draw& d) -> Tensors {
         const Tensor targets = d.index();
         return {cross_entropy(ones({targets.numel(), 2}, d.floats()), targets,
                               {.ignore_index = d.i()})};
       }},
      {"one_hot", [](Draw& d) -> Tensors { return {one_hot(d.index(), d.i())}; }},
      {"bincount",
       [](Draw& d) -> Tensors { return {bincount(d.index(), Tensor(), d.coin() ? 0 : d.i())}; }},
      {"histc", [](Draw& d) -> Tensors { return {histc(d.x().detach(), d.i(), 0, 4)}; }},
      {"unique", [](Draw& d) -> Tensors { return {unique(d.index()).values}; }},
      // With windows.
      {"conv2d",
       [](Draw& d) -> Tensors {
         const Tensor w = ones({1, 1, 1 + d.below(2), 1 + d.below(2)}, d.floats());
         return {conv2d(d.image(), w, Tensor(),
                        {.stride = d.pair(),
                         .padding = d.coin() ? Pair(0) : d.pair(),
                         .dilation = d.coin() ? Pair(1) : d.pair(),
                         .groups = d.coin() ? 1 : d.i()})};
       }},
      {"max_pool2d",
       [](Draw& d) -> Tensors {
         return {max_pool2d(d.image(), d.coin() ? Pair(2) : d.pair(),
                            {.stride = d.pair(),
                             .padding = d.coin() ? Pair(0) : d.pair(),
                             .dilation = d.coin() ? Pair(1) : d.pair(),
                             .ceil_mode = d.coin()})};
       }},
      {"avg_pool2d",
       [](Draw& d) -> Tensors {
         return {avg_pool2d(d.image(), d.coin() ? Pair(2) : d.pair(),
                            {.stride = d.pair(),
                             .padding = d.coin() ? Pair(0) : d.pair(),
                             .ceil_mode = d.coin()})};
       }},
      {"interpolate",
       [](Draw& d) -> Tensors {
         if (d.coin()) return {interpolate(d.image(), {.size = {d.i(), d.count()}})};
         return {interpolate(d.image(), {.scale_factor = {d.number(), d.number()},
                                         .mode = InterpolateMode::bilinear,
                                         .antialias = d.coin()})};
       }},
      {"affine_grid",
       [](Draw& d) -> Tensors {
         return {affine_grid(ones({1, 2, 3}, d.floats()), {1, d.i(), d.i(), d.count()})};
       }},
      {"unfold/windows",
       [](Draw& d) -> Tensors {
         return {ct::unfold(d.image(), d.coin() ? Pair(1) : d.pair(),
                            {.dilation = d.coin() ? Pair(1) : d.pair(),
                             .padding = d.coin() ? Pair(0) : d.pair(),
                             .stride = d.pair()})};
       }},
      {"fold",
       [](Draw& d) -> Tensors {
         return {fold(ones({1, 1, 1}, d.floats()), d.coin() ? Pair(1) : d.pair(),
                      d.coin() ? Pair(1) : d.pair(),
                      {.dilation = d.coin() ? Pair(1) : d.pair(),
                       .padding = d.coin() ? Pair(0) : d.pair(),
                       .stride = d.pair()})};
       }},
      {"pixel_shuffle", [](Draw& d) -> Tensors { return {pixel_shuffle(d.image(), d.i())}; }},
      {"pixel_unshuffle", [](Draw& d) -> Tensors { return {pixel_unshuffle(d.image(), d.i())}; }},
      {"channel_shuffle", [](Draw& d) -> Tensors { return {channel_shuffle(d.image(), d.i())}; }},
      // Products.
      {"matrix_power",
       [](Draw& d) -> Tensors { return {linalg::matrix_power(d.square(), d.i())}; }},
      {"tensordot",
       [](Draw& d) -> Tensors {
         return {d.coin() ? tensordot(d.x(), d.x(), d.i())
                          : tensordot(d.x(), d.x(), d.dims(), d.dims())};
       }},
      {"matmul",
       [](Draw& d) -> Tensors {
         return {matmul(d.seen().unsqueeze(-1), ones({1, 0}, d.floats()))};
       }},
      {"kron", [](Draw& d) -> Tensors { return {kron(d.x(), d.x())}; }},
      {"polygamma", [](Draw& d) -> Tensors { return {polygamma(d.i(), d.x())}; }},
      // Whole numbers, element by element.
      {"integers",
       [](Draw& d) -> Tensors {
         const Tensor a = d.index(), b = tensor({d.i()}).to(a.device());
         switch (d.below(10)) {
           case 0:
             return {a + b};
           case 1:
             return {a * b};
           case 2:
             return {floor_divide(a, b)};
           case 3:
             return {remainder(a, b)};
           case 4:
             return {fmod(a, b)};
           case 5:
             return {bitwise_left_shift(a, b)};
           case 6:
             return {bitwise_right_shift(a, b)};
           case 7:
             return {abs(a), -a};
           case 8:
             return {sum(a), prod(a), cumsum(a, 0)};
           default:
             return {a.to(int32), a.to(float32), a.to(uint8)};
         }
       }},
      // Layers and data.
      {"nn::Linear", [](Draw& d) -> Tensors { return {nn::Linear(d.i(), d.i()).weight}; }},
      {"nn::Conv2d",
       [](Draw& d) -> Tensors {
         nn::Conv2d layer(d.count(), d.count(), {d.count(), d.count()},
                          {.padding = d.pair(), .groups = d.count()});
         return {layer.weight};
       }},
      {"nn::BatchNorm2d", [](Draw& d) -> Tensors { return {nn::BatchNorm2d(d.i()).weight}; }},
      {"nn::LayerNorm", [](Draw& d) -> Tensors { return {nn::LayerNorm(d.dims()).weight}; }},
      {"nn::MultiheadAttention",
       [](Draw& d) -> Tensors { return {nn::MultiheadAttention(d.i(), d.i()).in_proj_weight}; }},
      {"data::DataLoader",
       [](Draw& d) -> Tensors {
         const auto set = std::make_shared<data::TensorDataset>(ones({5, 2}), arange(5));
         const data::DataLoader loader(set, {.batch_size = d.i(), .drop_last = d.coin()});
         data::Subset(set, d.i());
         return {full({}, loader.batches()), set->range(d.i(), d.i()).images};
       }},
  };
  return all;
}

/// Whether what the tensor says of itself is true, by its outermost elements and, of a few, all.
void check_sound(const Tensor& t) {
  int64_t count = 1;
  for (const int64_t size : t.shape()) {
    ASSERT_GE(size, 0);
    if (t.numel() > 0) {
      ASSERT_FALSE(__builtin_mul_overflow(count, size, &count));
    }
  }
  if (t.numel() == 0) return;
  ASSERT_EQ(t.numel(), count);
  if (!t.device().backend().holds_values()) return;
  Tensor first = t.detach(), last = first;
  while (first.dim() > 0) first = first.select(0, 0);
  while (last.dim() > 0) last = last.select(0, -1);
  first.item<double>();
  last.item<double>();
  if (t.numel() <= 1000) t.to_vector<double>();
}

struct Param {
  std::string device;
  size_t op;
};

class SizeFuzz : public ::testing::TestWithParam<Param> {
 protected:
  const Op& op() const { return ops()[GetParam().op]; }
};

TEST_P(SizeFuzz, GivesASoundResultOrAnError) {
  const SmallMachine small(size_t{64} << 20);
  int results = 0;
  for (int call = 0; call < kCalls; ++call) {
    Draw draw(op().name, call, Device(GetParam().device));
    SCOPED_TRACE(std::string(op().name) + ", call " + std::to_string(call));
    try {
      const Tensors out = op().call(draw);
      for (const Tensor& t : out) {
        ASSERT_NO_FATAL_FAILURE(check_sound(t)) << draw.what();
        if (!t.requires_grad() || t.numel() > 1000) continue;
        t.sum().backward();
      }
      ++results;
    } catch (const Error&) {
      continue;
    } catch (const std::exception& error) {
      FAIL() << error.what() << "; numbers:" << draw.what();
    }
  }
  // Some ops have to read values.
  if (GetParam().device != "meta") {
    EXPECT_GT(results, 0) << "no call was right";
  }
}

std::vector<Param> all_params() {
  std::vector<Param> params;
  for (const char* device : {"cpu", "meta"}) {
    for (size_t i = 0; i < ops().size(); ++i) params.push_back({device, i});
  }
  return params;
}

INSTANTIATE_TEST_SUITE_P(All, SizeFuzz, ::testing::ValuesIn(all_params()), [](const auto& info) {
  std::string name = info.param.device + "_" + ops()[info.param.op].name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
});

}  // namespace
}  // namespace ct::test
