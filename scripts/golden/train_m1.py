#!/usr/bin/env python3
"""Trains a small M1 on MNIST in PyTorch and saves it under ssdgm's names, for `ssdgm eval FILE.safetensors`.

    python3 scripts/golden/train_m1.py --data DATA --out m1.safetensors [--epochs 5] [--seed 0] [--threads 2]

784-600-600-50 softplus with a Bernoulli output on real-valued pixels; the first 50,000 training images, minibatches of
500, Adam 1e-3. A few epochs make a model that is plainly trained, not a good one.
"""

import argparse
import time

import torch
from safetensors.torch import save_file

import idx
from objectives import Network, layer_shapes, m1

SPEC = {"model": "m1", "inputs": 784, "hidden": [600, 600], "latents": 50, "samples": 1}
SPEC |= {"activation": "softplus", "output": "bernoulli", "weight_prior": 1.0, "n_total": 50_000, "kl_weight": 1.0}
BATCH = 500


def initial_parameters():
    """Weights N(0, 1/fan_in), biases zero, and a log-variance head of zeros: q(z|x) starts with unit variance."""
    values = {}
    for name, (rows, cols) in layer_shapes(SPEC).items():
        zero = name.endswith(".bias") or ".logvar." in name
        value = torch.zeros(rows, cols) if zero else torch.randn(rows, cols) / cols**0.5
        values[name] = value.requires_grad_()
    return values


def train_epoch(network, adam, x):
    """One pass in a fresh order; returns the mean bound in nats."""
    bound = 0.0
    for index in torch.randperm(len(x)).split(BATCH):
        batch = {"x": x[index], "eps": torch.randn(len(index), SPEC["latents"])}
        loss, parts = m1(network, batch)
        adam.zero_grad()
        loss.backward()
        adam.step()
        bound -= (parts["nll"] + parts["kl"]).sum().item()
    return bound / len(x)


def main():
    parser = argparse.ArgumentParser(description="a small M1 of MNIST, saved as safetensors")
    parser.add_argument("--data", required=True, help="folder that holds mnist/train-images-idx3-ubyte[.gz]")
    parser.add_argument("--out", required=True, help="the safetensors file to write")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    x = torch.from_numpy(idx.images(arguments.data, "train-images-idx3-ubyte")).float()[: SPEC["n_total"]]
    parameters = initial_parameters()
    network = Network(SPEC, parameters)
    adam = torch.optim.Adam(parameters.values(), lr=1e-3, fused=True)
    for epoch in range(1, arguments.epochs + 1):
        start = time.monotonic()
        bound = train_epoch(network, adam, x)
        print(f"epoch {epoch}: train bound {bound:.2f} nats, {time.monotonic() - start:.1f} s", flush=True)
    # A bias is a row [1, out] while training and, as everywhere in PyTorch, a vector [out] in the file.
    saved = {n: v.detach().reshape(-1) if n.endswith(".bias") else v.detach() for n, v in parameters.items()}
    save_file({name: value.contiguous() for name, value in saved.items()}, arguments.out)


if __name__ == "__main__":
    main()
