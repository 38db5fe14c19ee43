"""Builds the ONNX graphs of a Whisper model from a CTranslate2 ``model.bin``.

    python whisper_to_onnx.py --model model.bin [part2 ...] --config config.json \
        --tokenizer tokenizer.json --out FOLDER

Two graphs are written, both in float32 (``quantise.py`` makes the int8 ones):

``encoder.onnx``  16 kHz waveform -> keys and values of the cross-attention
``decoder.onnx``  tokens + caches -> logits of the last position + grown caches

The log-mel front end is part of the encoder, so a host needs no signal
processing beyond resampling to 16 kHz.  The keys and values come out as one
tensor per layer: stacked ones would have to be cut apart, that is copied, at
every decoding step.  Keys are stored transposed (head size before positions),
which lets the one-row products of a decoding step run without repacking.

The same input gives the same bytes: nothing here depends on the clock, on hash
order or on random numbers.
"""

import argparse
import json
import re
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ct2 import read_model

SAMPLE_RATE = 16000
WINDOW = 400  # 25 ms
HOP = 160  # 10 ms
MEL_BANDS = 80
SAMPLES_PER_POSITION = 2 * HOP  # the second convolution halves the frame rate
END = np.iinfo(np.int64).max


def mel_filters():
    """Slaney-style mel filter bank, ``[bands, bins]``, as Whisper was trained with."""

    def to_mel(hz):
        log_part = 15 + np.log(np.maximum(hz, 1e-9) / 1000) * 27 / np.log(6.4)
        return np.where(hz < 1000, hz * 3 / 200, log_part)

    def to_hz(mel):
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))

    bins = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    top = to_mel(np.array(SAMPLE_RATE / 2))
    edges = to_hz(np.linspace(0.0, top, MEL_BANDS + 2))
    distance = edges[:, None] - bins[None, :]
    width = np.diff(edges)[:, None]
    rising = -distance[:-2] / width[:-1]
    falling = distance[2:] / width[1:]
    area = 2 / (edges[2:] - edges[:-2])  # every triangle gets the same area
    return np.maximum(0, np.minimum(rising, falling)) * area[:, None]


