// Interpolation, sampling at the places of a grid, windows and back, rearranged pixels.
#include "customtensor/ops/resample.hpp"

#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
using Mode = InterpolateMode;
}  // namespace

void add_resample_cases(std::vector<OpCase>& cases) {
  const auto row = [&](const char* name, std::vector<Shape> shapes,
                       std::function<Tensor(Inputs)> run) {
    cases.push_back(squared(name, std::move(shapes), std::move(run), kProduct32));
  };
  const auto interpolated = [&](const char* name, Shape shape, const InterpolateOptions& options) {
    row(name, {shape}, [options](Inputs x) { return interpolate(x[0], options); });
  };
  interpolated("interpolate", {2, 3, 5}, {.size = 8});
  interpolated("interpolate/nearest_2d", {2, 2, 5, 4}, {.scale_factor = {1.7, 0.6}});
  interpolated("interpolate/nearest_3d", {1, 2, 3, 4, 3}, {.scale_factor = 2});
  interpolated("interpolate/nearest_exact", {2, 2, 5, 4},
               {.size = {7, 3}, .mode = Mode::nearest_exact});
  interpolated("interpolate/linear", {2, 3, 5}, {.size = 9, .mode = Mode::linear});
  interpolated("interpolate/linear_corners", {2, 3, 5},
               {.size = 3, .mode = Mode::linear, .align_corners = true});
  interpolated("interpolate/bilinear", {2, 2, 4, 5}, {.scale_factor = 2, .mode = Mode::bilinear});
  interpolated("interpolate/bilinear_corners", {1, 2, 5, 3},
               {.size = {4, 7}, .mode = Mode::bilinear, .align_corners = true});
  interpolated("interpolate/bilinear_antialias", {1, 2, 9, 7},
               {.size = {4, 3}, .mode = Mode::bilinear, .antialias = true});
  interpolated("interpolate/bicubic", {1, 2, 4, 5}, {.size = {7, 3}, .mode = Mode::bicubic});
  interpolated("interpolate/bicubic_antialias", {1, 2, 11, 6},
               {.size = {4, 8}, .mode = Mode::bicubic, .antialias = true});
  interpolated("interpolate/trilinear", {1, 2, 3, 4, 2},
               {.size = {5, 3, 4}, .mode = Mode::trilinear});
  interpolated("interpolate/area", {1, 2, 7, 5}, {.size = {3, 4}, .mode = Mode::area});
  row("upsample", {{1, 2, 3, 4}}, [](Inputs x) { return upsample(x[0], {5, 6}); });

  const auto sampled = [&](const char* name, Shape x, Shape grid, GridSampleOptions options) {
    OpCase c{.name = name, .shapes = {x, grid}, .run = {}, .low = -1.5, .high = 1.5};
    c.tolerance = kProduct32;
    c.run = [options](Inputs in) { return grid_sample(in[0], in[1], options); };
    cases.push_back(std::move(c));
  };
  using enum GridSampleMode;
  using enum GridSamplePadding;
  const Shape image{2, 3, 5, 4}, places{2, 3, 5, 2};
  const Shape volume{1, 2, 3, 4, 5}, points{1, 2, 3, 4, 3};
  sampled("grid_sample", image, places, {});
  sampled("grid_sample/border", image, places, {.padding_mode = border});
  sampled("grid_sample/reflection", image, places,
          {.padding_mode = reflection, .align_corners = true});
  sampled("grid_sample/nearest", image, places, {.mode = nearest, .padding_mode = reflection});
  sampled("grid_sample/bicubic", image, places, {.mode = bicubic});
  sampled("grid_sample/bicubic_reflection", image, places,
          {.mode = bicubic, .padding_mode = reflection});
  sampled("grid_sample/volume", volume, points, {.align_corners = true});
  sampled("grid_sample/volume_reflection", volume, points, {.padding_mode = reflection});
  row("affine_grid", {{2, 2, 3}}, [](Inputs x) { return affine_grid(x[0], {2, 1, 3, 5}); });
  row("affine_grid/volume", {{2, 3, 4}}, [](Inputs x) {
    return affine_grid(x[0], {2, 1, 1, 4, 3}, true);
  });

  row("unfold/windows", {{2, 2, 5, 6}}, [](Inputs x) { return unfold(x[0], {3, 2}); });
  row("unfold/windows_options", {{2, 6, 7}}, [](Inputs x) {
    return unfold(x[0], {2, 3}, {.dilation = {2, 1}, .padding = {1, 2}, .stride = {1, 2}});
  });
  row("fold", {{2, 12, 15}}, [](Inputs x) {
    return fold(x[0], {5, 6}, {3, 2}, {.padding = {0, 0}});
  });
  row("fold/options", {{6, 15}}, [](Inputs x) {
    return fold(x[0], {6, 7}, {2, 3}, {.dilation = {2, 1}, .padding = {1, 2}, .stride = {2, 2}});
  });
  row("pixel_shuffle", {{2, 8, 3, 2}}, [](Inputs x) { return pixel_shuffle(x[0], 2); });
  row("pixel_unshuffle", {{2, 2, 4, 6}}, [](Inputs x) { return pixel_unshuffle(x[0], 2); });
  row("channel_shuffle", {{2, 6, 3}}, [](Inputs x) { return channel_shuffle(x[0], 3); });
}

}  // namespace ct::test
