"""Rules that every backend with a model keeps; `cuda` where there is a GPU (`-m gpu`)."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.automaton import CODECS, Automaton
from inference.backends.select import open_backend
from inference.engine import Engine, EngineConfig, EngineStats, SamplingConfig
from inference.errors import BackendError, CheckpointError, EngineClosed, PromptError, ResultTimeout
from inference.model.checkpoint import Checkpoint
from inference.reference.sampler import candidates
from inference.reference.wygpt import log2_softmax
from inference.reference.wygpt_pair import float_model
from inference.sampling import Method
from inference.trace import trace
from tests.inference.conftest import MIXING, PAIRS

REFERENCE = EngineConfig(backend="reference", max_batch=4)
CPU = EngineConfig(backend="cpu", max_batch=4)
CUDA = EngineConfig(backend="cuda", max_batch=4)
PROMPT = "\x02感冒了\x03".encode("gb18030")
ENDLESS = SamplingConfig(top_e=0, max_bytes=1_000_000)
PLAIN = SamplingConfig(top_e=math.inf, max_bytes=60)


@pytest.fixture(scope="module", params=[{}, PAIRS, MIXING], ids=["bytes", "pairs", "mixing"])
def family(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param


@pytest.fixture(scope="module")
def tiny_model(make_model: Callable[..., Path], family: dict[str, Any]) -> Path:
    return make_model(**family)


@pytest.fixture(scope="module")
def endless_model(make_model: Callable[..., Path], family: dict[str, Any]) -> Path:
    return make_model(**family, endless=True)


@pytest.fixture(scope="module")
def tiny(tiny_model: Path) -> Checkpoint:
    return Checkpoint.load(tiny_model)


@pytest.fixture(
    params=[REFERENCE, CPU, pytest.param(CUDA, marks=pytest.mark.gpu)],
    ids=["reference", "cpu", "cuda"],
)
def config(request: pytest.FixtureRequest, tiny: Checkpoint) -> EngineConfig:
    try:
        open_backend(tiny, request.param).close()
    except BackendError as error:
        if request.param is not CUDA:
            raise
        pytest.skip(str(error))
    return request.param


@pytest.fixture
def engine(tiny_model: Path, config: EngineConfig) -> Iterator[Engine]:
    with Engine.open(tiny_model, config) as engine:
        yield engine


@pytest.fixture
def endless(endless_model: Path, config: EngineConfig) -> Iterator[Engine]:
    with Engine.open(endless_model, config) as engine:
        yield engine


def test_engine_says_what_it_runs(engine: Engine, config: EngineConfig) -> None:
    assert engine.backend.startswith(config.backend)
    assert engine.checkpoint.name == "tiny"
    assert engine.checkpoint.codec == "gb18030"


def test_reply_is_valid_text_of_at_most_a_character_too_many(engine: Engine) -> None:
    for seed in range(8):
        reply = engine.submit(PROMPT, SamplingConfig(seed=seed, max_bytes=21)).result()
        assert reply.data.decode("gb18030", "strict") == reply.text
        assert reply.finish in {"end", "length"}
        assert reply.finish == "end" or 21 <= len(reply.data) <= 24
        assert "\x04" not in reply.text
        assert reply.prompt_bytes == len(PROMPT)
        assert reply.prefill_s >= 0
        assert reply.decode_s > 0


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_gives_its_own_text(
    make_model: Callable[..., Path], family: dict[str, Any], codec: str, config: EngineConfig
) -> None:
    with Engine.open(make_model(codec=codec, **family), config) as engine:
        reply = engine.submit("问".encode(codec), PLAIN).result()
    assert reply.text.encode(codec) == reply.data


def test_same_seed_gives_the_same_reply_and_another_seed_another(engine: Engine) -> None:
    texts = [
        engine.submit(PROMPT, SamplingConfig(seed=seed, top_e=math.inf)).result().text
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_reply_does_not_depend_on_who_shares_the_engine(engine: Engine) -> None:
    prompts = [PROMPT * (1 + index % 3) for index in range(9)]
    options = [SamplingConfig(seed=index, max_bytes=30 + index) for index in range(9)]
    alone = [
        engine.submit(prompt, option).result().data
        for prompt, option in zip(prompts, options, strict=True)
    ]

    together = [engine.submit(p, o) for p, o in zip(prompts, options, strict=True)]

    assert [sequence.result().data for sequence in together] == alone


def test_reply_that_ends_its_turn_leaves_the_mark_out(engine: Engine) -> None:
    sequences = [
        engine.submit(PROMPT, SamplingConfig(seed=seed, top_e=math.inf, max_bytes=400))
        for seed in range(12)
    ]
    replies = [sequence.result() for sequence in sequences]
    ended = [reply for reply in replies if reply.finish == "end"]
    assert ended
    assert all("\x04" not in reply.text for reply in ended)


def test_stream_gives_whole_characters_that_make_up_the_result(engine: Engine) -> None:
    sequence = engine.submit(PROMPT, PLAIN)
    parts = list(sequence.stream())
    assert all(part and part.decode("gb18030") for part in parts)
    assert b"".join(parts) == sequence.result().data


def test_result_and_stream_may_be_asked_for_again_and_by_many(engine: Engine) -> None:
    sequence = engine.submit(PROMPT, PLAIN)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: sequence.result(), range(8)))
    assert len({result.data for result in results}) == 1
    assert b"".join(sequence.stream()) == results[0].data


def test_many_threads_may_submit_at_once(engine: Engine) -> None:
    def ask(seed: int) -> str:
        return engine.submit(PROMPT, SamplingConfig(seed=seed % 5, max_bytes=20)).result().text

    with ThreadPoolExecutor(12) as pool:
        texts = list(pool.map(ask, range(40)))

    assert [texts[i] for i in range(40)] == [texts[i % 5] for i in range(40)]
    stats = settled(engine)
    assert (stats.submitted, stats.finished, stats.running, stats.waiting) == (40, 40, 0, 0)
    assert stats.prompt_bytes + stats.shared_bytes == 40 * len(PROMPT)
    assert stats.generated_bytes >= sum(len(text.encode("gb18030")) for text in texts)


def test_cancelled_sequence_keeps_what_it_has(endless: Engine) -> None:
    sequence = endless.submit(PROMPT, ENDLESS)
    stream = sequence.stream()
    first = next(stream)
    sequence.cancel()
    rest = b"".join(stream)
    result = sequence.result(10)
    assert result.finish == "cancelled"
    assert result.data == first + rest
    sequence.cancel()
    assert sequence.result() == result


def test_waiting_sequence_can_be_cancelled(endless: Engine) -> None:
    busy = [endless.submit(PROMPT, ENDLESS) for _ in range(4)]
    waiting = endless.submit(PROMPT, ENDLESS)
    waiting.cancel()
    for sequence in busy:
        sequence.cancel()
    assert waiting.result(10).finish == "cancelled"
    assert waiting.result().data == b""


def test_deadline_ends_a_reply_with_what_it_has(endless: Engine) -> None:
    began = time.monotonic()
    reply = endless.submit(PROMPT, ENDLESS, deadline_s=0.2).result(10)
    assert reply.finish == "deadline"
    assert 0.2 <= time.monotonic() - began < 5
    assert reply.text
    assert reply.data.decode("gb18030") == reply.text


def test_deadline_of_a_sequence_that_waits_for_a_slot_is_kept(endless: Engine) -> None:
    busy = [endless.submit(PROMPT, ENDLESS) for _ in range(4)]
    waiting = endless.submit(PROMPT, ENDLESS, deadline_s=0.2)
    assert waiting.result(10).finish == "deadline"
    for sequence in busy:
        sequence.cancel()


def test_deadline_that_passed_gives_nothing(engine: Engine) -> None:
    reply = engine.submit(PROMPT, deadline_s=0).result(10)
    assert (reply.finish, reply.data) == ("deadline", b"")


def test_result_that_takes_too_long_can_be_waited_for_again(endless: Engine) -> None:
    sequence = endless.submit(PROMPT, ENDLESS)
    with pytest.raises(ResultTimeout, match=r"still runs after 0\.01 s"):
        sequence.result(0.01)
    sequence.cancel()
    assert sequence.result(10).finish == "cancelled"


def test_empty_prompt_is_refused(engine: Engine) -> None:
    with pytest.raises(PromptError, match="empty"):
        engine.submit(b"")


def test_prompt_may_be_longer_than_the_context(engine: Engine) -> None:
    reply = engine.submit(PROMPT * 40, SamplingConfig(max_bytes=5)).result()
    assert reply.prompt_bytes == 40 * len(PROMPT)
    assert reply.data


def test_closing_fails_what_runs_and_what_waits_and_what_comes(endless: Engine) -> None:
    sequences = [endless.submit(PROMPT, ENDLESS) for _ in range(6)]
    scorer = endless.scorer()

    endless.close()
    endless.close()

    for sequence in sequences:
        with pytest.raises(EngineClosed):
            sequence.result(10)
    with pytest.raises(EngineClosed):
        endless.submit(PROMPT)
    with pytest.raises(EngineClosed):
        endless.score(b"abc")
    scorer.close()


def test_finished_reply_can_be_read_after_close(engine: Engine) -> None:
    sequence = engine.submit(PROMPT, PLAIN)
    before = sequence.result()
    engine.close()
    assert sequence.result() == before


def test_reader_of_a_stream_is_told_of_the_close(endless: Engine) -> None:
    sequence = endless.submit(PROMPT, ENDLESS)
    errors: list[Exception] = []

    def read() -> None:
        try:
            list(sequence.stream())
        except EngineClosed as error:
            errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    endless.close()
    reader.join(10)
    assert len(errors) == 1


def test_score_is_the_log_probability_of_each_byte(
    engine: Engine, config: EngineConfig, tiny: Checkpoint
) -> None:
    data = (PROMPT * 12)[: tiny.config.context_bytes]
    model = float_model(tiny, np.float64)
    logs = log2_softmax(model.extend(model.new_ring(), data))
    right = logs[np.arange(len(data) - 1), np.frombuffer(data, np.uint8)[1:]]

    scores = engine.score(data)

    assert scores.dtype == np.float32
    assert scores[0] == -8.0
    distance = np.abs(scores[1:] - right)
    assert distance.max() < (1e-3 if config is REFERENCE else 1.5)
    assert distance.mean() < (1e-4 if config is REFERENCE else 0.25)


def test_text_scored_in_parts_scores_the_same(engine: Engine, config: EngineConfig) -> None:
    data = PROMPT * 9
    scorer = engine.scorer()
    parts = [
        scorer.feed(data[:1]),
        scorer.feed(b""),
        scorer.feed(data[1:50]),
        scorer.feed(data[50:]),
    ]
    scorer.close()
    # In int8 a float at a rounding edge may fall to the other integer.
    room = 1e-3 if config is REFERENCE else 0.3
    assert np.concatenate(parts) == pytest.approx(engine.score(data), abs=room)


def test_nothing_scores_nothing(engine: Engine) -> None:
    assert engine.score(b"").shape == (0,)


def test_scoring_and_decoding_do_not_disturb_each_other(engine: Engine) -> None:
    alone = engine.submit(PROMPT, PLAIN).result().data
    sequence = engine.submit(PROMPT, PLAIN)
    first = engine.score(PROMPT * 3)
    assert sequence.result().data == alone
    assert (engine.score(PROMPT * 3) == first).all()


def test_folder_that_is_no_model_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="the file is missing"):
        Engine.open(tmp_path, REFERENCE)


def test_no_thread_is_left_after_close(tiny_model: Path, config: EngineConfig) -> None:
    before = count_threads()
    for _ in range(5):
        Engine.open(tiny_model, config).close()
    until = time.monotonic() + 5  # a joined thread leaves /proc a moment later
    while count_threads() > before and time.monotonic() < until:
        time.sleep(0.001)
    assert count_threads() <= before


def settled(engine: Engine) -> EngineStats:
    """Stats once all is finished: a reply may be there a moment before it is counted."""
    until = time.monotonic() + 5
    while (stats := engine.stats()).finished < stats.submitted and time.monotonic() < until:
        time.sleep(0.001)
    return stats


def count_threads() -> int:
    """Threads of the process where the system tells, else those of Python."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


