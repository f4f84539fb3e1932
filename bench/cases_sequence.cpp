// Recurrent layers over whole sequences, with the gradients of input and weights.
#include "models.hpp"

namespace bench {
namespace {

constexpr int64_t kLength = 64, kBatch = 64, kWidth = 256, kLayers = 2;

/// `gates`: products of the input and of the state for each element of it.
template <class Make>
void add_recurrent(Cases& cases, const std::string& name, int gates, Make make) {
  const Shape shape{kLength, kBatch, kWidth};
  const double x = static_cast<double>(count(shape));
  const double weights = 2.0 * gates * kLayers * kWidth * kWidth;
  cases.push_back(
      {.name = name + "_l64_b64_h256x2_fwdbwd",
       .what = "x[64,64,256] (length, batch, width), 2 layers of 256, gradients of x and weights",
       .flops = 3 * 2 * weights * kLength * kBatch,
       .bytes = kFloat * (3 * x + 2 * x + 3 * weights),
       .prepare =
           [=] {
             auto layer = make(kWidth, kWidth, kLayers);
             Tensor in = leaf(shape, 1);
             Tensors leaves{in};
             Tensors parameters;
             adopt(layer, parameters);
             leaves.insert(leaves.end(), parameters.begin(), parameters.end());
             return forward_backward([=]() mutable { return lib::sequence_of(layer, in); }, leaves,
                                     uniform(shape, 2));
           },
       .tolerance = 1e-3});
}

}  // namespace

void add_sequence_cases(Cases& cases) {
  add_recurrent(cases, "lstm", 4, [](int64_t in, int64_t hidden, int64_t layers) {
    return lib::lstm(in, hidden, layers);
  });
  add_recurrent(cases, "gru", 3, [](int64_t in, int64_t hidden, int64_t layers) {
    return lib::gru(in, hidden, layers);
  });
}

}  // namespace bench
