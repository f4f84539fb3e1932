"""Normalisation of groups, samples and rows without a mean, and what gates."""
import torch
import torch.nn.functional as F

from op_data import t, whole


def add_cases(w):
    def add(op, shapes, args, fn, low=-2, high=2, **keys):
        views = ("transposed", "reversed", "gaps", "dense")
        w.add(op, [t(s, views[(i + len(s)) % 4], low=low, high=high) for i, s in enumerate(shapes)], args, fn,
              **{"tolerance": 1e-5, "relative": "scale", **keys})

    for shape in ((2, 6), (3, 6, 5), (2, 6, 3, 4), (2, 6, 1, 2, 3), (1, 6, 17)):
        for groups in (1, 2, 3, 6):
            if len(shape) == 2 and groups == 6:
                continue
            for affine in (True, False):
                add("group_norm", [shape] + [(6,)] * (2 * affine), {"groups": groups},
                    lambda x, *wb, groups: F.group_norm(x, groups, *wb), absolute=1e-6)  # gradients of pairs are 0
    for shape in ((3, 4, 5), (2, 4, 3, 4), (2, 4, 2, 2, 3), (1, 4, 33)):
        for affine in (True, False):
            add("instance_norm", [shape] + [(4,)] * (2 * affine), {},
                lambda x, *wb: F.instance_norm(x, weight=wb[0] if wb else None, bias=wb[1] if wb else None))
    for shape, axes in (((3, 7), (7,)), ((2, 3, 5), (3, 5)), ((1, 33), (33,)), ((4, 1), (1,))):
        for eps in (None, 0.1):
            args = {"normalized": list(axes), **({"eps": eps} if eps else {})}
            single = torch.finfo(torch.float32).eps
            add("rms_norm", [shape, axes], args,
                lambda x, k, normalized, eps=single: F.rms_norm(x, normalized, k, eps), absolute=1e-6)
            add("rms_norm", [shape], args, lambda x, normalized, eps=single: F.rms_norm(x, normalized, None, eps),
                absolute=1e-6)
    for shape in ((2, 5), (2, 5, 3), (2, 5, 3, 2)):
        for size in (1, 2, 3, 5):
            if len(shape) == 2:
                continue
            add("local_response_norm", [shape], {"size": size, "alpha": 0.5, "beta": 0.75, "k": 1.5},
                F.local_response_norm)
    for p in (1.0, 2.0, 3.0):
        for axis in (0, 1, -1):
            add("normalize", [(3, 4, 5)], {"p": p, "dim": axis}, F.normalize)
    for axis in (0, 1, -1):
        add("swiglu", [(4, 6, 2)], {"dim": axis}, lambda x, dim: F.silu(x.chunk(2, dim)[0]) * x.chunk(2, dim)[1])
        add("softmin", [(4, 6, 2)], {"dim": axis}, F.softmin)
    add("rrelu", [(4, 6)], {"lower": 0.1, "upper": 0.4}, F.rrelu)
    for shape in ((2, 3, 9), (3, 7)):
        for size in (1, 4, 9, 12):
            add("adaptive_avg_pool1d", [shape], {"size": size}, lambda x, size: F.adaptive_avg_pool1d(x, size))
    for size in ((1, 1), (3, 2), (7, 9)):
        add("adaptive_avg_pool2d", [(2, 3, 7, 5)], {"size": list(size)},
            lambda x, size: F.adaptive_avg_pool2d(x, size))
        add("adaptive_avg_pool3d", [(2, 3, 4, 5, 3)], {"size": [2, *size]},
            lambda x, size: F.adaptive_avg_pool3d(x, size))
    bags(w)


def bags(w):
    """Bags of embeddings: rows of equal length, and bags of any, some of them empty."""
    def bag(index, table, *factors, mode, offsets=None, last=False, padding=None):
        return F.embedding_bag(index, table, None if offsets is None else torch.tensor(offsets), mode=mode,
                               per_sample_weights=factors[0] if factors else None, include_last_offset=last,
                               padding_idx=padding)

    for mode in ("sum", "mean", "max"):
        for dim in (3, 36):
            for shape, more in (((5, 3), {}), ((11,), {"offsets": [0, 2, 2, 7]}),
                                ((11,), {"offsets": [0, 0, 5, 11, 11], "last": True}), ((9,), {"offsets": [0]})):
                for padding in ({}, {"padding": -4}):
                    args = {"mode": mode, **more, **padding}
                    inputs = [whole(shape, 0, 6), t((7, dim), "transposed" if dim == 3 else "dense")]
                    w.add("embedding_bag", inputs, args, bag, relative="scale", tolerance=1e-5)
                    if mode == "sum":
                        w.add("embedding_bag", [*inputs, t(shape)], args, bag, relative="scale", tolerance=1e-5)
