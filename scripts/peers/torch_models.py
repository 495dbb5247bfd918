"""M1, M2 and their stack in PyTorch, for speed: merged heads, x·W computed once for all labels of an example."""

import math

import torch
import torch.nn.functional as F


def tensors(parameters, device):
    """Tensors by name; a label table is stored [K, out].

    Parameters of several replicas are [replicas, …] and biases stay [replicas, 1, out].
    """
    found = {}
    for name, value in parameters.items():
        value = torch.from_numpy(value).to(device)
        if name.endswith("label.weight"):
            value = value.T
        if name.endswith("bias") and value.dim() == 2:
            value = value[0]
        found[name] = value.contiguous()
    return found


class Model(torch.nn.Module):
    def __init__(self, spec, parameters, device="cpu"):
        super().__init__()
        self.spec = spec
        self.weights = torch.nn.ParameterDict(
            {name.replace(".", "-"): torch.nn.Parameter(v) for name, v in tensors(parameters, device).items()}
        )

    def weight(self, name):
        return self.weights[f"{self.spec['model']}.{name}".replace(".", "-")]

    def linear(self, name, x):
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        if weight.dim() == 3:  # replicas
            return torch.baddbmm(bias, x, weight.transpose(1, 2))
        return F.linear(x, weight, bias)

    def later_layers(self, prefix, depth, h):
        for i in range(1, depth):
            h = F.softplus(self.linear(f"{prefix}.{i}", h))
        return h

    def sample(self, h, eps):
        """z ~ q(z|·) and the KL of each row."""
        mean, logvar = self.linear("encoder.heads", h).chunk(2, -1)
        deviation = torch.exp(0.5 * logvar)
        kl = 0.5 * (mean * mean + deviation * deviation - 1 - logvar).sum(-1)
        return mean + deviation * eps, kl


class M1(Model):
    def encode(self, x):
        """The last hidden layer of q(z|x)."""
        return self.later_layers("encoder", len(self.spec["hidden"]), F.softplus(self.linear("encoder.0", x)))

    def decode(self, z):
        h = self.later_layers("decoder", len(self.spec["hidden"]), F.softplus(self.linear("decoder.0", z)))
        return self.linear("decoder.out", h)

    def forward(self, batch, noise):
        x = batch["x"]
        z, kl = self.sample(self.encode(x), noise["eps"])
        nll = F.binary_cross_entropy_with_logits(self.decode(z), x, reduction="sum")
        # Summed over replicas: none's gradient has a part in another's.
        return (nll + kl.sum()) / x.shape[-2]


class M2(Model):
    def with_labels(self, own, every, table, labels):
        """Adds each labelled row's own label, and to row (u, k) of the others label k: [pairs, out] before softplus.

        every is [unlabelled, 1 or K, out]: x·W stands there once for all the labels of an example.
        """
        return torch.cat([own + F.embedding(labels, table), (every + table).flatten(0, 1)])

    def pair_costs(self, batch, eps):
        """L(x, y) of every pair of an example and a label, labelled examples first."""
        x, labels, depth = batch["x"], batch["labels"], len(self.spec["hidden"])
        labelled, classes = labels.shape[0], self.spec["labels"]
        unlabelled = x.shape[0] - labelled
        # Where a tensor is cut in two, split: its backward is one copy, where slices would each fill and add.
        x_labelled, x_unlabelled = x.split([labelled, unlabelled])
        own, every = self.linear("encoder.0", x).split([labelled, unlabelled])
        h = F.softplus(self.with_labels(own, every[:, None], self.weight("encoder.0.label.weight"), labels))
        z, kl = self.sample(self.later_layers("encoder", depth, h), eps)

        own, every = self.linear("decoder.0", z).split([labelled, unlabelled * classes])
        every = every.unflatten(0, (unlabelled, classes))
        h = F.softplus(self.with_labels(own, every, self.weight("decoder.0.label.weight"), labels))
        h = self.later_layers("decoder", depth, h)
        mean, logvar = self.linear("decoder.heads", h).chunk(2, 1)
        error = torch.cat([x_labelled, x_unlabelled.repeat_interleave(classes, 0)]) - mean
        nll = 0.5 * (error * error * torch.exp(-logvar) + logvar).sum(1)
        return nll + kl + (0.5 * x.shape[1] * math.log(2 * math.pi) + math.log(classes))

    def forward(self, batch, noise):
        x, labels, spec = batch["x"], batch["labels"], self.spec
        labelled, classes = labels.shape[0], spec["labels"]
        unlabelled = x.shape[0] - labelled
        h = F.softplus(self.linear("classifier.0", x))
        h = self.later_layers("classifier", len(spec["classifier_hidden"]), h)
        logq = F.log_softmax(self.linear("classifier.out", h), 1)
        logq_labelled, logq_unlabelled = logq.split([labelled, unlabelled])
        cost, per_label = self.pair_costs(batch, noise["eps"]).split([labelled, unlabelled * classes])
        per_label = per_label.view(unlabelled, classes)
        bound = (logq_unlabelled.exp() * (per_label + logq_unlabelled)).sum()
        cross_entropy = F.nll_loss(logq_labelled, labels, reduction="sum")
        total, n_labelled = spec["n_total"], spec["n_labelled"]
        loss = cost.sum() * (n_labelled / (labelled * total)) + cross_entropy * (spec["alpha"] / labelled)
        return loss + bound * ((total - n_labelled) / (unlabelled * total))


class Joint(torch.nn.Module):
    """M1 and M2 as one model: M2's input is the kept latents of a sample z1 ~ q(z1|x), and its loss reaches M1."""

    def __init__(self, spec, parameters, device="cpu"):
        super().__init__()
        self.spec = spec
        first = {name: value for name, value in parameters.items() if name.startswith("m1.")}
        second = {name: value for name, value in parameters.items() if name.startswith("m2.")}
        self.m1, self.m2 = M1(spec | {"model": "m1"}, first, device), M2(spec["m2"], second, device)

    def forward(self, batch, noise):
        x, spec, m2 = batch["x"], self.spec, self.spec["m2"]
        latents, kept = spec["latents"], len(spec["kept"])
        mean, logvar = self.m1.linear("encoder.heads", self.m1.encode(x)).chunk(2, 1)
        deviation = torch.exp(0.5 * logvar)
        z1 = mean + deviation * noise["eps_z1"]
        nll = F.binary_cross_entropy_with_logits(self.m1.decode(z1), x, reduction="none").sum(1)
        # KL of the dropped latents less the entropy of the kept ones, ½Σ(1 + ln 2π + logvar).
        squares = (mean[:, kept:].square() + deviation[:, kept:].square()).sum(1)
        posterior = 0.5 * (squares - logvar.sum(1)) - 0.5 * (latents + kept * math.log(2 * math.pi))

        labelled, total, n_labelled = batch["labels"].shape[0], m2["n_total"], m2["n_labelled"]
        unlabelled = x.shape[0] - labelled
        own, others = (nll + posterior).split([labelled, unlabelled])
        loss = own.sum() * (n_labelled / (labelled * total))
        loss = loss + others.sum() * ((total - n_labelled) / (unlabelled * total))
        return loss + self.m2({"x": z1[:, :kept], "labels": batch["labels"]}, noise)


MODELS = {"m1": M1, "m2": M2, "joint": Joint}
