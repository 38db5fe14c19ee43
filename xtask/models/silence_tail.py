"""Lets the encoder append "silence until half a minute" without computing it.

    python silence_tail.py FLOAT_ENCODER ENCODER OUT

Whisper learned on recordings padded to 30 s.  With less padding it does not see
where speech ends and repeats itself; with all of it the encoder costs ten times
what a short reply needs.  What the decoder sees of the silence hardly depends
on the speech before it, so its keys and values are computed once here, stored,
and put behind those of the real audio.

The graph gets a second input ``silence_to`` (int64, shape [1]): the number of
positions to reach, 50 a second, at most 1500.  A value not above the audio's own
length appends nothing.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

RATE = 16000
SECONDS = 30
BURST = 2  # seconds of sound in front: it sets the level that silence is relative to
FIRST = 250  # positions from here on are silence well after the burst


def burst_then_silence():
    """Noise with speech's spectrum, roughly, and its syllable rhythm, then zeros."""
    state, noise = 1, np.zeros(BURST * RATE)
    for i in range(len(noise)):  # own generator: the same numbers on every machine
        state = (state * 1664525 + 1013904223) % 2**32
        noise[i] = state / 2**31 - 1
    smooth = np.convolve(noise, np.hanning(18)[1:-1] / 8.5, "same")  # fades out above ~1 kHz
    time = np.arange(len(noise)) / RATE
    audio = np.zeros(SECONDS * RATE, np.float32)
    audio[: len(noise)] = 0.5 * smooth * np.abs(np.sin(2 * np.pi * 2 * time))
    return audio


def silence(encoder):
    """``{output name: keys or values of FIRST..end}`` as float16, rounded once for all."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    runtime = onnxruntime.InferenceSession(str(encoder), options, ["CPUExecutionProvider"])
    names = [o.name for o in runtime.get_outputs()]
    found = runtime.run(names, {"audio": burst_then_silence()[None]})
    cut = {}
    for name, value in zip(names, found):
        value = value[..., FIRST:] if "_k_" in name else value[:, :, FIRST:]
        cut[name] = value.astype(np.float16)
    return cut


def with_tail(model, tails):
    graph = model.graph
    nodes, constants = list(graph.node), list(graph.initializer)

    def constant(name, value):
        constants.append(numpy_helper.from_array(value, name))
        return name

    def add(kind, inputs, out, **attributes):
        nodes.append(helper.make_node(kind, inputs, [out], name=out + "_node", **attributes))
        return out

    # Where to cut: from max(own length, FIRST) to max(that, silence_to), less FIRST.
    first = constant("tail_first", np.array([FIRST], np.int64))
    last = constant("tail_last", np.array([SECONDS * 50], np.int64))
    two, three = (constant(f"tail_axis_{n}", np.array([n], np.int64)) for n in (2, 3))
    one_batch = constant("tail_ones", np.array([1, 1, 1], np.int64))
    shape = add("Shape", ["own_cross_v_0"], "own_shape")
    length = add("Slice", [shape, two, three], "own_length")
    begin = add("Min", [add("Max", [length, first], "tail_from_any"), last], "tail_from")
    # Audio that reaches the asked length already needs nothing behind it.
    wanted = add("Where", [
        add("Less", [length, "silence_to"], "tail_needed"),
        add("Max", [begin, add("Min", ["silence_to", last], "tail_to_any")], "tail_to_some"),
        begin,
    ], "tail_to")
    start = add("Sub", [begin, first], "tail_start")
    end = add("Sub", [wanted, first], "tail_end")
    batch = add("Slice", [shape, constant("tail_zero", np.array([0], np.int64)),
                          constant("tail_one", np.array([1], np.int64))], "own_batch")
    repeat = add("Concat", [batch, one_batch], "tail_repeat", axis=0)

    for node in nodes:
        for i, name in enumerate(node.output):
            if name in tails:
                node.output[i] = "own_" + name
    for name, value in tails.items():
        axis, axis_name = (3, three) if "_k_" in name else (2, two)
        # float16 halves the file; the runtime folds the cast away while loading.
        stored = add("Cast", [constant("tail_" + name, value)], name + "_tail", to=TensorProto.FLOAT)
        piece = add("Slice", [stored, start, end, axis_name], name + "_piece")
        piece = add("Tile", [piece, repeat], name + "_pieces")
        add("Concat", ["own_" + name, piece], name, axis=axis)

    ask = helper.make_tensor_value_info("silence_to", TensorProto.INT64, [1])
    return helper.make_model(
        helper.make_graph(nodes, graph.name, [*graph.input, ask], graph.output, constants),
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("float_encoder", help="computes the tail")
    parser.add_argument("encoder", help="gets the tail")
    parser.add_argument("out")
    options = parser.parse_args()
    model = with_tail(onnx.load(options.encoder), silence(options.float_encoder))
    Path(options.out).write_bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
