#!/usr/bin/env python3
"""Writes grad_scaler.json: what PyTorch 2.13's torch.amp.GradScaler makes of gradients that are now and then
infinite or NaN: the scale, the growth tracker and the parameters after each of 30 steps."""
import json
from pathlib import Path

import torch

FAULTS = {4: float("inf"), 5: float("nan"), 13: float("-inf"), 20: float("nan"), 21: float("inf"), 22: float("inf")}
CASES = []
for options in ({"init_scale": 1024.0, "growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 3},
                {"init_scale": 8.0, "growth_factor": 3.0, "backoff_factor": 0.25, "growth_interval": 1},
                {"init_scale": 2.0**125, "growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 2}):
    for clip in (False, True):
        a = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
        b = torch.tensor([[0.25, 4.0]], requires_grad=True)
        optimizer = torch.optim.SGD([a, b], lr=0.125, momentum=0.5)
        scaler = torch.amp.GradScaler("cpu", **options)
        steps = []
        for step in range(30):
            optimizer.zero_grad()
            # Small numbers, so that 2^125 times them still fits.
            loss = (a * 0.03125 * (step % 5)).sum() + (b * b).sum() * 0.015625
            if step in FAULTS:
                loss = loss + a[1] * FAULTS[step]
            scaler.scale(loss).backward()
            if clip:
                scaler.unscale_(optimizer)
                torch.nn.utils.clip_grad_norm_([a, b], 0.125)
            scaler.step(optimizer)
            scaler.update()
            state = scaler.state_dict()
            steps.append([state["scale"], state["_growth_tracker"], *a.tolist(), *b.flatten().tolist()])
        CASES.append({"options": options, "clip": clip, "names": list(scaler.state_dict()), "steps": steps})

text = ",\n".join(json.dumps(c, separators=(",", ":")) for c in CASES)
Path(__file__).with_suffix(".json").write_text(f'{{"torch":"2.13.0","cases":[\n{text}\n]}}\n')
