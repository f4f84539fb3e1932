#!/usr/bin/env python3
"""Writes torch_names.json: the public names of torch.nn, torch.nn.functional, torch.nn.init, torch.optim and
torch.optim.lr_scheduler, which scripts/nn_table.py wants here, or left out for a reason. Needs PyTorch 2.13."""
import inspect
import json
from pathlib import Path

import torch
from torch.optim import lr_scheduler


def classes(module, base=object):
    return sorted(n for n, v in vars(module).items()
                  if inspect.isclass(v) and issubclass(v, base) and not n.startswith("_"))


def functions(module, but=()):
    return sorted(n for n, v in vars(module).items()
                  if callable(v) and not inspect.isclass(v) and not n.startswith("_")
                  and getattr(v, "__module__", None) != "typing" and n not in but)


# Tools of functional's own that nothing hides.
TOOLS = {"assert_int_or_pair", "boolean_dispatch", "has_torch_function", "has_torch_function_unary",
         "has_torch_function_variadic", "handle_torch_function"}
NAMES = {
    "torch.nn": classes(torch.nn),
    "torch.nn.functional": functions(torch.nn.functional, TOOLS),
    "torch.nn.init": functions(torch.nn.init),
    "torch.optim": classes(torch.optim, torch.optim.Optimizer),
    "torch.optim.lr_scheduler": classes(lr_scheduler, lr_scheduler.LRScheduler),
}
page = {"torch": torch.__version__.partition("+")[0], "names": NAMES}
Path(__file__).with_suffix(".json").write_text(json.dumps(page, indent=1) + "\n")
