#!/usr/bin/env python3
"""Times training steps (forward, backward, Adam) of M1, M2 and their stack in PyTorch at its best settings.

    python3 scripts/peers/torch_step.py [--threads 2] [--mkl default|avx512] [--case CASE]...
    python3 scripts/peers/torch_step.py --device cuda [--precision fp32|tf32]
    python3 scripts/peers/torch_step.py --serve        (for compare.py: see protocol.py)

Every case is built in each mode that the device has (or those that --mode names), the modes are timed in turn, and the
fastest is kept. A mode that fails is told on standard error and left out. The loss is first checked against the golden
files.
"""

import argparse
import ctypes
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import traceback

MODES = {"cpu": ["eager", "compile"], "cuda": ["eager", "graph", "compile-graph"]}
# Steps between two CUDA events: their own cost does not count.
BLOCK = 10


def answer_intel():
    """Lets MKL take its AVX-512 code on an AMD processor, which by default gets its AVX2 code.

    MKL asks itself `mkl_serv_intel_cpu_true`; a library loaded before PyTorch answers in its place. Intel does not
    support this, so it is a second figure beside PyTorch as it comes.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, library = pathlib.Path(folder, "answer.c"), pathlib.Path(folder, "answer.so")
        source.write_text("int mkl_serv_intel_cpu_true(void) { return 1; }\n")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        ctypes.CDLL(str(library), os.RTLD_GLOBAL)


def parse_arguments():
    parser = argparse.ArgumentParser(description="training steps of M1, M2 and their stack in PyTorch, timed")
    parser.add_argument("--serve", action="store_true", help="answer `CASE STEPS` lines (protocol.py)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--mode", action="append", choices=["eager", "compile", "graph", "compile-graph"])
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--precision", choices=["fp32", "tf32"], default="fp32", help="of matrix products on CUDA")
    parser.add_argument("--mkl", choices=["default", "avx512"], default="default", help="its code on AMD")
    parser.add_argument("--case", action="append", help="without --serve: a case to time; default all")
    parser.add_argument("--steps", type=int, default=100, help="without --serve: steps to time")
    arguments = parser.parse_args()
    arguments.mode = arguments.mode or MODES[arguments.device]
    for mode in arguments.mode:
        if mode not in MODES[arguments.device]:
            parser.error(f"--mode {mode}: {arguments.device} has {', '.join(MODES[arguments.device])}")
    return arguments


ARGUMENTS = parse_arguments()
os.environ["OMP_NUM_THREADS"] = str(ARGUMENTS.threads)
# A thread a core: left to itself, a virtual machine's scheduler at times packs both of two threads on one.
os.environ.setdefault("OMP_PROC_BIND", "close")
os.environ.setdefault("OMP_PLACES", "cores")
if ARGUMENTS.mkl == "avx512":
    answer_intel()  # has to come before PyTorch is loaded

import torch  # noqa: E402
from torch.optim.swa_utils import get_ema_multi_avg_fn  # noqa: E402

import cases  # noqa: E402
import protocol  # noqa: E402
from torch_models import MODELS  # noqa: E402


def to_device(batch, device):
    return {name: torch.from_numpy(value).to(device) for name, value in batch.items()}


def golden_loss(spec, parameters, batch, noise):
    model = MODELS[spec["model"]](spec, parameters, ARGUMENTS.device)
    with torch.no_grad():
        return model(to_device(batch, ARGUMENTS.device), to_device(noise, ARGUMENTS.device)).item()


class Step:
    """One case in one mode: calling it trains one step on fresh noise."""

    def __init__(self, name, mode, device):
        spec, parameters, batch = cases.random_case(name)
        self.model = MODELS[spec["model"]](spec, parameters, device)
        self.batch = to_device(batch, device)
        self.shapes = cases.noise_shapes(spec, self.batch)
        adam, captured = cases.ADAM, mode.endswith("graph")
        self.adam = torch.optim.Adam(
            self.parameters_by_rate(),
            lr=adam["rate"],
            betas=(adam["beta1"], adam["beta2"]),
            eps=adam["epsilon"],
            weight_decay=spec["weight_prior"] / spec["n_total"],
            fused=True,
            capturable=captured,
        )
        self.average = None
        if "ema" in spec:
            self.average, self.values = get_ema_multi_avg_fn(spec["ema"]), list(self.model.parameters())
            self.averages = [value.detach().clone() for value in self.values]
        self.loss = self.noisy_loss
        if mode.startswith("compile"):
            # In its default mode: on an H200 no case was ready in time with max-autotune.
            self.loss = torch.compile(self.noisy_loss, fullgraph=True, dynamic=False)
        self.run = self.train
        if captured:
            self.capture()

    def parameters_by_rate(self):
        """What Adam is given: of a stack M1's parameters, and M2's with their own rate."""
        spec = self.model.spec
        if spec["model"] != "joint":
            return self.model.parameters()
        m1, m2 = self.model.m1.parameters(), self.model.m2.parameters()
        return [{"params": m1}, {"params": m2, "lr": spec["m2_rate"]}]

    def noisy_loss(self, batch):
        noise = {name: torch.randn(shape, device=batch["x"].device) for name, shape in self.shapes.items()}
        return self.model(batch, noise)

    def train(self):
        self.adam.zero_grad(set_to_none=True)
        self.learn()

    def learn(self):
        self.loss(self.batch).backward()
        self.adam.step()
        if self.average:
            self.average(self.averages, self.values, None)

    def capture(self):
        """The whole step as one CUDA graph; its noise goes on from replay to replay."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(5):
                self.train()
        torch.cuda.current_stream().wait_stream(stream)
        self.adam.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.learn()
        self.run = graph.replay


