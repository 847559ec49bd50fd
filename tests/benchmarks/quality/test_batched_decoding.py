import numpy as np
import pytest

from benchmarks.quality.batched_decoding import BatchedWygpt
from benchmarks.quality.sampling_rules import grid
from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.model.config import ngram_shapes, wygpt_shapes
from inference.reference.sampler import Sampler
from inference.reference.wygpt import Wygpt, log2_softmax
from inference.sampling import SamplingConfig

PROMPTS = [b"abc", b"\x02x\x03", "人参甘温".encode("gb18030")]


@pytest.fixture(scope="module", params=[(), (1, 3)], ids=["plain", "n-grams"])
def checkpoint(tmp_path_factory, request):
    path = tmp_path_factory.mktemp("models") / "tiny"
    sizes = {"width": 16, "layers": 2, "heads": 2, "context": 64}
    random = np.random.default_rng(4)
    tensors = {
        name: random.standard_normal(shape).astype(np.float32)
        for name, shape in (
            ngram_shapes(16, request.param, 20) | wygpt_shapes(16, 2, 2, 64)
        ).items()
    }
    if request.param:
        sizes |= {"ngram_orders": request.param, "ngram_rows": 20}
    family = "wygpt-ngram" if request.param else "wygpt"
    fields = {"family": family, "codec": "gb18030", "corpora": [], "bytes_seen": 0, "valid": {}}
    write_checkpoint(
        path, tensors, {**fields, **sizes, "licence": "x", "name": "t", "version": "1"}
    )
    return Checkpoint.load(path)


def one_by_one(checkpoint, prompt, seed, length):
    """The same text by the plain reference, a byte at a time."""
    model, sampler = Wygpt(checkpoint), Sampler(SamplingConfig(top_e=1.0, seed=seed))
    table = BatchedWygpt(checkpoint).automaton.next
    ring, data, state = model.new_ring(), b"", 0
    logits, bits = model.prefill(ring, prompt), 0.0
    while state != 1 and (state != 0 or len(data) < length):
        byte = sampler.pick(logits, table[state] != 255)
        bits -= log2_softmax(logits)[byte]
        data += bytes((byte,))
        state = int(table[state, byte])
        logits = model.prefill(ring, data[-1:])
    return data.removesuffix(b"\x04").decode("gb18030"), state == 1, bits


def test_texts_in_step_are_the_texts_of_the_reference_alone(checkpoint):
    model = BatchedWygpt(checkpoint)
    starts = [model.start(prompt) for prompt in PROMPTS]

    made = model.write(starts, grid()["top-e"]["e 1"], max_bytes=30, seed=5)

    for i, prompt in enumerate(PROMPTS):
        text, ended, bits = one_by_one(checkpoint, prompt, 5 + i, 30)
        assert (made[i].text, made[i].ended) == (text, ended)
        assert made[i].bits == pytest.approx(bits, rel=1e-4)


def test_more_than_the_context_is_refused(checkpoint):
    model = BatchedWygpt(checkpoint)

    with pytest.raises(ValueError, match="do not fit into a context of 64"):
        model.write([model.start(b"abc")], grid()["greedy"][""], max_bytes=60, seed=1)
