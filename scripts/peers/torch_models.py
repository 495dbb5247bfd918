"""M1 and M2 in PyTorch, written for speed: fused heads, and x·W computed once for all labels of an example."""

import math

import torch
import torch.nn.functional as F


def fuse(parameters, device):
    """Tensors by name; heads that read the same layer become one matrix, and a label table is stored [K, out].

    Parameters of several replicas are [replicas, …] and biases stay [replicas, 1, out].
    """
    tensors = {name: torch.from_numpy(value).to(device) for name, value in parameters.items()}
    fused = {}
    for name, value in tensors.items():
        if ".mean." in name:
            outputs = -1 if name.endswith("bias") else -2  # a bias is [1, out]
            value = torch.cat([value, tensors[name.replace(".mean.", ".logvar.")]], outputs)
            name = name.replace(".mean.", ".heads.")
        elif ".logvar." in name:
            continue
        if name.endswith("label.weight"):
            value = value.T
        if name.endswith("bias") and value.dim() == 2:
            value = value[0]
        fused[name] = value.contiguous()
    return fused


class Model(torch.nn.Module):
    def __init__(self, spec, parameters, device="cpu"):
        super().__init__()
        self.spec = spec
        self.weights = torch.nn.ParameterDict(
            {name.replace(".", "-"): torch.nn.Parameter(v) for name, v in fuse(parameters, device).items()}
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
    def forward(self, batch, eps):
        x, depth = batch["x"], len(self.spec["hidden"])
        h = self.later_layers("encoder", depth, F.softplus(self.linear("encoder.0", x)))
        z, kl = self.sample(h, eps)
        h = self.later_layers("decoder", depth, F.softplus(self.linear("decoder.0", z)))
        logits = self.linear("decoder.out", h)
        nll = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        # Summed over replicas: none's gradient has a part in another's.
        return (nll + kl.sum()) / x.shape[-2]

    def noise_shape(self, batch):
        return (*batch["x"].shape[:-1], self.spec["latents"])


class M2(Model):
    def noise_shape(self, batch):
        labelled = batch["labels"].shape[0]
        unlabelled = batch["x"].shape[0] - labelled
        return (labelled + unlabelled * self.spec["labels"], self.spec["latents"])

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
        own, every = self.linear("encoder.0", x).split([labelled, unlabelled])
        h = F.softplus(self.with_labels(own, every[:, None], self.weight("encoder.0.label.weight"), labels))
        z, kl = self.sample(self.later_layers("encoder", depth, h), eps)

        own, every = self.linear("decoder.0", z).split([labelled, unlabelled * classes])
        every = every.unflatten(0, (unlabelled, classes))
        h = F.softplus(self.with_labels(own, every, self.weight("decoder.0.label.weight"), labels))
        h = self.later_layers("decoder", depth, h)
        mean, logvar = self.linear("decoder.heads", h).chunk(2, 1)
        repeated = x[labelled:].repeat_interleave(classes, 0)
        error = torch.cat([x[:labelled], repeated]) - mean
        nll = 0.5 * (error * error * torch.exp(-logvar) + logvar).sum(1)
        return nll + kl + (0.5 * x.shape[1] * math.log(2 * math.pi) + math.log(classes))

    def forward(self, batch, eps):
        x, labels, spec = batch["x"], batch["labels"], self.spec
        labelled, classes = labels.shape[0], spec["labels"]
        unlabelled = x.shape[0] - labelled
        h = F.softplus(self.linear("classifier.0", x))
        h = self.later_layers("classifier", len(spec["classifier_hidden"]), h)
        logq = F.log_softmax(self.linear("classifier.out", h), 1)
        logq_labelled, logq_unlabelled = logq.split([labelled, unlabelled])
        cost, per_label = self.pair_costs(batch, eps).split([labelled, unlabelled * classes])
        per_label = per_label.view(unlabelled, classes)
        bound = (logq_unlabelled.exp() * (per_label + logq_unlabelled)).sum()
        cross_entropy = F.nll_loss(logq_labelled, labels, reduction="sum")
        total, n_labelled = spec["n_total"], spec["n_labelled"]
        loss = cost.sum() * (n_labelled / (labelled * total)) + cross_entropy * (spec["alpha"] / labelled)
        return loss + bound * ((total - n_labelled) / (unlabelled * total))


MODELS = {"m1": M1, "m2": M2}
