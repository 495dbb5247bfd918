#!/usr/bin/env python3
"""Times training steps (forward, backward, Adam) of M1 and M2 in JAX: a jitted lax.scan over steps.

    python3 scripts/peers/jax_step.py [--threads 2] [--case CASE]...
    python3 scripts/peers/jax_step.py --device cuda [--precision fp32|tf32]     (jax[cuda13])
    python3 scripts/peers/jax_step.py --serve        (for compare.py: see protocol.py)

A step's time is that of a scan over its length: no step waits for the host. The loss is first checked against the
golden files.
"""

import argparse
import math
import os
import time

# Steps of one scan: enough to hide the call of it.
BLOCK = {"cpu": 10, "cuda": 100}
BLOCK_OF_REPLICAS = 10


def parse_arguments():
    parser = argparse.ArgumentParser(description="training steps of M1 and M2 in JAX, timed")
    parser.add_argument("--serve", action="store_true", help="answer `CASE STEPS` lines (protocol.py)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=2, help="CPU cores to run on")
    parser.add_argument("--precision", choices=["fp32", "tf32"], default="fp32", help="of matrix products on CUDA")
    parser.add_argument("--case", action="append", help="without --serve: a case to time; default all")
    parser.add_argument("--steps", type=int, default=100, help="without --serve: steps to time")
    return parser.parse_args()


ARGUMENTS = parse_arguments()
os.environ["JAX_PLATFORMS"] = ARGUMENTS.device
# Left to itself it takes three quarters of a card's memory, which others of a comparison want.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
if ARGUMENTS.device == "cpu":
    # XLA takes as many threads as it sees cores.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: ARGUMENTS.threads])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax.nn import log_softmax, softplus  # noqa: E402

import cases  # noqa: E402
import protocol  # noqa: E402


def linear(parameters, name, x):
    return x @ parameters[f"{name}.weight"].T + parameters[f"{name}.bias"]


def layers(parameters, prefix, first, depth, h):
    for i in range(first, depth):
        h = softplus(linear(parameters, f"{prefix}.{i}", h))
    return h


def sample(parameters, prefix, h, eps):
    """z ~ q(z|·) and the KL of each row."""
    mean, logvar = linear(parameters, f"{prefix}.mean", h), linear(parameters, f"{prefix}.logvar", h)
    kl = 0.5 * (mean**2 + jnp.exp(logvar) - 1 - logvar).sum(1)
    return mean + jnp.exp(0.5 * logvar) * eps, kl


def m1_loss(spec, parameters, batch, eps):
    x, depth = batch["x"], len(spec["hidden"])
    z, kl = sample(parameters, "m1.encoder", layers(parameters, "m1.encoder", 0, depth, x), eps)
    logits = linear(parameters, "m1.decoder.out", layers(parameters, "m1.decoder", 0, depth, z))
    return ((softplus(logits) - x * logits).sum() + kl.sum()) / x.shape[0]


def m2_pair_costs(spec, parameters, batch, eps):
    """L(x, y) of every pair, labelled examples first; x·W is computed once for all the labels of an example."""
    x, labels, depth = batch["x"], batch["labels"], len(spec["hidden"])
    labelled, classes = len(labels), spec["labels"]
    unlabelled = len(x) - labelled
    table = parameters["m2.encoder.0.label.weight"].T
    before = linear(parameters, "m2.encoder.0", x)
    every = (before[labelled:, None] + table[None]).reshape(unlabelled * classes, -1)
    h = softplus(jnp.concatenate([before[:labelled] + table[labels], every]))
    z, kl = sample(parameters, "m2.encoder", layers(parameters, "m2.encoder", 1, depth, h), eps)

    pair_labels = jnp.concatenate([labels, jnp.tile(jnp.arange(classes), unlabelled)])
    one_hot = jax.nn.one_hot(pair_labels, classes)
    h = softplus(linear(parameters, "m2.decoder.0", z) + one_hot @ parameters["m2.decoder.0.label.weight"].T)
    h = layers(parameters, "m2.decoder", 1, depth, h)
    mean, logvar = linear(parameters, "m2.decoder.mean", h), linear(parameters, "m2.decoder.logvar", h)
    repeated = jnp.concatenate([x[:labelled], jnp.repeat(x[labelled:], classes, 0)])
    nll = 0.5 * ((repeated - mean) ** 2 * jnp.exp(-logvar) + logvar).sum(1)
    return nll + kl + (0.5 * x.shape[1] * math.log(2 * math.pi) + math.log(classes))


def m2_loss(spec, parameters, batch, eps):
    x, labels = batch["x"], batch["labels"]
    labelled, unlabelled = len(labels), len(x) - len(labels)
    h = layers(parameters, "m2.classifier", 0, len(spec["classifier_hidden"]), x)
    logq = log_softmax(linear(parameters, "m2.classifier.out", h))
    cost = m2_pair_costs(spec, parameters, batch, eps)
    logq_unlabelled = logq[labelled:]
    per_label = cost[labelled:].reshape(unlabelled, spec["labels"])
    bound = (jnp.exp(logq_unlabelled) * (per_label + logq_unlabelled)).sum()
    cross_entropy = -jnp.take_along_axis(logq[:labelled], labels[:, None], 1).sum()
    total, n_labelled = spec["n_total"], spec["n_labelled"]
    loss = cost[:labelled].sum() * (n_labelled / (labelled * total)) + cross_entropy * (spec["alpha"] / labelled)
    return loss + bound * ((total - n_labelled) / (unlabelled * total))


LOSSES = {"m1": m1_loss, "m2": m2_loss}


def noise_shape(spec, batch):
    rows = batch["x"].shape[-2]
    if spec["model"] == "m2":
        labelled = len(batch["labels"])
        rows = labelled + (rows - labelled) * spec["labels"]
    return *batch["x"].shape[:-2], rows, spec["latents"]


def adam(prior, parameters, gradients, state):
    """Adam with bias correction; the weights' prior adds prior·p to the gradient."""
    o, (first, second, t) = cases.ADAM, state
    t = t + 1
    gradients = jax.tree.map(lambda g, p: g + prior * p, gradients, parameters)
    first = jax.tree.map(lambda m, g: o["beta1"] * m + (1 - o["beta1"]) * g, first, gradients)
    second = jax.tree.map(lambda v, g: o["beta2"] * v + (1 - o["beta2"]) * g * g, second, gradients)
    correction1, correction2 = 1 - o["beta1"] ** t, 1 - o["beta2"] ** t

    def update(p, m, v):
        return p - o["rate"] * (m / correction1) / (jnp.sqrt(v / correction2) + o["epsilon"])

    return jax.tree.map(update, parameters, first, second), (first, second, t)


def make_scan(spec, batch, block):
    """A jitted function: training state → the state a block of steps later, with its buffers reused."""
    shape = noise_shape(spec, batch)
    gradient = jax.grad(lambda parameters, x, eps: LOSSES[spec["model"]](spec, parameters, x, eps))
    if "replicas" in spec:
        gradient = jax.vmap(gradient)

    def step(carry, _):
        parameters, state, key = carry
        key, fresh = jax.random.split(key)
        eps = jax.random.normal(fresh, shape)
        gradients = gradient(parameters, batch, eps)
        parameters, state = adam(spec["weight_prior"] / spec["n_total"], parameters, gradients, state)
        return (parameters, state, key), None

    return jax.jit(lambda carry: jax.lax.scan(step, carry, None, length=block)[0], donate_argnums=0)


def open_case(name):
    spec, parameters, batch = cases.random_case(name)
    parameters, batch = jax.tree.map(jnp.asarray, parameters), jax.tree.map(jnp.asarray, batch)
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    block = BLOCK_OF_REPLICAS if "replicas" in spec else BLOCK[ARGUMENTS.device]
    scan = make_scan(spec, batch, block)
    carry = (parameters, (zeros, jax.tree.map(jnp.zeros_like, parameters), jnp.float32(0)), jax.random.key(0))

    def run(count):
        """Times of whole blocks: count is rounded up to a multiple of a block."""
        nonlocal carry
        times = []
        while len(times) < count:
            start = time.perf_counter()
            carry = jax.block_until_ready(scan(carry))
            times += [1e3 * (time.perf_counter() - start) / block] * block
        return times

    run(block)  # compiles
    setting = f"jax {jax.__version__} {ARGUMENTS.device}, jit and scan"
    setting += f", {ARGUMENTS.threads} cores" if ARGUMENTS.device == "cpu" else f", {ARGUMENTS.precision}"
    return run, setting


def golden_loss(spec, parameters, batch, eps):
    arrays = jax.tree.map(jnp.asarray, (parameters, batch, eps))
    with jax.default_matmul_precision("highest"):
        return LOSSES[spec["model"]](spec, *arrays)


def main():
    # The cheapest of JAX's generators: the noise need not be the same on two devices.
    jax.config.update("jax_default_prng_impl", "unsafe_rbg")
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if ARGUMENTS.precision == "tf32" else "highest")
    cases.check_golden(golden_loss)
    if ARGUMENTS.serve:
        protocol.serve(open_case)
    else:
        protocol.report(open_case, ARGUMENTS.case or cases.alone(), ARGUMENTS.steps)


if __name__ == "__main__":
    main()
