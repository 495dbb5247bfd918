#!/usr/bin/env python3
"""What a card does at its best, as PyTorch reaches it: one JSON line.

    python3 scripts/peers/ceilings.py

Matrix products of 8192×8192×8192 in fp32 and in tf32, a copy of 4 GiB (bytes read and written), and what a node of a
CUDA graph costs that does next to nothing.
"""

import json
import statistics

import torch

SIDE, COPY_BYTES, NODES = 8192, 1 << 32, 1000


def seconds(fn, repeats):
    """Median time of fn by CUDA events, after a warm-up."""
    for _ in range(3):
        fn()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
    events[0].record()
    for event in events[1:]:
        fn()
        event.record()
    torch.cuda.synchronize()
    return statistics.median(a.elapsed_time(b) for a, b in zip(events, events[1:])) / 1e3


def product_flops(precision):
    torch.set_float32_matmul_precision(precision)
    a, b = (torch.randn(SIDE, SIDE, device="cuda") for _ in range(2))
    out = torch.empty_like(a)
    return 2 * SIDE**3 / seconds(lambda: torch.mm(a, b, out=out), 10)


def copy_bytes_per_second():
    source = torch.randn(COPY_BYTES // 4, device="cuda")
    target = torch.empty_like(source)
    return 2 * COPY_BYTES / seconds(lambda: target.copy_(source), 10)


def node_seconds():
    x, graph = torch.zeros(1, device="cuda"), torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(NODES):
            x.add_(1)
    return seconds(graph.replay, 10) / NODES


def main():
    found = {"device": torch.cuda.get_device_name(), "fp32_flops": product_flops("highest")}
    found |= {"tf32_flops": product_flops("high"), "bytes_per_second": copy_bytes_per_second()}
    found |= {"node_seconds": node_seconds()}
    print(
        json.dumps({name: value if isinstance(value, str) else float(f"{value:.4g}") for name, value in found.items()})
    )


if __name__ == "__main__":
    main()
