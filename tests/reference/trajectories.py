#!/usr/bin/env python3
"""Writes trajectories.z: the losses of 20 steps of training of small networks, for tests/nn/trajectory_test.cpp.

Run with PyTorch 2.13:  python3 tests/reference/trajectories.py
Starting weights, inputs and noise are op_data.py's recipe (`number`), of which only shapes and bounds are stored: so the
names in a file are PyTorch's, which the other side must load. Computed in float64: of every step the losses, and of the
end the norm of every tensor of the state. "spread" is how far PyTorch's own float32 is off, relative, losses and norms.
JSON under zlib. The networks' counterparts are tests/nn/trajectory_networks.hpp.
"""
import json
import math
import pathlib
import sys
import zlib

import torch
from torch import nn
from torch.nn import functional as F

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True
import op_data  # noqa: E402

STEPS = 20
WEIGHTS = 1000  # stream of the first network's first tensor; the next network's first is as far away again


def uniform(shape, low, high):
    return op_data.t(shape, low=low, high=high)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16, 24)
        self.fc2 = nn.Linear(24, 16)
        self.fc3 = nn.Linear(16, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(Block(8, 8, 1))
        self.layer2 = nn.Sequential(Block(8, 16, 2), Block(16, 16, 1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x)))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 16)
        layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 20)

    def forward(self, x):
        later = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=self.head.weight.dtype)
        return self.head(self.encoder(self.embedding(x), mask=later))


class CharRnn(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embedding = nn.Embedding(16, 12)
        self.rnn = kind(12, 16, num_layers=2, batch_first=True)
        self.head = nn.Linear(16, 16)

    def forward(self, x, state):
        y, state = self.rnn(self.embedding(x), state)
        return self.head(y), state


def generator():
    main = nn.Sequential(nn.ConvTranspose2d(8, 16, 4, 1, 0, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
                         nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                         nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh())
    return nn.ModuleDict({"main": main})


def discriminator():
    main = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
                         nn.Conv2d(8, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2),
                         nn.Conv2d(16, 1, 4, 1, 0, bias=False), nn.Sigmoid())
    return nn.ModuleDict({"main": main})


class Vae(nn.Module):
    """As PyTorch's example, after arXiv:1312.6114."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc21 = nn.Linear(32, 4)
        self.fc22 = nn.Linear(32, 4)
        self.fc3 = nn.Linear(4, 32)
        self.fc4 = nn.Linear(32, 64)

    def forward(self, x, noise):
        h = F.relu(self.fc1(x))
        mu, logvar = self.fc21(h), self.fc22(h)
        z = mu + noise * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


def updated(optimizer, loss, clip=None):
    optimizer.zero_grad()
    loss.backward()
    if clip:
        nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], clip)
    optimizer.step()
    return loss


def classify(models, optimizers, inputs, _):
    """The same batch in every step."""
    return [updated(optimizers[0], F.cross_entropy(models[0](inputs[0]), inputs[1]))]


def next_token(models, optimizers, inputs, number):
    """The batches take turns; each position foretells the next."""
    text = inputs[0][number % len(inputs[0])]
    logits = models[0](text[:, :-1])
    return [updated(optimizers[0], F.cross_entropy(logits.flatten(0, 1), text[:, 1:].flatten()))]


class Recurrent:
    """The states of a step's end begin the next; norms of gradients are limited to 0.15."""

    def __init__(self):
        self.state = None

    def __call__(self, models, optimizers, inputs, number):
        text = inputs[0][number % len(inputs[0])]
        logits, state = models[0](text[:, :-1], self.state)
        self.state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        loss = F.cross_entropy(logits.flatten(0, 1), text[:, 1:].flatten())
        return [updated(optimizers[0], loss, clip=0.15)]


def adversaries(models, optimizers, inputs, number):
    """As PyTorch's example, after arXiv:1511.06434: the discriminator, then the generator."""
    make, judge = models[0]["main"], models[1]["main"]
    real, fake = inputs[0], make(inputs[1][number])
    ones, zeros = torch.ones(len(real), dtype=real.dtype), torch.zeros(len(real), dtype=real.dtype)
    optimizers[1].zero_grad()
    on_real = F.binary_cross_entropy(judge(real).flatten(), ones)
    on_real.backward()
    on_fake = F.binary_cross_entropy(judge(fake.detach()).flatten(), zeros)
    on_fake.backward()
    optimizers[1].step()
    loss = updated(optimizers[0], F.binary_cross_entropy(judge(fake).flatten(), ones))
    return [on_real + on_fake, loss]


def autoencode(models, optimizers, inputs, number):
    again, mu, logvar = models[0](inputs[0], inputs[1][number])
    divergence = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return [updated(optimizers[0], F.binary_cross_entropy(again, inputs[0], reduction="sum") + divergence)]


def labels(count, classes):
    return op_data.whole([count], 0, classes - 1)


def cases():
    """Name: (networks, optimizers, inputs, what a step does)."""
    adam = torch.optim.Adam

    def sgd(parameters):
        return torch.optim.SGD(parameters, 0.1, momentum=0.9, weight_decay=1e-3)

    def adamw(parameters):  # the gradient of the keys' bias is 0 but for rounding, which a smaller eps would magnify
        return torch.optim.AdamW(parameters, 1e-2, eps=1e-6, weight_decay=0.1)

    text = op_data.whole([4, 4, 11], 0, 15)
    return {
        "mlp": ([nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 5))],
                [lambda p: adam(p, 1e-2)], [uniform([16, 20], -1, 1), labels(16, 5)], classify),
        "lenet": ([LeNet()], [sgd], [uniform([8, 1, 12, 12], -1, 1), labels(8, 10)], classify),
        "resnet": ([ResNet()], [lambda p: torch.optim.SGD(p, 0.02, momentum=0.9, nesterov=True)],
                   [uniform([8, 3, 8, 8], -1, 1), labels(8, 10)], classify),
        "transformer": ([Transformer()], [adamw],
                        [op_data.whole([4, 4, 9], 0, 19)], next_token),
        "char_lstm": ([CharRnn(nn.LSTM)], [lambda p: adam(p, 2e-2)], [text], Recurrent()),
        "char_gru": ([CharRnn(nn.GRU)], [lambda p: adam(p, 2e-2)], [text], Recurrent()),
        "dcgan": ([generator(), discriminator()], [lambda p: adam(p, 2e-3, betas=(0.5, 0.999))] * 2,
                  [uniform([8, 1, 16, 16], -1, 1), uniform([STEPS, 8, 8, 1, 1], -1.7, 1.7)], adversaries),
        "vae": ([Vae()], [lambda p: adam(p, 1e-2)],
                [uniform([8, 64], 0, 1), uniform([STEPS, 8, 4], -1.7, 1.7)], autoencode),
    }


