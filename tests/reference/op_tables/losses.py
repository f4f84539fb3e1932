"""Losses: each over its options and reductions. What PyTorch lacks (Dice, focal) is computed from the papers'
formulas. Targets and weights are whole numbers, which have no gradient, made into what is meant on both sides."""
import torch
import torch.nn.functional as F

from op_data import t, whole

REDUCTIONS = ("mean", "sum", "none")


def reduced(losses, reduction):
    return losses if reduction == "none" else getattr(losses, reduction)()


def sigmoid_focal(x, y, alpha, gamma, reduction):
    p = torch.sigmoid(x)
    entropy = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    right = p * y + (1 - p) * (1 - y)
    factor = alpha * y + (1 - alpha) * (1 - y) if alpha >= 0 else 1
    return reduced(factor * (1 - right) ** gamma * entropy, reduction)


def focal(x, target, weight, gamma, reduction):
    entropy = F.cross_entropy(x, target, reduction="none")
    kept = target != -100
    factor = weight[target.clamp(min=0)] * kept
    losses = factor * (1 - torch.exp(-entropy)) ** gamma * entropy
    return losses.sum() / factor.sum() if reduction == "mean" else reduced(losses, reduction)


def dice(p, y, smooth, reduction):
    axes = tuple(range(2, p.dim()))
    both, either = ((p * y).sum(axes), (p + y).sum(axes)) if axes else (p * y, p + y)
    return reduced(1 - (2 * both + smooth) / (either + smooth), reduction)


def sign(x):
    return 2 * x - 1


