"""Views, joining, splitting, rearranging, padding. `op` of this library, `fn` of PyTorch."""
import torch
import torch.nn.functional as F

from op_data import t, whole

M = torch.Tensor
# op: [(shape, arguments), ...]
OPS = {
    "reshape": [((3, 4, 5), {"shape": [5, -1]}), ((6, 1), {"shape": [2, 3]}), ((0, 3), {"shape": [3, 0]}),
                ((), {"shape": [1, 1]})],
    "flatten": [((2, 3, 5), {"start_dim": 0}), ((2, 3, 5), {"start_dim": 1}),
                ((2, 3, 5, 1), {"start_dim": -3, "end_dim": -2}), ((), {"start_dim": 0})],
    "unflatten": [((3, 6), {"dim": 1, "sizes": [2, -1]}), ((12,), {"dim": 0, "sizes": [3, 2, 2]})],
    "squeeze": [((3, 1, 5, 1), {}), ((3, 1, 5), {"dim": 1}), ((3, 1, 5), {"dim": 0})],
    "unsqueeze": [((3, 5), {"dim": 1}), ((3, 5), {"dim": -1}), ((), {"dim": 0})],
    "transpose": [((3, 5, 2), {"dim0": 0, "dim1": -1}), ((3, 0), {"dim0": 0, "dim1": 1})],
    "permute": [((3, 5, 2), {"dims": [2, 0, 1]}), ((3, 5, 2), {"dims": [-1, -2, -3]})],
    "movedim": [((3, 5, 2), {"source": [0], "destination": [2]}),
                ((3, 5, 2, 7), {"source": [3, 0], "destination": [0, 2]})],
    "swapaxes": [((3, 5, 2), {"axis0": 0, "axis1": 2})],
    "broadcast_to": [((3, 1, 5), {"size": [2, 3, 4, 5]}), ((1,), {"size": [0]}), ((), {"size": [2, 3]})],
    "expand": [((3, 1, 5), {"size": [2, -1, 4, 5]}), ((1, 3), {"size": [0, 3]})],
    "repeat": [((3, 2), {"repeats": [2, 1, 3]}), ((5,), {"repeats": [0]}), ((), {"repeats": [3]})],
    "tile": [((3, 2), {"dims": [2]}), ((5,), {"dims": [2, 3]})],
    "repeat_interleave": [((3, 5), {"repeats": 3}), ((3, 5), {"repeats": 2, "dim": -1})],
    "flip": [((3, 5), {"dims": [0]}), ((3, 5, 2), {"dims": [2, 0]}), ((3, 0), {"dims": [1]})],
    "roll": [((3, 5), {"shifts": [2], "dims": [1]}), ((3, 5), {"shifts": [-1, 7], "dims": [0, 1]}),
             ((3, 5), {"shifts": [4]})],
    "rot90": [((3, 5), {"k": k, "dims": [0, 1]}) for k in (0, 1, 2, 3, -1)] +
             [((3, 5, 2), {"k": 1, "dims": [2, 0]})],
    "diagonal": [((3, 5), {}), ((5, 3), {"offset": -2}), ((3, 2, 5), {"offset": 1, "dim1": 0, "dim2": 2}),
                 ((3, 3), {"offset": 3})],
    "diag": [((5,), {"diagonal": 0}), ((5,), {"diagonal": -2}), ((3, 5), {"diagonal": 1})],
    "diag_embed": [((3, 5), {}), ((3, 2), {"offset": -1, "dim1": 0, "dim2": 2})],
    "tril": [((5, 7), {"diagonal": d}) for d in (-2, 0, 3)] + [((2, 3, 3), {})],
    "triu": [((5, 7), {"diagonal": d}) for d in (-2, 0, 3)] + [((2, 3, 3), {})],
    "narrow": [((7, 3), {"dim": 0, "start": 2, "length": 3}), ((7, 3), {"dim": -1, "start": 1, "length": 0})],
    "select": [((7, 3, 2), {"dim": 1, "index": -1}), ((7,), {"dim": 0, "index": 3})],
    "unfold": [((11,), {"dimension": 0, "size": 4, "step": 3}), ((3, 7, 2), {"dimension": 1, "size": 3,
                                                                             "step": 1})],
    "split": [((7, 3), {"split_size_or_sections": 3}), ((3, 7), {"split_size_or_sections": [2, 4, 1],
                                                                 "dim": 1})],
    "chunk": [((7, 3), {"chunks": 3}), ((3, 11), {"chunks": 4, "dim": -1})],
    "unbind": [((3, 5), {"dim": 1})],
    "contiguous": [((3, 5, 7), {})],
    "clone": [((3, 5, 7), {}), ((0,), {})],
    "pad": [((3, 5), {"pad": [1, 2]}), ((3, 5), {"pad": [2, -1, -1, 3], "value": 1.5}), ((0, 2), {"pad": [
        1, 1, 1, 1]})] + [((1, 2, 5, 7), {"pad": [2, 1, 3, 2], "mode": mode})
                          for mode in ("reflect", "replicate", "circular")],
}
RENAMED = {"unflatten": M.unflatten, "repeat": M.repeat, "expand": lambda x, size: x.expand(*size),
           "permute": torch.permute, "pad": F.pad, "unfold": M.unfold, "contiguous": M.contiguous,
           "roll": lambda x, shifts, dims=None: torch.roll(x, shifts, dims) if dims else torch.roll(
               x, shifts[0])}


