"""Puts the log-mel front end before the end-of-turn model, so that it takes sound.

    python turn_to_onnx.py smart-turn.onnx turn.onnx

The result takes ``audio``, ``[batch, 128000]``: the last 8 s at 16 kHz, filled up with zeros at the
beginning. It gives ``probability``, ``[batch, 1]``: that the speaker has finished.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from whisper_to_onnx import Graph, log_mel

SAMPLES = 128_000
# What the model was trained with: its sound has mean 0 and variance 1.
VARIANCE_FLOOR = 1e-7


def normalised(graph, audio):
    mean = graph.add("ReduceMean", [audio, graph.ints(1)], keepdims=1)
    centred = graph.add("Sub", [audio, mean])
    squares = graph.add("Mul", [centred, centred])
    variance = graph.add("ReduceMean", [squares, graph.ints(1)], keepdims=1)
    deviation = graph.add("Sqrt", [graph.add("Add", [variance, graph.scalar(VARIANCE_FLOOR)])])
    return graph.add("Div", [centred, deviation])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source")
    parser.add_argument("out")
    options = parser.parse_args()
    model = onnx.load(options.source)
    front = Graph("end_of_turn")
    mel = log_mel(front, normalised(front, "audio"))
    front.add("Transpose", [mel], out="input_features", perm=[0, 2, 1])
    last = model.graph.output[0].name
    nodes = list(model.graph.node)
    for node in nodes:
        # The package calls it logits, and it is a probability.
        node.output[:] = ["probability" if name == last else name for name in node.output]
    graph = helper.make_graph(
        front.nodes + nodes,
        front.name,
        [helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["batch", SAMPLES])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch", 1])],
        front.constants + list(model.graph.initializer),
    )
    joined = helper.make_model(
        graph, opset_imports=list(model.opset_import), ir_version=model.ir_version
    )
    onnx.checker.check_model(joined, full_check=False)
    Path(options.out).write_bytes(joined.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
