#!/usr/bin/env python3
"""Checks the arrows of docs/architecture.md from the #include lines, the rooms, the size of files and folders,
and that each file opens with what it is.

    check_layers.py [ROOT]      prints "file:line: error: ..." and exits 1 if an arrow is wrong

The tables below are the whole rule; a new folder or third-party library is a new row.
"""
import os
import re
import sys
from pathlib import Path

WARN_LINES, MAX_LINES, MAX_FILES = 400, 600, 40
SOURCE_FOLDERS = ("include", "src", "kernels", "apps", "bench", "tests", "examples")
SUFFIXES = {".hpp", ".cpp", ".h", ".cl", ".inc"}

# Public headers, as the rooms that may be included. A header outside of a room's folder is core.
PUBLIC_ROOMS = {
    "autograd.hpp": "autograd", "autograd_functional.hpp": "autograd",
    "ops.hpp": "ops", "ops": "ops", "linalg.hpp": "ops", "fft.hpp": "ops",
    "nn.hpp": "nn", "nn": "nn",
    "optim.hpp": "optim", "optim": "optim", "data.hpp": "data", "data": "data", "io.hpp": "io",
    "io": "io", "train.hpp": "train", "train": "train",
    "customtensor.hpp": "umbrella", "custom.hpp": "umbrella",
}
LOW = {"core", "autograd", "ops"}
# room -> rooms whose public headers it may include
MAY_USE = {
    "core": {"core"},
    "autograd": {"core", "autograd"},
    "ops": LOW,
    "nn": LOW | {"nn"},
    "optim": LOW | {"nn", "optim"},
    "data": LOW | {"data"},
    "io": LOW | {"io"},
    "train": LOW | {"nn", "optim", "data", "io", "train"},
    "umbrella": LOW | {"nn", "optim", "data", "io", "train", "umbrella"},
    "backend_cpu": {"core"},
    "backend_opencl": {"core"},
    "root": {"core"},
}
# room of src/ -> rooms of src/ whose private headers it may include, besides its own
MAY_SEE_INSIDE = {
    "autograd": {"core"},
    "ops": {"core", "autograd"},
    "backend_cpu": {"core"},
    "backend_opencl": {"core"},
    "root": {"core", "backend_cpu", "backend_opencl"},  # src/*.cpp: says which devices come along
}
# Private headers that other rooms may include too: the rooms, or None for every room of src/.
SHARED = {"core/settings.hpp": None, "io/json_reader.hpp": {"train"}}
# Who reads the environment: the settings, and the terminal's own variables.
READ_ENVIRONMENT = {"src/core/settings.cpp", "apps/ct-train/terminal.cpp"}
# Headers that a backend must not reach, not even through another header.
BACKEND_FORBIDDEN = {"customtensor/tensor.hpp", "core/tensor/tensor_impl.hpp",
                     "core/tensor/grad_node.hpp"}
# One cut for all rooms: the families of ops and kernels. A family is a folder, or a file of its name
# (random.cpp, linalg_test.cpp).
FAMILIES = {"pointwise", "reduce", "matmul", "conv", "resample", "norm", "index", "order", "random",
            "linalg", "fft"}
LAYER_KINDS = {"linear", "conv", "norm", "activation", "pool", "dropout", "recurrent", "attention",
               "loss", "init", "container", "shape", "embedding", "adapt", "resample"}