def add_cases(w):
    def add(op, inputs, args, fn, **keys):
        w.add(op, inputs, args, fn, **{"tolerance": 1e-5, "relative": "scale", **keys})

    def x(shape=(5, 7), low=-2, high=2, view="dense"):
        return t(shape, view, low=low, high=high)

    for r in REDUCTIONS:
        red = {"reduction": r}
        for beta in (0.0, 0.5, 1.0):
            add("smooth_l1_loss", [x(), x(view="transposed")], {**red, "beta": beta}, F.smooth_l1_loss)
        for delta in (0.5, 1.0):
            add("huber_loss", [x(), x(view="gaps")], {**red, "delta": delta}, F.huber_loss)
        add("binary_cross_entropy", [x(low=0.01, high=0.99), x(low=0, high=1)], red, F.binary_cross_entropy)
        add("binary_cross_entropy", [x(low=0.01, high=0.99), x(low=0, high=1), whole((7,), 1, 8)],
            {**red, "weighted": True},
            lambda p, y, k, weighted, reduction: F.binary_cross_entropy(p, y, k.to(p) / 4, reduction=reduction))
        for low, high in ((-3, 3), (-1e4, 1e4)):
            for names in ([], ["weight"], ["pos_weight"], ["weight", "pos_weight"]):
                add("binary_cross_entropy_with_logits",
                    [x(low=low, high=high), whole((5, 7), 0, 1), *(whole((7,), 1, 8) for _ in names)],
                    {**red, "names": names},
                    lambda z, y, *k, names, reduction: F.binary_cross_entropy_with_logits(
                        z, y.to(z), reduction=reduction, **{n: v.to(z) / 4 for n, v in zip(names, k)}))
            for alpha, gamma in ((0.25, 2.0), (-1.0, 1.0), (0.5, 1.5)):
                if high > 100 and gamma != 2.0:
                    continue
                add("sigmoid_focal_loss", [x(low=low, high=high), whole((5, 7), 0, 1)],
                    {**red, "alpha": alpha, "gamma": gamma},
                    lambda z, y, **k: sigmoid_focal(z, y.to(z), **k))
        for log in (False, True):
            for k in ("batchmean", r):
                add("kl_div", [x(), x(low=0.05, high=1)], {"reduction": k, "log_target": log}, F.kl_div)
        add("kl_div", [x(), whole((5, 7), 0, 2)], {**red, "log_target": False, "whole": True},
            lambda z, y, whole, **k: F.kl_div(z, y.to(z), **k))
        for shape in ((5, 7), (5, 1), (5,)):
            for full in (False, True):
                add("gaussian_nll_loss", [x(), x(), x(shape, low=0.1, high=2)], {**red, "full": full},
                    F.gaussian_nll_loss)
        add("gaussian_nll_loss", [x(), x(), x(low=0.1, high=2)], {**red, "eps": 0.7}, F.gaussian_nll_loss)
        for log in (False, True):
            for full in (False, True):
                add("poisson_nll_loss", [x(low=0.2 if not log else -2), whole((5, 7), 0, 6)],
                    {**red, "log_input": log, "full": full},
                    lambda z, y, **k: F.poisson_nll_loss(z, y.to(z), **k))
        add("soft_margin_loss", [x(low=-3, high=3), whole((5, 7), 0, 1)], red,
            lambda z, y, **k: F.soft_margin_loss(z, sign(y.to(z)), **k))
        for m in (0.3, 1.0):
            add("hinge_embedding_loss", [x(), whole((5, 7), 0, 1)], {**red, "margin": m},
                lambda z, y, **k: F.hinge_embedding_loss(z, sign(y.to(z)), **k))
            add("margin_ranking_loss", [x(), x(), whole((5, 7), 0, 1)], {**red, "margin": m},
                lambda a, b, y, **k: F.margin_ranking_loss(a, b, sign(y.to(a)), **k))
            add("cosine_embedding_loss", [x(), x(), whole((5,), 0, 1)], {**red, "margin": m},
                lambda a, b, y, **k: F.cosine_embedding_loss(a, b, sign(y), **k))
        for p in (1.0, 2.0, 3.0):
            for swap in (False, True):
                add("triplet_margin_loss", [x(), x(), x()], {**red, "p": p, "swap": swap}, F.triplet_margin_loss)
        add("triplet_margin_with_distance_loss", [x(), x(), x()], red, F.triplet_margin_with_distance_loss)
        for p in (1, 2):
            add("multi_margin_loss", [x(), whole((5,), 0, 6)], {**red, "p": p, "margin": 0.8}, F.multi_margin_loss)
            add("multi_margin_loss", [x(), whole((5,), 0, 6), whole((7,), 1, 8)], {**red, "p": p},
                lambda z, y, k, **a: F.multi_margin_loss(z, y, weight=k.to(z) / 4, **a))
        add("multi_margin_loss", [x((7,)), whole((), 0, 6)], red, F.multi_margin_loss)
        add("multilabel_margin_loss", [x(), whole((5, 7), -1, 6)], red, F.multilabel_margin_loss)
        add("multilabel_margin_loss", [x((7,)), whole((7,), -1, 6)], red, F.multilabel_margin_loss)
        add("multilabel_soft_margin_loss", [x(), whole((5, 7), 0, 1)], red,
            lambda z, y, **k: F.multilabel_soft_margin_loss(z, y.to(z), **k))
        add("multilabel_soft_margin_loss", [x(), whole((5, 7), 0, 1), whole((7,), 1, 8)], red,
            lambda z, y, k, **a: F.multilabel_soft_margin_loss(z, y.to(z), k.to(z) / 4, **a))
        for shape in ((5, 7), (2, 7, 3), (2, 7, 3, 2)):
            target = whole((shape[0], *shape[2:]), 0, 6)
            classes = whole((7,), 1, 8)
            for args in ({}, {"ignore_index": 2}, {"label_smoothing": 0.1}, {"ignore_index": 2, "label_smoothing": 0.3}):
                add("cross_entropy", [x(shape), target], {**red, **args}, F.cross_entropy)
                add("cross_entropy", [x(shape), target, classes], {**red, **args},
                    lambda z, y, k, **a: F.cross_entropy(z, y, k.to(z) / 4, **a))
                if "label_smoothing" not in args:
                    add("nll_loss", [x(shape), target, classes], {**red, **args},
                        lambda z, y, k, **a: F.nll_loss(z, y, k.to(z) / 4, **a))
                    add("nll_loss", [x(shape), target], {**red, **args}, F.nll_loss)
            for args in ({}, {"label_smoothing": 0.2}):
                add("cross_entropy", [x(shape), x(shape, low=0, high=1)], {**red, **args, "probabilities": True},
                    lambda z, y, probabilities, **a: F.cross_entropy(z, y, **a))
                add("cross_entropy", [x(shape), x(shape, low=0, high=1), classes],
                    {**red, **args, "probabilities": True},
                    lambda z, y, k, probabilities, **a: F.cross_entropy(z, y, k.to(z) / 4, **a))
            add("cross_entropy", [x(shape, low=-1e4, high=1e4), target], red, F.cross_entropy)
            for gamma in (1.0, 2.0):
                add("focal_loss", [x(shape), target, classes], {**red, "gamma": gamma},
                    lambda z, y, k, **a: focal(z, y, k.to(z) / 4, **a))
            add("dice_loss", [x(shape, low=0, high=1), whole(shape, 0, 1)], {**red, "smooth": 0.5},
                lambda p, y, **a: dice(p, y.to(p), **a))
        add("cross_entropy", [x((7,)), whole((), 0, 6)], red, F.cross_entropy)
    for r in REDUCTIONS:
        for inputs, lengths in (((7, 7, 7), (3, 3, 3)), ((7, 4, 5), (3, 1, 2)), ((7, 7, 1), (2, 0, 0)), ((6, 7, 7), (1, 2, 3))):
            for zero in (False, True):
                # Long enough for any target, but with repeated classes it may not be: those are infinite.
                add("ctc_loss", [x((7, 3, 5)), whole((3, 3), 1, 4)],
                    {"reduction": r, "inputs": list(inputs), "lengths": list(lengths), "zero_infinity": zero},
                    lambda z, y, inputs, lengths, **k: F.ctc_loss(F.log_softmax(z, 2), y, inputs, lengths, **k))
        add("ctc_loss", [x((7, 2, 5)), whole((4,), 0, 3)],
            {"reduction": r, "inputs": [7, 6], "lengths": [3, 1], "blank": 4},
            lambda z, y, inputs, lengths, **k: F.ctc_loss(F.log_softmax(z, 2), y, torch.tensor(inputs),
                                                          torch.tensor(lengths), **k))
    add("ctc_loss", [x((2, 1, 5)), whole((1, 3), 1, 4)],
        {"reduction": "sum", "inputs": [2], "lengths": [3], "zero_infinity": True},
        lambda z, y, inputs, lengths, **k: F.ctc_loss(F.log_softmax(z, 2), y, inputs, lengths, **k))
    for axis in (0, 1, -1):
        add("cosine_similarity", [x((5, 7, 3)), x((7, 3) if axis else (5, 7, 3))], {"dim": axis}, F.cosine_similarity)
    for p in (1.0, 2.0, 3.0, 0.5, "inf"):
        order = {"p": p}
        number = {"p": float(p)}
        add("pairwise_distance", [x(), x()], {**order, "keepdim": p == 2.0},
            lambda a, b, p, keepdim, n=number["p"]: F.pairwise_distance(a, b, n, keepdim=keepdim))
        for m, n in ((5, 4), (30, 6)):
            add("cdist", [x((2, m, 3)), x((2, n, 3))], order, lambda a, b, p, o=number["p"]: torch.cdist(a, b, o),
                tolerance=3e-5)
        add("pdist", [x((6, 3))], order, lambda a, p, o=number["p"]: F.pdist(a, o))
