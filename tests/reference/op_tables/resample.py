"""Interpolation, grids and sampling at them, windows and back, rearranged pixels: PyTorch 2.13."""
import torch
import torch.nn.functional as F

from op_data import t, whole

VIEWS = ("transposed", "reversed", "gaps")
IMAGE, OTHER = (2, 2, 5, 4), (1, 2, 8, 3)


def add_cases(w):
    count = 0

    def add(op, inputs, args=None, fn=None, **keys):
        nonlocal count
        count += 1
        views = [t(shape, VIEWS[(count + i) % 3], low=low, high=high) for i, (shape, low, high) in enumerate(inputs)]
        w.add(op, views, args, fn, **{"tolerance": 3e-6, "relative": "scale", "absolute": 1e-6, **keys})

    def interpolate(shape, **args):
        add("interpolate", [(shape, -1, 1)], args, F.interpolate)

    signal, volume = (2, 3, 7), (1, 2, 4, 3, 5)
    for mode in ("nearest", "nearest-exact", "area"):
        for shape, sizes, factors in ((signal, ([11], [3]), ([2.0], [1.6], [0.5])),
                                      (IMAGE, ([8, 4], [1, 9], [7, 10]), ([2.0, 2.0], [0.6, 1.3], [3.4, 0.55])),
                                      (volume, ([6, 2, 9],), ([2.0, 2.0, 2.0], [1.5, 0.7, 0.4]))):
            for size in sizes:
                interpolate(shape, size=size, mode=mode)
            for factor in factors:
                interpolate(shape, scale_factor=factor, mode=mode)
                interpolate(shape, scale_factor=factor, mode=mode, recompute_scale_factor=True)
    smooth = (("linear", signal, ([11], [3], [1], [7]), ([2.0], [1.6], [0.5])),
              ("bilinear", IMAGE, ([8, 4], [1, 9], [7, 10], [5, 4]), ([2.0, 2.0], [0.6, 1.3], [3.4, 0.55])),
              ("bilinear", OTHER, ([3, 1],), ([1.5, 2.5],)),
              ("bicubic", IMAGE, ([8, 4], [1, 9], [7, 10], [5, 4]), ([2.0, 2.0], [0.6, 1.3], [3.4, 0.55])),
              ("bicubic", OTHER, ([3, 1],), ([1.5, 2.5],)),
              ("trilinear", volume, ([6, 2, 9], [1, 3, 2]), ([2.0, 2.0, 2.0], [1.5, 0.7, 0.4])))
    for mode, shape, sizes, factors in smooth:
        for corners in (False, True):
            for size in sizes:
                interpolate(shape, size=size, mode=mode, align_corners=corners)
            for factor in factors:
                for again in (False, True):
                    interpolate(shape, scale_factor=factor, mode=mode, align_corners=corners,
                                recompute_scale_factor=again)
            if mode not in ("bilinear", "bicubic"):
                continue
            for size in sizes:
                if size[-1] > 1:  # of a single column PyTorch repeats the first row's number
                    interpolate(shape, size=size, mode=mode, align_corners=corners, antialias=True)
            for factor in factors:
                interpolate(shape, scale_factor=factor, mode=mode, align_corners=corners, antialias=True)
    for mode in ("nearest", "nearest-exact"):
        w.add("interpolate", [whole(IMAGE, 0, 255, "uint8", "reversed")], {"size": [8, 4], "mode": mode}, F.interpolate,
              gradient=False)
    interpolate((0, 2, 5, 7), scale_factor=[2.0, 2.0])

    def grid_sample(x, grid, **args):
        add("grid_sample", [(x, -1, 1), (grid, -1.8, 1.8)], args, F.grid_sample)

    for padding in ("zeros", "border", "reflection"):
        for corners in (False, True):
            options = {"padding_mode": padding, "align_corners": corners}
            for mode in ("bilinear", "nearest", "bicubic"):
                grid_sample(IMAGE, (2, 4, 3, 2), mode=mode, **options)
                grid_sample((1, 2, 1, 6), (1, 3, 5, 2), mode=mode, **options)
                if mode != "bicubic":
                    grid_sample(volume, (1, 3, 2, 4, 3), mode=mode, **options)
    grid_sample((1, 11, 4, 4), (1, 6, 6, 2), mode="bilinear", padding_mode="zeros", align_corners=False)
    grid_sample(IMAGE, (2, 0, 3, 2), mode="bilinear", padding_mode="zeros", align_corners=False)
    for corners in (False, True):
        for theta, size in (((2, 2, 3), [2, 1, 4, 5]), ((1, 2, 3), [1, 3, 1, 3]), ((2, 3, 4), [2, 1, 3, 2, 4])):
            add("affine_grid", [(theta, -1, 1)], {"size": size, "align_corners": corners}, F.affine_grid)

    for x, options in ((IMAGE, {"kernel_size": [2, 3]}), ((3, 5, 4), {"kernel_size": [3, 2], "padding": [1, 0]}),
                       (IMAGE, {"kernel_size": [3, 3], "padding": [1, 1], "stride": [2, 2]}),
                       (IMAGE, {"kernel_size": [2, 2], "dilation": [2, 3], "padding": [1, 2], "stride": [1, 3]}),
                       (IMAGE, {"kernel_size": [5, 4]}), (OTHER, {"kernel_size": [1, 1], "stride": [3, 1]}),
                       ((0, 2, 4, 4), {"kernel_size": [2, 2]})):
        add("image_unfold", [(x, -1, 1)], options, F.unfold)
        columns = F.unfold(torch.zeros(x), **options).shape
        add("fold", [(columns, -1, 1)], {"output_size": list(x[-2:]), **options}, F.fold)
    for shape in ((2, 8, 3, 2), (12, 2, 3), (1, 2, 4, 1, 3)):
        add("pixel_shuffle", [(shape, -1, 1)], {"upscale_factor": 2})
    for shape in ((2, 1, 6, 4), (3, 2, 8), (1, 2, 3, 4, 2)):
        add("pixel_unshuffle", [(shape, -1, 1)], {"downscale_factor": 2})
    for shape, groups in (((2, 6, 3), 3), ((1, 8, 2, 3), 2), ((2, 4, 1, 2, 3), 4)):
        add("channel_shuffle", [(shape, -1, 1)], {"groups": groups})
