#!/usr/bin/env python3
"""Writes docs/ops.md, or checks that it and the conformance rows are complete.

    ops_table.py [--write] [--root ROOT] PROGRAM

PROGRAM is ct_ops_table, which runs every row of tests/conformance on each device. Checked are:
  - docs/ops.md is what would be written (where there is no OpenCL device: its cpu columns);
  - every public op (public_ops.py) has a row, and a differentiable one, or stands with its reason in
    tests/conformance/exceptions.ini, where nothing may stand that is not needed;
  - every row is named after a public op.
"""
import argparse
import configparser
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from public_ops import public_ops  # noqa: E402

PAGE = "docs/ops.md"
EXCEPTIONS = "tests/conformance/exceptions.ini"
MEND = "./dev ops-table"
DEVICES = ("cpu", "custom_gpu")
STAGES = ("forward", "gradient", "double gradient")
# The family of each header's ops: the room of their kernels, as docs/architecture.md lists them.
FAMILIES = {
    "pointwise": ("ops/activation.hpp", "ops/arithmetic.hpp", "ops/bitwise.hpp", "ops/compare.hpp",
                  "ops/complex.hpp", "ops/functions.hpp", "ops/dropout.hpp", "ops/pointwise_each.hpp",
                  "ops/rotary.hpp"),
    "reduce": ("ops/reduce.hpp", "ops/scan.hpp"),
    "matmul": ("ops/matmul.hpp", "ops/einsum.hpp", "ops/attention.hpp", "ops/bilinear.hpp",
               "ops/recurrent.hpp"),
    "conv": ("ops/conv.hpp", "ops/conv1d.hpp", "ops/conv3d.hpp", "ops/conv_transpose.hpp", "ops/pool_axes.hpp",
             "ops/pool3d.hpp", "ops/pool_indices.hpp"),
    "resample": ("ops/resample.hpp",),
    "norm": ("ops/norm.hpp", "ops/loss.hpp", "ops/loss_classes.hpp", "ops/loss_ctc.hpp",
             "ops/loss_pointwise.hpp", "ops/similarity.hpp"),
    "index": ("ops/indexing.hpp", "ops/embedding_bag.hpp"),
    "order": ("ops/sort.hpp",),
    "random": ("ops/random.hpp",),
    "linalg": ("linalg.hpp",),
    "fft": ("fft.hpp", "ops/window.hpp"),
    "shape": ("ops/shape.hpp", "ops/creation.hpp"),
}
FAMILY_OF = {header: family for family, headers in FAMILIES.items() for header in headers}
# Where a family must be found, as a folder or a file; shape has no kernels, linalg none in OpenCL.
ROOMS = {
    "src/ops": set(FAMILIES),
    "src/backend_cpu": set(FAMILIES) - {"shape"},
    "src/backend_opencl": set(FAMILIES) - {"shape", "linalg"},
    "kernels": set(FAMILIES) - {"shape", "linalg"},
}
GROUPS = {
    "floating": ("float32", "float64", "float16", "bfloat16"),
    "integers": ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    "bool": ("bool",),
}
INTRODUCTION = f"""# Ops

Every op of the library, on each device that comes with it. `{MEND}` writes this page from the rows of
the conformance suite (`tests/conformance/cases`), by running them; nothing here is written by hand.

* **yes**: there, and checked by the suite: results against float64, gradients and gradients of
  gradients against differences, any strides, half types.
* **host: family**: the same, but the device has no kernels of that family for some row, and computes it
  on the host. Such calls are counted (`ct::fallbacks()`).
* **—**: the op has no such derivative.
* Types: *floating* is float32, float64, float16 and bfloat16, *integers* is int8, int16,
  int32, int64, uint8, uint16, uint32 and uint64; rows of complex numbers take their parts.
"""


