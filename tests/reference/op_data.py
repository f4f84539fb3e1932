#!/usr/bin/env python3
"""Writes tests/reference/ops/*.z: what PyTorch makes of small tensors, for op_data_test.cpp.

Run with Debian's python3-torch (1.13):  /usr/bin/python3 tests/reference/op_data.py [FAMILY...]
losses, layers, conv, resample and fft with PyTorch 2.13.

The cases stand in op_tables/<family>.py. Inputs are not stored but made by a recipe that both sides
know (`number` here, op_data.cpp there): integers from a hash of stream and place. Results and gradients
are computed in float64 and rounded once. Of special values (NaN, infinities, denormals, huge ones) they
are also computed in float32, and where the two disagree (one overflows on its way, or cancels) nothing
is expected (ANY). A file is zlib of: the length of a JSON text (uint32), that text (the cases), and all
expected numbers as float32.
"""
import importlib
import json
import pathlib
import struct
import sys
import zlib

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True
FAMILIES = ("pointwise", "activation", "reduce", "order", "shape", "indexing", "matmul", "linalg", "nn",
            "losses", "layers", "creation", "conv", "pool", "resample", "fft")
ANY = 0x7FC0A0A0  # bits of a NaN that stands for "no matter what"
UPSTREAM = 100  # streams of the upstream gradients: output k has UPSTREAM + k

SPECIAL = np.array([
    float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1e-45, -1e-45, 1e-40, -1e-40, 1.17549435e-38,
    -1.17549435e-38, 3.4028235e38, -3.4028235e38, 1e30, -1e30, 1e-30, -1e-30, 1e10, -1e10, 88.5, -88.5,
    100.0, -104.0, 1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 3.0, -3.0, 0.99999994, -0.99999994,
    16777216.0, 1e5, -1e5, 20.5, -20.5], dtype=np.float32)


def hashed(stream, count):
    """32 bits for each place of a stream."""
    with np.errstate(over="ignore"):
        x = np.uint32(stream * 0x9E3779B9 & 0xFFFFFFFF) + np.arange(count, dtype=np.uint32) * np.uint32(
            0x85EBCA6B)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x7FEB352D)
        x ^= x >> np.uint32(15)
        x *= np.uint32(0x846CA68B)
        x ^= x >> np.uint32(16)
    return x


def number(values, low, high, stream, count):
    """`count` float64 numbers, each exact in float32."""
    bits = hashed(stream, count)
    if values == "special":  # the first input goes through them in order, others at random
        return SPECIAL[np.arange(count) % len(SPECIAL) if stream == 1 else bits % len(SPECIAL)].astype(
            np.float64)
    if values == "whole":  # whole numbers, both bounds included
        return low + (bits >> np.uint32(8)).astype(np.float64) % (high - low + 1)
    low, high = np.float64(np.float32(low)), np.float64(np.float32(high))
    u = (bits >> np.uint32(8)).astype(np.float64) * 2.0**-24
    return (low + u * (high - low)).astype(np.float32).astype(np.float64)


def t(shape, view="dense", values="uniform", low=-2, high=2, dtype="float32"):
    """An input. Its view is how the other side stores it; expanded: all the same along axis 0."""
    return {"shape": list(shape), "view": view, "values": values, "low": low, "high": high,
            "dtype": dtype}


def whole(shape, low, high, dtype="int64", view="dense"):
    return t(shape, view, "whole", low, high, dtype)


def tensor_of(spec, stream, floating):
    shape = spec["shape"]
    own = [1, *shape[1:]] if spec["view"] == "expanded" else shape
    values = number(spec["values"], spec["low"], spec["high"], stream, int(np.prod(own)))
    dtype = getattr(torch, spec["dtype"])
    dtype = floating if dtype.is_floating_point else dtype
    return torch.from_numpy(values.reshape(own)).to(dtype).expand(shape).clone()


def default_function(op):
    for space in (torch, torch.nn.functional, torch.linalg):
        if hasattr(space, op):
            return getattr(space, op)
    if hasattr(torch.Tensor, op):
        return lambda x, *rest, **args: getattr(x, op)(*rest, **args)
    raise LookupError(f"torch has no {op}")


