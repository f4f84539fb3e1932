"""Arithmetic and layout of the comparison with LibTorch: medians, agreement of outputs, share of
the machine's limit, text and Markdown tables. Pure functions; tested by
tests/bench/comparison_test.py."""

import math
from statistics import median


def disagreement(ours, theirs, tolerance):
    """Says how two lists of output summaries differ, or returns None if they agree.

    Sums are compared relative to the sum of magnitudes (their rounding grows with it), single
    elements relative to the output's root mean square.
    """
    if len(ours) != len(theirs):
        return f"{len(ours)} outputs against {len(theirs)}"
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a["count"] != b["count"]:
            return f"output {i}: {a['count']} elements against {b['count']}"
        rms = math.sqrt(max(a["sum_sq"], b["sum_sq"]) / max(a["count"], 1))
        scale = max(a["sum_abs"], b["sum_abs"], 1e-30)
        pairs = [("sum", a["sum"], b["sum"], scale),
                 ("sum of magnitudes", a["sum_abs"], b["sum_abs"], scale),
                 ("sum of squares", a["sum_sq"], b["sum_sq"], max(a["sum_sq"], b["sum_sq"], 1e-30))]
        pairs += [(f"element {k}", x, y, max(rms, abs(x), abs(y), 1e-30))
                  for k, (x, y) in enumerate(zip(a["elements"], b["elements"]))]
        for what, x, y, unit in pairs:
            if not abs(x - y) <= tolerance * unit:  # NaN fails too
                return f"output {i}, {what}: {x:.7g} against {y:.7g}"
    return None


def bandwidth(limits, footprint):
    """(GB/s, name) of the memory level that holds `footprint` bytes."""
    if footprint <= limits["l2_bytes"] * limits["threads"]:
        return limits["l2_gbs"], "L2"
    if footprint <= 0.75 * limits["l3_bytes"]:
        return limits["l3_gbs"], "L3"
    return limits["dram_gbs"], "DRAM"


def least_time(case, limits):
    """(µs, what binds): the least time the machine allows for a case, by arithmetic or by memory."""
    arithmetic = case["flops"] / (limits["gflops"] * 1e3)
    speed, level = bandwidth(limits, case["bytes"])
    memory = case["bytes"] / (speed * 1e3)
    return (arithmetic, "flop") if arithmetic >= memory else (memory, level)


UNSTEADY = 1.4  # quiet machines stay within 1.15 in most rows


def unsteady(times):
    """Whether any program's rounds differ so much that something must have disturbed them."""
    return any(max(v) > UNSTEADY * min(v) for v in times.values() if v)


def make_row(case, threads, times, limits, error=None):
    """The result of one case; `times` maps program names to lists of medians, one a round."""
    middle = {name: median(values) if values else None for name, values in times.items()}
    ours = middle.get("customtensor")
    theirs = [t for t in (middle.get("libtorch"), middle.get("libtorch_tuned")) if t is not None]
    least, bound = least_time(case, limits)
    return {
        "case": case["case"],
        "threads": threads,
        "customtensor_us": ours,
        "libtorch_us": middle.get("libtorch"),
        "libtorch_tuned_us": middle.get("libtorch_tuned"),
        "ratio": min(theirs) / ours if theirs and ours else None,
        "percent_of_limit": 100 * least / ours if ours else None,
        "limit": bound,
        "custom_gpu_us": middle.get("custom_gpu"),
        "unsteady": unsteady(times),
        "error": error,
    }


def microseconds(value):
    if value is None:
        return "-"
    if value >= 10000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.3g}"


def cells(row):
    ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
    share = "-" if row["percent_of_limit"] is None else (
        f"{row['percent_of_limit']:.1f} ({row['limit']})")
    return [row["case"], str(row["threads"]), microseconds(row["customtensor_us"]),
            microseconds(row["libtorch_us"]), microseconds(row["libtorch_tuned_us"]), ratio, share]


HEADER = ["case", "threads", "CustomTensor µs", "LibTorch µs", "tuned µs", "ratio", "% of limit"]
WIDTHS = [33, 7, 15, 12, 12, 7, 13]


