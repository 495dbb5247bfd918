"""A plain server of a classifier by onnxruntime, as one writes it in an afternoon: each request is computed alone.

    python plain.py threading|uvicorn classifier.onnx

It answers {"bytes": [[...]]} at /v1/classify, and binary tensors of the open inference protocol at
/v2/models/classifier/infer. It prints where it listens to stderr. uvicorn also wants uvicorn, uvloop and httptools.
"""

import json
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import onnxruntime

kind, path = sys.argv[1:]
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
classes = json.loads(session.get_modelmeta().custom_metadata_map["class_names"])


def classify(body):
    rows = np.array(json.loads(body)["bytes"], dtype=np.uint8)
    (probabilities,) = session.run(["probabilities"], {"bytes": rows})
    results = []
    for row in probabilities:
        best = int(row.argmax())
        named = {name: float(p) for name, p in zip(classes, row)}
        results.append({"class": classes[best], "probability": named[classes[best]], "probabilities": named})
    return json.dumps({"results": results}).encode(), None


def infer(body, header):
    request = json.loads(body[:header])
    tensor = request["inputs"][0]
    rows = np.frombuffer(body, dtype=np.uint8, offset=header).reshape(tensor["shape"])
    (probabilities,) = session.run(["probabilities"], {"bytes": rows})
    text = json.dumps({
        "model_name": "classifier", "model_version": "1",
        "outputs": [{"name": "probabilities", "datatype": "FP32", "shape": probabilities.shape,
                     "parameters": {"binary_data_size": probabilities.nbytes}}],
    }).encode()
    return text + probabilities.tobytes(), len(text)


def answer(path, header, body):
    if path == "/v1/classify":
        return classify(body)
    return infer(body, int(header))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        text, header = answer(self.path, self.headers.get("Inference-Header-Content-Length"), body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        if header is not None:
            self.send_header("Inference-Header-Content-Length", str(header))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        part = await receive()
        body += part["body"]
        if not part.get("more_body"):
            break
    text, header = answer(scope["path"], dict(scope["headers"]).get(b"inference-header-content-length"), body)
    headers = [(b"content-length", str(len(text)).encode())]
    if header is not None:
        headers.append((b"inference-header-content-length", str(header).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


if kind == "threading":
    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()
else:
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[listener])
