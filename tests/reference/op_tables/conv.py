"""Convolutions of one and three axes, transposed ones of one to three, padding by word and inputs without a batch
(PyTorch 2.13): the options alone and crossed."""
from itertools import product

import torch.nn.functional as F

from op_data import t

VIEWS = ("transposed", "reversed", "gaps")


def add_cases(w):
    count = 0

    def add(op, shapes, args):
        nonlocal count
        inputs = [t(s, VIEWS[(count + k) % 3], low=-1, high=1) for k, s in enumerate(shapes)]
        count += 1
        w.add(op, inputs, args, getattr(F, op), tolerance=1e-5, relative="scale")

    def bias(n):  # of every other case
        return ((n,),) if count % 2 else ()

    for stride, padding, dilation, groups in product((1, 2, 3), (0, 1, 3), (1, 2), (1, 2, 4)):
        args = {"stride": [stride], "padding": [padding], "dilation": [dilation], "groups": groups}
        add("conv1d", ((2, 4, 9), (4, 4 // groups, 3), *bias(4)), args)
        for more in range(min(2, max(stride, dilation))):
            add("conv_transpose1d", ((2, 4, 5), (4, 4 // groups, 3), *bias(4)),
                {**args, "output_padding": [more]})
    for stride, padding, dilation, groups in product(([1, 1], [2, 2], [1, 3]), ([0, 0], [1, 2]), ([1, 1], [2, 1]),
                                                     (1, 2)):
        more = [min(1, max(s, d) - 1) for s, d in zip(stride, dilation)]
        add("conv_transpose2d", ((2, 2, 4, 5), (2, 3, 3, 4), *bias(3 * groups)),
            {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "output_padding": more})
    for kernel, more in ((4, 0), (5, 1)):
        add("conv_transpose2d", ((1, 3, 5, 4), (3, 2, kernel, kernel), *bias(2)),
            {"stride": [2, 2], "padding": [kernel // 2 - 1 + more] * 2, "output_padding": [more] * 2})
    for size in ((3, 7), (0, 3, 7)):
        add("conv1d", (size, (2, 3, 3), *bias(2)), {})
        add("conv_transpose1d", (size, (3, 2, 3), *bias(2)), {"stride": [2]})
    add("conv2d", ((3, 7, 5), (2, 3, 3, 3), *bias(2)), {"padding": [1, 1]})
    add("conv_transpose2d", ((3, 4, 5), (3, 2, 3, 3), *bias(2)), {"stride": [2, 2]})
    for stride, padding, dilation, groups in product(([1, 1, 1], [2, 3, 1]), ([0, 0, 0], [1, 0, 2]),
                                                     ([1, 1, 1], [2, 1, 2]), (1, 2)):
        args = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        add("conv3d", ((1, 4, 5, 4, 5), (4, 4 // groups, 3, 2, 3), *bias(4)), args)
        more = [min(1, max(s, d) - 1) for s, d in zip(stride, dilation)]
        add("conv_transpose3d", ((1, 2, 3, 4, 4), (2, 3, 3, 2, 3), *bias(3 * groups)),
            {**args, "output_padding": more})
    add("conv3d", ((3, 4, 5, 3), (2, 3, 2, 3, 2), *bias(2)), {})
    for kernel in (2, 3, 4):
        add("conv1d", ((2, 3, 8), (4, 3, kernel), *bias(4)), {"padding": "same", "dilation": [2]})
        add("conv2d", ((1, 2, 6, 5), (3, 2, kernel, 3), *bias(3)), {"padding": "same"})
        add("conv3d", ((1, 2, 3, 4, 5), (2, 2, 2, kernel, 3), *bias(2)), {"padding": "same"})
