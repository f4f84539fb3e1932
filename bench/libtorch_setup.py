"""Finds LibTorch, or installs it from Debian, and builds the LibTorch half of the comparison.

CMAKE_PREFIX_PATH names another LibTorch: an unpacked archive, or site-packages/torch of a Python that has PyTorch."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["libtorch-dev", "libopenblas0-openmp"]
HERE = Path(__file__).resolve().parent

# Keeps glibc's allocator from giving memory back and lets it use huge pages: without this LibTorch
# pays page faults for every large result, and being faster than that would prove little.
TUNED = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "1000000000000",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def _openblas():
    return [str(p) for p in Path("/usr/lib").glob("*/openblas-openmp")]


def _debian():
    """Whether LibTorch is Debian's, whose products are those of the system's BLAS."""
    return not os.environ.get("CMAKE_PREFIX_PATH")


def environment(tuned):
    """LibTorch's environment, with the OpenMP build of OpenBLAS: of Debian's variants the fastest
    on mixed work, since it shares LibTorch's threads."""
    env = dict(os.environ)
    folders = _openblas()
    env["LD_LIBRARY_PATH"] = ":".join(folders + [p for p in [env.get("LD_LIBRARY_PATH")] if p])
    if tuned:
        env.update(TUNED)
    return env


def _quiet(command, log):
    """Runs a command with its output in `log`; True if it succeeded."""
    with open(log, "a", encoding="utf-8") as out:
        out.write("$ " + " ".join(map(str, command)) + "\n")
        out.flush()
        return subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False,
                              env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
                              ).returncode == 0


def _install(log):
    if os.environ.get("CT_NO_INSTALL") or shutil.which("apt-get") is None:
        return False
    print("Installing LibTorch from Debian:", " ".join(PACKAGES), flush=True)
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    install = root + ["apt-get", "install", "-y", "-qq", "--no-install-recommends"] + PACKAGES
    return _quiet(install, log) or (_quiet(root + ["apt-get", "update", "-qq"], log)
                                    and _quiet(install, log))


def _configure(build, log):
    command = ["cmake", "-S", HERE / "libtorch", "-B", build, "-DCMAKE_BUILD_TYPE=Release"]
    if shutil.which("ninja"):
        command += ["-G", "Ninja"]
    if shutil.which("ccache"):
        command.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    return _quiet(command, log)


def build_program(build):
    """The LibTorch program's path, or None after saying why there is none."""
    build.mkdir(parents=True, exist_ok=True)
    log = build / "setup.log"
    log.unlink(missing_ok=True)
    if _debian() and not _openblas():  # LibTorch runs without it too, its products many times slower
        _install(log)
        if not _openblas():
            print(f"{PACKAGES[1]} is not here and cannot be installed (see {log}): LibTorch's products "
                  "are those of the system's BLAS, and ratios say little", flush=True)
    if not _configure(build, log):
        _install(log)
        (build / "CMakeCache.txt").unlink(missing_ok=True)
        if not _configure(build, log):
            print(f"LibTorch is not here and cannot be installed (see {log}): measuring "
                  "CustomTensor alone.", file=sys.stderr)
            return None
    if not (build / "libtorch_bench").exists():
        print("Building the LibTorch program (some 90 s, once)", flush=True)
    # One job: a file that includes torch/torch.h takes 1.5 GB.
    if not _quiet(["cmake", "--build", build, "--parallel", "1"], log):
        print(f"The LibTorch program does not build (see {log}): measuring CustomTensor alone.",
              file=sys.stderr)
        return None
    return build / "libtorch_bench"


def package_versions():
    """"name version" of the Debian packages that do the work, if they do."""
    names = ["libtorch1.13", "libdnnl2", "libopenblas0-openmp"]
    if not _debian() or shutil.which("dpkg-query") is None:
        return []
    out = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n"] + names,
                         capture_output=True, text=True, check=False).stdout
    return [line for line in out.splitlines() if len(line.split()) == 2]
