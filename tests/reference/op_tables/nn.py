"""Convolution, pooling, normalisation, softmax and losses."""
import torch
import torch.nn.functional as F

from op_data import t, whole

VIEWS = ("transposed", "reversed", "gaps", "dense", "expanded")


def add_cases(w):
    def add(op, shapes, args=None, fn=None, extra=(), i=0, **keys):
        inputs = [t(s, VIEWS[(i + k) % 3], low=-1, high=1) for k, s in enumerate(shapes)]
        w.add(op, [*inputs, *extra], args, fn or getattr(F, op), **{
            "tolerance": 1e-5, "relative": "scale", **keys})

    convolutions = (
        ((2, 3, 7, 5), (4, 3, 3, 3), {"padding": [1, 1]}), ((1, 1, 1, 1), (1, 1, 1, 1), {}),
        ((2, 3, 11, 8), (4, 3, 3, 3), {"stride": [2, 2], "padding": [1, 1]}),
        ((1, 2, 13, 9), (3, 2, 4, 3), {"stride": [3, 2], "padding": [2, 1]}),
        ((2, 2, 9, 9), (3, 2, 3, 2), {"padding": [2, 2], "dilation": [2, 2]}),
        ((2, 5, 5, 3), (6, 5, 1, 1), {}), ((2, 6, 5, 5), (4, 3, 3, 3), {"padding": [1, 1], "groups": 2}),
        ((2, 4, 7, 6), (4, 1, 3, 3), {"padding": [1, 1], "groups": 4}),
        ((2, 3, 7, 7), (6, 1, 3, 3), {"stride": [2, 2], "groups": 3}),
        ((0, 3, 7, 5), (4, 3, 3, 3), {}), ((1, 13, 9, 11), (8, 13, 3, 3), {"padding": [1, 1]}),
        ((1, 3, 13, 11), (5, 3, 7, 7), {"stride": [2, 2], "padding": [3, 3]}))
    for i, (x, weight, args) in enumerate(convolutions):
        add("conv2d", (x, weight), args, i=i)
        add("conv2d", (x, weight, weight[:1]), args, i=i + 1)
    for i, args in enumerate(({"kernel_size": [2, 2]}, {"kernel_size": [3, 3], "stride": [2, 2], "padding": [1, 1]},
                              {"kernel_size": [2, 3], "stride": [1, 2], "ceil_mode": True},
                              {"kernel_size": [3, 2], "padding": [1, 0], "stride": [3, 1]})):
        add("max_pool2d", ((2, 3, 7, 9),), args, i=i)
        add("avg_pool2d", ((2, 3, 7, 9),), args, i=i)
        add("avg_pool2d", ((2, 3, 7, 9),), {**args, "count_include_pad": False}, i=i + 1)
    add("max_pool2d", ((1, 2, 9, 9),), {"kernel_size": [3, 3], "dilation": [2, 2], "stride": [1, 1]})
    add("global_avg_pool2d", ((2, 3, 5, 7),), fn=lambda x: x.mean((2, 3), keepdim=True))
    for i, shape in enumerate(((5, 3), (4, 3, 5), (3, 3, 2, 7))):
        add("batch_norm", (shape, (3,), (3,)), {"training": True}, lambda x, weight, bias, training: F.batch_norm(
            x, None, None, weight, bias, True), i=i, tolerance=1e-5)
        add("batch_norm", (shape, (3,), (3,)), {"training": False}, lambda x, weight, bias, training: F.batch_norm(
            x, torch.full((3,), 0.25).to(x), torch.full((3,), 1.75).to(x), weight, bias, False), i=i)
    for shape, axes in (((3, 7), (7,)), ((2, 3, 5), (3, 5)), ((1, 13), (13,)), ((0, 3), (3,))):
        add("layer_norm", (shape, axes, axes), {"normalized": list(axes)},
            lambda x, weight, bias, normalized: F.layer_norm(x, normalized, weight, bias), tolerance=1e-5)
        add("layer_norm", (shape,), {"normalized": list(axes)}, lambda x, normalized: F.layer_norm(x, normalized),
            tolerance=1e-5)
    for op in ("softmax", "log_softmax"):
        for i, (shape, dim) in enumerate((((3, 7), 1), ((5, 3, 2), 0), ((2, 1, 3), -2), ((0, 3), 1), ((257,), 0))):
            add(op, (shape,), {"dim": dim}, i=i)
        w.add(op, [t((4, 10), values="special")], {"dim": 1}, getattr(F, op), gradient=False)
        w.add(op, [t((3, 7), "reversed", low=-200, high=200)], {"dim": 1}, getattr(F, op), 1e-5, "scale",
              absolute=1e-7)  # all but one are nearly 0
    for reduction in ("mean", "sum", "none"):
        labels = whole((5,), 0, 3)
        for args in ({}, {"ignore_index": 2}, {"label_smoothing": 0.1}):
            add("cross_entropy", ((5, 4),), {"reduction": reduction, **args}, extra=(labels,))
        add("nll_loss", ((5, 4),), {"reduction": reduction}, extra=(labels,))
        add("mse_loss", ((5, 7), (5, 7)), {"reduction": reduction})
        add("l1_loss", ((5, 7), (5, 7)), {"reduction": reduction})
