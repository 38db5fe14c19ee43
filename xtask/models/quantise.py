"""Turns the float32 graphs of whisper_to_onnx.py into int8 ones.

    python quantise.py FOLDER_IN FOLDER_OUT

Weights become signed 8-bit with one scale per output column; activations are
quantised at run time to unsigned 8-bit, one scale per tensor.  That is the pair
VNNI multiplies.  The node used, ``com.microsoft.DynamicQuantizeMatMul``, does
the whole step including the bias and is part of every ONNX Runtime build.

The front end stays in float32: squared spectra span more than eight bits.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

KEEP = {"fourier_basis", "mel_filters", "encoder/conv1.weight"}


def quantised(weight, limit):
    """``[in, out]`` floats to int8 with a scale per column; ``limit`` is the largest step."""
    scale = np.abs(weight).max(axis=0) / limit
    scale[scale == 0] = 1
    return np.round(weight / scale).astype(np.int8), scale.astype(np.float32)


def quantise(model, limit, keep):
    graph = model.graph
    constants = {c.name: c for c in graph.initializer}
    uses = {}
    for node in graph.node:
        for name in node.input:
            uses.setdefault(name, []).append(node)

    added, removed, nodes, merged = [], set(), [], set()
    for node in graph.node:
        if id(node) in merged:
            continue
        name = node.input[1] if node.op_type == "MatMul" else None
        if name in constants and name not in keep:
            weight, scale = quantised(numpy_helper.to_array(constants[name]), limit)
            added.append(numpy_helper.from_array(weight, name + ".int8"))
            added.append(numpy_helper.from_array(scale, name + ".scale"))
            inputs = [node.input[0], name + ".int8", name + ".scale"]
            out = node.output[0]
            followers = uses.get(out, [])
            if len(followers) == 1 and followers[0].op_type == "Add":
                follower = followers[0]
                bias = [i for i in follower.input if i in constants]
                if bias:  # the bias goes into the same node
                    inputs += ["", bias[0]]
                    out = follower.output[0]
                    merged.add(id(follower))
            nodes.append(
                helper.make_node(
                    "DynamicQuantizeMatMul", inputs, [out], name=node.name, domain="com.microsoft"
                )
            )
            removed.add(name)
        elif node.op_type == "Gather" and node.input[0] in constants and node.input[0] == "embedding":
            # Rows of the embedding are taken one at a time: a scale per row.
            table, scale = quantised(numpy_helper.to_array(constants["embedding"]).T, 127)
            added.append(numpy_helper.from_array(np.ascontiguousarray(table.T), "embedding.int8"))
            added.append(numpy_helper.from_array(scale[:, None].copy(), "embedding.scale"))
            out = node.output[0]
            nodes += [
                helper.make_node("Gather", ["embedding.int8", node.input[1]], [out + ".i8"], name=node.name),
                helper.make_node("Cast", [out + ".i8"], [out + ".f"], name=out + ".cast", to=1),
                helper.make_node("Gather", ["embedding.scale", node.input[1]], [out + ".s"], name=out + ".gs"),
                helper.make_node("Mul", [out + ".f", out + ".s"], [out], name=out + ".mul"),
            ]
            removed.add("embedding")
        else:
            nodes.append(node)

    kept = [c for c in graph.initializer if c.name not in removed]
    result = helper.make_model(
        helper.make_graph(nodes, graph.name, graph.input, graph.output, kept + added),
        opset_imports=[*model.opset_import, helper.make_opsetid("com.microsoft", 1)],
        ir_version=model.ir_version,
    )
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source")
    parser.add_argument("out")
    parser.add_argument(
        "--bits", type=int, choices=(7, 8), default=8,
        help="7 keeps sums of two products within 16 bits, for processors with AVX2 but no VNNI",
    )
    options = parser.parse_args()
    source, out = Path(options.source), Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    for name in ("encoder.onnx", "decoder.onnx"):
        model = quantise(onnx.load(source / name), 2 ** (options.bits - 1) - 1, KEEP)
        (out / name).write_bytes(model.SerializeToString(deterministic=True))
    for name in ("config.json", "tokenizer.json"):
        if (source / name).resolve() != (out / name).resolve():
            shutil.copyfile(source / name, out / name)


if __name__ == "__main__":
    main()
