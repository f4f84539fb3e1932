// Normalisation, pooling, random numbers, dropout and embedding.
#include "case.hpp"

namespace bench {
namespace {

const Shape& images() {
  static const Shape shape{32, 64, 56, 56};
  return shape;
}
constexpr double kImages = 32.0 * 64 * 56 * 56;

void add_norms(Cases& cases) {
  cases.push_back({.name = "batch_norm2d_train_fwdbwd",
                   .what = "[32,64,56,56], affine, running statistics (least: 2R 1W, then 4R 1W)",
                   .bytes = 8 * kFloat * kImages,
                   .prepare =
                       [] {
                         Tensor x = leaf(images(), 1), w = leaf({64}, 2), b = leaf({64}, 3);
                         return forward_backward(
                             [=, mean = uniform({64}, 4), var = uniform({64}, 5, .5f, 1.5f)] {
                               return lib::batch_norm(x, w, b, mean, var, true);
                             },
                             {x, w, b}, uniform(images(), 6));
                       },
                   .tolerance = 1e-3});  // sums of 100,000 terms in float
  cases.push_back({.name = "batch_norm2d_eval_fwd",
                   .what = "[32,64,56,56]",
                   .bytes = 2 * kFloat * kImages,
                   .prepare = [] {
                     return forward([x = uniform(images(), 1), w = uniform({64}, 2),
                                     b = uniform({64}, 3), mean = uniform({64}, 4),
                                     var = uniform({64}, 5, .5f, 1.5f)] {
                       return lib::batch_norm(x, w, b, mean, var, false);
                     });
                   }});
  cases.push_back({.name = "group_norm_fwdbwd",
                   .what = "[32,64,56,56], 8 groups, affine (least: 1R 1W, then 2R 1W)",
                   .bytes = 5 * kFloat * kImages,
                   .prepare =
                       [] {
                         Tensor x = leaf(images(), 1), w = leaf({64}, 2), b = leaf({64}, 3);
                         return forward_backward([=] { return group_norm(x, 8, w, b, 1e-5); },
                                                 {x, w, b}, uniform(images(), 4));
                       },
                   .tolerance = 1e-3});  // sums of 100,000 terms in float
  const Shape rows{4096, 512};
  constexpr double kRows = 4096.0 * 512;
  cases.push_back({.name = "layer_norm_fwdbwd",
                   .what = "[4096,512], affine (least: 1R 1W, then 2R 1W)",
                   .bytes = 5 * kFloat * kRows,
                   .prepare = [rows] {
                     Tensor x = leaf(rows, 1), w = leaf({512}, 2), b = leaf({512}, 3);
                     return forward_backward([=] { return layer_norm(x, {512}, w, b, 1e-5); },
                                             {x, w, b}, uniform(rows, 4));
                   }});
  cases.push_back({.name = "layer_norm_fwd",
                   .what = "[4096,512]",
                   .bytes = 2 * kFloat * kRows,
                   .prepare = [rows] {
                     return forward(
                         [x = uniform(rows, 1), w = uniform({512}, 2), b = uniform({512}, 3)] {
                           return layer_norm(x, {512}, w, b, 1e-5);
                         });
                   }});
  cases.push_back({.name = "rms_norm_fwdbwd",
                   .what = "[4096,512], weight (least: 1R 1W, then 2R 1W)",
                   .bytes = 5 * kFloat * kRows,
                   .prepare = [rows] {
                     Tensor x = leaf(rows, 1), w = leaf({512}, 2);
                     return forward_backward([=] { return lib::rms_norm(x, w, 1e-5); }, {x, w},
                                             uniform(rows, 4));
                   }});
  cases.push_back({.name = "rms_norm_fwd",
                   .what = "[4096,512], weight",
                   .bytes = 2 * kFloat * kRows,
                   .prepare = [rows] {
                     return forward([x = uniform(rows, 1), w = uniform({512}, 2)] {
                       return lib::rms_norm(x, w, 1e-5);
                     });
                   }});
}

void add_resampling(Cases& cases) {
  const Shape doubled{32, 64, 112, 112};
  cases.push_back({.name = "interpolate_bilinear_x2_fwd",
                   .what = "[32,64,56,56]",
                   .bytes = 5 * kFloat * kImages,
                   .prepare = [] {
                     return forward(
                         [x = uniform(images(), 1)] { return lib::upsample_bilinear(x, 2); });
                   }});
  cases.push_back({.name = "interpolate_bilinear_x2_fwdbwd",
                   .what = "[32,64,56,56] (least: x R, y W, gy R, gx W)",
                   .bytes = 10 * kFloat * kImages,
                   .prepare = [doubled] {
                     Tensor x = leaf(images(), 1);
                     return forward_backward([x] { return lib::upsample_bilinear(x, 2); }, {x},
                                             uniform(doubled, 2));
                   }});
}

void add_pools(Cases& cases) {
  const char* least = "[32,64,56,56], kernel 2 (least: x R, y W, gy R, gx W)";
  const Shape halved{32, 64, 28, 28};
  cases.push_back(
      {.name = "max_pool2x2_fwd",
       .what = "[32,64,56,56], kernel 2",
       .bytes = 1.25 * kFloat * kImages,
       .prepare = [] { return forward([x = uniform(images(), 1)] { return max_pool2d(x, 2); }); }});
  cases.push_back({.name = "max_pool2x2_fwdbwd",
                   .what = least,
                   .bytes = 2.5 * kFloat * kImages,
                   .prepare = [halved] {
                     Tensor x = leaf(images(), 1);
                     return forward_backward([x] { return max_pool2d(x, 2); }, {x},
                                             uniform(halved, 2));
                   }});
  cases.push_back({.name = "avg_pool2x2_fwdbwd",
                   .what = least,
                   .bytes = 2.5 * kFloat * kImages,
                   .prepare = [halved] {
                     Tensor x = leaf(images(), 1);
                     return forward_backward([x] { return avg_pool2d(x, 2); }, {x},
                                             uniform(halved, 2));
                   }});
  cases.push_back({.name = "adaptive_avg_pool1_fwdbwd",
                   .what = "[32,64,56,56] -> 1x1",
                   .bytes = 2 * kFloat * kImages,
                   .prepare = [] {
                     Tensor x = leaf(images(), 1);
                     return forward_backward([x] { return lib::global_avg_pool2d(x); }, {x},
                                             uniform({32, 64, 1, 1}, 2));
                   }});
}

// The libraries' streams differ, so only the moments of these can agree.
void add_random(Cases& cases) {
  const Shape shape{1024, 1024};
  constexpr double k1M = 1024.0 * 1024.0;
  cases.push_back({.name = "dropout_fwdbwd",
                   .what = "[1024,1024], p 0.5, training (least: x R, y W, gy R, gx W)",
                   .bytes = 4 * kFloat * k1M,
                   .prepare =
                       [shape] {
                         Tensor x = leaf(shape, 1);
                         return forward_backward([x] { return dropout(x, 0.5, true); }, {x},
                                                 uniform(shape, 2));
                       },
                   .tolerance = 2e-2,
                   .agreement = Agreement::moments});
  cases.push_back({.name = "randn_1024",
                   .what = "normal [1024,1024]",
                   .bytes = kFloat * k1M,
                   .prepare = [shape] { return forward([shape] { return lib::randn(shape); }); },
                   .tolerance = 2e-2,
                   .agreement = Agreement::moments});
  cases.push_back({.name = "rand_1024",
                   .what = "uniform [1024,1024]",
                   .bytes = kFloat * k1M,
                   .prepare = [shape] { return forward([shape] { return lib::rand(shape); }); },
                   .tolerance = 2e-2,
                   .agreement = Agreement::moments});
}

void add_embedding(Cases& cases) {
  constexpr double kWeight = 50000.0 * 256, kRows = 4096.0 * 256;
  cases.push_back(
      {.name = "embedding_fwdbwd",
       .what = "weight [50000,256], ids [4096], dense gradient (least: gather, zero, scatter)",
       .bytes = kFloat * (4 * kRows + kWeight),
       .prepare = [] {
         Tensor w = leaf({50000, 256}, 1);
         return forward_backward(
             [w, ids = labels(4096, 50000, 2)] { return lib::embedding(w, ids); }, {w},
             uniform({4096, 256}, 3));
       }});
  cases.push_back({.name = "embedding_fwd",
                   .what = "weight [50000,256], ids [4096]",
                   .bytes = 2 * kFloat * kRows,
                   .prepare = [] {
                     return forward([w = uniform({50000, 256}, 1), ids = labels(4096, 50000, 2)] {
                       return lib::embedding(w, ids);
                     });
                   }});
}

}  // namespace

void add_layer_cases(Cases& cases) {
  add_norms(cases);
  add_pools(cases);
  add_resampling(cases);
  add_random(cases);
  add_embedding(cases);
}

}  // namespace bench
