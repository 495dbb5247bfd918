#!/usr/bin/env python3
"""Writes the Parquet files beside it, which the tests of train/data/frame/parquet read. No test runs it.

Made with Python 3.11, pyarrow 26.0.1, pandas 3.1.1, Pillow 13.0.0:

    python3 -m venv venv && venv/bin/pip install pyarrow==26.0.1 pandas==3.1.1 Pillow==13.0.0
    venv/bin/python train/data/frame/testdata/make_parquet.py
"""

import datetime
import decimal
import io
import json
import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = pathlib.Path(__file__).parent / "parquet"
OUT.mkdir(exist_ok=True)


def pandas_table():
    """What a data frame holds: every type, missing values, an index that is no column, groups of three rows."""
    frame = pd.DataFrame(
        {
            "single": np.array([0.5, -1.25, np.nan, 3e8, 1e-20, 0, 7], "float32"),
            "double": [0.1, None, 1e300, -2.0, 4.0, 5.5, 1 / 3],
            "whole": pd.array([1, None, -3, 2**53 + 1, 5, 6, 7], "Int64"),
            "flag": pd.array([True, False, None, True, False, True, True], "boolean"),
            "byte": np.array([0, 1, 127, 128, 254, 255, 3], "uint8"),
            "big": np.array([0, 2**63, 2**64 - 1, 1, 2, 3, 4], "uint64"),
            "half": np.array([0.5, 1, -2, 65504, 0.25, 3, 4], "float16"),
            "price": [decimal.Decimal(x) for x in ("1.50", "-0.25", "100.00", "0.01", "2.00", "3.10", "99999.99")],
            "word": ["red", "green", None, " blue ", "NA", "", "red"],
            "kind": pd.Categorical(["a", "b", "a", None, "b", "b", "a"]),
            "day": [datetime.date(2026, 1, d) for d in range(1, 8)],
            "none": [None] * 7,
        },
        index=[3, 1, 4, 1, 5, 9, 2],
    )
    frame.to_parquet(OUT / "pandas.parquet", row_group_size=3)


def plain_table(n):
    i = np.arange(n)
    return pa.table(
        {
            "i": pa.array(i * 3 - 50, pa.int32()),
            "f": pa.array(np.where(i % 7 == 3, np.nan, i / 4), pa.float64(), from_pandas=True),
            "b": pa.array(i % 3 == 0),
            "s": pa.array([None if k % 11 == 5 else "word %d" % (k % 5) for k in i.tolist()]),
        }
    )


def codecs():
    """The same 60 rows under every compression, in pages of both versions."""
    for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
        for version in ("1.0", "2.0"):
            pq.write_table(
                plain_table(60), OUT / f"codec-{codec}-v{version[0]}.parquet", compression=codec,
                data_page_version=version, row_group_size=25, store_schema=False, write_page_checksum=True,
            )


def encodings():
    """The same rows in the encodings that are not the usual ones."""
    pq.write_table(
        plain_table(200), OUT / "encodings.parquet", use_dictionary=False, data_page_version="2.0", compression="zstd",
        column_encoding={"i": "DELTA_BINARY_PACKED", "f": "BYTE_STREAM_SPLIT", "b": "RLE", "s": "DELTA_BYTE_ARRAY"},
        row_group_size=150,
    )
    pq.write_table(
        plain_table(200), OUT / "lengths.parquet", use_dictionary=False, compression="none",
        column_encoding={"i": "PLAIN", "f": "PLAIN", "b": "PLAIN", "s": "DELTA_LENGTH_BYTE_ARRAY"},
    )


def lists():
    """Embeddings: lists of one length, in pages that are short."""
    n = 300
    rows = [[k, k + 0.5, None if k == 17 else -k] for k in range(n)]
    rows[5] = None
    table = pa.table(
        {
            "emb": pa.array(rows, pa.list_(pa.float32())),
            "fixed": pa.array([[k % 256, 255 - k % 256] for k in range(n)], pa.list_(pa.uint8(), 2)),
            "label": pa.array(["cat" if k % 2 else "dog" for k in range(n)]),
        }
    )
    pq.write_table(table, OUT / "lists.parquet", data_page_size=256, row_group_size=130, use_dictionary=["label"])
    ragged = pa.table({"emb": pa.array([[1, 2], [3, 4], [5]], pa.list_(pa.float32())), "ok": [1, 2, 3]})
    pq.write_table(ragged, OUT / "ragged.parquet")
    nested = pa.table(
        {
            "pair": pa.array([{"a": 1, "b": "x"}] * 2, pa.struct([("a", pa.int32()), ("b", pa.string())])),
            "matrix": pa.array([[[1, 2], [3, 4]]] * 2, pa.list_(pa.list_(pa.int32()))),
            "names": pa.array([["a"], ["b"]], pa.list_(pa.string())),
            "when": pa.array([datetime.datetime(2026, 1, 1)] * 2),
            "x": pa.array([1.5, 2.5]),
        }
    )
    pq.write_table(nested, OUT / "nested.parquet")


def picture(k, form):
    content = io.BytesIO()
    Image.fromarray(np.full((4, 6), 40 * k, "uint8")).save(content, form)
    return content.getvalue()


def hugging_face():
    """Shards as Hugging Face publishes them, of images and their classes, and one of bytes without a word on them."""
    features = {
        "image": {"_type": "Image"},
        "label": {"names": ["ant", "bee", "cow"], "_type": "ClassLabel"},
    }
    schema = pa.schema(
        [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    folder = OUT / "shards"
    folder.mkdir(exist_ok=True)
    for name, ks, labels in (
        ("train-00000-of-00002", (0, 1, 2), (0, 1, -1)),
        ("train-00001-of-00002", (3, 4), (2, 1)),
        ("test-00000-of-00001", (5,), (0,)),
    ):
        images = [{"bytes": picture(k, "PNG" if k != 1 else "JPEG"), "path": f"{k}.png"} for k in ks]
        table = pa.table({"image": images, "label": list(labels)}, schema=schema)
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=2)
    raw = pa.table({"img": pa.array([picture(1, "PNG"), picture(2, "PNG")]), "tag": pa.array([b"x", b"y"])})
    pq.write_table(raw, OUT / "bytes.parquet", store_schema=False)
    for name, content in (("paths", None), ("gif", picture(1, "GIF"))):
        images = [{"bytes": picture(1, "PNG"), "path": "0.png"}, {"bytes": content, "path": "1.png"}]
        table = pa.table({"image": images, "coarse": [0, 1], "fine": [1, 2]})
        pq.write_table(table, OUT / f"images-{name}.parquet")


pandas_table()
codecs()
encodings()
lists()
hugging_face()
