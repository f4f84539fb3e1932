#!/usr/bin/env python3
"""Writes recurrent.z: what PyTorch's recurrent layers and cells make of some inputs, for tests/nn/recurrent.

Run with PyTorch 2.13:  python3 tests/reference/recurrent.py
Parameters and inputs are formulas that the test knows as well (see `wave`), so only results stand in the file:
7 decimals, JSON under zlib. The loss is the sum of the squares of all results.
"""
import itertools
import json
import math
import pathlib
import zlib

import torch
from torch.nn.utils import rnn

INPUT, HIDDEN, PROJECTED, STEPS, BATCH = 3, 4, 2, 4, 3
LENGTHS = {True: [4, 2, 1], False: [2, 4, 1]}  # by whether they are sorted


def wave(number, shape):
    """Tensor `number` of a case: element i is sin(1.3 i + 0.7 number + 0.1) / 2."""
    count = math.prod(shape)
    return torch.tensor([0.5 * math.sin(1.3 * i + 0.7 * number + 0.1) for i in range(count)],
                        dtype=torch.float64).reshape(shape)


def numbers(t):
    return {"shape": list(t.shape), "values": [round(v, 7) for v in t.detach().flatten().tolist()]}


def run(kind, options, shape, states, lengths=None, enforce_sorted=True):
    module = getattr(torch.nn, kind)(INPUT, HIDDEN, dtype=torch.float64, **options)
    count = 0
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(wave(count, p.shape))
            count += 1
    inputs = [wave(count, shape)]
    cell, lstm = kind.endswith("Cell"), kind.startswith("LSTM")
    if states:
        layers = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
        batch = [] if len(shape) == (1 if cell else 2) else [BATCH]
        lead = batch if cell else [layers] + batch
        widths = [options.get("proj_size", 0) or HIDDEN] + ([HIDDEN] if lstm else [])
        inputs += [wave(count + 1 + i, lead + [width]) for i, width in enumerate(widths)]
    for x in inputs:
        x.requires_grad_()
    state = (tuple(inputs[1:]) if lstm else inputs[1]) if states else None
    x = inputs[0]
    if lengths:
        x = rnn.pack_padded_sequence(x, lengths, batch_first=options.get("batch_first", False),
                                     enforce_sorted=enforce_sorted)
    result = module(x, state)
    if cell:
        outputs = list(result) if lstm else [result]
    else:
        y, final = result
        if lengths:
            y, _ = rnn.pad_packed_sequence(y, batch_first=options.get("batch_first", False))
        outputs = [y] + (list(final) if lstm else [final])
    sum(t.square().sum() for t in outputs).backward()
    return {
        "kind": kind, "options": options, "shape": list(shape), "states": states, "lengths": lengths or [],
        "enforce_sorted": enforce_sorted,
        "outputs": [numbers(t) for t in outputs],
        "input_gradients": [numbers(t.grad) for t in inputs],
        "gradients": {name: numbers(p.grad) for name, p in module.named_parameters()},
    }


def main():
    cases = []
    kinds = [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("LSTM", {"proj_size": PROJECTED}), ("GRU", {})]
    for kind, base in kinds:
        plain, swapped = (STEPS, BATCH, INPUT), (BATCH, STEPS, INPUT)
        for bias, bidirectional, layers in itertools.product([True, False], [False, True], [1, 2]):
            options = dict(base, bias=bias, bidirectional=bidirectional, num_layers=layers)
            cases.append(run(kind, options, plain, states=bias == bidirectional))
        both = dict(base, num_layers=2, bidirectional=True)
        cases.append(run(kind, dict(base, batch_first=True), swapped, states=True))
        cases.append(run(kind, base, (STEPS, INPUT), states=True))
        cases.append(run(kind, dict(base, bidirectional=True), (1, INPUT), states=False))
        cases.append(run(kind, base, plain, states=True, lengths=LENGTHS[True]))
        cases.append(run(kind, both, plain, states=True, lengths=LENGTHS[True]))
        cases.append(run(kind, dict(both, batch_first=True), swapped, states=True, lengths=LENGTHS[False],
                         enforce_sorted=False))
        cases.append(run(kind, base, plain, states=False, lengths=LENGTHS[False], enforce_sorted=False))
    for kind, base in [("RNNCell", {}), ("RNNCell", {"nonlinearity": "relu"}), ("LSTMCell", {}), ("GRUCell", {})]:
        for bias, states in itertools.product([True, False], repeat=2):
            cases.append(run(kind, dict(base, bias=bias), (BATCH, INPUT), states=states))
        cases.append(run(kind, base, (INPUT,), states=True))
    text = json.dumps({"input": INPUT, "hidden": HIDDEN, "cases": cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_suffix(".z").write_bytes(zlib.compress(text.encode(), 9))


main()
