#!/usr/bin/env python3
"""Writes optimizer_steps.json: what torch.optim makes of some parameters, for tests/optim.

Run with Debian's python3-torch (1.13.1):  python3 tests/reference/optimizer_steps.py
Everything is in float64. The second parameter has no gradient in the second step.
"""
import json
import pathlib

import torch

STEPS = 5
CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.2}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.2, "nesterov": True}),
    ("Adam", {"lr": 0.05}),
    ("Adam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.05}),
    ("AdamW", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.3}),
    ("RMSprop", {"lr": 0.02}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.7}),
]


def main():
    torch.manual_seed(0)
    shapes = [(2, 3), (4,)]
    start = [torch.randn(s, dtype=torch.float64) for s in shapes]
    gradients = [[torch.randn(s, dtype=torch.float64) for s in shapes] for _ in range(STEPS)]
    gradients[1][1] = None
    values = lambda t: None if t is None else t.flatten().tolist()
    cases = []
    for name, options in CASES:
        parameters = [t.clone().requires_grad_() for t in start]
        optimizer = getattr(torch.optim, name)(parameters, **options)
        after = []
        for step in gradients:
            for p, g in zip(parameters, step):
                p.grad = None if g is None else g.clone()
            optimizer.step()
            after.append([values(p.detach()) for p in parameters])
        cases.append({"optimizer": name, "options": options, "after": after})
    result = {
        "shapes": shapes,
        "start": [values(t) for t in start],
        "gradients": [[values(g) for g in step] for step in gradients],
        "cases": cases,
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")


main()
