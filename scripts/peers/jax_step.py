#!/usr/bin/env python3
"""Times training steps (forward, backward, Adam) of M1, M2 and their stack in JAX: a jitted lax.scan over steps.

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
    parser = argparse.ArgumentParser(description="training steps of M1, M2 and their stack in JAX, timed")
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
    mean, logvar = jnp.split(linear(parameters, f"{prefix}.heads", h), 2, 1)
    kl = 0.5 * (mean**2 + jnp.exp(logvar) - 1 - logvar).sum(1)
    return mean + jnp.exp(0.5 * logvar) * eps, kl


def m1_loss(spec, parameters, batch, noise):
    x, depth = batch["x"], len(spec["hidden"])
    z, kl = sample(parameters, "m1.encoder", layers(parameters, "m1.encoder", 0, depth, x), noise["eps"])
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
    mean, logvar = jnp.split(linear(parameters, "m2.decoder.heads", h), 2, 1)
    repeated = jnp.concatenate([x[:labelled], jnp.repeat(x[labelled:], classes, 0)])
    nll = 0.5 * ((repeated - mean) ** 2 * jnp.exp(-logvar) + logvar).sum(1)
    return nll + kl + (0.5 * x.shape[1] * math.log(2 * math.pi) + math.log(classes))


def m2_loss(spec, parameters, batch, noise):
    x, labels = batch["x"], batch["labels"]
    labelled, unlabelled = len(labels), len(x) - len(labels)
    h = layers(parameters, "m2.classifier", 0, len(spec["classifier_hidden"]), x)
    logq = log_softmax(linear(parameters, "m2.classifier.out", h))
    cost = m2_pair_costs(spec, parameters, batch, noise["eps"])
    logq_unlabelled = logq[labelled:]
    per_label = cost[labelled:].reshape(unlabelled, spec["labels"])
    bound = (jnp.exp(logq_unlabelled) * (per_label + logq_unlabelled)).sum()
    cross_entropy = -jnp.take_along_axis(logq[:labelled], labels[:, None], 1).sum()
    total, n_labelled = spec["n_total"], spec["n_labelled"]
    loss = cost[:labelled].sum() * (n_labelled / (labelled * total)) + cross_entropy * (spec["alpha"] / labelled)
    return loss + bound * ((total - n_labelled) / (unlabelled * total))


def joint_loss(spec, parameters, batch, noise):
    """M1 and M2 as one model: M2's input is the kept latents of a sample z1 ~ q(z1|x), and its loss reaches M1."""
    x, depth, latents, kept = batch["x"], len(spec["hidden"]), spec["latents"], len(spec["kept"])
    h = layers(parameters, "m1.encoder", 0, depth, x)
    mean, logvar = jnp.split(linear(parameters, "m1.encoder.heads", h), 2, 1)
    z1 = mean + jnp.exp(0.5 * logvar) * noise["eps_z1"]
    logits = linear(parameters, "m1.decoder.out", layers(parameters, "m1.decoder", 0, depth, z1))
    nll = (softplus(logits) - x * logits).sum(1)
    # KL of the dropped latents less the entropy of the kept ones, ½Σ(1 + ln 2π + logvar).
    squares = (mean[:, kept:] ** 2 + jnp.exp(logvar[:, kept:])).sum(1)
    cost = nll + 0.5 * (squares - logvar.sum(1)) - 0.5 * (latents + kept * math.log(2 * math.pi))

    m2, labelled = spec["m2"], len(batch["labels"])
    total, n_labelled, unlabelled = m2["n_total"], m2["n_labelled"], len(x) - labelled
    loss = cost[:labelled].sum() * (n_labelled / (labelled * total))
    loss += cost[labelled:].sum() * ((total - n_labelled) / (unlabelled * total))
    return loss + m2_loss(m2, parameters, {"x": z1[:, :kept], "labels": batch["labels"]}, noise)


LOSSES = {"m1": m1_loss, "m2": m2_loss, "joint": joint_loss}


def draw(key, shapes):
    keys = jax.random.split(key, len(shapes))
    return {name: jax.random.normal(k, shape) for k, (name, shape) in zip(keys, shapes.items())}


def rates(spec, parameters):
    """Name → rate: of a stack, M2's parameters have their own."""
    own = spec.get("m2_rate", cases.ADAM["rate"])
    return {name: own if name.startswith("m2.") else cases.ADAM["rate"] for name in parameters}


def adam(spec, parameters, gradients, state):
    """Adam with bias correction; the weights' prior adds prior·p to the gradient."""
    prior = spec["weight_prior"] / spec["n_total"]
    o, (first, second, t) = cases.ADAM, state
    t = t + 1
    gradients = jax.tree.map(lambda g, p: g + prior * p, gradients, parameters)
    first = jax.tree.map(lambda m, g: o["beta1"] * m + (1 - o["beta1"]) * g, first, gradients)
    second = jax.tree.map(lambda v, g: o["beta2"] * v + (1 - o["beta2"]) * g * g, second, gradients)
    correction1, correction2 = 1 - o["beta1"] ** t, 1 - o["beta2"] ** t

    def update(p, m, v, rate):
        return p - rate * (m / correction1) / (jnp.sqrt(v / correction2) + o["epsilon"])

    return jax.tree.map(update, parameters, first, second, rates(spec, parameters)), (first, second, t)


def make_scan(spec, batch, block):
    """A jitted function: training state → the state a block of steps later, with its buffers reused."""
    shapes = cases.noise_shapes(spec, batch)
    gradient = jax.grad(lambda parameters, x, noise: LOSSES[spec["model"]](spec, parameters, x, noise))
    if "replicas" in spec:
        gradient = jax.vmap(gradient)

    def step(carry, _):
        parameters, state, average, key = carry
        key, fresh = jax.random.split(key)
        gradients = gradient(parameters, batch, draw(fresh, shapes))
        parameters, state = adam(spec, parameters, gradients, state)
        if average is not None:
            average = jax.tree.map(lambda a, p: a + (1 - spec["ema"]) * (p - a), average, parameters)
        return (parameters, state, average, key), None

    return jax.jit(lambda carry: jax.lax.scan(step, carry, None, length=block)[0], donate_argnums=0)


def open_case(name):
    spec, parameters, batch = cases.random_case(name)
    parameters, batch = jax.tree.map(jnp.asarray, parameters), jax.tree.map(jnp.asarray, batch)
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    block = BLOCK_OF_REPLICAS if "replicas" in spec else BLOCK[ARGUMENTS.device]
    scan = make_scan(spec, batch, block)
    average = jax.tree.map(jnp.copy, parameters) if "ema" in spec else None
    state = (zeros, jax.tree.map(jnp.zeros_like, parameters), jnp.float32(0))
    carry = (parameters, state, average, jax.random.key(0))

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


def golden_loss(spec, parameters, batch, noise):
    arrays = jax.tree.map(jnp.asarray, (parameters, batch, noise))
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
