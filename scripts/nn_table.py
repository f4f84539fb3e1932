#!/usr/bin/env python3
"""Writes docs/nn.md, or checks it: the layers, losses, optimizers and schedules that there are, read from the
headers, and what PyTorch has besides.

    nn_table.py [--write] [--root ROOT]

Checked are:
  - docs/nn.md is what would be written;
  - every public name of torch.nn, torch.nn.functional, torch.nn.init, torch.optim and lr_scheduler
    (tests/reference/torch_names.json) is here, under its own name or one of NAMES, or stands with its reason in
    LEFT_OUT or TO_COME, where nothing may stand that is here.
"""
import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from public_ops import Reader, public_ops  # noqa: E402

PAGE = "docs/nn.md"
# What has another name here: torch's name -> ours, a function, class or method.
NAMES = {
    "torch.nn.functional": {
        "conv_tbc": "conv1d", "upsample": "interpolate", "upsample_bilinear": "interpolate",
        "upsample_nearest": "interpolate", "native_channel_shuffle": "channel_shuffle",
        "multi_head_attention_forward": "MultiheadAttention",
    },
    "torch.nn.init": {"calculate_gain": "gain"},
    "torch.nn": {"Container": "Module", "NLLLoss2d": "NLLLoss", "UpsamplingBilinear2d": "Upsample"},
    "torch.optim": {}, "torch.optim.lr_scheduler": {},
}
# Names that were left out on purpose, with the reason.
IN_PLACE = "the result overwrites x: Tensor has the methods that end in _ for what is worth it"
OLD = "deprecated in PyTorch"
LEFT_OUT = {
    "Buffer": "a member named by Members::buffer is one",
    "Parameter": "any tensor that Members names is one",
    "UninitializedBuffer": "part of PyTorch's lazy modules", "UninitializedParameter": "part of PyTorch's lazy modules",
    "DataParallel": "several devices in one process are not driven from here",
    "SyncBatchNorm": "there is one process",
    "CrossMapLRN2d": "LocalResponseNorm is the same",
    "RNNBase": "a base class", "RNNCellBase": "a base class",
    "LinearCrossEntropyOptions": "belongs to LinearCrossEntropyLoss", "LinearCrossEntropyLoss": "experimental",
    "linear_cross_entropy": "experimental", "grouped_mm": "experimental", "scaled_grouped_mm": "experimental",
    "scaled_mm": "of float8, which there is not",
    "celu_": IN_PLACE, "elu_": IN_PLACE, "hardtanh_": IN_PLACE, "leaky_relu_": IN_PLACE, "relu_": IN_PLACE,
    "rrelu_": IN_PLACE, "selu_": IN_PLACE, "threshold_": IN_PLACE,
    "constant": OLD, "dirac": OLD, "eye": OLD, "kaiming_normal": OLD, "kaiming_uniform": OLD, "normal": OLD,
    "orthogonal": OLD, "sparse": OLD, "uniform": OLD, "xavier_normal": OLD, "xavier_uniform": OLD,
    "Optimizer": "a base class, of one's own rules: optim::Optimizer", "SparseAdam": "there are no sparse gradients",
    "LRScheduler": "a base class",
}
# Names that are still to come.
TO_COME = set()

SECTIONS = (("Layers", "nn", lambda path: "/loss/" not in path), ("Losses", "nn", lambda path: "/loss/" in path),
            ("Optimizers", "optim", lambda path: "lr_" not in path and "schedule" not in path),
            ("Schedules", "optim", lambda path: "lr_" in path or "schedule" in path))
CLASS = re.compile(r"((?:^[ ]*///[^\n]*\n)+)?^(?:class|struct) CT_API (\w+)(?: final)? : public (\w+)", re.M)
NOT_LISTED = {"BatchNorm", "InstanceNorm", "LazyModule", "Pad", "SpectralNormRule", "WeightNormRule"}  # what several layers have in common
INTRODUCTION = """# Layers, losses, optimizers and schedules

Written by `scripts/nn_table.py --write` from the headers, whose comments say the rest: shapes, errors, initial values.
Names, defaults and the order of arguments are PyTorch's, and so are the names in a state_dict.
They are made of ops, and run wherever and in whatever types those do: [ops.md](ops.md) has a table. Every layer
runs on `meta` as well. `weight_norm` and `spectral_norm` ([adapt/parametrized.hpp](../include/customtensor/nn/adapt/parametrized.hpp))
wrap a layer as `torch.nn.utils.parametrizations` do.
"""


