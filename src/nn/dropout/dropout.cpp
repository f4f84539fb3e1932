// The ops of their names, on while the module is training.
#include "customtensor/nn/dropout/dropout.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/nn/dropout/alpha_dropout.hpp"
#include "customtensor/nn/dropout/drop_path.hpp"
#include "customtensor/nn/dropout/dropout1d.hpp"
#include "customtensor/nn/dropout/dropout2d.hpp"
#include "customtensor/nn/dropout/dropout3d.hpp"
#include "customtensor/nn/dropout/feature_alpha_dropout.hpp"
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/dropout.hpp"

namespace ct::nn {

namespace {
double probability(const char* layer, double p) {
  if (p >= 0 && p <= 1) return p;
  throw ValueError(fmt::format("{}: p must be in [0, 1]: {}", layer, p));
}
}  // namespace

Dropout::Dropout(double p) : p_(probability("Dropout", p)) {}
Dropout1d::Dropout1d(double p) : p_(probability("Dropout1d", p)) {}
Dropout2d::Dropout2d(double p) : p_(probability("Dropout2d", p)) {}
Dropout3d::Dropout3d(double p) : p_(probability("Dropout3d", p)) {}
AlphaDropout::AlphaDropout(double p) : p_(probability("AlphaDropout", p)) {}
FeatureAlphaDropout::FeatureAlphaDropout(double p) : p_(probability("FeatureAlphaDropout", p)) {}
DropPath::DropPath(double p, bool scale_by_keep)
    : p_(probability("DropPath", p)), scale_by_keep_(scale_by_keep) {}

Tensor Dropout::forward(const Tensor& x) { return dropout(x, p_, is_training()); }
Tensor Dropout1d::forward(const Tensor& x) { return dropout1d(x, p_, is_training()); }
Tensor Dropout2d::forward(const Tensor& x) { return dropout2d(x, p_, is_training()); }
Tensor Dropout3d::forward(const Tensor& x) { return dropout3d(x, p_, is_training()); }
Tensor AlphaDropout::forward(const Tensor& x) { return alpha_dropout(x, p_, is_training()); }
Tensor FeatureAlphaDropout::forward(const Tensor& x) {
  return feature_alpha_dropout(x, p_, is_training());
}
Tensor DropPath::forward(const Tensor& x) {
  return drop_path(x, p_, is_training(), scale_by_keep_);
}

}  // namespace ct::nn
