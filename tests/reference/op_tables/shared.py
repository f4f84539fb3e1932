"""Shapes and views that the tables have in common: primes, ones, no elements, no axes, and strides
that are transposed, negative, with gaps or zero."""
from op_data import t

SHAPES = (((7, 3), "transposed"), ((2, 3, 5), "reversed"), ((11,), "gaps"), ((3, 0, 2), "dense"),
          ((), "dense"), ((4, 1, 5), "expanded"))
BROADCAST = (
    (((7, 3), "transposed"), ((7, 3), "reversed"), ((3,), "gaps")),
    (((2, 3, 5), "reversed"), ((3, 1), "dense"), ((1, 5), "transposed")),
    (((11,), "gaps"), ((), "dense"), ((11,), "expanded")),
    (((3, 0, 2), "dense"), ((1, 2), "dense"), ((3, 1, 1), "dense")),
    (((4, 1, 5), "expanded"), ((1, 3, 1), "gaps"), ((5,), "reversed")),
)
NAN, PLUS, MINUS = 0, 1, 2  # places of NaN and the infinities among them
SPECIAL = 40  # how many special values there are
TRANSCENDENTAL = 4e-6


def pointwise(w, op, ranges, args=None, fn=None, special=True, gradient=True, special_gradient=True, loose=(), **keys):
    """An elementwise op of len(ranges) inputs, each uniform in its (low, high), and of special values,
    but for those at the places `loose` (NAN, PLUS, MINUS: not what anyone would want)."""
    shapes = [((s, v),) for s, v in SHAPES] if len(ranges) == 1 else BROADCAST
    for kinds in shapes:
        w.add(op, [t(s, v, low=low, high=high) for (s, v), (low, high) in zip(kinds, ranges)], args, fn,
              relative="element" if len(ranges) == 1 else "scale", gradient=gradient, **keys)
    if special:
        count = SPECIAL if len(ranges) == 1 else 6 * SPECIAL
        w.add(op, [t((count,), values="special") for _ in ranges], args, fn,
              gradient=gradient and special_gradient, loose=loose, **keys)


def typed(w, op, dtypes, args=None, fn=None, low=-9, high=9, second=None, shape=(3, 7)):
    """An op of whole numbers, one input for each dtype; results must be exact. `second`: bounds of
    the second input, which may be a divisor or a power."""
    inputs = []
    for dtype, view in zip(dtypes, ("transposed", "reversed", "gaps")):
        bounds = {"uint8": (0, 20), "bool": (0, 1)}.get(dtype, (low, high))
        if inputs and second:
            bounds = second
        inputs.append(t(shape, view, "whole", *bounds, dtype))
    w.add(op, inputs, args, fn, gradient=False)