def classes(root):
    """[(name, path, comment, options)], in the order of the headers."""
    found = []
    for room in ("nn", "optim"):
        for path in sorted((root / "include/customtensor" / room).rglob("*.hpp")):
            text = path.read_text("utf-8")
            for match in CLASS.finditer(text):
                comment = " ".join(line.strip()[3:].strip() for line in (match.group(1) or "").splitlines())
                found.append((match.group(2), path.relative_to(root).as_posix(), comment,
                              constructor(text[match.end():], match.group(2))))
    return found


def constructor(text, name):
    """The arguments of the first constructor of a class, without const and &."""
    match = re.search(r"(?:explicit )?\b" + name + r"\((?!const " + name + r"|" + name + r"&&)", text)
    end = text.find("\n};")
    if not match or match.start() > end:
        return ""
    depth, at = 1, match.end()
    while depth and at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return re.sub(r"\s+", " ", text[match.end():at - 1]).replace("const ", "").replace("&", "")


def sentence(comment):
    """What it computes: the comment up to its first label."""
    text = re.split(r"\b(?:Shapes|Errors|Init|Source|Buffers|Gradient):", comment)[0].strip()
    text = re.split(r"(?<=[.)]) (?=[A-Z])|  +", text)[0]
    return text.rstrip(".").replace("|", "\\|")


def markdown(root, names):
    lines = [INTRODUCTION]
    listed = classes(root)
    torch = {n: space for space, own in names.items() if space != "torch.nn.functional" for n in own}
    for title, room, belongs in SECTIONS:
        rows = [c for c in listed if f"/{room}/" in c[1] and belongs(c[1]) and c[0] not in NOT_LISTED]
        if not rows:
            continue
        lines += [f"## {title}\n", "| name | computes | arguments | PyTorch |", "| --- | --- | --- | --- |"]
        for name, path, comment, arguments in sorted(rows):
            pytorch = f"`{torch[name]}.{name}`" if name in torch else "—"
            lines.append(f"| [`{name}`](../{path}) | {sentence(comment)} | "
                         f"{'`' + arguments.replace('|', chr(92) + '|') + '`' if arguments else ''} | {pytorch} |")
        lines.append("")
    lines += ["## What PyTorch has besides\n"]
    reasons = {}
    for space, own in names.items():
        for name in own:
            if name in LEFT_OUT and not is_here(space, name, known(root)):
                reasons.setdefault(LEFT_OUT[name], []).append(f"`{name}`")
    lines += [f"* {', '.join(sorted(set(found)))}: {reason}." for reason, found in sorted(reasons.items())]
    if TO_COME:
        lines += ["", f"Still to come: {', '.join(f'`{n}`' for n in sorted(TO_COME))}."]
    return "\n".join(lines) + "\n"


_known = {}


def known(root):
    """Every public class and function by its last name."""
    if root not in _known:
        found = {name.rpartition("::")[2] for name in public_ops(root / "include/customtensor")}
        for path in (root / "include/customtensor").rglob("*.hpp"):
            text = path.read_text("utf-8")
            found |= {m.group(1) for m in re.finditer(r"^(?:class|struct) (?:CT_API )?(\w+)", text, re.M)}
            reader = Reader()
            if "/nn/" in path.as_posix() or "/optim/" in path.as_posix():
                reader.read(text)
                found |= {name.rpartition("::")[2] for name in reader.functions}
        _known[root] = found
    return _known[root]


def is_here(space, name, found):
    return name in found or NAMES[space].get(name) in found


def errors(root, names):
    found = known(root)
    total = sum(len(own) for own in names.values())
    missing = [f"{space}.{name}" for space, own in names.items() for name in own
               if not is_here(space, name, found) and name not in LEFT_OUT and name not in TO_COME]
    for name in missing:
        yield f"{name} is neither here nor in scripts/nn_table.py's LEFT_OUT"
    every = {name for own in names.values() for name in own}
    for name in sorted(TO_COME):
        if name not in every:
            yield f"TO_COME: PyTorch has no {name}"
        elif any(name in own and is_here(space, name, found) for space, own in names.items()):
            yield f"TO_COME: {name} is here; remove it"
    for name in sorted(LEFT_OUT):
        if name not in every:
            yield f"LEFT_OUT: PyTorch has no {name}"
    if total == 0:
        yield "tests/reference/torch_names.json holds no names"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    root = arguments.root
    names = json.loads((root / "tests/reference/torch_names.json").read_text("utf-8"))["names"]
    page = markdown(root, names)
    if arguments.write:
        (root / PAGE).write_text(page, "utf-8")
    problems = list(errors(root, names))
    if not (root / PAGE).exists() or (root / PAGE).read_text("utf-8") != page:
        problems.append(f"{PAGE} is not what the headers say; write it anew: scripts/nn_table.py --write")
    for problem in problems:
        print(f"nn_table: {problem}")
    print(f"nn_table: {len(problems)} errors")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
