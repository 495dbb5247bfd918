"""Asks a server of the model of 16 pixels in the classes a, b and c, by tritonclient alone, and prints what it says.

    python tritonclient_check.py HOST:PORT

TestTritonclientIsAnswered runs it where SSDGM_TRITONCLIENT names a Python that has tritonclient[http].
"""

import json
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

client = http.InferenceServerClient(sys.argv[1], concurrency=16)
rows = (np.arange(32, dtype=np.float32) / 31).reshape(2, 16)


def tensor(name, values, datatype, binary=True):
    t = http.InferInput(name, list(values.shape), datatype)
    t.set_data_from_numpy(values, binary_data=binary)
    return t


def refusal(*args, **named):
    try:
        client.infer(*args, **named)
    except InferenceServerException as fault:
        return fault.status()
    return "none"


one = client.infer("classifier", [tensor("rows", rows, "FP32")])
text = client.infer(
    "classifier",
    [tensor("rows", rows, "FP32", binary=False)],
    outputs=[http.InferRequestedOutput("probabilities", binary_data=False)],
)
waiting = [client.async_infer("classifier", [tensor("rows", rows, "FP32")]) for _ in range(100)]
wanted = np.array([b"c", b"a"], dtype=np.object_)
print(
    json.dumps(
        {
            "live": client.is_server_live() and client.is_server_ready() and client.is_model_ready("classifier"),
            "server": client.get_server_metadata()["name"],
            "outputs": sorted(o["name"] for o in client.get_model_metadata("classifier")["outputs"]),
            "class": [name.decode() for name in one.as_numpy("class")],
            "probabilities": one.as_numpy("probabilities").ravel().tolist(),
            "probabilities in JSON": text.as_numpy("probabilities").ravel().tolist(),
            "latents": list(client.infer("encoder", [tensor("rows", rows, "FP32")]).as_numpy("latents").shape),
            "pixels": list(client.infer("generator", [tensor("class", wanted, "BYTES")]).as_numpy("pixels").shape),
            "answered": sum(w.get_result().as_numpy("class").shape == (2,) for w in waiting),
            "no model": refusal("nobody", [tensor("rows", rows, "FP32")]),
            "wrong scale": refusal("classifier", [tensor("rows", 255 * rows, "FP32")]),
            "wrong shape": refusal("classifier", [tensor("rows", rows.reshape(4, 8), "FP32")]),
        }
    )
)
