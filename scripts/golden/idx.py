"""Reads MNIST's IDX files, compressed or not, with numpy alone."""

import gzip
import pathlib
import struct

import numpy as np


def images(data, name):
    """Pixels in [0, 1] as [examples, height·width] float64 from DATA/mnist/NAME, with .gz or without."""
    path = pathlib.Path(data) / "mnist" / name
    compressed = path.with_name(name + ".gz")
    if compressed.exists():
        content = gzip.decompress(compressed.read_bytes())
    elif path.exists():
        content = path.read_bytes()
    else:
        raise SystemExit(f"open {path}: no such file, nor with .gz; --data names the folder that holds mnist/")
    magic, count, height, width = struct.unpack(">4i", content[:16])
    if magic != 2051 or len(content) != 16 + count * height * width:
        raise SystemExit(f"{path}: wanted IDX images, found magic {magic} and {len(content)} bytes")
    return np.frombuffer(content, np.uint8, offset=16).reshape(count, height * width) / 255.0
