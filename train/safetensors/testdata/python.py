# Writes python.safetensors beside itself: python3 python.py (needs numpy and safetensors 0.5.3).
import pathlib

import numpy as np
from safetensors.numpy import save_file

save_file(
    {
        "m1.encoder.0.weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
        "m1.encoder.0.bias": np.array([-1.5, np.inf], dtype=np.float32),
        "mean": np.array([[0.1], [np.pi]], dtype=np.float64),
        "step": np.array(-(2**63), dtype=np.int64),
        "seed": np.array(2**64 - 1, dtype=np.uint64),
        "mask": np.array([1, 0, 1], dtype=np.uint8),
        "none": np.zeros((0, 4), dtype=np.float32),
    },
    pathlib.Path(__file__).with_name("python.safetensors"),
    metadata={"step": "12", "word": "Schlüssel \"<&>\"\n"},
)
