"""The objectives of M1, M2, the stack of both and the supervised network, written once for autograd.

Parameters are a dictionary from name to float64 tensor: weights [out, in], biases [1, out].
Every function returns the loss, a scalar to differentiate, and its parts, plain tensors to record.
Equations: Kingma, Mohamed, Rezende and Welling, "Semi-supervised learning with deep generative
models", NIPS 2014.
"""

import functools
import math

import torch
import torch.nn.functional as F

ACTIVATIONS = {
    "softplus": F.softplus,
    "relu": F.relu,
    "tanh": torch.tanh,
    "gelu": functools.partial(F.gelu, approximate="tanh"),
    "silu": F.silu,
}


def layer_shapes(spec):
    """Names and shapes [rows, cols] of every parameter that a specification asks for, in a fixed order."""
    shapes = {"m1": m1_shapes, "m2": m2_shapes, "joint": joint_shapes, "supervised": supervised_shapes}
    return shapes[spec["model"]](spec)


def dense(shapes, name, inputs, outputs):
    shapes[f"{name}.weight"] = (outputs, inputs)
    shapes[f"{name}.bias"] = (1, outputs)


def stack(shapes, prefix, inputs, hidden):
    for i, width in enumerate(hidden):
        dense(shapes, f"{prefix}.{i}", inputs, width)
        inputs = width
    return inputs


def output_heads(shapes, prefix, output, inputs, outputs):
    for head in {"bernoulli": ["out"], "gaussian": ["mean", "logvar"]}[output]:
        dense(shapes, f"{prefix}.{head}", inputs, outputs)


def m1_shapes(spec):
    shapes = {}
    top = stack(shapes, "m1.encoder", spec["inputs"], spec["hidden"])
    dense(shapes, "m1.encoder.mean", top, spec["latents"])
    dense(shapes, "m1.encoder.logvar", top, spec["latents"])
    top = stack(shapes, "m1.decoder", spec["latents"], spec["hidden"][::-1])
    output_heads(shapes, "m1.decoder", spec["output"], top, spec["inputs"])
    return shapes


def m2_shapes(spec):
    shapes = {}
    top = stack(shapes, "m2.classifier", spec["inputs"], spec["classifier_hidden"])
    dense(shapes, "m2.classifier.out", top, spec["labels"])
    top = stack(shapes, "m2.encoder", spec["inputs"], spec["hidden"])
    shapes["m2.encoder.0.label.weight"] = (spec["hidden"][0], spec["labels"])
    dense(shapes, "m2.encoder.mean", top, spec["latents"])
    dense(shapes, "m2.encoder.logvar", top, spec["latents"])
    mirrored = spec["hidden"][::-1]
    top = stack(shapes, "m2.decoder", spec["latents"], mirrored)
    shapes["m2.decoder.0.label.weight"] = (mirrored[0], spec["labels"])
    output_heads(shapes, "m2.decoder", spec["output"], top, spec["inputs"])
    if spec["class_prior"] == "learned":
        shapes["m2.class_prior.logits"] = (1, spec["labels"])
    return shapes


def joint_shapes(spec):
    return m1_shapes(spec) | m2_shapes(spec["m2"])


def supervised_shapes(spec):
    shapes = {}
    top = stack(shapes, "classifier", spec["inputs"], spec["hidden"])
    dense(shapes, "classifier.out", top, spec["labels"])
    return shapes


