#!/usr/bin/env python3
"""Writes kinks.json: the gradients that PyTorch gives where a function has none, or where one has to be
chosen: kinks, ties, ends of ranges, NaN, infinities. For kink_test.cpp.

Run with PyTorch 2.13:  python3 tests/reference/kinks.py
A case is an op as op_data.hpp names it, its arguments and inputs, and the gradients of the inputs for an
upstream gradient of ones (1, 2, 3, … if `weighted`). `expected` replaces PyTorch's where it gives one
gradient to few elements and another to many, or none at all, or one that is of no use; beside each stands
why.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

NAN, INF = math.nan, math.inf
ALL = [NAN, 0.0, -0.0, INF, -INF]
TIES, SOME_NAN, ZEROS = [1.0, 3.0, 3.0, 2.0], [1.0, NAN, 3.0, NAN], [0.0, 0.0, 0.0]
cases = []


def text(x):
    return x if isinstance(x, float) and math.isfinite(x) else str(x)


def add(op, inputs, args=None, fn=None, weighted=False, shape=None, expected=None):
    args = args or {}
    fn = fn or next(getattr(space, op) for space in (torch, F, torch.linalg) if hasattr(space, op))
    tensors = [torch.tensor(values, requires_grad=True) for values in inputs]
    shaped = [x.reshape(shape) if shape else x for x in tensors]
    y = fn(*shaped, **args)
    y = y if isinstance(y, torch.Tensor) else y[0]
    upstream = torch.arange(1.0, 1 + y.numel()).reshape(y.shape) if weighted else torch.ones_like(y)
    if expected is None:
        y.backward(upstream)
        expected = [x.grad.tolist() for x in tensors]
    cases.append({"op": op, "args": {k: text(v) if isinstance(v, float) else v for k, v in args.items()},
                  "shape": shape, "weighted": weighted,
                  "in": [list(map(text, values)) for values in inputs],
                  "grad": [list(map(text, values)) for values in expected]})


def functions():
    for op in ("abs", "sign", "square", "sqrt", "rsqrt", "reciprocal", "exp", "log", "log2", "log10", "tanh",
               "sigmoid", "erf", "asinh", "silu", "mish", "gelu", "softsign", "tanhshrink", "logsigmoid"):
        add(op, [ALL if op not in ("mish", "gelu", "silu") else [NAN, 0.0]],
            {"approximate": "none"} if op == "gelu" else None)
    for op, points in {"round": [NAN, 0.5, 1.5], "floor": [NAN, 1.0], "ceil": [NAN, 1.0], "trunc": [NAN, 1.0],
                       "frac": [NAN, 0.0, 1.0], "asin": [NAN, 1.0, -1.0], "acos": [NAN, 1.0, -1.0],
                       "acosh": [NAN, 1.0], "atanh": [NAN, 1.0, -1.0], "erfinv": [NAN, 1.0, -1.0, 0.0],
                       "log1p": [NAN, -1.0, INF]}.items():
        add(op, [points])
    add("nan_to_num", [[NAN, INF, -INF, 1.0]], {"nan": 0.0})
    add("logit", [[NAN, 0.0, 1.0, 0.5]])
    add("logit", [[0.25, 0.75, 0.0, 1.0]], {"eps": 0.25})
    add("logit", [[NAN]], {"eps": 0.25}, expected=[[0.0]])  # PyTorch: NaN for few elements, 0 for many


def activations():
    add("relu", [ALL])
    add("relu6", [[0.0, -0.0, 6.0, INF]])
    add("leaky_relu", [ALL], {"negative_slope": 0.25})
    add("elu", [ALL[1:]], {"alpha": 1.5})
    add("celu", [ALL[1:]], {"alpha": 1.5})
    add("selu", [ALL[1:]])
    add("hardtanh", [[1.0, -1.0, INF]], {"min_val": -1.0, "max_val": 1.0})
    add("hardsigmoid", [[NAN, 3.0, -3.0, INF, -INF]])
    add("hardswish", [[3.0, -3.0, 4.0, -4.0]])
    add("hardshrink", [[0.5, -0.5, 0.0]], {"lambd": 0.5})
    add("softshrink", [[0.5, -0.5, 0.0]], {"lambd": 0.5})
    # At NaN PyTorch gives 1 to up to seven elements, and 0 or NaN to more.
    for op, args in {"relu6": {}, "hardtanh": {"min_val": -1.0, "max_val": 1.0}, "hardshrink": {"lambd": 0.5},
                     "softshrink": {"lambd": 0.5}}.items():
        add(op, [[NAN]], args, expected=[[1.0]])
    for op, args in {"elu": {"alpha": 1.5}, "celu": {"alpha": 1.5}, "selu": {}, "hardswish": {}}.items():
        add(op, [[NAN]], args, expected=[[NAN]])
    add("threshold", [[NAN, 1.0, 2.0]], {"threshold": 1.0, "value": -7.0})
    add("softplus", [[NAN, 20.0, INF, -INF]], {"beta": 1.0, "threshold": 20.0})
    add("softplus", [[NAN, 2.0, INF, -INF]], {"beta": 2.0, "threshold": 4.0})
    add("prelu", [[0.0, 1.0, -1.0], [0.25]])
    add("prelu", [[NAN], [0.25]])


def bounds():
    add("clamp", [[NAN, -1.0, 1.0, 2.0, -2.0, INF]], {"min": -1.0, "max": 1.0})
    add("clamp", [[NAN, -1.0, -2.0]], {"min": -1.0})
    add("clamp", [[NAN, 1.0, 2.0]], {"max": 1.0})
    add("clamp", [[NAN, -1.0, 1.0, 0.0, 3.0]], {"min": 1.0, "max": -1.0})
    add("clamp", [[NAN, 0.0, 2.0]], {"min": NAN, "max": 1.0})
    add("clamp", [[NAN, 0.0, 2.0]], {"min": -1.0, "max": NAN})
    add("clamp", [[NAN, 1.0, 2.0, 0.0, 3.0, 5.0, 5.0, 0.0, 2.0], [1.0] * 5 + [NAN, 6.0, 3.0, 2.0],
                  [2.0] * 5 + [6.0, NAN, 2.0, 2.0]])
    # Of equal bounds PyTorch gives to neither; the lower one is the result here.
    add("clamp", [[0.0], [1.0], [1.0]], expected=[[0.0], [1.0], [0.0]])


def binary():
    for e in (0.0, 0.5, 1.0, 2.0, 3.0, -1.0, 1.5, -0.5):
        add("pow", [[NAN, 0.0, -0.0, INF]], {"exponent": e})
    add("pow", [[0.0, 0.0, 0.0, 0.0, 1.0, -1.0, -1.0, NAN, NAN, 2.0, INF],
                [0.0, 1.0, 2.0, -1.0, NAN, 0.0, 2.0, 0.0, 1.0, NAN, 0.0]])
    pairs = [[0.0, 1.0, NAN, 1.0, NAN, 0.0, INF], [0.0, 1.0, 1.0, NAN, NAN, -0.0, INF]]
    for op in ("maximum", "minimum", "fmax", "fmin", "hypot", "atan2"):
        add(op, pairs)
    add("logaddexp", [values[:6] for values in pairs])
    add("logaddexp", [[-INF, INF], [INF, -INF]])
    # Of equal infinities PyTorch makes NaN, for want of their distance.
    add("logaddexp", [[-INF, INF], [-INF, INF]], expected=[[0.0, 0.0], [1.0, 1.0]])
    add("fmod", [[0.0, 4.0, 1.0, NAN, INF], [1.0, 2.0, 0.0, 1.0, 1.0]])
    add("remainder", [[0.0, 4.0, 1.0, NAN, INF, -4.0], [1.0, 2.0, 0.0, 1.0, 1.0, 2.0]])
    add("div", [[0.0, 1.0, INF], [0.0, 0.0, INF]])
    add("l1_loss", [[1.0, 2.0, NAN], [1.0, 3.0, 1.0]], {"reduction": "sum"})
    add("mse_loss", [[1.0, 2.0, NAN], [1.0, 3.0, 1.0]], {"reduction": "sum"})


def reductions():
    for values, low, middle in ((TIES, [1.0, 1.0, 3.0], [3.0, 1.0, 3.0, 3.0, 5.0]), (SOME_NAN,) * 3):
        for op in ("amax", "max"):
            add(op, [values])
        for op in ("amin", "min"):
            add(op, [low])
        for op in ("median", "nanmedian"):
            add(op, [middle])
        add("aminmax", [low], fn=torch.aminmax)
        add("max", [values], {"dim": 0})
        add("min", [low], {"dim": 0})
        add("cummax", [values], {"dim": 0}, weighted=True)
        add("cummin", [low], {"dim": 0}, weighted=True)
        add("prod", [values])
    for p, values in ((INF, TIES), (-INF, [1.0, 1.0, 3.0])):
        add("norm", [values], {"p": p})
        # amax's and amin's, which in PyTorch are NaN too.
        add("norm", [SOME_NAN], {"p": p}, expected=[[NAN] * 4])
    add("max_pool2d", [TIES], {"kernel_size": [2, 2]}, shape=[1, 1, 2, 2])
    add("max_pool2d", [[1.0, 3.0, NAN, 2.0]], {"kernel_size": [2, 2]}, shape=[1, 1, 2, 2])
    # Of several NaN PyTorch takes the last.
    add("max_pool2d", [SOME_NAN], {"kernel_size": [2, 2]}, shape=[1, 1, 2, 2],
        expected=[[0.0, 1.0, 0.0, 0.0]])
    add("sort", [TIES], {"dim": 0, "descending": False}, weighted=True,
        fn=lambda x, **k: torch.sort(x, stable=True, **k))
    for values in (ZEROS, [0.0, 3.0, -3.0], [NAN, 1.0]):
        for p in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, INF, -INF):
            # PyTorch gives none for p = 0, which counts.
            expected = [[0.0] * len(values)] if p == 0 else None
            if NAN in values and math.isinf(p):
                expected = [[NAN, NAN]]
            add("norm", [values], {"p": p}, expected=expected)
            add("linalg::vector_norm", [values], {"p": p}, fn=lambda x, p: torch.linalg.vector_norm(x, p),
                expected=expected)
    add("nansum", [SOME_NAN])
    add("nanmean", [SOME_NAN])
    add("nanmean", [[NAN, NAN]], expected=[[0.0, 0.0]])  # PyTorch: NaN, though no element counts
    add("var", [[2.0, 2.0, 2.0]], {"correction": 1})
    add("std", [[2.0, 2.0, 2.0]], {"correction": 1})
    add("std", [[2.0]], {"correction": 0})
    for values in ([0.0, 2.0, 3.0], [0.0, 0.0, 3.0]):
        add("prod", [values])
        add("cumprod", [values], {"dim": 0})
    add("cumprod", [[2.0, 0.0, 3.0, 0.0, 5.0]], {"dim": 0})
    for values in ([INF, 1.0], [NAN, 1.0]):
        add("logsumexp", [values], {"dim": 0})
    # PyTorch makes NaN of rows that are -infinity throughout, as masks leave them.
    add("logsumexp", [[-INF, -INF]], {"dim": 0}, expected=[[0.0, 0.0]])
    add("logcumsumexp", [[-INF, -INF, 1.0]], {"dim": 0}, expected=[[0.0, 0.0, 1.0]])
    add("softmax", [[-INF, 0.0, 0.0]], {"dim": 0}, weighted=True)


def main():
    for group in (functions, activations, bounds, binary, reductions):
        group()
    path = pathlib.Path(__file__).with_suffix(".json")
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f"[{lines}]\n")
    print(len(cases), "cases, PyTorch", torch.__version__)


if __name__ == "__main__":
    main()
