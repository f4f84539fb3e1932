#!/usr/bin/env python3
"""Writes lora.z: what LoRA makes of a linear layer, a convolution and a table, for tests/nn/adapt.

Run:  python3 tests/reference/lora.py   (NumPy alone: PyTorch has no LoRA)
arXiv:2106.09685, in float64: the layer with W + alpha / rank B A for its weight, of which only A and B learn.
Parameters and inputs are the formula of json_data.hpp (see `wave`), so only results stand in the file: 10 decimals,
JSON under zlib. Gradients are those of the sum of the squares of the results.
"""
import json
import math
import pathlib
import zlib

import numpy as np

LINEAR = [  # shape of x, out, bias, rank, alpha
    ((4, 5), 3, True, 2, 4.0), ((2, 3, 6), 4, False, 3, 1.5), ((7,), 2, True, 1, 8.0),
]
CONV = [  # shape of x, out, kernel, stride, padding, dilation, bias, rank, alpha
    ((2, 2, 5, 4), 3, 3, 1, 1, 1, True, 2, 4.0), ((1, 3, 7, 7), 2, 3, 2, 1, 2, False, 1, 3.0),
    ((2, 2, 3, 3), 4, 1, 1, 0, 1, True, 3, 3.0),
]
EMBEDDING = [  # index, count, dim, rank, alpha
    ([0, 5, 2, 5], 6, 3, 2, 4.0), ([[1, 3], [3, 3]], 4, 5, 1, 2.0),
]


def wave(number, shape):
    """Tensor `number` of a case: element i is sin(1.3 i + 0.7 number + 0.1) / 2."""
    return np.array([0.5 * math.sin(1.3 * i + 0.7 * number + 0.1) for i in range(math.prod(shape))]).reshape(shape)


def numbers(t):
    t = np.asarray(t)
    return {"shape": list(t.shape), "values": [round(float(v), 10) for v in t.flatten()]}


def finish(kind, options, y, a, b, x=None):
    case = {"kind": kind, **options, "output": numbers(y), "lora_A": numbers(a), "lora_B": numbers(b)}
    return case if x is None else {**case, "input_gradient": numbers(x)}


def linear(shape, out, bias, rank, alpha):
    features, s, n = shape[-1], alpha / rank, 1 + bias
    w, a, b = wave(0, (out, features)), wave(n, (rank, features)), wave(n + 1, (out, rank))
    x = wave(n + 2, shape)
    whole = w + s * b @ a
    y = x @ whole.T + (wave(1, (out,)) if bias else 0)
    g = 2 * y
    of_whole = g.reshape(-1, out).T @ x.reshape(-1, features)
    return finish("linear", {"in": list(shape), "out": out, "bias": bias, "rank": rank, "alpha": alpha},
                  y, s * b.T @ of_whole, s * of_whole @ a.T, g @ whole)


def conv(shape, out, kernel, stride, padding, dilation, bias, rank, alpha):
    n, channels, height, width = shape
    s, i = alpha / rank, 1 + bias
    w = wave(0, (out, channels, kernel, kernel))
    a, b = wave(i, (rank, channels, kernel, kernel)), wave(i + 1, (out, rank))
    x = np.pad(wave(i + 2, shape), ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    whole = w + s * np.einsum("or,rcij->ocij", b, a)
    reach = dilation * (kernel - 1)
    rows = range(0, height + 2 * padding - reach, stride)
    columns = range(0, width + 2 * padding - reach, stride)
    y = np.zeros((n, out, len(rows), len(columns)))
    places = [(p, q, np.s_[:, :, r:r + reach + 1:dilation, c:c + reach + 1:dilation])
              for p, r in enumerate(rows) for q, c in enumerate(columns)]
    for p, q, window in places:
        y[:, :, p, q] = np.einsum("ncij,ocij->no", x[window], whole) + (wave(1, (out,)) if bias else 0)
    of_whole, of_x = np.zeros_like(whole), np.zeros_like(x)
    for p, q, window in places:
        g = 2 * y[:, :, p, q]
        of_whole += np.einsum("no,ncij->ocij", g, x[window])
        of_x[window] += np.einsum("no,ocij->ncij", g, whole)
    of_x = of_x[:, :, padding:padding + height, padding:padding + width]
    return finish("conv", {"in": list(shape), "out": out, "kernel": kernel, "stride": stride, "padding": padding,
                           "dilation": dilation, "bias": bias, "rank": rank, "alpha": alpha},
                  y, s * np.einsum("or,ocij->rcij", b, of_whole), s * np.einsum("ocij,rcij->or", of_whole, a), of_x)


def embedding(index, count, dim, rank, alpha):
    s, index = alpha / rank, np.array(index)
    w, a, b = wave(0, (count, dim)), wave(1, (rank, count)), wave(2, (dim, rank))
    y = (w + s * (b @ a).T)[index]
    of_whole = np.zeros_like(w)
    np.add.at(of_whole, index, 2 * y)
    return finish("embedding", {"index": index.flatten().tolist(), "in": list(index.shape), "count": count,
                                "dim": dim, "rank": rank, "alpha": alpha},
                  y, s * b.T @ of_whole.T, s * of_whole.T @ a.T)


def main():
    cases = [linear(*c) for c in LINEAR] + [conv(*c) for c in CONV] + [embedding(*c) for c in EMBEDDING]
    text = json.dumps({"cases": cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_suffix(".z").write_bytes(zlib.compress(text.encode(), 9))


main()
