#!/usr/bin/env python3
"""Writes schedules.json: the rates (and momenta) of 50 epochs by PyTorch 2.13's schedules, of two groups."""
import json
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler as s

warnings.simplefilter("ignore")
CASES = []


def optimizer():
    a, b = torch.zeros(2, requires_grad=True), torch.zeros(3, requires_grad=True)
    return torch.optim.SGD([{"params": [a], "lr": 0.5}, {"params": [b], "lr": 0.02}], momentum=0.9)


def case(name, make, args, metrics=None):
    o = optimizer()
    schedule = make(o)
    rates, momenta = [], []
    for epoch in range(50):
        rates.append([g["lr"] for g in o.param_groups])
        momenta.append(o.param_groups[0]["momentum"])
        o.step()
        if metrics:
            schedule.step(metrics[epoch])
        elif epoch < 49:
            schedule.step()
    CASES.append({"name": name, "args": args, "lr": rates, "momentum": momenta})


for size, gamma in ((1, 0.9), (7, 0.3)):
    case("StepLR", lambda o: s.StepLR(o, size, gamma), {"step_size": size, "gamma": gamma})
case("MultiStepLR", lambda o: s.MultiStepLR(o, [3, 10, 10, 30], 0.4), {"milestones": [3, 10, 10, 30], "gamma": 0.4})
case("ExponentialLR", lambda o: s.ExponentialLR(o, 0.93), {"gamma": 0.93})
case("ConstantLR", lambda o: s.ConstantLR(o, 0.25, 8), {"factor": 0.25, "total_iters": 8})
for start, end, total in ((0.25, 1.0, 8), (1.0, 0.1, 60)):
    case("LinearLR", lambda o: s.LinearLR(o, start, end, total), {"start": start, "end": end, "total_iters": total})
for total, power in ((20, 1.0), (60, 2.5)):
    case("PolynomialLR", lambda o: s.PolynomialLR(o, total, power), {"total_iters": total, "power": power})
for t_max, eta in ((13, 0.01), (49, 0.0), (200, 0.1)):
    case("CosineAnnealingLR", lambda o: s.CosineAnnealingLR(o, t_max, eta), {"t_max": t_max, "eta_min": eta})
for t_0, t_mult, eta in ((10, 1, 0.0), (4, 2, 0.01)):
    case("CosineAnnealingWarmRestarts", lambda o: s.CosineAnnealingWarmRestarts(o, t_0, t_mult, eta),
         {"t_0": t_0, "t_mult": t_mult, "eta_min": eta})
case("LambdaLR", lambda o: s.LambdaLR(o, lambda e: 1 / (1 + e)), {})
case("MultiplicativeLR", lambda o: s.MultiplicativeLR(o, lambda e: 1 - 0.1 / (1 + e)), {})
for mode in ("triangular", "triangular2", "exp_range"):
    for down in (None, 4):
        case("CyclicLR", lambda o: s.CyclicLR(o, 0.01, 0.6, 7, down, mode, 0.97),
             {"mode": mode, "up": 7, "down": down or 7, "gamma": 0.97})
for strategy in ("cos", "linear"):
    for three in (False, True):
        for pct in (0.3, 0.45):
            case("OneCycleLR", lambda o: s.OneCycleLR(o, 0.7, total_steps=50, pct_start=pct, anneal_strategy=strategy,
                                                      three_phase=three),
                 {"strategy": strategy, "three_phase": three, "pct_start": pct})
case("SequentialLR", lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 5), s.CosineAnnealingLR(o, 20), s.ExponentialLR(o, 0.9)],
                                              [5, 25]), {})
case("ChainedScheduler", lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 6), s.ExponentialLR(o, 0.9)]), {})
values = [1 / (1 + e) if e < 12 else 0.08 + 0.001 * (e % 3) for e in range(50)]
for mode in ("min", "max"):
    for threshold in ("rel", "abs"):
        given = [v if mode == "min" else -v for v in values]
        case("ReduceLROnPlateau",
             lambda o: s.ReduceLROnPlateau(o, mode, 0.5, 4, 1e-3, threshold, 2, 0.003),
             {"mode": mode, "threshold_mode": threshold, "metrics": given}, given)
page = {"torch": torch.__version__.partition("+")[0], "cases": CASES}
text = json.dumps(page, separators=(",", ":")).replace('{"name"', '\n{"name"')
Path(__file__).with_suffix(".json").write_text(text + "\n")
