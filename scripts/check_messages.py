#!/usr/bin/env python3
"""Checks that every message which the library throws is `<op>: <what>…` and stands, with its facts
filled in, in a test. An error that passes another one's message on, `SomeError(e.what())`, has none
of its own.

    check_messages.py [ROOT]
"""
import re
import sys
from pathlib import Path

FOLDERS = ("core", "autograd", "ops", "nn", "optim", "data", "io",
           "train", "backend_cpu", "backend_opencl")
STRING = r'"(?:\\.|[^"\\])*"'
TEXT = re.compile(rf"{STRING}(?:\s*{STRING})*")
THROW = re.compile(rf"throw\s+(\w*Error)\((?!\w+\.what\(\)\))\s*(?:fmt::format\(\s*)?"
                   rf"({STRING}(?:\s*{STRING})*)?")
ESCAPES = {"n": "\n", "t": "\t", "0": "\0"}


def joined(literals):
    """What the compiler makes of adjacent string literals."""
    text = "".join(part[1:-1] for part in re.findall(STRING, literals))
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), text)


def pattern(template):
    """A regular expression for what fmt makes of the template."""
    text = template.replace("{{", "\0").replace("}}", "\1")
    pieces = (re.escape(piece.replace("\0", "{").replace("\1", "}"))
              for piece in re.split(r"\{[^{}]*\}", text))
    return re.compile(".*".join(pieces), re.S)


def messages(root):
    """(place, template) of each throw; the template is None where no literal comes first."""
    for folder in FOLDERS:
        for path in sorted((root / "src" / folder).rglob("*.[ch]pp")):
            code = path.read_text("utf-8")
            for match in THROW.finditer(code):
                line = code.count("\n", 0, match.start()) + 1
                yield f"{path.relative_to(root)}:{line}", match[2] and joined(match[2])


def expected(root):
    """What the tests' literals say, those of regular expressions also without their escapes."""
    texts = {joined(text) for path in (root / "tests").rglob("*.cpp")
             for text in TEXT.findall(path.read_text("utf-8"))}
    return texts | {re.sub(r"\\(.)", r"\1", text) for text in texts}


def errors(root):
    tested = expected(root)
    for place, template in messages(root):
        if template is None:
            yield f"{place}: error: write the message where it is thrown, as one literal"
        elif not re.match(r"(?:[^:]|::)+: .", template):
            yield f'{place}: error: not of the form "<op>: <what is wrong>": {template}'
        elif not any(map(pattern(template).fullmatch, tested)):
            yield f"{place}: error: no test expects this message: {template}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = list(errors(root))
    print("\n".join(found) if found
          else f"messages: each of {len(list(messages(root)))} is expected by a test")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