def load_exceptions(path):
    """{section: {op: reason}}"""
    parser = configparser.ConfigParser(delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str
    parser.read_string(Path(path).read_text("utf-8"))
    return {section: {op: reason for reason, ops in parser[section].items() for op in ops.split()}
            for section in parser.sections()}


def types_cell(types):
    words = []
    for group, members in GROUPS.items():
        present = [t for t in members if t in types]
        words += [group] if len(present) == len(members) else present
    return "all" if words == list(GROUPS) else ", ".join(words)


def stage_cell(families):
    if families is None:
        return "—"
    return "host: " + ", ".join(families) if families else "yes"


def row(name, facts, devices):
    cells = [f"`{name}`"]
    for device in devices:
        on = facts["devices"].get(device)
        cells += [stage_cell(on[s]) for s in STAGES] + [types_cell(on["dtypes"])] if on else ["?"] * 4
    return "| " + " | ".join(cells) + " |"


def markdown(table, ops, exceptions):
    lines = [INTRODUCTION]
    header = ["op"] + [f"{device}: {column}" for device in DEVICES for column in STAGES + ("types",)]
    for section in sorted(set(ops.values())):
        names = sorted(n for n in table["ops"] if ops.get(n) == section)
        if names:
            family = f" (family `{FAMILY_OF[section]}`)" if section in FAMILY_OF else ""
            lines += [f"## {section}{family}\n", "| " + " | ".join(header) + " |",
                      "| --- " * len(header) + "|"]
            lines += [row(name, table["ops"][name], DEVICES) for name in names] + [""]
    lines += ["## Without a row\n"]
    reasons = {}
    for op, reason in exceptions["no row"].items():
        reasons.setdefault(reason, []).append(f"`{op}`")
    lines += [f"* {', '.join(sorted(names))}: {reason}." for reason, names in reasons.items()]
    return "\n".join(lines) + "\n"


def row_errors(table, ops, exceptions):
    without_row, without_gradient = exceptions["no row"], exceptions["no gradient"]
    rows = table["ops"]
    for op in sorted(ops.keys() - rows.keys() - without_row.keys()):
        yield f"{op} ({ops[op]}) has no row in tests/conformance/cases"
    for op in sorted(rows.keys() - ops.keys()):
        yield f"row '{op}' is not named after a public op"
    for op in sorted(without_row.keys() & rows.keys()):
        yield f"{EXCEPTIONS}: {op} has a row; remove it from [no row]"
    for op in sorted(without_row.keys() - ops.keys()):
        yield f"{EXCEPTIONS}: {op} of [no row] is not a public op"
    for op in sorted(rows):
        checked = any(on["gradient"] is not None for on in rows[op]["devices"].values())
        if not checked and op not in without_gradient:
            yield f"{op} has no row with a gradient check"
        if checked and op in without_gradient:
            yield f"{EXCEPTIONS}: {op} has a gradient check; remove it from [no gradient]"
    for op in sorted(without_gradient.keys() - rows.keys()):
        yield f"{EXCEPTIONS}: {op} of [no gradient] has no row"


def family_errors(root, ops):
    for header in sorted(set(ops.values()) - set(FAMILY_OF)):
        if header.startswith("ops/"):
            yield f"{header} belongs to no family; scripts/ops_table.py lists them"
    for room, families in ROOMS.items():
        for family in sorted(families):
            if not any((root / room).glob(family)) and not any((root / room).glob(f"{family}.*")):
                yield f"{room} has no room for the family {family}"
    table = (root / "docs/architecture.md").read_text("utf-8")
    for family, headers in FAMILIES.items():
        wanted = f"`{family}` | .* | {', '.join(f'`{h}`' for h in headers)} |"
        if not re.search(re.escape(wanted).replace(r"\.\*", ".*"), table):
            yield f"docs/architecture.md: its table of families must have the row: {wanted}"


def columns(page, count):
    """The page with only the first `count` columns of its tables."""
    return "\n".join("|".join(line.split("|")[:count + 1]) if line.startswith("|") else line
                     for line in page.splitlines())


def page_errors(written, page, devices):
    if set(devices) != set(DEVICES):
        one = 1 + len(STAGES) + 1
        written, page = columns(written, one), columns(page, one)
    if written != page:
        old, new = set(written.splitlines()), set(page.splitlines())
        lines = sorted(f"  is:        {line}" for line in old - new)
        lines += sorted(f"  should be: {line}" for line in new - old)
        yield "\n".join([f"{PAGE} is not what the rows say; run {MEND}", *lines[:20]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("program")
    args = parser.parse_args()
    run = subprocess.run([args.program], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    table = json.loads(run.stdout)
    ops = public_ops(args.root / "include/customtensor")
    exceptions = load_exceptions(args.root / EXCEPTIONS)
    page = markdown(table, ops, exceptions)
    errors = list(row_errors(table, ops, exceptions)) + list(family_errors(args.root, ops))
    missing = [device for device in DEVICES if device not in table["devices"]]
    if missing:
        print(f"*** DEVICE MISSING: the columns of {', '.join(missing)} are NOT CHECKED")
    if args.write and not missing:
        (args.root / PAGE).write_text(page, "utf-8")
    elif args.write:
        errors.append(f"{PAGE} was not written: it needs the devices {', '.join(DEVICES)}")
    else:
        path = args.root / PAGE
        errors += page_errors(path.read_text("utf-8") if path.exists() else "", page, table["devices"])
    for error in errors:
        print(f"error: {error}")
    print(f"ops: {len(ops)} public, {len(table['ops'])} with rows, {len(errors)} errors")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
