"""Linear algebra of matrices that are far from singular. Where a decomposition is unique up to signs
only, its product is compared."""
import torch

from op_data import t

L = torch.linalg
SQUARES = (((3, 3), "transposed"), ((1, 1), "gaps"), ((2, 5, 5), "reversed"), ((7, 7), "dense"),
           ((0, 3, 3), "dense"), ((4, 3, 3), "expanded"))
RECTANGLES = (((5, 3), "transposed"), ((3, 5), "reversed"), ((2, 4, 4), "gaps"), ((2, 3, 7, 2), "dense"))


def regular(x):
    return x + 3 * torch.eye(x.shape[-1], dtype=x.dtype)


def positive(x):
    return x @ x.mT + torch.eye(x.shape[-1], dtype=x.dtype)


def symmetric(x):
    return x + x.mT + torch.diag(torch.arange(x.shape[-1], dtype=x.dtype)) * 3


def svd(x):
    u, s, vh = L.svd(x, full_matrices=False)
    return [s, (u * s.unsqueeze(-2)) @ vh]


def eigh(x):
    values, vectors = L.eigh(symmetric(x))
    return [values, (vectors * values.unsqueeze(-2)) @ vectors.mT]


def square(w, op, fn, args=None, more=()):
    for shape, view in SQUARES:
        w.add(f"linalg::{op}", [t(shape, view, low=-1, high=1), *(t(shape[:-1] + m, "transposed") for m in more)],
              args, fn, tolerance=1e-5, relative="scale")


def add_cases(w):
    square(w, "inv", lambda x: L.inv(regular(x)))
    square(w, "det", lambda x: L.det(regular(x)))
    square(w, "slogdet", lambda x: list(L.slogdet(regular(x))))
    for n in (0, 1, 3, -2):
        square(w, "matrix_power", lambda x, n: L.matrix_power(regular(x), n), {"n": n})
    square(w, "solve", lambda a, b: L.solve(regular(a), b), more=((2,),))
    for upper in (False, True):
        square(w, "solve_triangular", lambda a, b, upper: L.solve_triangular(regular(a), b, upper=upper),
               {"upper": upper}, ((2,),))
        square(w, "cholesky", lambda x, upper: L.cholesky(positive(x), upper=upper), {"upper": upper})
    square(w, "eigh", eigh)
    square(w, "eigvalsh", lambda x: L.eigvalsh(symmetric(x)))
    for shape, view in RECTANGLES:
        x = t(shape, view, low=-1, high=1)
        for op, fn in (("svd", svd), ("svdvals", L.svdvals), ("pinv", L.pinv), ("matrix_rank", L.matrix_rank)):
            w.add(f"linalg::{op}", [x], fn=fn, tolerance=1e-5, relative="scale")
        w.add("linalg::qr", [x], fn=lambda x: list(L.qr(x)), tolerance=1e-5, relative="scale",
              gradient=shape[-2] >= shape[-1])
        if shape[-2] >= shape[-1]:
            w.add("linalg::lstsq", [x, t(shape[:-1] + (2,), "reversed")],
                  fn=lambda a, b: L.pinv(a) @ b, tolerance=1e-5, relative="scale")
        for p in (0, 1, 2, 3, "inf", "-inf"):
            w.add("linalg::vector_norm", [x], {"p": p, "dim": [-1]},
                  lambda x, p, dim: L.vector_norm(x, float(p), dim), tolerance=1e-5, relative="scale")
        for order in ("fro", "nuc", 1, -1, 2, -2, "inf", "-inf"):
            w.add("linalg::matrix_norm", [x], {"ord": order}, lambda x, ord: L.matrix_norm(
                x, ord if ord in ("fro", "nuc") else float(ord)), tolerance=1e-5, relative="scale")
        w.add("linalg::norm", [x], fn=L.norm, tolerance=1e-5, relative="scale")
