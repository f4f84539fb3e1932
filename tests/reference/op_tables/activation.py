"""Activations."""
import torch.nn.functional as F

from op_tables.shared import MINUS, NAN, PLUS, TRANSCENDENTAL, pointwise
from op_data import t

BOTH = (-3, 3)
EXACT = {
    "relu": {}, "relu6": {}, "leaky_relu": {"negative_slope": 0.3}, "hardtanh": {"min_val": -0.5,
    "max_val": 1.5}, "hardsigmoid": {}, "hardswish": {}, "hardshrink": {"lambd": 0.7},
    "softshrink": {"lambd": 0.7}, "threshold": {"threshold": 0.3, "value": -7.0}, "softsign": {},
}
SMOOTH = {
    "elu": {"alpha": 1.5}, "selu": {}, "celu": {"alpha": 1.5}, "logsigmoid": {}, "silu": {}, "mish": {},
    "softplus": {"beta": 2.0, "threshold": 4.0}, "tanhshrink": {}, "gelu": {},
}


# What PyTorch 1.13 makes of these is its own: softshrink(NaN) = 0, hardswish(-inf) and gelu(-inf) = NaN,
# infinite gradients of mish and gelu.
LOOSE = {"softshrink": (NAN,), "hardswish": (PLUS, MINUS), "mish": (PLUS, MINUS), "gelu": (PLUS, MINUS)}
ABSOLUTE = 1e-7  # near their zeros they are differences, on one side or the other


def add_cases(w):
    for op, args in EXACT.items():
        newer = (lambda x: x == -3) if op == "hardswish" else None
        pointwise(w, op, [BOTH], args, getattr(F, op), loose=LOOSE.get(op, ()), absolute=ABSOLUTE, newer=newer)
    for op, args in SMOOTH.items():
        pointwise(w, op, [BOTH], args, getattr(F, op), tolerance=TRANSCENDENTAL, absolute=2 * ABSOLUTE,
                  loose=LOOSE.get(op, ()))
    pointwise(w, "gelu", [(-2, 3)], {"approximate": "tanh"}, F.gelu, tolerance=TRANSCENDENTAL, absolute=2 * ABSOLUTE,
              loose=(PLUS, MINUS))
    for shape, view in (((7, 3), "transposed"), ((2, 3, 5), "reversed"), ((4, 3, 0, 2), "dense")):
        for weights in (1, 3):
            w.add("prelu", [t(shape, view), t((weights,), "gaps")], fn=F.prelu, relative="scale")
    for shape, view, dim in (((7, 4), "transposed", -1), ((6, 3, 5), "reversed", 0), ((3, 0, 2), "dense", 2)):
        w.add("glu", [t(shape, view)], {"dim": dim}, F.glu, TRANSCENDENTAL)