def add_cases(w):
    views = ("transposed", "reversed", "gaps", "dense", "expanded")
    for op, cases in OPS.items():
        for i, (shape, args) in enumerate(cases * 2):
            view = views[(i + len(op)) % len(views)] if len(shape) and shape[0] else "dense"
            w.add(op, [t(shape, view)], args, RENAMED.get(op))
        w.add(op, [whole(cases[0][0], 0, 9, "int64", "reversed")], cases[0][1], RENAMED.get(op))
    for at in ([2, 5], [0, 9]):
        w.add("tensor_split", [t((7, 3), "reversed")], {"indices": at},
              lambda x, indices: torch.tensor_split(x, indices))
    w.add("tensor_split", [t((3, 7), "transposed")], {"sections": 3, "dim": 1},
          lambda x, sections, dim: torch.tensor_split(x, sections, dim))
    w.add("repeat_interleave", [t((3, 5), "reversed"), whole((5,), 0, 3)], {"dim": 1},
          lambda x, n, dim: torch.repeat_interleave(x, n, dim))
    for dim, start, stop, step in ((0, None, None, -1), (0, 5, 1, -2), (1, 1, None, 2), (-1, -3, -1, 1),
                                   (0, 4, 2, 1), (1, None, None, -3), (0, -99, 99, 3)):
        args = {"dim": dim, "step": step}
        args.update({k: v for k, v in (("start", start), ("stop", stop)) if v is not None})
        for view in ("transposed", "reversed", "gaps"):
            w.add("slice", [t((7, 5), view)], args, sliced)
    w.add("t", [t((3, 7), "reversed")])
    w.add("view", [t((3, 4, 5))], {"size": [5, -1]}, lambda x, size: x.view(size))
    w.add("as_strided", [t((3, 5))], {"size": [3, 2], "stride": [4, 3], "storage_offset": 1}, relative="scale")
    w.add("as_strided", [t((7,))], {"size": [3, 3], "stride": [2, 1], "storage_offset": 0}, relative="scale")
    joined = lambda name: lambda *x, **args: getattr(torch, name)(x, **args)
    three = [t((2, 3), "transposed"), t((2, 0), "dense"), t((2, 4), "reversed")]
    same = [t((3, 2), "transposed"), t((3, 2), "reversed"), t((3, 2), "gaps")]
    w.add("cat", three, {"dim": 1}, joined("cat"))
    w.add("cat", [t((2, 3)), whole((1, 3), 0, 5)], {"dim": 0}, joined("cat"))
    for dim in (0, 1, -1):
        w.add("stack", same, {"dim": dim}, joined("stack"))
    for op in ("hstack", "vstack", "dstack"):
        w.add(op, same, fn=joined(op))
        w.add(op, [t((3,), "gaps"), t((3,), "reversed")], fn=joined(op))
    for indexing in ("ij", "xy"):
        w.add("meshgrid", [t((2,)), t((3,), "reversed"), t((4,), "gaps")], {"indexing": indexing},
              joined("meshgrid"))


def sliced(x, dim, step, start=None, stop=None):
    """Also by negative steps, which PyTorch does not have."""
    return x.index_select(dim, torch.tensor(range(x.shape[dim])[start:stop:step], dtype=torch.int64))
