"""The training steps that are timed, in plain data: every peer builds the same models from here."""

import json
import pathlib

import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "model" / "testdata" / "golden"

# The paper's M1 on MNIST, and its M2 on 50 features of M1. n_total only scales the loss and the weights' prior.
M1 = {"model": "m1", "inputs": 784, "hidden": [600, 600], "latents": 50, "n_total": 60_000, "weight_prior": 1.0}
M2 = {"model": "m2", "inputs": 50, "labels": 10, "hidden": [500], "classifier_hidden": [500], "latents": 50}
M2 |= {"alpha": 0.1, "n_labelled": 100, "n_total": 60_000, "weight_prior": 1.0}

# name: (specification, examples of a minibatch: all, or labelled and unlabelled). Of "replicas" models trained at once,
# each has parameters and a minibatch of its own.
CASES = {
    "m1-b100": (M1, (100,)),
    "m1-b1000": (M1, (1000,)),
    "m2-100-100": (M2, (100, 100)),
    "m2-100-500": (M2, (100, 500)),
    "m1-b1000-r40": (M1 | {"replicas": 40}, (1000,)),
}

# The golden files that hold the same objectives at sizes small enough to keep.
GOLDEN_FILES = {"m1": "m1-bernoulli-softplus.json", "m2": "m2-gaussian-softplus-uniform.json"}

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


def minibatch(spec, rows, rng):
    """Dense random inputs: no kernel gains from the zeros of real images."""
    if spec["model"] == "m1":
        return {"x": rng.random((rows[0], spec["inputs"]), np.float32)}
    labelled, unlabelled = rows
    return {
        "x": rng.standard_normal((labelled + unlabelled, spec["inputs"]), np.float32),
        "labels": rng.integers(0, spec["labels"], labelled),
    }


def random_case(name):
    """Specification, initial parameters and one minibatch of a case; of several replicas all arrays are stacked."""
    spec, rows = CASES[name]
    rng = np.random.default_rng(0)
    if "replicas" not in spec:
        return spec, initial_parameters(spec, rng), minibatch(spec, rows, rng)
    replicas = range(spec["replicas"])
    parameters = stack([initial_parameters(spec, rng) for _ in replicas])
    return spec, parameters, stack([minibatch(spec, rows, rng) for _ in replicas])


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
    return content["spec"], parameters, inputs, matrix(batch["eps"]), content["loss"] - content["parts"]["prior"]


def check_golden(loss_of):
    """Stops the program unless loss_of(spec, parameters, batch, eps) finds every golden loss in float32."""
    for model in GOLDEN_FILES:
        spec, parameters, batch, eps, wanted = golden_case(model)
        found = float(loss_of(spec, parameters, batch, eps))
        if abs(found - wanted) > 2e-6 * abs(wanted):
            raise SystemExit(f"{GOLDEN_FILES[model]}: wanted the loss {wanted!r}, found {found!r}")