class Network:
    """Named parameters with the operations that the objectives need."""

    def __init__(self, spec, parameters):
        self.spec, self.parameters = spec, parameters
        self.activation = ACTIVATIONS[spec["activation"]]
        # The smallest |input| of an activation: relu's gradient is only comparable away from its kink.
        self.kink_distance = math.inf

    def part(self, model, spec):
        """The parameters of one of two models."""
        own = {name: value for name, value in self.parameters.items() if name.startswith(f"{model}.")}
        return Network(spec, own)

    def linear(self, name, x):
        return x @ self.parameters[f"{name}.weight"].T + self.parameters[f"{name}.bias"]

    def hidden(self, prefix, depth, x, labels=None):
        """The hidden layers of a network; one-hot labels, where given, add a column of the label table to the first."""
        for i in range(depth):
            before = self.linear(f"{prefix}.{i}", x)
            if i == 0 and labels is not None:
                before = before + labels @ self.parameters[f"{prefix}.0.label.weight"].T
            if before.numel():
                self.kink_distance = min(self.kink_distance, before.detach().abs().min().item())
            x = self.activation(before)
        return x

    def nll(self, prefix, h, x):
        """−log p(x|·) of each row: Bernoulli on real-valued x, or Gaussian with predicted mean and log-variance."""
        if self.spec["output"] == "bernoulli":
            logits = self.linear(f"{prefix}.out", h)
            return (F.softplus(logits) - x * logits).sum(1)
        mean, logvar = self.linear(f"{prefix}.mean", h), self.linear(f"{prefix}.logvar", h)
        return 0.5 * (math.log(2 * math.pi) + logvar + (x - mean) ** 2 * torch.exp(-logvar)).sum(1)

    def prior(self, scale):
        """½·scale·‖θ‖² over every parameter."""
        return 0.5 * scale * sum((p**2).sum() for p in self.parameters.values())


def kl_to_standard_normal(mean, logvar):
    """½Σ(μ² + σ² − 1 − ln σ²) of each row."""
    return 0.5 * (mean**2 + logvar.exp() - 1 - logvar).sum(1)


def m1(network, batch):
    """Loss = mean over examples of (mean over samples of −log p(x|z) + weighted KL) + ½·prior/N·‖θ‖²."""
    spec, x, samples = network.spec, batch["x"], network.spec["samples"]
    depth = len(spec["hidden"])
    h = network.hidden("m1.encoder", depth, x)
    mean, logvar = network.linear("m1.encoder.mean", h), network.linear("m1.encoder.logvar", h)
    z = mean.repeat_interleave(samples, 0) + torch.exp(0.5 * logvar).repeat_interleave(samples, 0) * batch["eps"]
    h = network.hidden("m1.decoder", depth, z)
    nll = network.nll("m1.decoder", h, x.repeat_interleave(samples, 0)).view(-1, samples).mean(1)
    kl = kl_to_standard_normal(mean, logvar)
    prior = network.prior(spec["weight_prior"] / spec["n_total"])
    loss = (nll + spec["kl_weight"] * kl).mean() + prior
    return loss, {"nll": nll, "kl": kl, "prior": prior}


def log_class_prior(network):
    spec = network.spec
    if spec["class_prior"] == "learned":
        return F.log_softmax(network.parameters["m2.class_prior.logits"], 1)[0]
    if spec["class_prior"] == "given":
        return torch.tensor(spec["class_probabilities"], dtype=torch.float64).log()
    return torch.full((spec["labels"],), -math.log(spec["labels"]), dtype=torch.float64)


def m2_pair_costs(network, x, labels, eps):
    """−log p(x|y,z) and KL of each pair of an example and a label, averaged over its samples."""
    spec, samples = network.spec, network.spec["samples"]
    depth = len(spec["hidden"])
    y = F.one_hot(labels, spec["labels"]).double()
    h = network.hidden("m2.encoder", depth, x, y)
    mean, logvar = network.linear("m2.encoder.mean", h), network.linear("m2.encoder.logvar", h)
    z = mean.repeat_interleave(samples, 0) + torch.exp(0.5 * logvar).repeat_interleave(samples, 0) * eps
    h = network.hidden("m2.decoder", depth, z, y.repeat_interleave(samples, 0))
    nll = network.nll("m2.decoder", h, x.repeat_interleave(samples, 0)).view(-1, samples).mean(1)
    return nll, kl_to_standard_normal(mean, logvar)


