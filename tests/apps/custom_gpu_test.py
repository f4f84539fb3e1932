#!/usr/bin/env python3
"""ct-train on custom_gpu: the loss curve of cpu, the same weights twice, nothing on the host.

Usage: custom_gpu_test.py PATH/TO/ct-train. Exit code 77: there is no custom_gpu.
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

# Both devices round in float32; steps of Adam turn a difference of the last bit into some 1e-6 of
# the loss at first, and that grows from step to step.
LOSS_TOLERANCE = 1e-4
STEPS = 20
BATCH = 16
SIZE = 28


def write_split(prefix: Path, count: int, seed: int) -> None:
    """Pictures of noise with a bright square; its place is the class."""
    draw = random.Random(seed)
    pixels, labels = bytearray(), bytearray()
    for _ in range(count):
        label = draw.randrange(4)
        top, left = 4 + 12 * (label // 2), 4 + 12 * (label % 2)
        for y in range(SIZE):
            for x in range(SIZE):
                bright = top <= y < top + 8 and left <= x < left + 8
                pixels.append(draw.randrange(100) + (150 if bright else 0))
        labels.append(label)
    header = struct.pack(">4I", 0x803, count, SIZE, SIZE)
    prefix.with_name(prefix.name + "-images-idx3-ubyte").write_bytes(header + pixels)
    header = struct.pack(">2I", 0x801, count)
    prefix.with_name(prefix.name + "-labels-idx1-ubyte").write_bytes(header + labels)


class Runs:
    def __init__(self, program: str, root: Path):
        self.program, self.root, self.failures = program, root, 0
        (root / "data").mkdir()
        write_split(root / "data/train", STEPS * BATCH, 1)
        write_split(root / "data/t10k", BATCH, 2)

    def check(self, name: str, good: bool, facts: str = "") -> None:
        print(("ok    " if good else "FAIL  ") + name + (f": {facts}" if facts else ""), flush=True)
        self.failures += not good

    def train(self, model: str, device: str, out: str) -> tuple[list[float], dict]:
        """Losses by step and the figures of the last line."""
        done = subprocess.run(
            [self.program, "classify", "--data", "data", "--model", model, "--device", device,
             "--epochs", "1", "--batch-size", str(BATCH), "--log-steps", "1", "--out", out,
             "--quiet"], cwd=self.root, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.check(f"{model} on {device}", False, done.stderr.strip())
            return [], {}
        records = map(json.loads, (self.root / out / "metrics.jsonl").read_text().splitlines())
        losses = [r["loss"] for r in records if r["split"] == "train_steps"]
        return losses, json.loads(done.stdout.splitlines()[-1])

    def compare(self, model: str) -> None:
        on_cpu, _ = self.train(model, "cpu", f"{model}-cpu")
        first, figures = self.train(model, "custom_gpu", f"{model}-1")
        self.train(model, "custom_gpu", f"{model}-2")
        self.check(f"{model}: a loss a step", len(on_cpu) == len(first) == STEPS,
                   f"{len(on_cpu)} and {len(first)}")
        furthest = max((abs(a - b) for a, b in zip(on_cpu, first)), default=float("inf"))
        self.check(f"{model}: the losses of cpu", furthest <= LOSS_TOLERANCE, f"{furthest:.1e} apart")
        weights = [(self.root / f"{model}-{i}/model.safetensors").read_bytes() for i in (1, 2)]
        self.check(f"{model}: the same weights twice", weights[0] == weights[1])
        self.check(f"{model}: nothing fell back to the host", figures.get("fallbacks") == 0,
                   str(figures.get("fallbacks")))


def main() -> int:
    program = os.path.realpath(sys.argv[1])
    devices = subprocess.run([program, "devices"], capture_output=True, text=True, check=True).stdout
    if "\ncustom_gpu" not in devices:
        print("DEVICE MISSING: custom_gpu; nothing was tested")
        return 77
    with tempfile.TemporaryDirectory() as root:
        runs = Runs(program, Path(root))
        for model in ("mlp", "cnn"):
            runs.compare(model)
        print(f"{runs.failures} failed" if runs.failures else "all passed")
        return 1 if runs.failures else 0


if __name__ == "__main__":
    sys.exit(main())