@pytest.mark.parametrize("method", ["top-e", "top-p", "wygpt"])
def test_surprise_is_that_of_the_bytes_that_were_drawn(engine: Engine, method: Method) -> None:
    choice = SamplingConfig(method=method, temperature=0.7, seed=3, max_bytes=12)
    reply = engine.submit(PROMPT, choice).result(60)

    assert math.isfinite(reply.nll_bits)
    assert reply.nll_bits > 0
    assert reply.bits_per_character == reply.nll_bits / (len(reply.text) + 1)
    if method == "top-e":
        found = trace(engine, PROMPT, reply.data, choice, ended=reply.finish == "end")
        plain = SamplingConfig(top_e=math.inf, temperature=0.7)
        bits, at = 0.0, len(PROMPT) - 1
        drawn = reply.data + (b"\x04" if reply.finish == "end" else b"")
        logits = engine.logits(PROMPT + drawn)
        state, automaton = 0, Automaton.for_codec("gb18030")
        for byte in drawn:
            p = candidates(logits[at], automaton.next[state] != 255, plain)
            bits -= math.log2(p[byte])
            state, at = int(automaton.next[state, byte]), at + 1
        assert len(found) >= len(reply.text)
        assert reply.nll_bits == pytest.approx(bits, rel=1e-6, abs=1e-6)
