"""Arithmetic, comparison, functions of one and two tensors, bits."""
import torch

from op_tables.shared import TRANSCENDENTAL, pointwise, typed

BOTH = (-2, 2)
EXACT = ("neg", "abs", "sign", "square", "floor", "ceil", "round", "trunc", "frac", "reciprocal", "sqrt",
         "isnan", "isinf", "isposinf", "isneginf", "isfinite", "logical_not")
FUNCTIONS = {
    "rsqrt": (0.1, 4), "exp": (-5, 5), "exp2": (-5, 5), "expm1": (-2, 2), "log": (0.05, 9),
    "log2": (0.05, 9), "log10": (0.05, 9), "log1p": (-0.9, 5), "sin": (-9, 9), "cos": (-9, 9),
    "tan": (-1.4, 1.4), "asin": (-0.95, 0.95), "acos": (-0.95, 0.95), "atan": (-5, 5), "sinh": (-4, 4),
    "cosh": (-4, 4), "tanh": (-3, 3), "asinh": (-5, 5), "acosh": (1.1, 9), "atanh": (-0.95, 0.95),
    "sigmoid": (-6, 6), "logit": (0.05, 0.95), "erf": (-3, 3), "erfc": (-2, 3), "erfinv": (-0.95, 0.95),
    "lgamma": (0.2, 9), "digamma": (0.2, 1.2),
}
BINARY = {
    "add": (BOTH, BOTH), "sub": (BOTH, BOTH), "mul": (BOTH, BOTH), "div": (BOTH, (0.3, 3)),
    "pow": ((0.2, 3), BOTH), "maximum": (BOTH, BOTH), "minimum": (BOTH, BOTH), "fmax": (BOTH, BOTH),
    "fmin": (BOTH, BOTH), "atan2": (BOTH, (0.2, 2)), "hypot": (BOTH, (0.2, 2)), "logaddexp": (BOTH, BOTH),
    "remainder": ((-9, 9), (0.7, 3)), "fmod": ((-9, 9), (0.7, 3)), "floor_divide": ((-9, 9), (0.7, 3)),
}
COMPARE = ("eq", "ne", "lt", "le", "gt", "ge")
LOGIC = ("logical_and", "logical_or", "logical_xor")
BITS = ("bitwise_and", "bitwise_or", "bitwise_xor")
SHIFTS = ("bitwise_left_shift", "bitwise_right_shift")


def add_cases(w):
    for op in EXACT:
        pointwise(w, op, [(0.1, 4) if op == "sqrt" else (0.3, 3) if op == "reciprocal" else BOTH])
    for op, bounds in FUNCTIONS.items():
        # At the ends of their domain gradients are a matter of how they are written.
        pointwise(w, op, [bounds], tolerance=TRANSCENDENTAL, absolute=2e-7,
                  special_gradient=op not in ("acosh", "digamma", "logit"))
    pointwise(w, "logit", [(-0.5, 1.5)], {"eps": 0.1}, tolerance=TRANSCENDENTAL, absolute=2e-7)
    pointwise(w, "polygamma", [(0.3, 5)], {"n": 1}, lambda x, n: torch.polygamma(n, x),
              tolerance=TRANSCENDENTAL, special=False)
    pointwise(w, "nan_to_num", [BOTH], single=True)
    pointwise(w, "nan_to_num", [BOTH], {"nan": 1.5, "posinf": 7.0, "neginf": -7.0})
    for op, ranges in BINARY.items():
        tolerance = TRANSCENDENTAL if op in ("pow", "atan2", "hypot", "logaddexp") else 2e-6
        newer = (lambda y, x: y * y + x * x == 0) if op == "atan2" else None
        pointwise(w, op, ranges, tolerance=tolerance, gradient=op != "floor_divide", newer=newer)
    for op in COMPARE + LOGIC:
        pointwise(w, op, (BOTH, BOTH))
        typed(w, op, ("int64", "int64"), low=-2, high=2)
        typed(w, op, ("int32", "uint8"))
        typed(w, op, ("bool", "bool"))
    for op in ("add", "sub", "div"):
        pointwise(w, op, (BOTH, (0.3, 3)), {"alpha": 0.5} if op != "div" else {"rounding_mode": "trunc"})
    pointwise(w, "div", ((-9, 9), (0.7, 3)), {"rounding_mode": "floor"})
    for exponent in (0, 1, 2, 3, 7, -1, -2):
        pointwise(w, "pow", [(-2, -0.3)], {"exponent": exponent}, torch.pow, tolerance=TRANSCENDENTAL)
    for exponent in (0.5, 2.5, -1.5):
        pointwise(w, "pow", [(0.2, 3)], {"exponent": exponent}, torch.pow, tolerance=TRANSCENDENTAL)
    pointwise(w, "clamp", [BOTH], {"min": -0.5, "max": 0.75})
    pointwise(w, "clamp", [BOTH], {"max": 0.5})
    # torch 1.13 cannot give this clamp's gradient where bounds are broadcast.
    pointwise(w, "clamp", (BOTH, (-1, 0), (0, 1)), fn=lambda x, low, high: torch.minimum(
        torch.maximum(x, low), high), special_gradient=False)
    pointwise(w, "where", ((-1, 1), BOTH, BOTH), fn=lambda c, a, b: torch.where(c > 0, a, b))
    pointwise(w, "lerp", (BOTH, BOTH), {"weight": 0.3}, torch.lerp, special=False)
    pointwise(w, "lerp", (BOTH, BOTH, (0, 1)), special=False)
    pointwise(w, "addcmul", (BOTH, BOTH, BOTH), {"value": -0.5})
    pointwise(w, "addcdiv", (BOTH, BOTH, (0.3, 2)), {"value": -0.5})
    add_whole(w)


def add_whole(w):
    """Integers: exact, wrapping, and the types that come out."""
    pairs = (("int64", "int64"), ("int32", "int32"), ("uint8", "uint8"), ("uint8", "int32"),
             ("int32", "int64"), ("bool", "int64"), ("bool", "uint8"), ("float32", "int64"))
    for pair in pairs:
        for op in ("add", "mul", "maximum", "minimum"):
            typed(w, op, pair)
        typed(w, "div", pair, second=(1, 9))
    for pair in (("int64", "int64"), ("int32", "int32"), ("uint8", "int32"), ("int64", "int32")):
        typed(w, "sub", pair)
        for op in BITS:
            typed(w, op, pair)
        for op in ("remainder", "fmod", "floor_divide"):
            typed(w, op, pair, second=(1, 9))
            typed(w, op, pair, second=(-5, -1))
    typed(w, "add", ("bool", "bool"))
    typed(w, "mul", ("bool", "bool"))
    for op in BITS:
        typed(w, op, ("bool", "bool"))
    for dtype in ("bool", "int32", "int64", "uint8"):
        typed(w, "bitwise_not", (dtype,))
        for op in ("sign", "abs", "square", "logical_not", "isnan", "isfinite"):
            if dtype != "bool" or op not in ("abs", "sign", "square"):
                typed(w, op, (dtype,))
    for op in SHIFTS:
        for dtype in ("int32", "int64", "uint8"):
            typed(w, op, (dtype, dtype), second=(0, 7))
    typed(w, "mul", ("int32", "int32"), low=-2000000, high=2000000)
    typed(w, "pow", ("int64",), {"exponent": 3}, torch.pow)
    typed(w, "pow", ("uint8", "uint8"), second=(0, 5))
    typed(w, "exp", ("int64",), low=0, high=0)
    typed(w, "sqrt", ("bool",))
    typed(w, "clamp", ("int64",), {"min": -3, "max": 4})
