"""The training steps that are timed, in plain data: every peer builds the same models from here."""

import json
import pathlib

import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "model" / "testdata" / "golden"

# The paper's M1 on MNIST, and its M2 on 50 features of M1. n_total only scales the loss and the weights' prior.
M1 = {"model": "m1", "inputs": 784, "hidden": [600, 600], "latents": 50, "n_total": 60_000, "weight_prior": 1.0}
M2 = {"model": "m2", "inputs": 50, "labels": 10, "hidden": [500], "classifier_hidden": [500], "latents": 50}
M2 |= {"alpha": 0.1, "n_labelled": 100, "n_total": 60_000, "weight_prior": 1.0}

# M1 and M2 as one, in a fast recipe's sizes. M2 works on the first of M1's latents: who keeps others reorders them
# once, before training. Its parameters have a rate of their own, and all of them an average over the steps.
JOINT = M1 | {"model": "joint", "kept": list(range(20)), "m2_rate": 1e-3, "ema": 0.999}
JOINT |= {"m2": M2 | {"inputs": 20, "hidden": [300], "classifier_hidden": [300], "latents": 10}}

# name: (specification, examples of a minibatch: all, or labelled and unlabelled). Of "replicas" models trained at once,
# each has parameters and a minibatch of its own.
CASES = {
    "m1-b100": (M1, (100,)),
    "m1-b1000": (M1, (1000,)),
    "m2-100-100": (M2, (100, 100)),
    "m2-100-500": (M2, (100, 500)),
    "joint-50-200": (JOINT, (50, 200)),
    "m1-b1000-r40": (M1 | {"replicas": 40}, (1000,)),
}

# The golden files that hold the same objectives at sizes small enough to keep.
GOLDEN_FILES = {
    "m1": "m1-bernoulli-softplus.json",
    "m2": "m2-gaussian-softplus-uniform.json",
    "joint": "joint-bernoulli-softplus-uniform.json",
}

# How far a loss in float32 may be from its golden value, relative: 2·err(ref32) + 1e-6, the rule for ours. engine/ref
# in float32 is off by 2.1e-7 at most, here rounded up to 2.5e-7. Package model's tests hold ours to the same.
TOLERANCE = 1.5e-6

