"""Reads the names of the public ops from the headers: functions of namespace ct, methods of Tensor.

No C++ parser: comments, strings and bodies are dropped, and what is left at the level of a namespace
or of class Tensor (and the classes it inherits from) and has a parameter list is a declaration.
"""
import re
from pathlib import Path

HEADERS = ("ops/*.hpp", "fft.hpp", "linalg.hpp", "tensor.hpp", "*_methods.hpp")
INNER = {"detail"}  # namespaces that are not for users
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|^\s*#(?:[^\n]*\\\n)*[^\n]*',
                   re.S | re.M)
LABEL = re.compile(r"^\s*(public|private|protected)\s*:")


def statements(code):
    """Yields (text, block) of each declaration of this level; block, what stands in its braces, is
    None where there are none."""
    start = at = depth = 0  # depth: of parentheses, where braces are default arguments
    while at < len(code):
        c = code[at]
        if c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c == "{" and depth == 0:
            end = block_end(code, at)
            yield code[start:at], code[at + 1:end - 1]
            at = start = end
            continue
        elif c == "{":
            at = block_end(code, at)
            continue
        elif c == ";" and depth == 0:
            yield code[start:at], None
            start = at + 1
        at += 1


def block_end(code, at):
    depth = 0
    for i in range(at, len(code)):
        depth += {"{": 1, "}": -1}.get(code[i], 0)
        if depth == 0:
            return i + 1
    raise ValueError("a brace is never closed")


def function_name(text):
    """The name that a declaration declares a function of, or None."""
    text = re.sub(r"\brequires\s*\([^)]*\)", "", text)
    # Tensor(max)(): in parentheses against a macro of that name.
    text = re.sub(r"\(([A-Za-z_]\w*)\)\s*\(", r" \1(", text, count=1)
    head = text.partition("(")[0] if "(" in text else ""
    if re.search(r"\b(using|typedef|friend|operator|static_assert)\b", head):
        return None
    match = re.search(r"[\w>&*]\s+[&*]?([A-Za-z_]\w*)\s*$", head)
    return match.group(1) if match else None


class Reader:
    def __init__(self):
        self.functions = set()
        self.methods = {}  # class -> names
        self.bases = {}    # class -> classes

    def read(self, code):
        self.namespace(NOISE.sub(" ", code), [])

    def namespace(self, code, path):
        for text, block in statements(code):
            space = re.search(r"\bnamespace\s+([\w:]+)\s*$", text)
            kind = re.search(r"^(?:[^()]*\W)?(class|struct|enum|union|concept)\s+(?:CT_API\s+)?"
                             r"(\w+)?([^()]*)$", text)
            if space and block is not None:
                names = space.group(1).split("::")
                if not INNER & set(names):
                    self.namespace(block, path + names)
            elif kind:
                if block is not None and kind.group(1) in ("class", "struct"):
                    self.klass(kind.group(2), kind.group(3), kind.group(1) == "struct", block)
            elif path[:1] == ["ct"] and function_name(text):
                self.functions.add("::".join(path[1:] + [function_name(text)]))

    def klass(self, name, bases, public, code):
        self.bases[name] = re.findall(r"public\s+(\w+)", bases)
        methods = self.methods.setdefault(name, set())
        for text, _ in statements(code):
            while label := LABEL.match(text):
                public = label.group(1) == "public"
                text = text[label.end():]
            found = function_name(text)
            if public and found and found != name and "~" not in text.partition("(")[0]:
                methods.add(found)

    def methods_of(self, name):
        found = set(self.methods.get(name, ()))
        for base in self.bases.get(name, ()):
            found |= self.methods_of(base)
        return found


def public_ops(include):
    """{name: header that declares it}; a method that is a free function too belongs to that."""
    ops = {}
    every = Reader()
    for pattern in HEADERS:
        for path in sorted(Path(include).glob(pattern)):
            reader = Reader()
            reader.read(path.read_text("utf-8"))
            for name in reader.functions:
                ops.setdefault(name, path.relative_to(include).as_posix())
            every.methods.update(reader.methods)
            every.bases.update(reader.bases)
    for name in every.methods_of("Tensor"):
        ops.setdefault(name, "tensor.hpp")
    return ops
