"""Our own engine, through the door that `Engine.submit` uses: native threads, default sampling."""

import sys
from pathlib import Path

import numpy as np
import protocol

from inference.automaton import Automaton
from inference.backends.select import open_backend
from inference.config import EngineConfig
from inference.model.checkpoint import Checkpoint
from inference.sampling import SamplingConfig

TEXT = "夫百病之生也，皆生于风寒暑湿燥火，以之化之变也。" * 100
# A model of random weights ends a reply whenever it draws so; here each makes all its bytes.
ANYTHING = Automaton("gb18030", np.zeros((2, 256), np.uint8))


def open_engine(_):
    """Open the model that the command line names."""
    config = EngineConfig(backend="cpu", isa=sys.argv[7], max_batch=64, cache_bytes=0)
    checkpoint = Checkpoint.load(Path(sys.argv[6]))
    backend = open_backend(checkpoint, config)

    def run(count, prompt, make):
        handles = [
            backend.submit(
                (chr(0x4E10 + number) + TEXT).encode(checkpoint.codec)[:prompt],
                SamplingConfig(max_bytes=make, seed=number),
                ANYTHING,
                None,
            )
            for number in range(count)
        ]
        for handle in handles:
            made = len(handle.wait(sys.maxsize, None).data) or len(handle.wait(0, 0).data)
            assert made == make, f"{made} bytes instead of {make}"

    return f"Xinglin int8 ({backend.name})", run


if __name__ == "__main__":
    protocol.serve(open_engine)