def time_cpu(step, count):
    times = [time.perf_counter()]
    for _ in range(count):
        step.run()
        times.append(time.perf_counter())
    return [1e3 * (b - a) for a, b in zip(times, times[1:])]


def time_cuda(step, count):
    """Events between blocks of steps: the host runs ahead, as in training. count is rounded up to whole blocks."""
    blocks = -(-count // BLOCK)
    torch.cuda.synchronize()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(blocks + 1)]
    events[0].record()
    for event in events[1:]:
        for _ in range(BLOCK):
            step.run()
        event.record()
    torch.cuda.synchronize()
    return [a.elapsed_time(b) / BLOCK for a, b in zip(events, events[1:]) for _ in range(BLOCK)]


def open_case(name):
    """The fastest mode of a case, chosen by interleaved rounds."""
    device = ARGUMENTS.device
    timer = time_cuda if device == "cuda" else time_cpu
    steps = {}
    for mode in ARGUMENTS.mode:
        try:
            step = Step(name, mode, device)
            timer(step, 5)
            steps[mode] = step
        except Exception:
            print(f"{name}: mode {mode} fails and is left out:", file=sys.stderr)
            traceback.print_exc()
    modes = list(steps)
    if not modes:
        raise SystemExit(f"{name}: none of the modes {', '.join(ARGUMENTS.mode)} works; see the messages above")
    if len(modes) > 1:
        times = {mode: [] for mode in modes}
        for _ in range(7):
            for mode, step in steps.items():
                times[mode] += timer(step, 5)
        modes.sort(key=lambda mode: statistics.median(times[mode]))
    chosen = steps[modes[0]]
    setting = f"torch {torch.__version__} {device} {modes[0]}, fused Adam"
    setting += f", {ARGUMENTS.threads} threads, MKL {ARGUMENTS.mkl}" if device == "cpu" else f", {ARGUMENTS.precision}"
    return lambda count: timer(chosen, count), setting


def main():
    torch.set_num_threads(ARGUMENTS.threads)
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("highest")
    cases.check_golden(golden_loss)
    torch.set_float32_matmul_precision("high" if ARGUMENTS.precision == "tf32" else "highest")
    if ARGUMENTS.serve:
        protocol.serve(open_case)
    else:
        protocol.report(open_case, ARGUMENTS.case or cases.alone(), ARGUMENTS.steps)


if __name__ == "__main__":
    main()
