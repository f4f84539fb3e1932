"""Products."""
import torch
import torch.nn.functional as F

from op_data import t, whole

VIEWS = ("transposed", "reversed", "gaps", "dense", "expanded")
# Pairs for every combination of ranks, with broadcasting, ones and no elements.
PAIRS = (((7,), (7,)), ((7,), (7, 5)), ((5, 7), (7,)), ((3, 7), (7, 5)), ((2, 3, 7), (7,)), ((7,), (2, 7, 3)),
         ((3, 1, 7), (7, 5)), ((2, 3, 7), (2, 7, 5)), ((1, 3, 7), (2, 7, 1)), ((3, 1, 4, 5), (2, 5, 6)),
         ((3, 0), (0, 5)), ((0, 3), (3, 2)), ((2, 3, 1), (1, 4)), ((31, 37), (37, 29)), ((1, 1), (1, 1)))


def attention(query, key, value, mask=None, is_causal=False, scale=None):
    """scaled_dot_product_attention of PyTorch 2.5 and later: a query without keys gives zeros."""
    scores = query @ key.transpose(-2, -1) * (query.size(-1) ** -0.5 if scale is None else scale)
    if is_causal:
        mask = torch.ones(query.size(-2), key.size(-2), dtype=torch.bool).tril()
    if mask is not None:
        if mask.dtype == torch.bool:
            mask = torch.zeros(mask.shape, dtype=query.dtype).masked_fill(~mask, float("-inf"))
        scores = scores + mask
    without_keys = (scores == -float("inf")).all(-1, keepdim=True)
    weights = torch.softmax(scores.masked_fill(without_keys, 0.0), -1)
    return weights.masked_fill(without_keys, 0.0) @ value


def product(w, op, shapes, args=None, fn=None, low=-1, high=1, **keys):
    for i in range(2):
        inputs = []
        for k, shape in enumerate(shapes):
            view = VIEWS[(i * 2 + k + len(shape) + sum(shape)) % len(VIEWS)]
            inputs.append(t(shape, view if len(shape) and shape[0] else "dense", low=low, high=high))
        w.add(op, inputs, args, fn, **{"tolerance": 1e-5, "relative": "scale", **keys})


def add_cases(w):
    for a, b in PAIRS:
        product(w, "matmul", (a, b))
    product(w, "mm", ((3, 7), (7, 5)))
    product(w, "bmm", ((2, 3, 7), (2, 7, 5)))
    product(w, "bmm", ((0, 3, 7), (0, 7, 5)))
    product(w, "mv", ((3, 7), (7,)))
    product(w, "dot", ((11,), (11,)))
    product(w, "dot", ((0,), (0,)))
    product(w, "outer", ((3,), (5,)))
    product(w, "trace", ((3, 5),))  # of tall ones PyTorch 1.13 has a wrong gradient
    product(w, "linear", ((3, 7), (5, 7), (5,)), fn=F.linear)
    product(w, "linear", ((2, 3, 7), (5, 7)), fn=F.linear)
    for sizes in ((3, 5), (5,), (3, 1), ()):
        product(w, "addmm", (sizes, (3, 7), (7, 5)), {"beta": 0.5, "alpha": -2.0})
    product(w, "addmm", ((3, 5), (3, 7), (7, 5)), {"beta": 0.0, "alpha": 1.0}, gradient=False)
    product(w, "baddbmm", ((2, 3, 5), (2, 3, 7), (2, 7, 5)), {"beta": 0.5, "alpha": 2.0})
    product(w, "baddbmm", ((3, 1), (2, 3, 7), (2, 7, 5)))
    for equation, shapes in (
            ("ij,jk->ik", ((3, 7), (7, 5))), ("ij,jk", ((3, 7), (7, 5))), ("bij,bjk->bik", ((2, 3, 7), (
                2, 7, 5))), ("ij->ji", ((3, 5),)), ("ii->i", ((5, 5),)), ("ii", ((5, 5),)), ("ij->", ((3, 5),)),
            ("i,j->ij", ((3,), (5,))), ("ij,jk,kl->il", ((3, 5), (5, 7), (7, 2))), ("...ij,...jk->...ik", (
                (3, 1, 2, 5), (2, 5, 4))), ("bhid,bhjd->bhij", ((2, 3, 5, 4), (2, 3, 7, 4))),
            ("ij,ij->i", ((3, 5), (3, 5))), ("ba,cb,d->dac", ((3, 5), (2, 3), (4,))), ("i,i->", ((7,), (7,)))):
        product(w, "einsum", shapes, {"equation": equation},
                lambda *x, equation: torch.einsum(equation, *x))
    product(w, "tensordot", ((3, 5, 2), (5, 2, 7)), {"axes": 2}, lambda a, b, axes: torch.tensordot(a, b, axes))
    product(w, "tensordot", ((3, 5, 2), (2, 7, 3)), {"dims_a": [0, 2], "dims_b": [2, 0]},
            lambda a, b, dims_a, dims_b: torch.tensordot(a, b, (dims_a, dims_b)))
    product(w, "kron", ((2, 3), (3, 5)))
    product(w, "kron", ((3,), (2, 5)))
    for dtype in ("int64", "int32", "uint8"):
        w.add("matmul", [whole((3, 7), 0, 9, dtype, "transposed"), whole((7, 5), 0, 9, dtype, "reversed")])
    w.add("trace", [whole((4, 5), -9, 9, "int32", "gaps")])
    w.add("matmul", [t((4, 10), values="special"), t((10, 4), values="whole", low=1, high=1)],
          gradient=False, relative="scale")

    def attend(q, k, v, *mask, **args):
        w.add("scaled_dot_product_attention",
              [*(t(s, VIEWS[(i + len(s)) % 4], low=-3, high=3) for i, s in enumerate((q, k, v))), *mask], args,
              attention, tolerance=1e-5, relative="scale")

    attend((2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4))
    attend((5, 8), (7, 8), (7, 4))
    attend((1, 1), (1, 1), (1, 1))
    attend((2, 3, 5, 8), (3, 7, 8), (2, 1, 7, 4), scale=0.25)
    attend((9, 16), (2, 17, 16), (17, 12), scale=-1.0)
    attend((2, 6, 8), (2, 6, 8), (2, 6, 8), is_causal=True)
    attend((2, 3, 8), (2, 7, 8), (2, 7, 3), is_causal=True)
    attend((2, 7, 8), (2, 3, 8), (2, 3, 3), is_causal=True)
    attend((2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4), whole((5, 7), 0, 1, "bool"))
    attend((2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4), whole((2, 1, 1, 7), 0, 1, "bool"))
    attend((2, 5, 8), (2, 7, 8), (2, 7, 4), whole((5, 1), 0, 1, "bool"))  # some see nothing
    attend((2, 5, 8), (2, 7, 8), (2, 7, 4), whole((1,), 0, 0, "bool"))
    attend((2, 5, 8), (2, 7, 8), (2, 7, 4), t((2, 5, 7), "transposed"))
    attend((2, 3, 5, 8), (7, 8), (3, 7, 4), t((3, 1, 7), "gaps"), scale=1.0)
    attend((2, 0, 8), (2, 7, 8), (2, 7, 4))
    attend((2, 5, 8), (2, 0, 8), (2, 0, 4))
