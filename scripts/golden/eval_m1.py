#!/usr/bin/env python3
"""Evaluates a trained M1 on MNIST's test images, independently of ssdgm: numpy and float64 throughout.

    python3 scripts/golden/eval_m1.py m1.safetensors --data DATA [--samples 1] [--seed 0] [--activation softplus]

Layer sizes and the kind of output are read from the file's names and shapes. Pixels are real-valued. Prints one JSON
object: bound_nats (mean lower bound on log p(x) per image), its standard error over images, kl_nats, and active_latents
(those whose mean has a standard deviation above 0.1).
"""

import argparse
import json

import numpy as np
from safetensors.numpy import load_file

import idx

ACTIVATIONS = {
    "softplus": lambda x: np.logaddexp(0.0, x),
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
    "gelu": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x * np.exp(-np.logaddexp(0.0, -x)),
}


class M1:
    def __init__(self, path, activation):
        self.parameters = {name: value.astype(np.float64) for name, value in load_file(path).items()}
        self.activation = ACTIVATIONS[activation]
        wanted = [f"m1.encoder.{head}.{part}" for head in ("mean", "logvar") for part in ("weight", "bias")]
        missing = [name for name in wanted if name not in self.parameters]
        if missing:
            raise SystemExit(f"{path}: wanted the parameters of an M1, found no {', '.join(missing)}")

    def linear(self, name, x):
        return x @ self.parameters[f"{name}.weight"].T + self.parameters[f"{name}.bias"].reshape(-1)

    def hidden(self, prefix, x):
        layer = 0
        while f"{prefix}.{layer}.weight" in self.parameters:
            x = self.activation(self.linear(f"{prefix}.{layer}", x))
            layer += 1
        return x

    def encode(self, x):
        h = self.hidden("m1.encoder", x)
        return self.linear("m1.encoder.mean", h), self.linear("m1.encoder.logvar", h)

    def log_likelihood(self, x, z):
        h = self.hidden("m1.decoder", z)
        if "m1.decoder.out.weight" in self.parameters:
            logits = self.linear("m1.decoder.out", h)
            return (x * logits - np.logaddexp(0.0, logits)).sum(1)
        mean, logvar = self.linear("m1.decoder.mean", h), self.linear("m1.decoder.logvar", h)
        return -0.5 * (np.log(2 * np.pi) + logvar + (x - mean) ** 2 * np.exp(-logvar)).sum(1)


def evaluate(model, x, samples, rng):
    """Bound and KL of each image, and the means of its latents."""
    mean, logvar = model.encode(x)
    kl = 0.5 * (mean**2 + np.exp(logvar) - 1 - logvar).sum(1)
    likelihood = np.zeros(len(x))
    for _ in range(samples):
        z = mean + np.exp(0.5 * logvar) * rng.standard_normal(mean.shape)
        likelihood += model.log_likelihood(x, z) / samples
    return likelihood - kl, kl, mean


def main():
    parser = argparse.ArgumentParser(description="bound of a trained M1 on MNIST's test images")
    parser.add_argument("file", help="safetensors with m1.encoder.*, m1.decoder.*")
    parser.add_argument("--data", required=True, help="folder that holds mnist/t10k-images-idx3-ubyte[.gz]")
    parser.add_argument("--samples", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--activation", choices=ACTIVATIONS, default="softplus")
    arguments = parser.parse_args()

    model = M1(arguments.file, arguments.activation)
    x = idx.images(arguments.data, "t10k-images-idx3-ubyte")
    rng = np.random.default_rng(arguments.seed)
    blocks = [evaluate(model, x[i : i + 1000], arguments.samples, rng) for i in range(0, len(x), 1000)]
    bound, kl, mean = (np.concatenate(column) for column in zip(*blocks))
    result = {
        "bound_nats": bound.mean(),
        "bound_nats_standard_error": bound.std(ddof=1) / np.sqrt(len(bound)),
        "kl_nats": kl.mean(),
        "active_latents": int((mean.std(0) > 0.1).sum()),
        "n_test": len(x),
        "samples": arguments.samples,
        "seed": arguments.seed,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
