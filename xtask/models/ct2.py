"""Reader of CTranslate2 ``model.bin`` files.

The format is a flat list of named tensors, little-endian:

    u32 binary version | string spec name | u32 spec revision | u32 count
    per tensor:  string name | u8 rank | u32 x rank | u8 dtype | u32 bytes | data
    u32 count, then per alias:  string alias | string target name

A string is a u16 length, which counts a closing NUL, and the bytes.
Nothing but numpy is needed, so neither CTranslate2 nor PyTorch has to be
installed to get at the weights.
"""

import struct
from pathlib import Path

import numpy as np

# Numbering of CTranslate2's own DataType enum; bfloat16 has no numpy type and
# does not occur in the models read here.
DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


class _Cursor:
    """Walks through the file's bytes without copying tensors."""

    def __init__(self, data):
        self.data = memoryview(data)
        self.at = 0

    def bytes(self, count):
        piece = self.data[self.at : self.at + count]
        if len(piece) != count:
            raise ValueError(f"model file ends early: {count} bytes wanted at {self.at}")
        self.at += count
        return piece

    def number(self, code):
        return struct.unpack("<" + code, self.bytes(struct.calcsize(code)))[0]

    def text(self):
        return bytes(self.bytes(self.number("H"))).rstrip(b"\0").decode("utf-8")


def read_model(path):
    """Returns ``(spec name, {tensor name: array})``; aliases are resolved.

    Several paths may be given as a list: they are joined first, as some
    packages ship the file cut in parts.
    """
    paths = path if isinstance(path, (list, tuple)) else [path]
    cursor = _Cursor(b"".join(Path(p).read_bytes() for p in paths))
    version = cursor.number("I")
    if version < 2 or version > 6:
        raise ValueError(f"unknown CTranslate2 binary version {version}")
    spec = cursor.text()
    cursor.number("I")  # spec revision: the tensor names are checked by use

    tensors = {}
    for _ in range(cursor.number("I")):
        name = cursor.text()
        shape = [cursor.number("I") for _ in range(cursor.number("B"))]
        code = cursor.number("B")
        if code not in DTYPES:
            raise ValueError(f"{name}: tensor type {code} is not supported")
        raw = cursor.bytes(cursor.number("I"))
        tensors[name] = np.frombuffer(raw, dtype=DTYPES[code]).reshape(shape)
    for _ in range(cursor.number("I")):
        alias = cursor.text()
        tensors[alias] = tensors[cursor.text()]
    return spec, tensors
