"""Sorting, selecting by rank, distinct values, histograms, searching."""
import torch

from op_data import t, whole

AXES = (((7,), "reversed", 0), ((3, 5, 7), "transposed", 1), ((3, 5, 7), "gaps", -1),
        ((1, 13), "expanded", 0), ((4, 0, 3), "dense", 2), ((), "dense", 0), ((1009,), "dense", 0))


def add_cases(w):
    stable = {"sort": lambda x, dim, descending: torch.sort(x, dim=dim, descending=descending, stable=True)}
    for descending in (False, True):
        for shape, view, dim in AXES:
            args = {"dim": dim, "descending": descending}
            w.add("sort", [t(shape, view)], args, stable["sort"])
            w.add("sort", [whole(shape, 0, 4, "float32", view)], args, stable["sort"])
            w.add("argsort", [t(shape, view)], args)
        for dtype in ("int64", "int32", "uint8"):
            w.add("sort", [whole((3, 11), 0, 5, dtype, "transposed")], {"dim": 1, "descending": descending},
                  stable["sort"])
        w.add("sort", [t((4, 10), values="special")], {"dim": 1, "descending": descending}, stable["sort"])
    for largest in (False, True):
        for shape, view, dim in AXES[:4]:
            for k in (0, 1, shape[dim]):
                w.add("topk", [t(shape, view)], {"k": k, "dim": dim, "largest": largest}, torch.topk)
    for shape, view, dim in AXES[:3]:
        for k in (1, 3, shape[dim]):
            w.add("kthvalue", [t(shape, view)], {"k": k, "dim": dim, "keepdim": k == 1}, torch.kthvalue)
    for dtype in ("float32", "int64"):
        x = whole((5, 7), -3, 3, dtype, "transposed")
        w.add("unique", [x], {"inverse": True, "counts": True}, unique, gradient=False)
        w.add("unique", [whole((9, 2), 0, 2, dtype, "reversed")], {"dim": 0, "inverse": True, "counts": True},
              unique, gradient=False)
        w.add("unique_consecutive", [whole((23,), 0, 2, dtype, "reversed")],
              {"inverse": True, "counts": True}, consecutive, gradient=False)
    w.add("bincount", [whole((23,), 0, 6, "int64", "gaps")], {"minlength": 9})
    w.add("bincount", [whole((23,), 0, 6, "int64", "gaps"), t((23,), "reversed")], gradient=False,
          tolerance=1e-5)
    w.add("histc", [t((5, 7), "transposed")], {"bins": 8, "min": -1.5, "max": 1.5}, gradient=False)
    w.add("histc", [t((5, 7), "reversed")], {"bins": 5}, gradient=False)
    for right in (False, True):
        for sorted_, values in (((11,), (3, 5)), ((3, 11), (3, 5)), ((0,), (3,)), ((7,), (0,))):
            for kind in ("uniform", "whole"):
                w.add("searchsorted", [t(sorted_, "reversed", kind), t(values, "transposed", kind)],
                      {"right": right}, lambda s, v, right: torch.searchsorted(
                          torch.sort(s).values, v, right=right), gradient=False)
        w.add("bucketize", [whole((5, 7), -3, 3, "float32", "transposed"),
                            whole((5,), -2, 2, "float32", "gaps")], {"right": right},
              lambda v, b, right: torch.bucketize(v, torch.sort(b).values, right=right), gradient=False)


def unique(x, inverse, counts, dim=None):
    return torch.unique(x, return_inverse=inverse, return_counts=counts, dim=dim)


def consecutive(x, inverse, counts):
    return torch.unique_consecutive(x, return_inverse=inverse, return_counts=counts)
