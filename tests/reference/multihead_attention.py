#!/usr/bin/env python3
"""Writes multihead_attention.json: what torch.nn.MultiheadAttention makes of some inputs, for tests/nn.

Run with Debian's python3-torch (1.13.1):  python3 tests/reference/multihead_attention.py
Everything is in float64, written with 12 decimals. Masks are lists of 0 and 1 (bool) or of floats.
"""
import json
import pathlib

import torch

EMBED, HEADS = 4, 2
# options, shape of query, shape of key and value (none: self-attention), masks
CASES = [
    ({}, (4, 2, EMBED), None, ()),
    ({"bias": False}, (4, 2, EMBED), (5, 2, EMBED), ()),
    ({"batch_first": True}, (2, 4, EMBED), (2, 5, EMBED), ()),
    ({"batch_first": True}, (2, 4, EMBED), None, ("bool_mask",)),
    ({}, (4, 2, EMBED), (5, 2, EMBED), ("bool_mask", "padding")),
    ({}, (4, 2, EMBED), (5, 2, EMBED), ("float_mask_of_heads",)),
    ({"batch_first": True}, (2, 4, EMBED), (2, 5, EMBED), ("float_mask_of_heads", "padding")),
    ({}, (4, EMBED), None, ("padding",)),
    ({"batch_first": True}, (4, EMBED), (5, EMBED), ("bool_mask",)),
]


def numbers(t):
    return {"shape": list(t.shape), "values": [round(v, 12) for v in t.detach().flatten().tolist()]}


def masks_of(kinds, batch, queries, keys):
    masks = {}
    for kind in kinds:
        if kind == "bool_mask":
            mask = torch.rand(queries, keys) < 0.4
            mask[:, 0] = False  # a query without keys would be NaN
            masks["attn_mask"] = mask
        elif kind == "float_mask_of_heads":
            masks["attn_mask"] = torch.randn((batch or 1) * HEADS, queries, keys, dtype=torch.float64)
        else:
            mask = torch.zeros((batch, keys) if batch else (keys,), dtype=torch.bool)
            mask[..., -1] = True
            masks["key_padding_mask"] = mask
    return masks


def main():
    torch.manual_seed(0)
    cases = []
    for options, shape, key_shape, kinds in CASES:
        layer = torch.nn.MultiheadAttention(EMBED, HEADS, dtype=torch.float64, **options)
        with torch.no_grad():
            for p in layer.parameters():
                p.copy_(torch.randn_like(p) * 0.5)
        query = torch.randn(shape, dtype=torch.float64, requires_grad=True)
        inputs = [query]
        if key_shape:
            inputs += [torch.randn(key_shape, dtype=torch.float64, requires_grad=True) for _ in range(2)]
        of_length = 1 if len(shape) == 3 and options.get("batch_first") else 0
        batch = shape[1 - of_length] if len(shape) == 3 else None
        masks = masks_of(kinds, batch, shape[of_length], (key_shape or shape)[of_length])
        qkv = inputs if key_shape else inputs * 3
        y, _ = layer(*qkv, need_weights=False, **masks)
        y.square().sum().backward()
        cases.append({
            "options": options,
            "state": {name: numbers(t) for name, t in layer.state_dict().items()},
            "inputs": [numbers(x) for x in inputs],
            "masks": {name: {**numbers(m), "bool": m.dtype == torch.bool} for name, m in masks.items()},
            "output": numbers(y),
            "input_gradients": [numbers(x.grad) for x in inputs],
            "gradients": {name: numbers(p.grad) for name, p in layer.named_parameters()},
        })
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"embed_dim": EMBED, "num_heads": HEADS, "cases": cases},
                               separators=(",", ":")) + "\n")


main()
