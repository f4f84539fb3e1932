"""Gather, scatter, masks, and indexing by tensors."""
import torch
import torch.nn.functional as F

from op_data import t, whole

X = (5, 7)


def mask(shape, view="dense"):
    return whole(shape, 0, 1, "bool", view)


def add_cases(w):
    for view in ("transposed", "reversed", "gaps", "expanded"):
        for shape, dim in (((5, 3), 1), ((3, 7), 0), ((0, 7), 0)):
            index = whole(shape, 0, X[dim] - 1, view="dense" if 0 in shape else view)
            w.add("gather", [t(X, view), index], {"dim": dim},
                  lambda x, i, dim: torch.gather(x, dim, i), relative="scale")
            w.add("take_along_dim", [t(X, view), index] if shape[1 - dim] == X[1 - dim] else
                  [t(X, view), whole((X[0], 1), 0, 6)], {"dim": dim if shape[1 - dim] == X[1 - dim] else 1},
                  lambda x, i, dim: torch.take_along_dim(x, i, dim), relative="scale")
            source = t(shape, view if shape[0] else "dense")
            for op in ("scatter_add",):
                w.add(op, [t(X, view), index, source], {"dim": dim}, placed(op), relative="scale")
            for reduce in ("sum", "prod", "mean", "amax", "amin"):
                for include in (True, False):
                    w.add("scatter_reduce", [t(X, view), index, source],
                          {"dim": dim, "reduce": reduce, "include_self": include}, scatter_reduce,
                          relative="scale")
        w.add("index_select", [t(X, view), whole((4,), 0, 6, view="gaps")], {"dim": 1},
              lambda x, i, dim: torch.index_select(x, dim, i), relative="scale")
        w.add("index_select", [t(X, view), whole((0,), 0, 6)], {"dim": 0},
              lambda x, i, dim: torch.index_select(x, dim, i), relative="scale")
        w.add("take", [t(X, view), whole((3, 4), -35, 34, view=view)], relative="scale")
        w.add("masked_select", [t(X, view), mask(X, view)])
        w.add("masked_select", [t(X, view), mask((7,))])
        w.add("masked_fill", [t(X, view), mask((5, 1))], {"value": -1.5})
        w.add("masked_fill", [t(X, view), mask(X, view), t(())], relative="scale")
        w.add("masked_scatter", [t(X, view), mask(X, view), t((35,), "reversed")])
        w.add("nonzero", [whole(X, 0, 2, "float32", view)], gradient=False)
        for op in ("index_add", "index_copy"):
            rows = whole((4,), 0, 4) if op == "index_add" else whole((1,), 0, 4)
            w.add(op, [t(X, view), rows, t((rows["shape"][0], 7), "reversed")], {"dim": 0}, placed(op),
                  relative="scale")
        w.add("index_fill", [t(X, view), whole((3,), 0, 6)], {"dim": 1, "value": 2.5},
              lambda x, i, dim, value: torch.index_fill(x, dim, i, value))
        w.add("embedding", [whole((3, 4), 0, 4, view=view), t(X, view)], fn=F.embedding, relative="scale")
        w.add("embedding", [whole((6,), 0, 4), t(X, view)], {"padding_idx": -3}, F.embedding,
              relative="scale")
        add_index(w, view)
    w.add("index_add", [t(X), whole((4,), 0, 4), t((4, 7))], {"dim": 0, "alpha": -0.5}, placed("index_add"),
          relative="scale")
    w.add("scatter", [t(X), whole((5, 1), 0, 6), t((5, 1))], {"dim": 1}, placed("scatter"))
    w.add("scatter", [t(X), whole((5, 1), 0, 6)], {"dim": 1, "value": 1.5},
          lambda x, i, dim, value: torch.scatter(x, dim, i, value))
    w.add("one_hot", [whole((3, 4), 0, 5)], {"num_classes": 7}, F.one_hot)
    w.add("one_hot", [whole((9,), 0, 5)], fn=F.one_hot)
    for shape in ((), (0, 3), (2, 3, 5)):
        w.add("nonzero", [whole(shape, 0, 1, "bool")])


def placed(op):
    return lambda x, i, src, dim, **args: getattr(torch, op)(x, dim, i, src, **args)


def scatter_reduce(x, i, src, dim, reduce, include_self):
    return torch.scatter_reduce(x, dim, i, src, reduce, include_self=include_self)


def add_index(w, view):
    """x[...] by name, so that both sides know what it means."""
    rows, columns = whole((3, 1), -5, 4), whole((4,), -7, 6)
    for how, indices in (("rows", [rows]), ("columns", [columns]), ("both", [rows, columns]),
                         ("around", [whole((3,), 0, 2), whole((3,), 0, 3)]), ("mask", [mask(X)]),
                         ("row_mask", [mask((5,))])):
        shape = (3, 2, 4) if how == "around" else X
        w.add("index", [t(shape, view), *indices], {"how": how}, indexed, relative="scale")
        if how not in ("mask", "row_mask"):
            w.add("index_put", [t(shape, view), t((), "dense"), *indices], {"how": how, "accumulate": True},
                  put, relative="scale")


def places(how, i):
    return {"rows": lambda: (i[0],), "columns": lambda: (slice(None), i[0]), "both": lambda: (i[0], i[1]),
            "around": lambda: (i[0], slice(None), i[1]), "mask": lambda: (i[0],),
            "row_mask": lambda: (i[0],)}[how]()


def indexed(x, *i, how):
    return x[places(how, i)]


def put(x, value, *i, how, accumulate):
    y = x.clone()
    if how in ("rows", "both"):
        return y.index_put(places(how, i), value, accumulate)
    # index_put takes no slices: add what indexing's own gradient would.
    z = torch.zeros_like(x).requires_grad_()
    picked = z[places(how, i)]
    counts, = torch.autograd.grad(picked.sum(), z)
    return y + counts * value
