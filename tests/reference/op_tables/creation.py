"""Tensors from nothing; the input only says where."""
import torch

from op_data import t

CASES = (
    ("arange", {"start": 0, "end": 7, "step": 1}), ("arange", {"start": 9, "end": -4, "step": -3}),
    ("arange", {"start": 3, "end": 3, "step": 1}), ("arange", {"start": -1.5, "end": 2.25, "step": 0.375}),
    ("linspace", {"start": -1.0, "end": 2.0, "steps": 13}), ("linspace", {"start": 5.0, "end": 1.0, "steps": 2}),
    ("linspace", {"start": 3.0, "end": 4.0, "steps": 1}), ("linspace", {"start": 3.0, "end": 4.0, "steps": 0}),
    ("logspace", {"start": -2.0, "end": 2.0, "steps": 9, "base": 2.0}),
    ("logspace", {"start": -1.0, "end": 1.5, "steps": 7}),
    ("eye", {"n": 5}), ("eye", {"n": 3, "m": 7}), ("eye", {"n": 7, "m": 3}), ("eye", {"n": 0}),
    ("full", {"size": [2, 0], "fill_value": 3}), ("full", {"size": [2, 3], "fill_value": 3}),
    ("full", {"size": [], "fill_value": -0.5}), ("zeros", {"size": [3, 1]}), ("ones", {"size": [0]}),
)


def add_cases(w):
    for op, args in CASES:
        w.add(op, [t((1,))], args, lambda x, op=op, **a: getattr(torch, op)(**a), tolerance=4e-6,
              absolute=2e-7, gradient=False, single=True)
    for op in ("zeros_like", "ones_like"):
        w.add(op, [t((5, 3), "transposed")], gradient=False)
    w.add("full_like", [t((5, 3), "transposed")], {"fill_value": 2.5}, gradient=False)