def start_of(network):
    """[name, shape, low, high] of every tensor: of weights and biases PyTorch's bounds, of what normalises near 1."""
    entries = []
    fan = 1
    for name, t in network.state_dict().items():
        shape, part = list(t.shape), name.rpartition(".")[2]
        if t.dim() > 1:
            fan = t[0].numel()
        if part == "num_batches_tracked":
            low, high = 0, 0
        elif part == "running_var" or (part == "weight" and t.dim() == 1):
            low, high = 0.75, 1.25
        elif "embedding" in name:
            low, high = -1, 1
        else:
            high = round(1 / math.sqrt(fan), 4)
            low = -high
        entries.append([name, shape, low, high])
    return entries


def run(case, dtype):
    networks, makers, inputs, step = case
    for n, network in enumerate(networks):
        network.to(dtype)
        state = network.state_dict()
        for i, (name, shape, low, high) in enumerate(start_of(network)):
            values = op_data.number("uniform", low, high, WEIGHTS * (n + 1) + i, math.prod(shape))
            state[name].copy_(torch.from_numpy(values.reshape(shape)))
    optimizers = [make(network.parameters()) for make, network in zip(makers, networks)]
    inputs = [op_data.tensor_of(spec, i + 1, dtype) for i, spec in enumerate(inputs)]
    losses = [[loss.item() for loss in step(networks, optimizers, inputs, number)] for number in range(STEPS)]
    norms = [[t.double().norm().item() for t in network.state_dict().values()] for network in networks]
    return losses, norms


def spread(a, b):
    """The largest relative difference of two nested lists."""
    if isinstance(a, list):
        return max(spread(x, y) for x, y in zip(a, b))
    return abs(a - b) / max(abs(a), 1e-30)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = {}
    for name in cases():
        (losses, norms), (losses32, norms32) = (run(cases()[name], t) for t in (torch.float64, torch.float32))
        networks, _, inputs, _ = cases()[name]
        off = [spread(losses, losses32), spread(norms, norms32)]
        print(f"{name}: {losses[0]} -> {losses[-1]}, float32 off by {off[0]:.1e}, norms {off[1]:.1e}")
        found[name] = {"inputs": inputs, "networks": [{"start": start_of(network), "norms": n}
                                                      for network, n in zip(networks, norms)],
                       "losses": losses, "spread": [float(f"{x:.1e}") for x in off]}
    text = json.dumps(found, separators=(",", ":")).encode()
    path = pathlib.Path(__file__).with_suffix(".z")
    path.write_bytes(zlib.compress(text, 9))
    print(f"{path.name}: {path.stat().st_size} bytes")


main()
