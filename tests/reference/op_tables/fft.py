"""Fourier transforms, windows, and complex arithmetic. Complex numbers come and go by their parts: two
inputs are one, and a result's parts are its last axis."""
import torch

from op_data import t

SCALE = {"relative": "scale", "tolerance": 4e-6}
LENGTHS = (1, 2, 3, 5, 8, 12, 30, 31, 37, 64, 74, 211)
NORMS = ("backward", "ortho", "forward")


def parts(y):
    return torch.view_as_real(y.resolve_conj()) if y.is_complex() else y


def of_complex(f):
    return lambda re, im, **args: parts(f(torch.complex(re, im), **args))


def of_real(f):
    return lambda x, **args: parts(f(x, **args))


def add_cases(w):
    add_transforms(w)
    add_short_time(w)
    add_complex(w)
    for n in (0, 1, 2, 7, 16):
        for periodic in (False, True):
            for name in ("hann", "hamming", "blackman", "bartlett", "kaiser"):
                w.add(f"{name}_window", [t((1,))], {"n": n, "periodic": periodic},
                      lambda x, n, periodic, name=name: getattr(torch, f"{name}_window")(
                          n, periodic=periodic, dtype=x.dtype), gradient=False, absolute=1e-7)


def add_transforms(w):
    both = {"fft": torch.fft.fft, "ifft": torch.fft.ifft}
    to_real = {"irfft": torch.fft.irfft, "hfft": torch.fft.hfft}
    from_real = {"rfft": torch.fft.rfft, "ihfft": torch.fft.ihfft}
    for k, n in enumerate(LENGTHS):
        shape, view = (2, n), "transposed"
        args = {"dim": -1, "norm": NORMS[k % 3]}
        for name, f in both.items():
            w.add(name, [t(shape, view), t(shape, "reversed")], args, of_complex(f), **SCALE)
            w.add(name, [t(shape, view)], args, of_real(f), **SCALE)
        for name, f in from_real.items():
            w.add(name, [t(shape, view)], args, of_real(f), **SCALE)
        half = (shape[0], n // 2 + 1)
        for name, f in to_real.items():
            w.add(name, [t(half, view), t(half, "gaps")], {**args, "n": n}, of_complex(f), **SCALE)
    for name, f in {**both, **to_real}.items():
        for n in (3, 7):
            for dim in (0, 1, -1):
                w.add(name, [t((3, 4, 5), "transposed"), t((3, 4, 5), "gaps")], {"n": n, "dim": dim},
                      of_complex(f), **SCALE)
    for name, f in from_real.items():
        for n in (3, 7):
            for dim in (0, 1, -1):
                w.add(name, [t((3, 4, 5), "expanded")], {"n": n, "dim": dim}, of_real(f), **SCALE)
    for suffix in ("2", "n"):
        for k, args in enumerate(({}, {"s": [5, 3]}, {"dim": [0, 1]}, {"s": [4, 6], "dim": [2, 0]})):
            args = {**args, "norm": NORMS[k % 3]}
            for name in ("fft", "ifft", "irfft"):
                f = getattr(torch.fft, name + suffix)
                w.add(name + suffix, [t((3, 4, 5), "transposed"), t((3, 4, 5), "gaps")], args,
                      of_complex(f), **SCALE)
            w.add("rfft" + suffix, [t((3, 4, 5), "reversed")], args,
                  of_real(getattr(torch.fft, "rfft" + suffix)), **SCALE)
    for name in ("fftshift", "ifftshift"):
        for dim in (None, [1], [0, -1]):
            w.add(name, [t((4, 5), "transposed")], {} if dim is None else {"dim": dim},
                  getattr(torch.fft, name))
    for n in (1, 2, 5, 8):
        for name in ("fftfreq", "rfftfreq"):
            w.add(name, [t((1,))], {"n": n, "d": 0.25},
                  lambda x, n, d, name=name: getattr(torch.fft, name)(n, d=d, dtype=x.dtype), gradient=False)


def add_short_time(w):
    for args in ({"n_fft": 8}, {"n_fft": 8, "hop_length": 3}, {"n_fft": 7, "win_length": 5},
                 {"n_fft": 8, "center": False}, {"n_fft": 8, "normalized": True, "onesided": False}):
        for shape in ((29,), (2, 32)):
            w.add("stft", [t(shape, "gaps"), t((args.get("win_length", args["n_fft"]),), low=0.5)], args,
                  lambda x, window, **a: parts(torch.stft(x, window=window, return_complex=True, **a)),
                  **SCALE)
    for args in ({"n_fft": 8}, {"n_fft": 8, "hop_length": 3}, {"n_fft": 7, "win_length": 5},
                 {"n_fft": 8, "normalized": True}, {"n_fft": 8, "length": 13}, {"n_fft": 8, "length": 27}):
        rows = args["n_fft"] // 2 + 1
        w.add("istft", [t((2, rows, 11), "gaps"), t((2, rows, 11)),
                        t((args.get("win_length", args["n_fft"]),), low=0.5)], args,
              lambda re, im, window, **a: torch.istft(torch.complex(re, im), window=window, **a), **SCALE)


def add_complex(w):
    shapes = (((5, 3), "transposed"), ((2, 3, 4), "reversed"), ((), "dense"), ((3, 0), "dense"))
    unary = {"exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt,
             "reciprocal": torch.reciprocal, "square": torch.square, "sin": torch.sin, "cos": torch.cos,
             "tan": torch.tan, "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh,
             "sigmoid": torch.sigmoid, "abs": torch.abs, "angle": torch.angle, "neg": torch.neg,
             "conj": lambda z: torch.conj(z).resolve_conj(), "log2": torch.log2, "log10": torch.log10,
             "exp2": torch.exp2}
    for name, f in unary.items():
        for shape, view in shapes:
            w.add(f"complex::{name}", [t(shape, view), t(shape)], {}, of_complex(f), **SCALE)
    binary = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow}
    for name, f in binary.items():
        w.add(f"complex::{name}", [t((5, 3), "transposed"), t((5, 3)), t((3,)), t((3,), "gaps")], {},
              lambda a, b, c, d, f=f: parts(f(torch.complex(a, b), torch.complex(c, d))), **SCALE)
    w.add("complex::matmul", [t((2, 3, 4)), t((2, 3, 4), "transposed"), t((4, 5)), t((4, 5), "gaps")], {},
          lambda a, b, c, d: parts(torch.matmul(torch.complex(a, b), torch.complex(c, d))), **SCALE)
    for name, f in {"sum": torch.sum, "mean": torch.mean, "prod": torch.prod}.items():
        w.add(f"complex::{name}", [t((3, 5, 2), "transposed"), t((3, 5, 2))], {"dim": 1},
              of_complex(f), **SCALE)
    w.add("complex::polar", [t((3, 4), low=0.1), t((3, 4), "gaps")], {},
          lambda r, a: parts(torch.polar(r, a)), **SCALE)
