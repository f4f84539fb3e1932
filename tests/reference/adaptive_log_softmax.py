#!/usr/bin/env python3
"""Writes adaptive_log_softmax.z: what torch.nn.AdaptiveLogSoftmaxWithLoss makes of some inputs, for tests/nn/loss.

Run with PyTorch 2.13:  python3 tests/reference/adaptive_log_softmax.py
Parameters and inputs are the formula of json_data.hpp (see `wave`), so only results stand in the file: float64, 10
decimals, JSON under zlib. Gradients are those of loss + sum(output²) + sum(log_prob²) / 10 (the last of batches only).
"""
import json
import math
import pathlib
import zlib

import torch
from torch import nn

# in, classes, cutoffs, options, targets
CASES = [
    (8, 12, [3, 6, 9], {"div_value": 2.0}, [0, 11, 4, 7, 2, 5, 8, 3]),
    (8, 12, [3, 6, 9], {"div_value": 2.0, "head_bias": True}, [9, 10, 11, 9]),
    (9, 30, [10, 20], {"div_value": 1.5, "head_bias": True}, [29, 0, 15, 9, 10, 19, 20]),
    (16, 7, [4], {}, [6, 1, 4, 3]),
    (16, 7, [4], {"head_bias": True}, [2, 1, 0, 3]),
    (16, 40, [4, 39], {}, [39, 38]),
    (8, 12, [3, 6, 9], {"div_value": 2.0}, 7),
    (8, 12, [3, 6, 9], {"div_value": 2.0, "head_bias": True}, 1),
]


def wave(number, shape):
    """Tensor `number` of a case: element i is sin(1.3 i + 0.7 number + 0.1) / 2."""
    count = math.prod(shape)
    return torch.tensor([0.5 * math.sin(1.3 * i + 0.7 * number + 0.1) for i in range(count)],
                        dtype=torch.float64).reshape(shape)


def numbers(t):
    return {"shape": list(t.shape), "values": [round(v, 10) for v in t.detach().flatten().tolist()]}


def run(features, classes, cutoffs, options, targets):
    layer = nn.AdaptiveLogSoftmaxWithLoss(features, classes, cutoffs, dtype=torch.float64, **options)
    count = 0
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(3 * wave(count, p.shape))
            count += 1
    target = torch.tensor(targets)
    x = wave(count, (*target.shape, features)).requires_grad_()
    output, loss = layer(x, target)
    total = loss + output.square().sum()
    case = {"in": features, "classes": classes, "cutoffs": cutoffs, "options": options, "targets": targets,
            "output": numbers(output), "loss": numbers(loss)}
    if target.dim():
        every = layer.log_prob(x)
        total = total + every.square().sum() / 10
        case |= {"log_prob": numbers(every), "predict": layer.predict(x).tolist()}
    total.backward()
    case["input_gradient"] = numbers(x.grad)
    case["gradients"] = {name: numbers(torch.zeros_like(p) if p.grad is None else p.grad)
                         for name, p in layer.named_parameters()}
    return case


def main():
    text = json.dumps({"cases": [run(*case) for case in CASES]}, separators=(",", ":"))
    pathlib.Path(__file__).with_suffix(".z").write_bytes(zlib.compress(text.encode(), 9))


main()
