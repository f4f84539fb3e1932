#!/usr/bin/env python3
"""Checks that a shared library exports nothing but its API.

    check_symbols.py [--nm NM] LIBRARY

Allowed are the symbols of namespace ct, and weak ones of the standard library, which every C++ object
has. Anything else is a leak that could clash with another library in the same program.
"""
import argparse
import re
import subprocess
import sys

ABOUT = re.compile(r"^(vtable|VTT|typeinfo( name)?|guard variable|(non-)?virtual thunk|TLS \w+ \w+)"
                   r" (for|to) ")
OUTER_NAMESPACE = re.compile(r"(?<![\w:])([A-Za-z_]\w*)::")
STANDARD = {"std", "__gnu_cxx", "__cxxabiv1", "ct"}
EXTERN_C = {"ct_backend_create"}


def verdict(kind, name):
    entity = ABOUT.sub("", name)
    if entity.startswith("ct::") or name in EXTERN_C:
        return "api"
    namespaces = set(OUTER_NAMESPACE.findall(entity))
    built_in_type = entity != name and not namespaces  # typeinfo for void (*)(void*)
    if kind in "VWvwu" and namespaces <= STANDARD and (namespaces or built_in_type):
        return "standard"
    return "leak"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--nm", default="nm")
    parser.add_argument("library")
    args = parser.parse_args()
    lines = subprocess.run([args.nm, "-DC", "--defined-only", args.library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    count = {"api": 0, "standard": 0, "leak": 0}
    for line in lines:
        kind, name = line.split(" ", 2)[1:]
        which = verdict(kind, name)
        count[which] += 1
        if which == "leak":
            print(f"error: exports {kind} {name}; hide it or move it into namespace ct")
    print(f"symbols: {count['api']} of the API, {count['standard']} weak ones of the standard "
          f"library, {count['leak']} leaked")
    return 1 if count["leak"] or not count["api"] else 0


if __name__ == "__main__":
    sys.exit(main())