def m2(network, batch):
    """Loss = 1/N [N_l/B_l ΣL + N_u/B_u ΣU + αN/B_l Σ −log q(y|x) + ½·prior·‖θ‖²], the sum over labels exact."""
    spec, classes = network.spec, network.spec["labels"]
    x_labelled, labels, x_unlabelled = batch["x_labelled"], batch["labels"], batch["x_unlabelled"]
    n_labelled, n_unlabelled = len(x_labelled), len(x_unlabelled)
    every_label = torch.arange(classes).repeat(n_unlabelled)
    x = torch.cat([x_labelled, x_unlabelled.repeat_interleave(classes, 0)])
    y = torch.cat([labels, every_label])
    nll, kl = m2_pair_costs(network, x, y, batch["eps"])
    cost = nll + spec["kl_weight"] * kl - log_class_prior(network)[y]

    h = network.hidden("m2.classifier", len(spec["classifier_hidden"]), torch.cat([x_labelled, x_unlabelled]))
    logq = F.log_softmax(network.linear("m2.classifier.out", h), 1)
    labelled = cost[:n_labelled]
    logq_unlabelled = logq[n_labelled:]
    per_label = cost[n_labelled:].view(n_unlabelled, classes)
    unlabelled = (logq_unlabelled.exp() * (per_label + logq_unlabelled)).sum(1)
    cross_entropy = -logq[:n_labelled].gather(1, labels[:, None])[:, 0]

    total = spec["n_total"]
    prior = network.prior(spec["weight_prior"] / total)
    loss = prior
    if n_labelled:
        loss = loss + spec["n_labelled"] / (n_labelled * total) * labelled.sum()
        loss = loss + spec["alpha"] / n_labelled * cross_entropy.sum()
    if n_unlabelled:
        loss = loss + (total - spec["n_labelled"]) / (n_unlabelled * total) * unlabelled.sum()
    parts = {"labelled": labelled, "unlabelled": unlabelled, "cross_entropy": cross_entropy}
    parts |= {"pair_nll": nll, "pair_kl": kl, "log_q": logq, "prior": prior}
    return loss, parts


def joint(network, batch):
    """Loss = M2's on the kept of z1 ~ q(z1|x) + Σ w·A(x) + ½·prior/N·‖θ of M1‖².

    A = −log p(x|z1) − H(q of the kept latents) + KL(q of the others ‖ N(0, I)); w is N_l/(B_l·N) of a labelled
    example and N_u/(B_u·N) of another, as its bound has in M2's loss.
    """
    spec, x, kept = network.spec, torch.cat([batch["x_labelled"], batch["x_unlabelled"]]), network.spec["kept"]
    m1, m2_spec, depth = network.part("m1", spec), spec["m2"], len(spec["hidden"])
    h = m1.hidden("m1.encoder", depth, x)
    mean, logvar = m1.linear("m1.encoder.mean", h), m1.linear("m1.encoder.logvar", h)
    z1 = mean + torch.exp(0.5 * logvar) * batch["eps_z1"]
    nll = m1.nll("m1.decoder", m1.hidden("m1.decoder", depth, z1), x)
    others = [j for j in range(spec["latents"]) if j not in kept]
    entropy = 0.5 * (1 + math.log(2 * math.pi) + logvar[:, kept]).sum(1)
    posterior = kl_to_standard_normal(mean[:, others], logvar[:, others]) - entropy

    labelled, unlabelled = len(batch["x_labelled"]), len(batch["x_unlabelled"])
    below = batch | {"x_labelled": z1[:labelled, kept], "x_unlabelled": z1[labelled:, kept]}
    m2_network = network.part("m2", m2_spec)
    m2_loss, parts = m2(m2_network, below)
    total, n_labelled = m2_spec["n_total"], m2_spec["n_labelled"]
    cost = nll + posterior
    loss = n_labelled / (labelled * total) * cost[:labelled].sum()
    loss = loss + (total - n_labelled) / (unlabelled * total) * cost[labelled:].sum()
    prior = m1.prior(spec["weight_prior"] / spec["n_total"])
    parts |= {"nll": nll, "posterior": posterior, "prior": prior + parts["prior"]}
    network.kink_distance = min(network.kink_distance, m1.kink_distance, m2_network.kink_distance)
    return loss + prior + m2_loss, parts


def supervised(network, batch):
    """Loss = mean cross-entropy + ½·prior/N·‖θ‖²."""
    spec = network.spec
    h = network.hidden("classifier", len(spec["hidden"]), batch["x"])
    logq = F.log_softmax(network.linear("classifier.out", h), 1)
    cross_entropy = -logq.gather(1, batch["labels"][:, None])[:, 0]
    prior = network.prior(spec["weight_prior"] / spec["n_total"])
    return cross_entropy.mean() + prior, {"cross_entropy": cross_entropy, "log_q": logq, "prior": prior}


OBJECTIVES = {"m1": m1, "m2": m2, "joint": joint, "supervised": supervised}
