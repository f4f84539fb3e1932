#!/usr/bin/env python3
"""Checks that the README's program is the one that is compiled, and that its links lead somewhere.

    check_readme.py [ROOT]
"""
import re
import sys
from pathlib import Path

PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md")
EXAMPLE = "examples/readme.cpp"


def example_errors(root):
    blocks = re.findall(r"^```cpp\n(.*?)^```", (root / "README.md").read_text("utf-8"), re.S | re.M)
    code = (root / EXAMPLE).read_text("utf-8")
    # The file's opening comment is for readers of the file.
    code = re.sub(r"\A(//[^\n]*\n)+\n?", "", code)
    if code not in blocks:
        yield f"README.md: error: no cpp block equals {EXAMPLE} (without its opening comment)"


def link_errors(root):
    for pattern in PAGES:
        for page in sorted(root.glob(pattern)):
            for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
                for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                    if "://" not in target and not (page.parent / target).exists():
                        yield f"{page.relative_to(root)}:{number}: error: no such file: {target}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    errors = [*example_errors(root), *link_errors(root)]
    print("\n".join(errors) if errors else "readme: the example and all links are good")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
