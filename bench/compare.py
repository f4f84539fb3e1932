#!/usr/bin/env python3
"""Side by side with LibTorch: runs both benchmark programs over all cases, in fresh processes that
take turns, and prints and writes the table of ratios. `./dev bench` calls it."""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import comparison
import libtorch_setup

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 300

METHOD = """How it is measured: every figure is the median over rounds of a fresh process's median;
the programs take turns (CustomTensor, LibTorch, LibTorch tuned, CustomTensor, ...) and run the same
case descriptions on the same inputs, and their outputs, gradients or losses are compared in the
same run. "Tuned" is LibTorch with glibc's allocator kept from returning memory and with huge pages
(`MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=1000000000000 GLIBC_TUNABLES=glibc.malloc.hugetlb=1`).
The ratio is the better of LibTorch's two times over CustomTensor's: above 1 CustomTensor is faster
(below is bold). "% of limit" is the least time that the machine allows for the arithmetic of the
direct algorithm or for the fewest bytes that must move, over CustomTensor's time; the bracket says
which of them binds. Algorithms that save arithmetic can exceed 100. Differences under 15% are
noise."""


def arguments():
    p = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    p.add_argument("--build", type=Path, default=ROOT / "build/release",
                   help="CustomTensor's build folder, made with CT_BUILD_BENCH=ON")
    p.add_argument("--filter", default="", metavar="F",
                   help="only cases whose name this regular expression finds")
    p.add_argument("--json", type=Path, metavar="FILE", help="write one JSON object a row")
    p.add_argument("--quick", action="store_true", help="whole training steps only")
    p.add_argument("--rounds", type=int, default=3, help="processes per program and row")
    p.add_argument("--threads", default="1,2", metavar="N,...", help="numbers of threads")
    p.add_argument("--seconds", type=float, default=0.2, help="measuring time of one process")
    p.add_argument("--no-custom-gpu", action="store_true",
                   help="leave out the OpenCL device, which is otherwise measured beside cpu")
    p.add_argument("--no-libtorch", action="store_true", help="measure CustomTensor alone")
    p.add_argument("--libtorch-build", type=Path,
                   help="build folder of the LibTorch program (default: next to --build)")
    a = p.parse_args()
    try:
        a.threads = [int(t) for t in a.threads.split(",")]
        a.pattern = re.compile(a.filter)
    except (ValueError, re.error) as e:
        p.error(str(e))
    if a.rounds < 1 or min(a.threads) < 1:
        p.error("--rounds and --threads must be positive")
    return a