# folder -> the folders that it may hold
ROOMS = {
    "src/ops": FAMILIES | {"shape"},
    "src/backend_cpu": FAMILIES | {"runtime", "simd"},
    "src/backend_cpu/simd": FAMILIES,
    "src/backend_opencl": FAMILIES | {"runtime", "device", "source"},
    "kernels": FAMILIES,
    "src/core": {"tensor", "view", "device", "memory", "program"},
    "src/nn": LAYER_KINDS,
    "include/customtensor/nn": LAYER_KINDS,
    "src/train": {"choice", "loop", "run", "report", "classify"},
}
MIRRORED = ("core", "ops", "nn", "backend_cpu", "backend_opencl", "train")  # in tests/
# third-party header (prefix) -> the only places that may include it
THIRD_PARTY = {
    "hwy/": ("src/backend_cpu/simd/",),
    "omp.h": ("src/backend_cpu/runtime/parallel.cpp",),
    "CL/": ("src/backend_opencl/",),
    "clblast": ("src/backend_opencl/",),
    "Eigen/": ("src/backend_cpu/linalg", "tests/"),
    "fmt/": ("src/", "apps/", "tests/", "bench/"),
    "nlohmann/": ("src/io/", "src/data/", "src/train/", "apps/", "tests/", "bench/"),
    "zlib.h": ("src/io/", "src/data/", "src/train/", "tests/"),
    "stb/": ("src/io/", "src/data/", "src/train/", "tests/"),
    "CLI/": ("apps/",),
    "dlfcn.h": ("src/core/",),
    "torch/": ("bench/libtorch/",),
    "ATen/": ("bench/libtorch/",),
    "benchmark/": ("bench/",),
    "gtest/": ("tests/",),
    "gmock/": ("tests/",),
}
# The operating system's own headers: anywhere but in include/.
SYSTEM = re.compile(r"^(sys/|linux/|immintrin|cpuid|unistd|fcntl|signal|termios|pthread|sched|malloc|"
                    r"execinfo|poll|spawn|cxxabi|csignal)")
STANDARD = re.compile(r"^[a-z0-9_]+$")  # <vector>, <cstdint>: no dot, no folder

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
OPENMP = re.compile(r"^\s*#\s*pragma\s+omp\b")
GETENV = re.compile(r"\b(secure_)?getenv\b")


