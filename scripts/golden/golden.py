#!/usr/bin/env python3
"""Writes the golden values under model/testdata/golden: losses, gradients and trajectories by PyTorch in float64.

Run from the root of the checkout, with the versions of scripts/peers/requirements.txt:

    python3 scripts/golden/golden.py
"""

import json
import math
import pathlib
import random

import torch

from objectives import OBJECTIVES, Network, layer_shapes

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "model" / "testdata" / "golden"
STEPS = 10
ADAM = {"rate": 1e-2, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
JOINT_M2_RATE = 2e-2

M1 = {"model": "m1", "inputs": 12, "hidden": [7, 6], "latents": 3, "samples": 1}
M1 |= {"weight_prior": 1.0, "n_total": 50, "kl_weight": 1.0}
M2 = {"model": "m2", "inputs": 8, "labels": 3, "hidden": [5], "classifier_hidden": [4], "latents": 2, "samples": 1}
M2 |= {"alpha": 0.1, "n_labelled": 6, "n_total": 40, "weight_prior": 1.0, "kl_weight": 1.0}
SUPERVISED = {"model": "supervised", "inputs": 6, "labels": 4, "hidden": [5], "weight_prior": 1.0, "n_total": 30}
PROBABILITIES = [0.5, 0.3125, 0.1875]


def joint(both, m1, m2):
    """M1 and M2 as one, M2 on the kept of M1's latents; what is not both models' stands in m1 or m2."""
    spec = {"model": "joint", "inputs": 12, "hidden": [7, 6], "latents": 4, "kept": [0, 1, 2]}
    spec |= {"weight_prior": 1.0, "n_total": M2["n_total"]} | both | m1
    return spec | {"m2": M2 | {"inputs": len(spec["kept"]), "output": "gaussian"} | both | m2}


# name: (specification, rows of a minibatch: examples, or labelled and unlabelled examples)
CASES = {
    "m1-bernoulli-softplus": (M1 | {"activation": "softplus", "output": "bernoulli"}, (3,)),
    "m1-bernoulli-tanh-s2": (
        M1 | {"activation": "tanh", "output": "bernoulli", "samples": 2, "kl_weight": 0.5},
        (3,),
    ),
    "m1-gaussian-softplus": (M1 | {"activation": "softplus", "output": "gaussian"}, (3,)),
    "m1-gaussian-relu-s2": (M1 | {"activation": "relu", "output": "gaussian", "samples": 2}, (3,)),
    "m1-bernoulli-gelu": (M1 | {"activation": "gelu", "output": "bernoulli"}, (3,)),
    "m2-bernoulli-softplus-uniform": (
        M2 | {"activation": "softplus", "output": "bernoulli", "class_prior": "uniform"},
        (3, 2),
    ),
    "m2-bernoulli-relu-given-s2": (
        M2
        | {"activation": "relu", "output": "bernoulli", "class_prior": "given", "class_probabilities": PROBABILITIES}
        | {"samples": 2, "hidden": [5, 4], "classifier_hidden": [4, 3]},
        (1, 2),
    ),
    "m2-gaussian-softplus-uniform": (
        M2 | {"activation": "softplus", "output": "gaussian", "class_prior": "uniform"},
        (3, 2),
    ),
    "m2-gaussian-softplus-learned": (
        M2 | {"activation": "softplus", "output": "gaussian", "class_prior": "learned"},
        (2, 3),
    ),
    "m2-gaussian-tanh-given-s2": (
        M2
        | {"activation": "tanh", "output": "gaussian", "class_prior": "given", "class_probabilities": PROBABILITIES}
        | {"samples": 2, "kl_weight": 0.25, "alpha": 2.0},
        (2, 2),
    ),
    "m2-gaussian-softplus-labelled-only": (
        M2 | {"activation": "softplus", "output": "gaussian", "class_prior": "uniform"},
        (3, 0),
    ),
    "m2-bernoulli-tanh-unlabelled-only": (
        M2 | {"activation": "tanh", "output": "bernoulli", "class_prior": "learned"},
        (0, 3),
    ),
    "m2-gaussian-silu-s2": (
        M2 | {"activation": "silu", "output": "gaussian", "class_prior": "uniform", "samples": 2},
        (2, 2),
    ),
    "joint-bernoulli-softplus-uniform": (
        joint({"activation": "softplus"}, {"output": "bernoulli"}, {"class_prior": "uniform"}),
        (3, 2),
    ),
    "joint-gaussian-silu-given-s2": (
        joint(
            {"activation": "silu"},
            {"output": "gaussian", "kept": [0, 2, 3]},
            {"class_prior": "given", "class_probabilities": PROBABILITIES}
            | {"samples": 2, "kl_weight": 0.5, "alpha": 2.0, "hidden": [5, 4]},
        ),
        (2, 3),
    ),
    "supervised-softplus": (SUPERVISED | {"activation": "softplus"}, (4,)),
    "supervised-tanh-deep": (SUPERVISED | {"activation": "tanh", "hidden": [5, 4]}, (3,)),
    "supervised-relu": (SUPERVISED | {"activation": "relu"}, (4,)),
    "supervised-gelu": (SUPERVISED | {"activation": "gelu"}, (4,)),
}


class Source:
    """Numbers that a seed fixes in any Python, all multiples of 1/1024: exact in float32 and short in JSON."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def matrix(self, rows, cols, draw):
        values = [[round(draw() * 1024) / 1024 for _ in range(cols)] for _ in range(rows)]
        return torch.tensor(values, dtype=torch.float64).reshape(rows, cols)

    def normal(self, rows, cols, scale=1.0):
        return self.matrix(rows, cols, lambda: self.random.gauss(0, scale))

    def data(self, spec, rows):
        if spec.get("output") == "bernoulli":
            return self.matrix(rows, spec["inputs"], self.random.random)
        return self.normal(rows, spec["inputs"])

    def labels(self, spec, rows):
        return torch.tensor([self.random.randrange(spec["labels"]) for _ in range(rows)], dtype=torch.long)

    def parameters(self, spec):
        """No parameter starts at zero, where a gradient may be special; small log-variances keep exp(−logvar) tame."""
        values = {}
        for name, (rows, cols) in layer_shapes(spec).items():
            scale = 0.3 if rows == 1 else 1 / math.sqrt(cols)
            values[name] = self.normal(rows, cols, 0.3 * scale if ".logvar." in name else scale)
        return values

    def batch(self, spec, rows):
        if spec["model"] == "supervised":
            return {"x": self.data(spec, *rows), "labels": self.labels(spec, *rows)}
        if spec["model"] == "m1":
            return {"x": self.data(spec, *rows), "eps": self.normal(rows[0] * spec["samples"], spec["latents"])}
        labelled, unlabelled = rows
        m2 = spec.get("m2", spec)
        pairs = labelled + unlabelled * m2["labels"]
        batch = {
            "x_labelled": self.data(spec, labelled),
            "labels": self.labels(m2, labelled),
            "x_unlabelled": self.data(spec, unlabelled),
            "eps": self.normal(pairs * m2["samples"], m2["latents"]),
        }
        if spec["model"] == "joint":
            batch["eps_z1"] = self.normal(labelled + unlabelled, spec["latents"])
        return batch


def plain(value):
    """A tensor as it stands in a file: a scalar, a list, or a matrix with its shape."""
    if value.dim() == 0:
        return value.item()
    if value.dim() == 1:
        return value.tolist()
    return {"rows": value.shape[0], "cols": value.shape[1], "data": value.flatten().tolist()}


def plain_all(tensors):
    return {name: plain(value.detach()) for name, value in tensors.items()}


def trajectory(spec, initial, batches):
    """Ten steps of PyTorch's own Adam, one minibatch each; also what the first step saw."""
    parameters = {name: value.clone().requires_grad_() for name, value in initial.items()}
    rule, groups = ADAM, parameters.values()
    if spec["model"] == "joint":
        rule = ADAM | {"m2_rate": JOINT_M2_RATE}
        own = {model: [v for name, v in parameters.items() if name.startswith(model)] for model in ("m1.", "m2.")}
        groups = [{"params": own["m1."]}, {"params": own["m2."], "lr": rule["m2_rate"]}]
    adam = torch.optim.Adam(groups, lr=rule["rate"], betas=(rule["beta1"], rule["beta2"]), eps=rule["epsilon"])
    network = Network(spec, parameters)
    losses, first = [], {}
    for batch in batches:
        adam.zero_grad()
        loss, parts = OBJECTIVES[spec["model"]](network, batch)
        loss.backward()
        for value in parameters.values():  # one that took no part in the loss has the gradient zero
            value.grad = torch.zeros_like(value) if value.grad is None else value.grad
        losses.append(loss.item())
        if not first:
            gradients = {name: value.grad for name, value in parameters.items()}
            first = {"loss": loss.item(), "parts": plain_all(parts), "gradients": plain_all(gradients)}
        adam.step()
    first["adam"] = rule | {"losses": losses, "parameters": plain_all(parameters)}
    return first, network.kink_distance


def case(name, spec, rows):
    """A whole case; a relu case takes the first seed whose trajectory stays clear of every kink."""
    for attempt in range(1000):
        source = Source(f"{name} {attempt}")
        parameters = source.parameters(spec)
        batches = [source.batch(spec, rows) for _ in range(STEPS)]
        computed, kink_distance = trajectory(spec, parameters, batches)
        if spec["activation"] != "relu" or kink_distance > 1e-3:
            break
    else:
        raise SystemExit(f"{name}: wanted a trajectory clear of relu's kink, found none in 1000 seeds")
    inputs = {"spec": spec, "parameters": plain_all(parameters), "batches": [plain_all(batch) for batch in batches]}
    return {"case": name, "torch": torch.__version__} | inputs | computed


OPTIMISERS = {
    "sgd": {"rate": 0.05, "momentum": 0.9},
    "adagrad": {"rate": 0.05, "epsilon": 1e-10},
    "rmsprop": {"rate": 0.01, "decay": 0.95, "epsilon": 1e-8},
    "adam": ADAM,
}


def make_optimiser(name, parameters, prior):
    o = OPTIMISERS[name]
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=o["rate"], momentum=o["momentum"], weight_decay=prior)
    if name == "adagrad":
        return torch.optim.Adagrad(parameters, lr=o["rate"], eps=o["epsilon"], weight_decay=prior)
    if name == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=o["rate"], alpha=o["decay"], eps=o["epsilon"], weight_decay=prior)
    betas = (o["beta1"], o["beta2"])
    return torch.optim.Adam(parameters, lr=o["rate"], betas=betas, eps=o["epsilon"], weight_decay=prior)