ADAM = {"rate": 3e-4, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


def layer(values, rng, name, inputs, outputs):
    values[f"{name}.weight"] = (rng.standard_normal((outputs, inputs)) / inputs**0.5).astype(np.float32)
    values[f"{name}.bias"] = np.zeros((1, outputs), np.float32)


def hidden_layers(values, rng, prefix, inputs, hidden):
    for i, width in enumerate(hidden):
        layer(values, rng, f"{prefix}.{i}", inputs, width)
        inputs = width
    return inputs


def initial_parameters(spec, rng):
    """Name → float32 array, weights N(0, 1/fan_in), by ssdgm's names."""
    if spec["model"] == "joint":
        return initial_parameters(spec | {"model": "m1"}, rng) | initial_parameters(spec["m2"], rng)
    values = {}
    mirrored, latents, model = spec["hidden"][::-1], spec["latents"], spec["model"]
    top = hidden_layers(values, rng, f"{model}.encoder", spec["inputs"], spec["hidden"])
    layer(values, rng, f"{model}.encoder.mean", top, latents)
    layer(values, rng, f"{model}.encoder.logvar", top, latents)
    top = hidden_layers(values, rng, f"{model}.decoder", latents, mirrored)
    if model == "m1":
        layer(values, rng, "m1.decoder.out", top, spec["inputs"])
        return values
    layer(values, rng, "m2.decoder.mean", top, spec["inputs"])
    layer(values, rng, "m2.decoder.logvar", top, spec["inputs"])
    top = hidden_layers(values, rng, "m2.classifier", spec["inputs"], spec["classifier_hidden"])
    layer(values, rng, "m2.classifier.out", top, spec["labels"])
    for side, width in (("encoder", spec["hidden"][0]), ("decoder", mirrored[0])):
        table = rng.standard_normal((width, spec["labels"])) / spec["labels"] ** 0.5
        values[f"m2.{side}.0.label.weight"] = table.astype(np.float32)
    return values


def merge_heads(parameters):
    """Heads that read the same layer, mean and logvar, become one matrix: heads."""
    merged = {}
    for name, value in parameters.items():
        if ".logvar." in name:
            continue
        if ".mean." in name:
            outputs = -1 if name.endswith("bias") else -2  # a bias is [1, out]; of replicas, all are stacked
            value = np.concatenate([value, parameters[name.replace(".mean.", ".logvar.")]], outputs)
        merged[name.replace(".mean.", ".heads.")] = value
    return merged


def minibatch(spec, rows, rng):
    """Dense random inputs: no kernel gains from the zeros of real images."""
    draw = rng.standard_normal if spec["model"] == "m2" else rng.random
    batch = {"x": draw((sum(rows), spec["inputs"]), np.float32)}
    if len(rows) == 2:
        batch["labels"] = rng.integers(0, spec.get("m2", spec)["labels"], rows[0])
    return batch


def noise_shapes(spec, batch):
    """Name → shape of the normals of a step: eps, a row for every pair of M2; of a stack also eps_z1, M1's."""
    *replicas, rows, _ = batch["x"].shape
    if spec["model"] == "m1":
        return {"eps": (*replicas, rows, spec["latents"])}
    m2, labelled = spec.get("m2", spec), batch["labels"].shape[0]
    shapes = {"eps": (labelled + (rows - labelled) * m2["labels"], m2["latents"])}
    if spec["model"] == "joint":
        shapes["eps_z1"] = (rows, spec["latents"])
    return shapes


def random_case(name):
    """Specification, initial parameters and one minibatch of a case; of several replicas all arrays are stacked.

    Of the parameters here and in golden_case, heads are merged.
    """
    spec, rows = CASES[name]
    rng = np.random.default_rng(0)
    if "replicas" not in spec:
        return spec, merge_heads(initial_parameters(spec, rng)), minibatch(spec, rows, rng)
    replicas = range(spec["replicas"])
    parameters = stack([initial_parameters(spec, rng) for _ in replicas])
    return spec, merge_heads(parameters), stack([minibatch(spec, rows, rng) for _ in replicas])


def stack(dictionaries):
    return {name: np.stack([d[name] for d in dictionaries]) for name in dictionaries[0]}


def alone():
    """Names of the cases of one replica: what is timed where no case is asked for."""
    return [name for name, (spec, _) in CASES.items() if "replicas" not in spec]


def matrix(value):
    return np.array(value["data"], np.float32).reshape(value["rows"], value["cols"])


def golden_case(model):
    """The same of a golden file, with its noise, and its loss less the weights' prior, which is Adam's here."""
    content = json.loads((GOLDEN / GOLDEN_FILES[model]).read_text())
    batch = content["batches"][0]
    parameters = {name: matrix(value) for name, value in content["parameters"].items()}
    if model == "m1":
        inputs = {"x": matrix(batch["x"])}
    else:
        x = np.concatenate([matrix(batch["x_labelled"]), matrix(batch["x_unlabelled"])])
        inputs = {"x": x, "labels": np.array(batch["labels"])}
    noise = {name: matrix(batch[name]) for name in noise_shapes(content["spec"], inputs)}
    return content["spec"], merge_heads(parameters), inputs, noise, content["loss"] - content["parts"]["prior"]


def check_golden(loss_of):
    """Stops the program unless loss_of(spec, parameters, batch, noise) finds every golden loss in float32."""
    for model in GOLDEN_FILES:
        spec, parameters, batch, noise, wanted = golden_case(model)
        found = float(loss_of(spec, parameters, batch, noise))
        if abs(found - wanted) > TOLERANCE * abs(wanted):
            raise SystemExit(f"{GOLDEN_FILES[model]}: wanted the loss {wanted!r}, found {found!r}")
