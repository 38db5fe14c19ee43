"""Recognises files with faster-whisper (CTranslate2, int8), in one thread.

Usage: other.py MODEL_FOLDER FILE...; each file holds 16 kHz samples as 32-bit floats. Prints a line of
JSON for the runtime, and one for each file: its text and the processor time that it took, in seconds.
"""

import json
import sys
import time

import ctranslate2
import faster_whisper
import numpy

model = faster_whisper.WhisperModel(
    sys.argv[1], device="cpu", compute_type="int8", cpu_threads=1, num_workers=1
)
runtime = f"faster-whisper {faster_whisper.__version__}, CTranslate2 {ctranslate2.__version__}, int8"
print(json.dumps({"runtime": runtime}), flush=True)
for file in sys.argv[2:]:
    sound = numpy.fromfile(file, numpy.float32)
    started = time.process_time()
    segments, _ = model.transcribe(
        sound,
        language="en",
        beam_size=1,
        temperature=0.0,
        condition_on_previous_text=False,
        without_timestamps=True,
    )
    text = "".join(segment.text for segment in segments)
    print(json.dumps({"text": text, "cpu_s": time.process_time() - started}), flush=True)
