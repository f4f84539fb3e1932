// Ops that the reference data names: interpolation, grids, windows, rearranged pixels.
#include "customtensor/ops/resample.hpp"
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

std::vector<double> reals(A args, const char* name) {
  std::vector<double> numbers;
  if (!args.has(name)) return numbers;
  const auto all = nlohmann::json::parse(args.dump());
  for (const auto& number : all.at(name)) numbers.push_back(number.get<double>());
  return numbers;
}

InterpolateMode mode_of(A args) {
  static const std::map<std::string, InterpolateMode> modes = {
      {"nearest", InterpolateMode::nearest}, {"nearest-exact", InterpolateMode::nearest_exact},
      {"linear", InterpolateMode::linear},   {"bilinear", InterpolateMode::bilinear},
      {"bicubic", InterpolateMode::bicubic}, {"trilinear", InterpolateMode::trilinear},
      {"area", InterpolateMode::area},
  };
  return modes.at(args.text("mode", "nearest"));
}

Pair pair_of(A args, const char* name, Pair otherwise) {
  const auto two = args.list(name);
  return two.empty() ? otherwise : Pair(two[0], two[1]);
}

UnfoldOptions windows_of(A args) {
  return {.dilation = pair_of(args, "dilation", 1),
          .padding = pair_of(args, "padding", 0),
          .stride = pair_of(args, "stride", 1)};
}

}  // namespace

void add_resample_ops(DataOps& ops) {
  ops["interpolate"] = [](In x, A a) {
    return Tensors{interpolate(x[0], {.size = a.list("size"),
                                      .scale_factor = reals(a, "scale_factor"),
                                      .mode = mode_of(a),
                                      .align_corners = a.flag("align_corners"),
                                      .recompute_scale_factor = a.flag("recompute_scale_factor"),
                                      .antialias = a.flag("antialias")})};
  };
  ops["grid_sample"] = [](In x, A a) {
    const std::string mode = a.text("mode"), padding = a.text("padding_mode");
    return Tensors{
        grid_sample(x[0], x[1],
                    {.mode = mode == "bilinear"  ? GridSampleMode::bilinear
                             : mode == "nearest" ? GridSampleMode::nearest
                                                 : GridSampleMode::bicubic,
                     .padding_mode = padding == "zeros"    ? GridSamplePadding::zeros
                                     : padding == "border" ? GridSamplePadding::border
                                                           : GridSamplePadding::reflection,
                     .align_corners = a.flag("align_corners")})};
  };
  ops["affine_grid"] = [](In x, A a) {
    return Tensors{affine_grid(x[0], a.shape("size"), a.flag("align_corners"))};
  };
  ops["image_unfold"] = [](In x, A a) {
    return Tensors{unfold(x[0], pair_of(a, "kernel_size", 1), windows_of(a))};
  };
  ops["fold"] = [](In x, A a) {
    return Tensors{
        fold(x[0], pair_of(a, "output_size", 1), pair_of(a, "kernel_size", 1), windows_of(a))};
  };
  ops["pixel_shuffle"] = [](In x, A a) {
    return Tensors{pixel_shuffle(x[0], a.integer("upscale_factor"))};
  };
  ops["pixel_unshuffle"] = [](In x, A a) {
    return Tensors{pixel_unshuffle(x[0], a.integer("downscale_factor"))};
  };
  ops["channel_shuffle"] = [](In x, A a) {
    return Tensors{channel_shuffle(x[0], a.integer("groups"))};
  };
}

}  // namespace ct::test
