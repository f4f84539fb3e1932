// Dropout of features, of samples, and that which keeps mean and variance; that of elements is in
// ops/activation.hpp. All are the identity when not training, and with p = 0. Errors of all:
// DTypeError unless x is floating; ValueError unless p is a probability in [0, 1].
#pragma once

#include "customtensor/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// Whole channels are 0 with probability p, else x / (1 - p).
/// Shapes: x (n, c, l) or (c, l). Errors: ShapeError for others
/// Source: torch.nn.functional.dropout1d
CT_API Tensor dropout1d(const Tensor& x, double p = 0.5, bool training = true,
                        Generator* generator = nullptr);
/// The same of images: (n, c, h, w) or (c, h, w).
CT_API Tensor dropout2d(const Tensor& x, double p = 0.5, bool training = true,
                        Generator* generator = nullptr);
/// The same of volumes: (n, c, d, h, w) or (c, d, h, w).
CT_API Tensor dropout3d(const Tensor& x, double p = 0.5, bool training = true,
                        Generator* generator = nullptr);
/// a x + b, or with probability p a s + b, where s = -1.7581 is what SELU tends to, and a and b
/// keep mean 0 and variance 1. Source: arXiv:1706.02515
CT_API Tensor alpha_dropout(const Tensor& x, double p = 0.5, bool training = true,
                            Generator* generator = nullptr);
/// The same of whole channels, axis 1. Errors: ShapeError below two axes
CT_API Tensor feature_alpha_dropout(const Tensor& x, double p = 0.5, bool training = true,
                                    Generator* generator = nullptr);
/// Whole samples, along axis 0, are 0 with probability p, else x / (1 - p), or x itself unless
/// `scale_by_keep`: stochastic depth. Errors: ShapeError without axes. Source: arXiv:1603.09382
CT_API Tensor drop_path(const Tensor& x, double p = 0.0, bool training = true,
                        bool scale_by_keep = true, Generator* generator = nullptr);

}  // namespace ct
