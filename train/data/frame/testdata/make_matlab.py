#!/usr/bin/env python3
"""Writes the MAT-files beside it, which the tests of train/data/frame/matlab read. No test runs it.

Made with Python 3.11, SciPy 1.17.1, NumPy 2.4.6:

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 numpy==2.4.6
    venv/bin/python train/data/frame/testdata/make_matlab.py
"""

import pathlib

import numpy as np
from scipy.io import savemat
from scipy.sparse import csc_matrix

OUT = pathlib.Path(__file__).parent / "matlab"
OUT.mkdir(exist_ok=True)


def save(name, compressed=True, **variables):
    savemat(OUT / f"{name}.mat", variables, do_compression=compressed)


def grid(*shape):
    """Every element tells its place: the digits of the number are its indices."""
    places = np.indices(shape)
    return sum(places[d] * 10 ** (len(shape) - 1 - d) for d in range(len(shape)))


five = np.arange(5) + 1
save("rows", X=grid(5, 3) + 0.5, y=five)
save("rows-plain", compressed=False, X=grid(5, 3) + 0.5, y=five)
save("whole", X=grid(5, 3).astype("float64"), y=five.reshape(5, 1))
save("columns", data=grid(3, 5), labels=five)
save("square", X=grid(4, 4), y=np.arange(4))
save("images", X=(grid(4, 2, 3, 6) % 251).astype("uint8"), y=np.arange(6).reshape(6, 1) % 3 + 1)
save("images-first", images=grid(6, 4, 2).astype("int32"), labels=np.arange(6))
save("cube", x=grid(2, 3, 7))
save("cells", X=grid(4, 2), y=np.array(["ant", "bée", "", "ant"], dtype=object))
save("letters", X=grid(4, 2), target=np.array(["ant", "bée", "", "ox"]))
entries = np.array([[0, 2.5, 0, -1], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 7], [1, 0, 0, 0]])
save("sparse", X=csc_matrix(entries), y=five)
save("sparse-turned", X=csc_matrix(entries.T), y=five)
save(
    "workspace", empty=np.zeros((0, 0)), note="made by hand", options={"rate": 0.1}, z=np.array([[1 + 2j, 3]]),
    weights=grid(3, 9), X=grid(5, 3), y=five, flags=np.array([[True, False]]),
)
save("two", a=grid(5, 3), b=grid(4, 2))