def optimiser_case(name, prior=0.0, max_norm=math.inf, ema_decay=0.0):
    """Six steps of one optimiser on given gradients: clip by the global norm, prior and update, average."""
    source = Source(f"optimiser {name}")
    values = [source.normal(3, 4).requires_grad_(), source.normal(1, 5).requires_grad_()]
    optimiser = make_optimiser(name, values, prior)
    result = {"name": name, "options": OPTIMISERS[name], "prior": prior}
    result |= {"max_norm": None if math.isinf(max_norm) else max_norm, "ema_decay": ema_decay}
    result |= {"parameters": [plain(value.detach()) for value in values], "steps": []}
    averages = [value.detach().clone() for value in values]
    for step in range(1, 7):
        gradients = [source.normal(*value.shape) for value in values]
        norm = math.sqrt(sum((g**2).sum().item() for g in gradients))
        clip = min(1.0, max_norm / norm)
        for value, gradient in zip(values, gradients):
            value.grad = clip * gradient
        optimiser.step()
        for average, value in zip(averages, values):
            average += max(1 - ema_decay, 10 / (step + 9)) * (value.detach() - average)
        record = {"gradients": [plain(g) for g in gradients], "norm": norm, "clip": clip}
        record |= {"parameters": [plain(value.detach()) for value in values]}
        result["steps"].append(record | {"ema": [plain(average) for average in averages]})
    return result


def optimiser_cases():
    cases = [optimiser_case(name) for name in OPTIMISERS]
    # Of the six gradients some are longer than 3.75 and some are not: the clip is seen at work and at rest.
    # So is the average's decay, which is smaller in the first three steps and 0.2 from then on.
    cases += [optimiser_case(name, prior=0.02, max_norm=3.75, ema_decay=0.2) for name in OPTIMISERS]
    return {"case": "optimisers", "torch": torch.__version__, "cases": cases}


def write(content):
    """One top-level key a line: small files that a difference tool can still read."""
    lines = [f'"{key}":{json.dumps(value, separators=(",", ":"))}' for key, value in content.items()]
    text = "{" + ",\n".join(lines) + "}\n"
    path = FOLDER / f"{content['case']}.json"
    path.write_text(text)
    print(f"{path.name}: {len(text) / 1000:.1f} kB")


def main():
    # One thread: a parallel sum would not repeat to the last bit.
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (spec, rows) in CASES.items():
        write(case(name, spec, rows))
    write(optimiser_cases())


if __name__ == "__main__":
    main()