class Tree:
    """The source files under a root, their includes, and what is wrong with them."""

    def __init__(self, root):
        self.root = Path(root)
        self.errors, self.warnings = [], []
        self.lines = {}
        for folder in SOURCE_FOLDERS:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in SUFFIXES and path.is_file():
                    name = path.relative_to(self.root).as_posix()
                    self.lines[name] = path.read_text(encoding="utf-8").splitlines()

    def error(self, file, line, message):
        self.errors.append(f"{file}:{line}: error: {message}")

    def includes(self, file):
        for number, text in enumerate(self.lines.get(file, ()), 1):
            match = INCLUDE.match(text)
            if match:
                yield number, match[1] == "<", match[2]

    def check(self):
        self.check_folders()
        for file in self.lines:
            self.check_size(file)
            self.check_opening(file)
            for number, text in enumerate(self.lines[file], 1):
                if OPENMP.match(text) and file != "src/backend_cpu/runtime/parallel.cpp":
                    self.error(file, number,
                               "OpenMP belongs to src/backend_cpu/runtime/parallel.cpp alone")
                if (file.startswith(("src/", "apps/")) and file not in READ_ENVIRONMENT
                        and GETENV.search(text)):
                    self.error(file, number, "the environment is read by src/core/settings.cpp "
                                             "alone; a new variable is a row there")
            for number, angle, header in self.includes(file):
                self.check_include(file, number, angle, header)
            if room_of(file) in ("backend_cpu", "backend_opencl"):
                self.check_backend(file)

    def check_folders(self):
        folders = {}
        for file in self.lines:
            folders.setdefault(Path(file).parent.as_posix(), []).append(file)
            for parent in list(Path(file).parents)[:-1]:
                room = parent.parent.as_posix()
                source = re.sub(r"^tests/", "src/", room) if room.split("/")[-1] in MIRRORED else room
                if parent.name not in ROOMS.get(source, {parent.name}):
                    self.error(file, 1, f"{room} has no room '{parent.name}': "
                                        f"{', '.join(sorted(ROOMS[source]))}")
        for folder, files in folders.items():
            if len(files) > MAX_FILES:
                self.error(folder, 1, f"{len(files)} files, more than {MAX_FILES}; "
                                      "cut the folder by family")

    def check_size(self, file):
        size = len(self.lines[file])
        if size > MAX_LINES:
            self.error(file, size, f"{size} lines, more than {MAX_LINES}; split it by concept")
        elif size > WARN_LINES:
            self.warnings.append(f"{file}:{size}: warning: {size} lines, aim under {WARN_LINES}")

    def check_opening(self, file):
        lines = self.lines[file]
        if not lines or not lines[0].startswith(("//", "/*")):
            self.error(file, 1, "opens without a comment on what it is")

    def check_include(self, file, number, angle, header):
        if header.startswith(".."):
            header = os.path.normpath(f"{Path(file).parent}/{header}").removeprefix("src/")
        if header.startswith("customtensor/"):
            self.check_public(file, number, header)
        elif not angle and (inner := inner_room(header)) and file.startswith(("src/", "include/")):
            self.check_inner(file, number, header, inner)
        elif not angle and inner_room(header) and not self.is_local(file, header):
            if not file.startswith("tests/"):  # tests may look at a part that has no public face
                self.error(file, number, f'"{header}" is private to src/; use public headers')
        elif angle or not self.is_local(file, header):
            self.check_foreign(file, number, header)

    def is_local(self, file, header):
        """Whether a quoted header is one of the same top folder (src/, tests/, bench/, ...)."""
        top = file.split("/")[0]
        return any(name.startswith(f"{top}/") and name.endswith(f"/{header}") for name in self.lines)

    def check_public(self, file, number, header):
        room, wanted = room_of(file), public_room(header)
        if not (self.root / "include" / header).is_file():
            self.error(file, number, f"there is no public header {header}")
        elif room in MAY_USE and wanted not in MAY_USE[room]:
            self.error(file, number, f"{room} must not know {wanted} (includes {header})")

    def check_inner(self, file, number, header, inner):
        room = room_of(file)
        if file.startswith("include/"):
            self.error(file, number, f"a public header must not include the private {header}")
        elif (inner != room and inner not in MAY_SEE_INSIDE.get(room, ())
              and (header not in SHARED or room not in (SHARED[header] or {room}))):
            self.error(file, number, f"{room} must not see the inside of {inner} ({header})")

    def check_foreign(self, file, number, header):
        if STANDARD.match(header):
            return
        if file.startswith("include/"):
            self.error(file, number, f"no third-party include in a public header (<{header}>)")
            return
        for prefix, places in THIRD_PARTY.items():
            if header.startswith(prefix):
                if not file.startswith(places):
                    self.error(file, number, f"<{header}> may only be included under "
                                             f"{', '.join(places)}")
                return
        if not SYSTEM.match(header):
            self.error(file, number, f"<{header}> is not known to scripts/check_layers.py; "
                                     "a new dependency is a new row there")

    def check_backend(self, file):
        """Tensor and autograd stay out of a backend's translation units altogether."""
        seen, queue = set(), [(n, h, h) for n, _, h in self.includes(file)]
        while queue:
            number, first, header = queue.pop()
            if header in BACKEND_FORBIDDEN:
                via = "" if header == first else f" through {first}"
                self.error(file, number, f"a backend must not know {header} (included{via})")
                return
            for place in (f"include/{header}", f"src/{header}"):
                if place in self.lines and place not in seen:
                    seen.add(place)
                    queue += [(number, first, h) for _, _, h in self.includes(place)]


def room_of(file):
    parts = Path(file).parts
    if parts[0] == "src":
        return parts[1] if len(parts) > 2 else "root"
    if parts[0] == "include":
        return public_room("/".join(parts[1:]))
    return parts[0]


def public_room(header):
    return PUBLIC_ROOMS.get(header.split("/")[1], "core")


def inner_room(header):
    first = header.split("/")[0]
    known = set(MAY_SEE_INSIDE) | set(MAY_USE)
    return first if "/" in header and first in known else None


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    tree = Tree(root)
    tree.check()
    for line in tree.warnings + tree.errors:
        print(line)
    print(f"layers: {len(tree.lines)} files, {len(tree.errors)} errors, "
          f"{len(tree.warnings)} warnings")
    if not tree.lines:
        print(f"layers: no source files under {root}")
    return 1 if tree.errors or not tree.lines else 0


if __name__ == "__main__":
    sys.exit(main())
