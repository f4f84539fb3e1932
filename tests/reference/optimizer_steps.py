#!/usr/bin/env python3
"""Writes optimizer_steps.json: what optimizers make of some parameters in 20 steps, for tests/optim.

Run with PyTorch 2.13:  python3 tests/reference/optimizer_steps.py
What PyTorch lacks (Lion, LAMB), and Muon, whose inner steps PyTorch rounds to bfloat16, is NumPy in
float64 from the papers' formulas; Muon is held against PyTorch's within that rounding. Everything is
in float64. The second parameter has no gradient in the second step. Kept are the steps of KEPT.
"""
import json
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
STEPS, KEPT = 20, [1, 2, 3, 7, 12, 20]
SHAPES = [(2, 3), (4,), (3, 2)]
CASES = [
    ("SGD", {}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.2, "maximize": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.2, "nesterov": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "betas": [0.8, 0.9], "amsgrad": True}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.3}),
    ("AdamW", {"lr": 0.05, "betas": [0.8, 0.9], "amsgrad": True, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
    ("Adagrad", {"lr": 0.1, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}),
    ("Adadelta", {"maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.05, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1, "momentum_decay": 0.05}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.05, "betas": [0.9, 0.7], "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.7}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "centered": True}),
    ("RMSprop", {"lr": 0.02, "momentum": 0.5, "centered": True, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": [0.6, 1.5], "step_sizes": [0.05, 0.3]}),
    ("Rprop", {"maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.05, "alpha": 0.6, "t0": 4, "weight_decay": 0.1}),
    ("ASGD", {"lr": 0.1, "t0": 0, "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.3, "beta2_decay": -0.5, "eps": [1e-2, 1e-1], "d": 1.3, "weight_decay": 0.2}),
    ("Adafactor", {"lr": 0.1, "maximize": True}),
    ("Muon", {}),
    ("Muon", {"lr": 0.1, "weight_decay": 0.3, "momentum": 0.8, "nesterov": False, "ns_steps": 3}),
    ("Muon", {"lr": 0.1, "ns_coefficients": [2.0, -1.5, 0.5], "eps": 1e-3, "adjust_lr_fn": 1}),
    ("Muon", {"lr": 0.1, "maximize": True}),
    ("Lion", {}),
    ("Lion", {"lr": 0.02, "betas": [0.8, 0.95], "weight_decay": 0.3}),
    ("Lion", {"lr": 0.02, "maximize": True}),
    ("LAMB", {}),
    ("LAMB", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.2}),
    ("LAMB", {"lr": 0.05, "weight_decay": 0.0, "maximize": True}),
]
LBFGS_CASES = [
    {},
    {"lr": 0.2, "max_iter": 3, "history_size": 2},
    {"line_search_fn": 1, "max_iter": 2},
    {"line_search_fn": 1, "lr": 0.5, "max_iter": 4, "max_eval": 6, "history_size": 3},
    {"line_search_fn": 1, "tolerance_grad": 1e-2, "tolerance_change": 1e-4, "max_iter": 4},
]


class Rule:
    """An optimizer in NumPy: `update(p, g, state, t)` gives the new parameter."""

    def __init__(self, parameters, **options):
        self.parameters, self.steps = parameters, [0] * len(parameters)
        self.states = [{} for _ in parameters]
        self.o = dict(self.DEFAULTS, **options)

    def step(self):
        for i, p in enumerate(self.parameters):
            if p.grad is None:
                continue
            self.steps[i] += 1
            g = p.grad.numpy() * (-1 if self.o["maximize"] else 1)
            p.data = torch.from_numpy(self.update(p.data.numpy(), g, self.states[i], self.steps[i]))


class Lion(Rule):  # arXiv:2302.06675, algorithm 2
    DEFAULTS = {"lr": 1e-4, "betas": [0.9, 0.99], "weight_decay": 0.0, "maximize": False}

    def update(self, p, g, state, t):
        o, (b1, b2) = self.o, self.o["betas"]
        m = state.get("m", np.zeros_like(p))
        c = b1 * m + (1 - b1) * g
        state["m"] = b2 * m + (1 - b2) * g
        return p - o["lr"] * (np.sign(c) + o["weight_decay"] * p)


class LAMB(Rule):  # arXiv:1904.00962, algorithm 2
    DEFAULTS = {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-6, "weight_decay": 0.01, "maximize": False}

    def update(self, p, g, state, t):
        o, (b1, b2) = self.o, self.o["betas"]
        m = state["m"] = b1 * state.get("m", 0) + (1 - b1) * g
        v = state["v"] = b2 * state.get("v", 0) + (1 - b2) * g * g
        r = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + o["eps"]) + o["weight_decay"] * p
        return p - o["lr"] * np.linalg.norm(p) / np.linalg.norm(r) * r


class Muon(Rule):
    DEFAULTS = {"lr": 1e-3, "weight_decay": 0.1, "momentum": 0.95, "nesterov": True,
                "ns_coefficients": [3.4445, -4.775, 2.0315], "eps": 1e-7, "ns_steps": 5,
                "adjust_lr_fn": 0, "maximize": False}

    def update(self, p, g, state, t):
        o, mu = self.o, self.o["momentum"]
        m = state.get("m", np.zeros_like(p))
        m = state["m"] = m + (1 - mu) * (g - m)
        x = g + mu * (m - g) if o["nesterov"] else m
        rows, columns = p.shape
        x = x.T if rows > columns else x
        x = x / max(np.linalg.norm(x), o["eps"])
        a, b, c = o["ns_coefficients"]
        for _ in range(o["ns_steps"]):
            gram = x @ x.T
            x = a * x + (b * gram + c * gram @ gram) @ x
        x = x.T if rows > columns else x
        adjust = 0.2 * max(rows, columns) ** 0.5 if o["adjust_lr_fn"] else max(1, rows / columns) ** 0.5
        return p * (1 - o["lr"] * o["weight_decay"]) - o["lr"] * adjust * x


def torch_options(name, options):
    result = dict(options)
    if name == "Muon" and "adjust_lr_fn" in result:
        result["adjust_lr_fn"] = "match_rms_adamw"
    if name == "LBFGS" and "line_search_fn" in result:
        result["line_search_fn"] = "strong_wolfe"
    return result


def values(t):
    return None if t is None else [float(f"{x:.13g}") for x in t.detach().flatten().tolist()]


def rounded(t):
    """As it is written."""
    return torch.tensor([float(f"{x:.13g}") for x in t.flatten().tolist()]).reshape(t.shape)


def trajectory(name, options, start, gradients, rule):
    used = [i for i, s in enumerate(SHAPES) if name != "Muon" or len(s) == 2]
    parameters = [start[i].clone().requires_grad_() for i in used]
    optimizer = rule(parameters, **options)
    after = []
    for step in gradients:
        for p, i in zip(parameters, used):
            p.grad = None if step[i] is None else step[i].clone()
        optimizer.step()
        after.append([values(p) for p in parameters])
    return used, after


def lbfgs(options):
    """Rosenbrock's function of each pair of numbers, in two parameters."""
    parameters = [torch.tensor([-1.2, 1.0, 0.5]).requires_grad_(),
                  torch.tensor([[1.0], [0.3], [-0.4]]).requires_grad_()]
    optimizer = torch.optim.LBFGS(parameters, **torch_options("LBFGS", options))

    def closure():
        optimizer.zero_grad()
        x, y = parameters[0], parameters[1].flatten()
        loss = ((1 - x) ** 2 + 10 * (y - x * x) ** 2).sum()
        loss.backward()
        return loss

    after = []
    for _ in range(STEPS):
        optimizer.step(closure)
        after.append([values(p) for p in parameters])
    return after


def main():
    torch.manual_seed(0)
    start = [rounded(torch.randn(s)) for s in SHAPES]
    gradients = [[rounded(torch.randn(s)) for s in SHAPES] for _ in range(STEPS)]
    gradients[1][1] = None
    cases = []
    for name, options in CASES:
        own = {"Lion": Lion, "LAMB": LAMB, "Muon": Muon}.get(name)
        rule = own or getattr(torch.optim, name)
        used, after = trajectory(name, options, start, gradients, rule)
        if name == "Muon" and "maximize" not in options:
            other = trajectory(name, torch_options(name, options), start, gradients, torch.optim.Muon)[1]
            worst = max(abs(a - b) for x, y in zip(after, other) for p, q in zip(x, y) for a, b in zip(p, q))
            assert worst < 0.3 * STEPS * options.get("lr", 1e-3) * 0.2, worst
        cases.append({"optimizer": name, "options": options, "parameters": used,
                      "after": [after[step - 1] for step in KEPT]})
    result = {
        "shapes": SHAPES,
        "kept": KEPT,
        "start": [values(t) for t in start],
        "gradients": [[values(g) for g in step] for step in gradients],
        "cases": cases,
        "lbfgs": [{"options": o, "after": [lbfgs(o)[step - 1] for step in KEPT]} for o in LBFGS_CASES],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")


main()