def run_json(command, env=None):
    """The JSON lines that a program prints. Raises RuntimeError with its last message."""
    try:
        done = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True,
                              timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"took more than {TIMEOUT_S} s") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise RuntimeError(last[:160])
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run_round(case, threads, programs, args, check):
    """One process of each program, in turn: their JSON results by program name."""
    results = {}
    for name, (path, env) in programs.items():
        env = {**env, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        command = [path, "--case", case["case"], "--threads", threads, "--seconds", args.seconds]
        if name == "custom_gpu":
            command += ["--device", name]
            env["POCL_MAX_PTHREAD_COUNT"] = str(threads)
        try:
            results[name] = run_json(command + ([] if check else ["--no-check"]), env)[0]
        except RuntimeError as e:
            raise RuntimeError(f"{name}: {e}") from None
    return results


def measure_row(case, threads, programs, limits, args):
    """One case on one number of threads: rounds of all programs, as many again if they are
    unsteady; outputs are compared in the first round."""
    if threads != max(args.threads):  # a device has threads of its own
        programs = {name: p for name, p in programs.items() if name != "custom_gpu"}
    times = {name: [] for name in programs}
    error = None
    try:
        for number in range(2 * args.rounds):
            if number >= args.rounds and not comparison.unsteady(times):
                break
            results = run_round(case, threads, programs, args, check=number == 0)
            for name, result in results.items():
                times[name].append(result["median_us"])
            for other in ("custom_gpu", "libtorch") if number == 0 else ():
                if other in results and not error:
                    error = comparison.disagreement(results["customtensor"]["outputs"],
                                                    results[other]["outputs"], case["tolerance"])
                    error = error and f"results differ from those of {other}: {error}"
    except RuntimeError as e:
        error = str(e)
    return comparison.make_row(case, threads, times, limits, error)


def describe_machine(libtorch):
    """Lines on processor, system and versions."""
    info = {}
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        info.setdefault(key.strip(), value.strip())
    flags = [f for f in info.get("flags", info.get("Features", "")).split()
             if re.fullmatch(r"avx|avx2|fma|avx512(f|bw|vl|_bf16|_vnni)|asimd|sve", f)]
    system = "Linux"
    if Path("/etc/os-release").exists():
        for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
            if line.startswith("PRETTY_NAME="):
                system = line.split("=", 1)[1].strip('"')
    lines = [f"Processor: {info.get('model name', 'unknown')}, family {info.get('cpu family', '?')}"
             f" model {info.get('model', '?')}, {len(os.sched_getaffinity(0))} cores, "
             f"{' '.join(flags)}", f"System: {system}"]
    if libtorch:
        command = [libtorch, "--case", "ew_add_8", "--seconds", "0", "--no-check"]
        version = run_json(command, libtorch_setup.environment(tuned=False))[0]["library"]
        lines.append("Against: " + ", ".join([version] + libtorch_setup.package_versions()))
    return lines


def custom_gpu_description(build):
    """What `ct-train devices` says of the OpenCL device, or None where there is none."""
    try:
        listed = subprocess.run([build / "apps/ct-train", "devices"], capture_output=True, text=True,
                                timeout=TIMEOUT_S, check=False).stdout.splitlines()
    except OSError:
        return None
    for line in listed:
        if line.startswith("custom_gpu "):
            return line.removeprefix("custom_gpu").strip()
    return None


def main():
    args = arguments()
    ours, limits_program = args.build / "bench/ct_bench", args.build / "bench/ct_limits"
    for program in (ours, limits_program):
        if not program.exists():
            print(f"{program} is missing: build with -DCT_BUILD_BENCH=ON", file=sys.stderr)
            return 2
    programs = {"customtensor": (ours, dict(os.environ))}
    libtorch = None if args.no_libtorch else libtorch_setup.build_program(
        args.libtorch_build or args.build.resolve().parent / "libtorch-bench")
    if libtorch:
        programs["libtorch"] = (libtorch, libtorch_setup.environment(tuned=False))
        programs["libtorch_tuned"] = (libtorch, libtorch_setup.environment(tuned=True))

    device = None if args.no_custom_gpu else custom_gpu_description(args.build)
    if device:
        programs["custom_gpu"] = (ours, dict(os.environ))
    elif not args.no_custom_gpu:
        print("DEVICE MISSING: custom_gpu is not measured")

    cases = {c["case"]: c for c in run_json([ours, "--list"])}
    chosen = [c for name, c in cases.items() if args.pattern.search(name)
              and (not args.quick or name.startswith("step_"))]
    if not chosen:
        print(f"no case matches '{args.filter}'; {ours} --list names them", file=sys.stderr)
        return 2
    if os.getloadavg()[0] > 0.5:
        print(f"The machine is busy (load {os.getloadavg()[0]:.1f}): times will be disturbed.")

    limits = {t: run_json([limits_program, t])[0] for t in args.threads}
    print(comparison.text_line(comparison.HEADER))
    rows = []
    for case in chosen:
        for threads in args.threads:
            row = measure_row(case, threads, programs, limits[threads], args)
            rows.append(row)
            print(comparison.text_line(comparison.cells(row), comparison.note(row)), flush=True)
    for line in comparison.summary(rows):
        print(line)

    if args.json:
        args.json.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    if len(chosen) == len(cases) and libtorch:
        page = ROOT / "docs/performance.md"
        page.write_text(comparison.markdown(rows, cases, describe_machine(libtorch), limits,
                                            METHOD, device), encoding="utf-8")
        print(f"Wrote {page.relative_to(ROOT)}")
    return 1 if any(r["error"] for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