class Writer:
    def __init__(self):
        self.cases = []
        self.numbers = []
        self.loose = 0  # numbers of which nothing is expected

    def add(self, op, inputs, args=None, fn=None, tolerance=2e-6, relative="element", absolute=0.0,
            gradient=True, single=False, loose=(), newer=None):
        """One case. `args` are torch's keywords; fn(inputs..., **args) replaces torch's function.
        relative: to each 'element', or to the 'scale' of the whole result; absolute: what may be off
        beyond. single: compute in float32 only. loose: places of which nothing is expected. newer: tells,
        of special float32 inputs, the places whose gradients newer versions of PyTorch choose otherwise:
        those are kinks.py's."""
        args = args or {}
        fn = fn or default_function(op.rpartition("::")[2])
        special = any(spec["values"] == "special" for spec in inputs)
        outputs32, gradients32 = self.run(fn, inputs, args, torch.float32, gradient)
        outputs, gradients = self.run(fn, inputs, args, torch.float32 if single else torch.float64,
                                      gradient)
        undefined = [np.isnan(tensor_of(spec, i + 1, torch.float64).numpy()).ravel() if special else None
                     for i, spec in enumerate(inputs)]  # a gradient at NaN means nothing
        self.cases.append({
            "op": op, "in": inputs, "args": args, "tolerance": tolerance, "relative": relative, "absolute": absolute,
            "out": [{"shape": list(o.shape), "dtype": str(o.dtype)[6:]} for o in outputs32],
            "grad": [g is not None for g in gradients]})
        for x, x32 in zip(outputs, outputs32):
            self.expect(x, x32, special, loose, tolerance)
        kinks = loose
        if newer and special:
            kinks = [*loose, *np.flatnonzero(newer(*(tensor_of(spec, i + 1, torch.float32).numpy()
                                                     for i, spec in enumerate(inputs))))]
        for x, x32, skip in zip(gradients, gradients32, undefined):
            if x is not None:
                self.expect(x, x32, special, kinks, tolerance, skip)

    def expect(self, x, x32, special, places, tolerance, skip=None):
        values = x.detach().to(torch.float32).numpy().ravel().copy()
        values[np.isnan(values)] = np.nan
        if special:
            other = x32.detach().to(torch.float32).numpy().ravel()
            with np.errstate(all="ignore"):
                close = np.isfinite(values) & (
                    np.abs(values - other) <= tolerance * np.abs(values) + 1e-37)
            loose = ~(close | (values == other) | (np.isnan(values) & np.isnan(other)))
            loose |= skip if skip is not None and skip.size == loose.size else False
            loose[list(places)] = True
            values.view(np.uint32)[loose] = ANY
            self.loose += int(loose.sum())
        self.numbers.append(values)

    @staticmethod
    def run(fn, specs, args, floating, gradient):
        inputs = [tensor_of(spec, i + 1, floating) for i, spec in enumerate(specs)]
        for x in inputs:
            x.requires_grad_(gradient and x.dtype.is_floating_point)
        outputs = fn(*inputs, **args)
        outputs = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
        roots = [(k, y) for k, y in enumerate(outputs) if y.requires_grad]
        gradients = [None] * len(inputs)
        wanted = [i for i, x in enumerate(inputs) if x.requires_grad]
        if roots and wanted:
            upstream = [torch.from_numpy(number("uniform", -1, 1, UPSTREAM + k, y.numel()).reshape(
                y.shape)).to(y.dtype) for k, y in roots]
            found = torch.autograd.grad([y for _, y in roots], [inputs[i] for i in wanted], upstream,
                                        allow_unused=True)
            for i, g in zip(wanted, found):
                gradients[i] = g
        return outputs, gradients

    def write(self, path):
        text = "[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in self.cases) + "]"
        text = text.encode()
        data = np.concatenate(self.numbers).astype("<f4")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(struct.pack("<I", len(text)) + text + data.tobytes(), 9))
        print(f"{path.name}: {len(self.cases)} cases, {data.size} numbers ({self.loose} loose), {path.stat().st_size} bytes")


def main():
    torch.set_num_threads(1)
    for family in sys.argv[1:] or FAMILIES:
        writer = Writer()
        importlib.import_module(f"op_tables.{family}").add_cases(writer)
        writer.write(FOLDER / "ops" / f"{family}.z")


if __name__ == "__main__":
    sys.modules["op_data"] = sys.modules["__main__"]  # the tables import it by its name
    main()
