"""Reductions and scans over none, one, several and negative axes."""
import torch

from op_data import t, whole

VIEWS = ("transposed", "reversed", "gaps", "dense", "expanded")
# (shape, axes): None reduces all.
KINDS = (((7,), None), ((11, 13), None), ((3, 5, 7), [1]), ((3, 5, 7), [-1, 0]), ((2, 1, 5), [1]),
         ((1,), [0]), ((), None), ((1009,), None), ((4, 0, 3), [0]), ((5, 2, 3, 2), [0, 2]))
EMPTY = (((0,), None), ((3, 0, 2), [1]))
NEEDS_AXES = ("logsumexp", "amax", "amin", "any", "all", "var", "std")


def axes_of(shape, axes):
    return list(range(len(shape))) if axes is None else axes


def each(kinds):
    for i, (shape, axes) in enumerate(kinds):
        yield shape, VIEWS[i % len(VIEWS)], axes, i % 2 == 1


def reduction(w, op, low=-2, high=2, kinds=KINDS, args=None, fn=None, keepdim=True, **keys):
    """Over lists of axes; the other side takes an absent or empty list for all of them."""
    for shape, view, axes, keep in each(kinds):
        named = dict(args or {})
        if axes is not None or op in NEEDS_AXES:
            named["dim"] = axes_of(shape, axes)
            if keepdim:
                named["keepdim"] = keep
        w.add(op, [t(shape, view, low=low, high=high)], named, fn, **{
            "tolerance": 1e-5, "relative": "scale", **keys})


def one_axis(w, op, args=None, fn=None, outputs=True, low=-2, high=2, values="uniform", **keys):
    for shape, view, dim in (((7,), "reversed", 0), ((3, 5, 7), "transposed", 1), ((3, 5, 7), "gaps", -1),
                             ((1, 13), "expanded", 0), ((4, 0, 3), "dense", 2)):
        for keep in (False, True):
            w.add(op, [t(shape, view, values, low, high)], {"dim": dim, "keepdim": keep, **(args or {})},
                  fn, **keys)


def every_axis(x, dim, of):
    for axis in sorted((d % x.dim() for d in dim), reverse=True):
        x = of(x, axis)
    return x


def prod(x, dim=None, keepdim=False):
    if dim is None:
        return torch.prod(x)
    return every_axis(x, dim, lambda y, axis: torch.prod(y, axis, keepdim))


def any_all(function):
    return lambda x, dim, keepdim: every_axis(x, dim, lambda y, axis: function(y, axis, keepdim))


def add_cases(w):
    for op in ("sum", "mean", "nansum", "nanmean"):
        reduction(w, op)
    reduction(w, "sum", kinds=EMPTY)
    reduction(w, "mean", kinds=EMPTY)
    reduction(w, "prod", fn=prod, low=-1.3, high=1.3, kinds=[k for k in KINDS if k[0] != (1009,)] + [*EMPTY])
    w.add("prod", [whole((3, 5), -1, 2, "float32", "transposed")], {"dim": [1]}, prod)  # zeros
    for op in ("amax", "amin"):
        reduction(w, op, kinds=KINDS)
        w.add(op, [whole((5, 7), 0, 3, "float32", "transposed")], {"dim": [1]})  # ties
    for op in ("var", "std"):
        for correction in (0, 1, 2):
            reduction(w, op, kinds=[k for k in KINDS if k[0] not in ((1,), (), (2, 1, 5))],
                      args={"correction": correction})
    for op in ("var_mean", "std_mean"):
        reduction(w, op, kinds=KINDS[2:4], args={"correction": 1})
    reduction(w, "logsumexp")
    reduction(w, "logsumexp", low=-90, high=90)
    for p in (0, 1, 2, 3, 2.5, float("inf"), -float("inf")):
        reduction(w, "norm", args={"p": p if abs(p) < 9 else str(p)}, kinds=KINDS[1:4] + KINDS[8:],
                  fn=lambda x, p, **k: torch.norm(x, float(p), **{"dim": list(range(x.dim())), **k}))
    for op in ("any", "all"):
        for low, high in ((0, 1), (0, 0), (1, 2)):
            for shape, view, axes, keep in each(KINDS[1:5] + EMPTY):
                w.add(op, [whole(shape, low, high, "float32", view)],
                      {"dim": axes_of(shape, axes), "keepdim": keep}, any_all(getattr(torch, op)))
    reduction(w, "count_nonzero", keepdim=False)
    for keep in (False, True):
        w.add("aminmax", [t((5, 7), "reversed")], {"dim": 1, "keepdim": keep}, gradient=False)
    w.add("aminmax", [t((5, 7), "transposed")], gradient=False)
    w.add("count_nonzero", [whole((5, 7), 0, 1, "int64", "reversed")], {"dim": [0]})
    for op in ("max", "min", "median", "nanmedian"):
        one_axis(w, op)
        one_axis(w, op, values="special", gradient=False)
        for shape, view, _, _ in each([k for k in KINDS if 0 not in k[0]]):
            w.add(op, [t(shape, view)])
    for op in ("argmax", "argmin"):
        one_axis(w, op)
        one_axis(w, op, low=0, high=2, values="whole")  # ties: the first
        for shape, view, _, _ in each(KINDS[:5]):
            w.add(op, [t(shape, view)])
    for op in ("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"):
        for shape, view, dim in (((7,), "reversed", 0), ((3, 5, 7), "transposed", 1),
                                 ((3, 5, 7), "gaps", -1), ((1, 13), "expanded", 0), ((4, 0, 3), "dense", 2),
                                 ((257,), "dense", 0), ((), "dense", 0)):
            w.add(op, [t(shape, view, low=-1.2, high=1.2)], {"dim": dim}, tolerance=1e-5, relative="scale")
    for op in ("cummax", "cummin"):  # ties: the last
        w.add(op, [whole((3, 11), 0, 3, "float32", "reversed")], {"dim": 1})
    w.add("cumprod", [whole((5, 7), -1, 2, "float32", "transposed")], {"dim": 1})  # zeros
    add_special(w)
    for dtype in ("int32", "uint8", "bool", "int64"):
        top = 1 if dtype == "bool" else 9
        for op in ("sum", "amax", "argmax", "cumsum", "cumprod", "count_nonzero"):
            args = {"dim": 1} if op in ("argmax", "cumsum", "cumprod") else {"dim": [1]}
            if not (op == "argmax" and dtype == "bool"):
                w.add(op, [whole((3, 7), 0, top, dtype, "reversed")], args)
        w.add("prod", [whole((3, 7), 0, top, dtype, "reversed")], {"dim": [1]}, prod)


def add_special(w):
    special = t((4, 10), values="special")
    for op in ("sum", "mean", "nansum", "nanmean", "amax", "amin", "logsumexp", "prod"):
        w.add(op, [special], {"dim": [1]}, prod if op == "prod" else None, gradient=False)
    for op in ("argmax", "argmin", "cumsum", "cummax", "cummin", "cumprod", "logcumsumexp"):
        # 1e30 - 1e30 + 1e-30: what is left depends on who adds first.
        w.add(op, [special], {"dim": 1}, gradient=False, loose=range(14, 20) if op == "cumsum" else ())
