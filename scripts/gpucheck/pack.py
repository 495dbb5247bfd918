"""Builds what gpu-check needs on a machine without Go into one folder, laid out as the repository is."""

import datetime
import json
import lzma
import os
import pathlib
import shutil
import subprocess
import sys

# What travels as it is, from the repository's root.
SOURCES = [
    "scripts/gpucheck/*.py", "scripts/peers/*.py", "model/testdata/golden/*.json", "cmd/ssdgm/testdata/tiny.toml",
]  # fmt: skip
MNIST = [f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1")]
# name: arguments of go, package, whether with CUDA
BUILDS = {
    "ssdgm": (["build"], "./cmd/ssdgm", False),
    "ssdgm-cuda": (["build", "-tags", "cuda"], "./cmd/ssdgm", True),
    "cuda.test": (["test", "-c", "-tags", "cuda"], "./engine/cuda", True),
    "model.test": (["test", "-c", "-tags", "cuda"], "./model", True),
}
LARGEST_MB = 50


def build(root, into, name):
    """One binary, compressed. With CUDA, the script knows the headers and a library to link against."""
    go, package, cuda = BUILDS[name]
    command = ["go", *go, "-trimpath", "-ldflags=-s -w", "-o", str(into / name), package]
    if cuda:
        command.insert(0, str(root / "scripts" / "cuda-test"))
    environment = os.environ if cuda else os.environ | {"CGO_ENABLED": "0"}
    subprocess.run(command, check=True, cwd=root, env=environment)
    binary = into / name
    # As quick as gzip, and a twelfth smaller.
    pathlib.Path(f"{binary}.xz").write_bytes(lzma.compress(binary.read_bytes(), preset=0))
    binary.unlink()


def unpack(root, into):
    """The binaries of a pack, ready to run."""
    into.mkdir(parents=True, exist_ok=True)
    for packed in sorted((root / "bin").glob("*.xz")):
        binary = into / packed.stem
        binary.write_bytes(lzma.decompress(packed.read_bytes()))
        binary.chmod(0o755)


def copy(root, into, pattern):
    found = sorted(root.glob(pattern))
    if not found:
        raise SystemExit(f"{pattern}: nothing in {root} is called so")
    for source in found:
        target = into / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def pack(root, into, with_mnist=True):
    """Fills a folder that must not exist yet."""
    if into.exists():
        raise SystemExit(f"{into}: wanted a folder to make, found one; remove it or name another")
    (into / "bin").mkdir(parents=True)
    for pattern in SOURCES:
        copy(root, into, pattern)
    for name in BUILDS:
        build(root, into / "bin", name)
    (into / "gpu-check").write_text('#!/bin/sh\nexec python3 -B "$(dirname "$0")/scripts/gpucheck" "$@"\n')
    (into / "gpu-check").chmod(0o755)
    data = os.environ.get("SSDGM_DATA")
    if with_mnist and data:
        (into / "data" / "mnist").mkdir(parents=True)
        for name in MNIST:
            shutil.copyfile(pathlib.Path(data, "mnist", name), into / "data" / "mnist" / name)
    note = {"commit": describe(root), "packed": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")}
    (into / "pack.json").write_text(json.dumps(note) + "\n")
    report(into, with_mnist and data)


def describe(root):
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, check=True, cwd=root, stdout=subprocess.PIPE, text=True).stdout.strip()


def report(into, data):
    size = sum(path.stat().st_size for path in into.rglob("*") if path.is_file()) / 1e6
    mnist = "with MNIST" if data else "without MNIST: SSDGM_DATA names its folder"
    print(f"{into}: {size:.1f} MB, {mnist}; there: {into.name}/gpu-check --out OUT", file=sys.stderr)
    if size > LARGEST_MB:
        raise SystemExit(f"{into}: wanted at most {LARGEST_MB} MB, found {size:.1f}")