def text_line(values, note=""):
    line = values[0].ljust(WIDTHS[0])
    line += "".join(v.rjust(w + 1) for v, w in zip(values[1:], WIDTHS[1:]))
    return line + ("  " + note if note else "")


def note(row):
    """What a reader of the terminal must not overlook in a row."""
    if row["error"]:
        return "FAILED: " + row["error"]
    slower = row["ratio"] is not None and row["ratio"] < 1
    notes = ["slower"] if slower else []
    device = device_cells(row)
    if device:
        notes.append(f"custom_gpu {device[2]} µs, {device[3]} of cpu's time")
    return ", ".join(notes + (["unsteady"] if row["unsteady"] else []))


def geometric_mean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else None


def summary(rows):
    """One sentence on each number of threads."""
    lines = []
    for threads in sorted({r["threads"] for r in rows}):
        ratios = [r["ratio"] for r in rows if r["threads"] == threads and r["ratio"] is not None]
        if ratios:
            ahead = sum(r >= 1 for r in ratios)
            lines.append(f"{threads} thread{'s' if threads > 1 else ''}: at least as fast as "
                         f"LibTorch in {ahead} of {len(ratios)} rows, geometric mean "
                         f"{geometric_mean(ratios):.2f}x")
    return lines


def markdown_table(rows, cases):
    lines = ["| case | what | threads | CustomTensor µs | LibTorch µs | tuned µs | ratio "
             "| % of limit |",
             "| --- | --- | --: | --: | --: | --: | --: | --: |"]
    for row in rows:
        c = cells(row)
        if row["error"]:
            c[5] = "failed"
        elif row["ratio"] is not None and row["ratio"] < 1:
            c[5] = f"**{c[5]}**"
        lines.append("| " + " | ".join([c[0], cases[row["case"]]["what"].replace("|", "\\|")]
                                       + c[1:]) + " |")
    return lines


def device_cells(row):
    """Case, both devices' times, and how many times as long custom_gpu takes; None if not measured."""
    ours, device = row["customtensor_us"], row["custom_gpu_us"]
    if ours is None or device is None:
        return None
    return [row["case"], microseconds(ours), microseconds(device), f"{device / ours:.2f}"]


def device_table(rows, device, threads):
    """custom_gpu beside cpu, where it was measured."""
    lines = ["", "## custom_gpu beside cpu", "",
             f"On {device}; cpu on {threads} threads. The last column is custom_gpu's time over cpu's.",
             "", "| case | cpu µs | custom_gpu µs | custom_gpu / cpu |", "| --- | --: | --: | --: |"]
    found = [c for c in map(device_cells, rows) if c]
    return lines + ["| " + " | ".join(c) + " |" for c in found] if found else []


def markdown(rows, cases, machine, limits, method, device=None):
    """docs/performance.md: whole steps first, then everything else."""
    steps = [r for r in rows if r["case"].startswith("step_")]
    rest = [r for r in rows if not r["case"].startswith("step_")]
    lines = ["# Performance", "",
             "Written by `./dev bench`; run it to get the table of your machine.", ""]
    lines += [f"- {line}" for line in machine]
    for threads, m in sorted(limits.items()):
        lines.append(f"- Limits measured in the same run, {threads} thread"
                     f"{'s' if threads > 1 else ''} ({m['simd']}): {m['gflops']:.0f} GFLOP/s; triad "
                     f"{m['l2_gbs']:.0f} GB/s in L2, {m['l3_gbs']:.0f} in L3, {m['dram_gbs']:.0f} "
                     "in DRAM")
    lines += ["", method, ""]
    lines += [f"**{line}.**" for line in summary(rows)]
    for title, part in (("Whole training steps", steps), ("Single operations", rest)):
        if part:
            lines += ["", f"## {title}", ""] + markdown_table(part, cases)
    if device:
        lines += device_table(rows, device, max(limits))
    return "\n".join(lines) + "\n"
