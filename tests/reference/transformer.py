#!/usr/bin/env python3
"""Writes transformer.z: what PyTorch's MultiheadAttention and transformer layers make of some inputs, for
tests/nn/attention.

Run with PyTorch 2.13:  python3 tests/reference/transformer.py
Parameters and inputs are the formula of json_data.hpp (see `wave`), masks that of `left_out`, so only results stand in
the file: float64, 7 decimals, JSON under zlib. The loss is the sum of the squares of all results.
"""
import itertools
import json
import math
import pathlib
import zlib

import torch
from torch import nn

EMBED, HEADS, QUERIES, KEYS, BATCH, KDIM, VDIM, FORWARD = 4, 2, 3, 5, 2, 3, 6, 5


def wave(number, shape):
    """Tensor `number` of a case: element i is sin(1.3 i + 0.7 number + 0.1) / 2."""
    count = math.prod(shape)
    return torch.tensor([0.5 * math.sin(1.3 * i + 0.7 * number + 0.1) for i in range(count)],
                        dtype=torch.float64).reshape(shape)


def left_out(shape):
    """Element i where (7 i + 3) % 5 < 2, but never a row's first key."""
    mask = torch.tensor([(7 * i + 3) % 5 < 2 for i in range(math.prod(shape))]).reshape(shape)
    mask[..., 0] = False
    return mask


def masks_of(kinds, batch, queries, keys):
    masks = {}
    if "bool" in kinds:
        masks["attn_mask"] = left_out((queries, keys))
    if "float" in kinds:
        masks["attn_mask"] = wave(90, (batch * HEADS, queries, keys))
    if "padding" in kinds:
        masks["key_padding_mask"] = left_out((batch, keys))
    return masks


def numbers(t):
    return {"shape": list(t.shape), "values": [round(v, 7) for v in t.detach().flatten().tolist()]}


def fill(module):
    count = 0
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(wave(count, p.shape))
            count += 1
    return count


def finish(kind, options, masks, module, inputs, outputs):
    sum(t.square().sum() for t in outputs).backward()
    return {"kind": kind, "options": options, "masks": masks,
            "outputs": [numbers(t) for t in outputs], "input_gradients": [numbers(x.grad) for x in inputs],
            "gradients": {name: numbers(p.grad) for name, p in module.named_parameters()}}


def in_layout(batch_first, length, width):
    return (BATCH, length, width) if batch_first else (length, BATCH, width)


def attention(options, kinds, average):
    module = nn.MultiheadAttention(EMBED, HEADS, dtype=torch.float64, **options)
    count = fill(module)
    first = options.get("batch_first", False)
    shapes = [in_layout(first, QUERIES, EMBED), in_layout(first, KEYS, options.get("kdim", EMBED)),
              in_layout(first, KEYS, options.get("vdim", EMBED))]
    inputs = [wave(count + i, s).requires_grad_() for i, s in enumerate(shapes)]
    y, w = module(*inputs, average_attn_weights=average, **masks_of(kinds, BATCH, QUERIES, KEYS))
    return finish("attention", dict(options, average=average), kinds, module, inputs, [y, w])


def layer(kind, options, kinds):
    options = dict(options, dim_feedforward=FORWARD, dropout=0.0)
    stack = kind in ("encoder", "decoder")
    decodes = kind.startswith("decoder")
    make = nn.TransformerDecoderLayer if decodes else nn.TransformerEncoderLayer
    module = make(EMBED, HEADS, dtype=torch.float64, **options)
    if stack:
        of = nn.TransformerDecoder if decodes else nn.TransformerEncoder
        more = {} if decodes else {"enable_nested_tensor": False}
        module = of(module, 2, norm=nn.LayerNorm(EMBED, dtype=torch.float64), **more)
    count = fill(module)
    first = options.get("batch_first", False)
    inputs = [wave(count, in_layout(first, QUERIES, EMBED)).requires_grad_()]
    masks = masks_of(kinds, BATCH, QUERIES, QUERIES)
    mask, padding = masks.get("attn_mask"), masks.get("key_padding_mask")
    if decodes:
        inputs.append(wave(count + 1, in_layout(first, KEYS, EMBED)).requires_grad_())
        y = module(*inputs, tgt_mask=mask, tgt_key_padding_mask=padding,
                   memory_mask=left_out((QUERIES, KEYS)) if "memory" in kinds else None)
    elif stack:
        y = module(*inputs, mask=mask, src_key_padding_mask=padding)
    else:
        y = module(*inputs, src_mask=mask, src_key_padding_mask=padding)
    return finish(kind, options, kinds, module, inputs, [y])


def whole(options):
    options = dict(options, dim_feedforward=FORWARD, dropout=0.0, d_model=EMBED, nhead=HEADS, num_encoder_layers=1,
                   num_decoder_layers=2)
    module = nn.Transformer(dtype=torch.float64, **options)
    count = fill(module)
    first = options.get("batch_first", False)
    inputs = [wave(count, in_layout(first, KEYS, EMBED)).requires_grad_(),
              wave(count + 1, in_layout(first, QUERIES, EMBED)).requires_grad_()]
    y = module(*inputs, tgt_mask=nn.Transformer.generate_square_subsequent_mask(QUERIES, dtype=torch.float64))
    return finish("transformer", options, ["causal"], module, inputs, [y])


def main():
    cases = []
    kinds = [[], ["bool"], ["float"], ["padding"], ["bool", "padding"]]
    for i, (bias, add_bias, add_zero, dims) in enumerate(itertools.product([True, False], repeat=4)):
        options = {"bias": bias, "add_bias_kv": add_bias, "add_zero_attn": add_zero, "batch_first": i % 3 == 1}
        if dims:
            options.update(kdim=KDIM, vdim=VDIM)
        cases.append(attention(options, kinds[i % 5], average=i % 2 == 0))
    for kind in ("encoder_layer", "decoder_layer"):
        for i, (norm_first, gelu, bias) in enumerate(itertools.product([False, True], repeat=3)):
            options = {"norm_first": norm_first, "activation": "gelu" if gelu else "relu", "bias": bias,
                       "batch_first": i % 2 == 1, "layer_norm_eps": 1e-3 if i % 3 == 0 else 1e-5}
            cases.append(layer(kind, options, kinds[i % 5] + (["memory"] if i % 2 and "decoder" in kind else [])))
    for kind in ("encoder", "decoder"):
        cases.append(layer(kind, {"norm_first": True}, ["bool"]))
        cases.append(layer(kind, {"batch_first": True}, ["bool", "padding"]))
    cases.append(whole({}))
    cases.append(whole({"norm_first": True, "batch_first": True, "bias": False}))
    text = json.dumps({"embed": EMBED, "heads": HEADS, "cases": cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_suffix(".z").write_bytes(zlib.compress(text.encode(), 9))


main()