def fourier_basis():
    """Hann-windowed real and imaginary parts side by side, ``[WINDOW, 2 * bins]``."""
    time = np.arange(WINDOW)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * time / WINDOW)  # periodic Hann
    phase = 2 * np.pi * np.outer(time, np.arange(WINDOW // 2 + 1)) / WINDOW
    return np.concatenate([np.cos(phase), -np.sin(phase)], axis=1) * window[:, None]


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self, name):
        self.name = name
        self.nodes = []
        self.constants = []
        self.known = {}

    def constant(self, value, name=None):
        value = np.array(value, order="C")  # keeps scalars scalar
        if value.dtype == np.float64:
            value = value.astype(np.float32)
        key = (value.dtype.str, value.shape, value.tobytes()) if value.size < 64 else None
        if name is None and key in self.known:
            return self.known[key]
        name = name or f"const_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        if key is not None:
            self.known.setdefault(key, name)
        return name

    def scalar(self, value):
        return self.constant(np.array(value, np.float32))

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def add(self, kind, inputs, out=None, count=1, **attributes):
        label = f"{len(self.nodes)}_{kind}"
        if count > 1:
            outs = [f"{label}_{i}" for i in range(count)]
        else:
            outs = [out or label]
        self.nodes.append(helper.make_node(kind, inputs, outs, name=label, **attributes))
        return outs if count > 1 else outs[0]

    def linear(self, x, weight, bias, name):
        """``x @ weight + bias``; quantise.py finds the weight by its place in a MatMul."""
        product = self.add("MatMul", [x, self.constant(weight, name + ".weight")])
        return self.add("Add", [product, self.constant(bias, name + ".bias")])

    def norm(self, x, gamma, beta):
        inputs = [x, self.constant(gamma), self.constant(beta)]
        return self.add("LayerNormalization", inputs, axis=-1, epsilon=1e-5)

    def cut(self, x, axis, start, end, step=1):
        bounds = [self.ints(v) for v in (start, end, axis, step)]
        return self.add("Slice", [x, *bounds])

    def size(self, x, axis):
        return self.cut(self.add("Shape", [x]), 0, axis, axis + 1)

    def save(self, inputs, outputs, path):
        def infos(described):
            return [helper.make_tensor_value_info(n, t, s) for n, t, s in described]

        graph = helper.make_graph(
            self.nodes, self.name, infos(inputs), infos(outputs), self.constants
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9
        )
        Path(path).write_bytes(model.SerializeToString(deterministic=True))


class Whisper:
    """The tensors of one model under convenient names, and its sizes."""

    def __init__(self, tensors):
        self.tensors = tensors
        self.width = self["encoder/conv1/weight"].shape[0]
        self.heads = int(tensors["encoder/num_heads"])
        self.head = self.width // self.heads
        self.vocabulary = self["decoder/embeddings/weight"].shape[0]
        self.encoder_layers = self._layers("encoder")
        self.decoder_layers = self._layers("decoder")

    def __getitem__(self, name):
        return self.tensors[name].astype(np.float32)

    def _layers(self, part):
        pattern = re.compile(rf"{part}/layer_(\d+)/")
        return 1 + max(int(m[1]) for m in map(pattern.match, self.tensors) if m)

    def dense(self, name):
        """Weight as ``[in, out]`` (the file has ``[out, in]``) and bias."""
        return self[name + "/weight"].T, self[name + "/bias"]

    def norm(self, graph, x, name):
        return graph.norm(x, self[name + "/layer_norm/gamma"], self[name + "/layer_norm/beta"])

    def final_norm(self, graph, x, part):
        return graph.norm(x, self[f"{part}/layer_norm/gamma"], self[f"{part}/layer_norm/beta"])

    def scaled_query(self, weight, bias, columns):
        """Folds the attention's 1/sqrt(head size) into the query part of a layer."""
        scale = np.ones(weight.shape[1], np.float32)
        scale[:columns] = self.head**-0.5
        return weight * scale, bias * scale

    def split_heads(self, graph, x, transposed=False):
        """``[batch, n, width]`` to ``[batch, heads, n, head]`` or, for keys, ``[.., head, n]``."""
        x = graph.add("Reshape", [x, graph.ints(0, 0, self.heads, self.head)])
        return graph.add("Transpose", [x], perm=[0, 2, 3, 1] if transposed else [0, 2, 1, 3])

    def attend(self, graph, query, key, value, mask=None):
        weights = graph.add("MatMul", [query, key])
        if mask:
            weights = graph.add("Add", [weights, mask])
        weights = graph.add("Softmax", [weights], axis=-1)
        mixed = graph.add("Transpose", [graph.add("MatMul", [weights, value])], perm=[0, 2, 1, 3])
        return graph.add("Reshape", [mixed, graph.ints(0, 0, self.width)])

    def self_projection(self, graph, x, name):
        weight, bias = self.scaled_query(*self.dense(name + "/self_attention/linear_0"), self.width)
        joined = graph.linear(
            self.norm(graph, x, name + "/self_attention"), weight, bias, name + "/self_in"
        )
        query, key, value = graph.add("Split", [joined], count=3, axis=2, num_outputs=3)
        return (
            self.split_heads(graph, query),
            self.split_heads(graph, key, transposed=True),
            self.split_heads(graph, value),
        )

    def feed_forward(self, graph, x, name):
        y = self.norm(graph, x, name + "/ffn")
        y = graph.linear(y, *self.dense(name + "/ffn/linear_0"), name + "/ffn_in")
        y = graph.add("Gelu", [y])
        y = graph.linear(y, *self.dense(name + "/ffn/linear_1"), name + "/ffn_out")
        return graph.add("Add", [x, y])


def log_mel(graph, audio):
    """``[batch, samples]`` to Whisper's log-mel features ``[batch, frames, bands]``.

    Windows overlap in steps of 160 samples, so the padded signal is laid out in
    blocks of 80: five strided views of them side by side are the windows, and
    the transform is one matrix product.
    """
    block = 80
    parts = WINDOW // block
    x = graph.add("Unsqueeze", [audio, graph.ints(1)])
    edge = graph.ints(0, 0, WINDOW // 2, 0, 0, WINDOW // 2)
    x = graph.add("Pad", [x, edge], mode="reflect")
    x = graph.add("Reshape", [x, graph.ints(0, -1, block)])
    # Whisper drops the last frame, hence the ends that leave one step out.
    views = [graph.cut(x, 1, i, i - parts, HOP // block) for i in range(parts)]
    windows = graph.add("Concat", views, axis=2)
    spectrum = graph.add("MatMul", [windows, graph.constant(fourier_basis(), "fourier_basis")])
    power = graph.add("Mul", [spectrum, spectrum])
    real, imaginary = graph.add("Split", [power], count=2, axis=2, num_outputs=2)
    power = graph.add("Add", [real, imaginary])
    mel = graph.add("MatMul", [power, graph.constant(mel_filters().T, "mel_filters")])
    mel = graph.add("Log", [graph.add("Max", [mel, graph.scalar(1e-10)])])
    mel = graph.add("Mul", [mel, graph.scalar(1 / np.log(10))])
    loudest = graph.add("ReduceMax", [mel, graph.ints(1, 2)], keepdims=1)
    mel = graph.add("Max", [mel, graph.add("Sub", [loudest, graph.scalar(8)])])
    return graph.add("Mul", [graph.add("Add", [mel, graph.scalar(4)]), graph.scalar(0.25)])


def convolution(graph, model, x, name, stride):
    """Width-3 convolution over time as a matrix product, so that it can be quantised."""
    x = graph.add("Pad", [x, graph.ints(0, 1, 0, 0, 1, 0)])
    ends = (-2, -1, END)
    views = [graph.cut(x, 1, i, ends[i], stride) for i in range(3)]
    kernel = model[name + "/weight"]  # [out, in, 3]
    weight = kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0])
    x = graph.add("Concat", views, axis=2)
    return graph.add("Gelu", [graph.linear(x, weight, model[name + "/bias"], name)])


def build_encoder(model, path):
    graph = Graph("whisper_encoder")
    x = log_mel(graph, "audio")
    x = convolution(graph, model, x, "encoder/conv1", 1)
    x = convolution(graph, model, x, "encoder/conv2", 2)
    places = graph.constant(model["encoder/position_encodings/encodings"], "positions")
    here = graph.add("Slice", [places, graph.ints(0), graph.size(x, 1), graph.ints(0)])
    x = graph.add("Add", [x, here])
    for layer in range(model.encoder_layers):
        name = f"encoder/layer_{layer}"
        mixed = model.attend(graph, *model.self_projection(graph, x, name))
        out = model.dense(name + "/self_attention/linear_1")
        x = graph.add("Add", [x, graph.linear(mixed, *out, name + "/self_out")])
        x = model.feed_forward(graph, x, name)
    x = model.final_norm(graph, x, "encoder")

    outputs = []
    for layer in range(model.decoder_layers):
        name = f"decoder/layer_{layer}/attention/linear_1"
        joined = graph.linear(x, *model.dense(name), f"cross_in_{layer}")
        key, value = graph.add("Split", [joined], count=2, axis=2, num_outputs=2)
        for kind, part in (("k", key), ("v", value)):
            part = model.split_heads(graph, part, transposed=kind == "k")
            graph.add("Identity", [part], out=f"cross_{kind}_{layer}")
            outputs.append(cache_info(model, f"cross_{kind}_{layer}", "batch", "positions"))
    graph.save([("audio", TensorProto.FLOAT, ["batch", "samples"])], outputs, path)


def cache_info(model, name, batch, length):
    """Name, type and shape of one key (``.._k_..``) or value tensor."""
    inner = [model.head, length] if "_k_" in name else [length, model.head]
    return (name, TensorProto.FLOAT, [batch, model.heads, *inner])


def build_decoder(model, path):
    graph = Graph("whisper_decoder")
    embedding = graph.constant(model["decoder/embeddings/weight"], "embedding")
    places = graph.constant(model["decoder/position_encodings/encodings"], "positions")
    longest = model["decoder/position_encodings/encodings"].shape[0]

    # Rows and columns of the causal mask that belong to the new tokens.
    past = graph.size("past_v_0", 2)
    total = graph.add("Add", [past, graph.size("tokens", 1)])
    causal = graph.constant(np.triu(np.full((longest, longest), -1e9, np.float32), 1), "causal")
    mask = graph.add("Slice", [causal, past, total, graph.ints(0)])
    mask = graph.add("Slice", [mask, graph.ints(0), total, graph.ints(1)])

    here = graph.add("Slice", [places, past, total, graph.ints(0)])
    x = graph.add("Add", [graph.add("Gather", [embedding, "tokens"]), here])
    inputs = [("tokens", TensorProto.INT64, ["batch", "count"])]
    crossed = []
    outputs = [("logits", TensorProto.FLOAT, ["batch", model.vocabulary])]
    for layer in range(model.decoder_layers):
        name = f"decoder/layer_{layer}"
        query, key, value = model.self_projection(graph, x, name)
        key = graph.add("Concat", [f"past_k_{layer}", key], out=f"new_k_{layer}", axis=3)
        value = graph.add("Concat", [f"past_v_{layer}", value], out=f"new_v_{layer}", axis=2)
        for kind in "kv":
            inputs.append(cache_info(model, f"past_{kind}_{layer}", "batch", "past"))
            # One recording may serve several hypotheses: its batch may stay 1.
            crossed.append(cache_info(model, f"cross_{kind}_{layer}", "batch_or_1", "positions"))
            outputs.append(cache_info(model, f"new_{kind}_{layer}", "batch", "total"))
        mixed = model.attend(graph, query, key, value, mask)
        out = model.dense(name + "/self_attention/linear_1")
        x = graph.add("Add", [x, graph.linear(mixed, *out, name + "/self_out")])

        weight, bias = model.scaled_query(*model.dense(name + "/attention/linear_0"), model.width)
        query = graph.linear(model.norm(graph, x, name + "/attention"), weight, bias, name + "/cross_q")
        query = model.split_heads(graph, query)
        mixed = model.attend(graph, query, f"cross_k_{layer}", f"cross_v_{layer}")
        out = model.dense(name + "/attention/linear_2")
        x = graph.add("Add", [x, graph.linear(mixed, *out, name + "/cross_out")])
        x = model.feed_forward(graph, x, name)

    # Only the newest position is asked for, and the vocabulary product is the
    # largest of all: drop the other positions before it.
    x = graph.add("Gather", [x, graph.constant(np.array(-1, np.int64))], axis=1)
    x = model.final_norm(graph, x, "decoder")
    # The output matrix is the embedding: Whisper ties the two.
    output = graph.constant(model["decoder/embeddings/weight"].T, "output.weight")
    graph.add("MatMul", [x, output], out="logits")
    graph.save(inputs + crossed, outputs, path)


def write_settings(model, source, path):
    """What a host has to know besides the graphs, from the package's own settings."""
    given = json.loads(Path(source).read_text())
    multilingual = model.vocabulary >= 51865
    shift = 1 if multilingual else 0  # multilingual ids start one later
    settings = {
        "sample_rate": SAMPLE_RATE,
        "samples_per_position": SAMPLES_PER_POSITION,
        "max_positions": int(model["encoder/position_encodings/encodings"].shape[0]),
        "max_tokens": int(model["decoder/position_encodings/encodings"].shape[0]),
        "encoder_layers": model.encoder_layers,
        "decoder_layers": model.decoder_layers,
        "heads": model.heads,
        "head_size": model.head,
        "vocabulary": model.vocabulary,
        "multilingual": multilingual,
        "end": 50256 + shift,
        "start": 50257 + shift,
        "previous": 50360 + shift,
        "no_speech": 50361 + shift,
        "no_timestamps": 50362 + shift,
        "suppress": sorted(given["suppress_ids"]),
        "suppress_first": sorted(given["suppress_ids_begin"]),
    }
    if multilingual:
        settings["languages"] = {"en": 50259, "zh": 50260}
        settings["transcribe"] = 50359
        settings["prefix"] = [50258, 50259, 50359, 50363]
    else:
        settings["prefix"] = [50257, 50362]
    Path(path).write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", nargs="+", required=True, help="model.bin, or its parts in order")
    parser.add_argument("--config", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()

    spec, tensors = read_model(options.model)
    if spec != "WhisperSpec":
        parser.error(f"the file holds a {spec}, not a Whisper model")
    model = Whisper(tensors)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    build_encoder(model, out / "encoder.onnx")
    build_decoder(model, out / "decoder.onnx")
    write_settings(model, options.config, out / "config.json")
    shutil.copyfile(options.tokenizer, out / "tokenizer.json")
    print(
        f"width {model.width}, heads {model.heads}, layers {model.encoder_layers} + "
        f"{model.decoder_layers}, vocabulary {model.vocabulary}"
    )


if __name__ == "__main__":
    main()
