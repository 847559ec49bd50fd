import csv
import json
import math
import os
import signal
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from training.batches import measure_corpus
from training.checkpoints import CHECKPOINT, load_state, save_state
from training.conversations import ConversationCorpus, measure_answers
from training.data import encode_corpus
from training.errors import LossError, RunError
from training.native import NativeCore
from training.schedule import TrainConfig
from training.shape import PairShape, WygptShape, initial_tensors
from training.trainer import Task, Trainer

BYTES = WygptShape(8, 1, 2, 16, ngram_orders=(2, 3), ngram_rows=40)
PAIRS = PairShape(12, 2, 2, 16, (1, 2, 3), (40, 30, 20), mixing=True)
SHAPES = pytest.mark.parametrize("shape", [BYTES, PAIRS], ids=["bytes", "pairs"])
STEP = 128


def make_task(steps, shape=BYTES, codec="gb18030", **changes):
    corpus = encode_corpus("a", ["人参甘温，大补元气。" * 20], codec)
    options = {
        "codec": codec,
        "bytes_budget": steps * STEP,
        "batch_bytes": STEP,
        "curriculum": ((1.0, 16),),
        "sliding": 0.5,
        "warmup_steps": 1,
        "decay_share": 0.0,
        "shares": {"a": 1.0},
    }
    config = TrainConfig(**(options | changes))
    valid = [measure_corpus(corpus, 2, 16, shape.step_bytes)]
    return Task(shape, config, [corpus], valid)


def bits_of(path):
    return (path / CHECKPOINT).read_bytes()


@SHAPES
def test_six_steps_equal_three_and_three_resumed(tmp_path, open_core, shape):
    Trainer(tmp_path / "whole", make_task(6, shape), open_core).run()

    Trainer(tmp_path / "parts", make_task(3, shape), open_core).run()
    Trainer(tmp_path / "parts", make_task(6, shape), open_core).run()

    whole, parts = load_state(tmp_path / "whole"), load_state(tmp_path / "parts")
    assert whole.progress.step == parts.progress.step == 6
    assert whole.sampler == parts.sampler
    for kind in ("tensors", "optimizer"):
        one, other = getattr(whole, kind), getattr(parts, kind)
        assert one.keys() == other.keys()
        for name, tensor in one.items():
            assert np.array_equal(tensor, other[name]), name


@SHAPES
def test_a_run_of_two_threads_goes_on_bit_by_bit(tmp_path, shape):
    open_core = partial(NativeCore, threads=2)
    Trainer(tmp_path / "whole", make_task(6, shape), open_core).run()

    Trainer(tmp_path / "parts", make_task(3, shape), open_core).run()
    Trainer(tmp_path / "parts", make_task(6, shape), open_core).run()

    whole, parts = load_state(tmp_path / "whole"), load_state(tmp_path / "parts")
    for name, tensor in whole.tensors.items():
        assert np.array_equal(tensor, parts.tensors[name]), name


class Interrupted:
    """A core in whose n-th step somebody presses Ctrl-C."""

    def __init__(self, core, step):
        self._core, self._left = core, step

    def __getattr__(self, name):
        return getattr(self._core, name)

    def step(self, *arguments):
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return self._core.step(*arguments)


@SHAPES
def test_ctrl_c_within_a_step_costs_no_bit(tmp_path, open_core, shape):
    Trainer(tmp_path / "whole", make_task(6, shape), open_core).run()
    stopped = Trainer(
        tmp_path / "parts", make_task(6, shape), lambda *model: Interrupted(open_core(*model), 4)
    )

    with pytest.raises(KeyboardInterrupt):
        stopped.run()
    assert load_state(tmp_path / "parts").progress.step == 4
    Trainer(tmp_path / "parts", make_task(6, shape), open_core).run()

    whole, parts = load_state(tmp_path / "whole"), load_state(tmp_path / "parts")
    assert whole.sampler == parts.sampler
    for name, tensor in whole.tensors.items():
        assert np.array_equal(tensor, parts.tensors[name]), name


@pytest.mark.parametrize("codec", ["utf-16-be", "utf-16-le", "gb18030", "utf-8"])
def test_pairs_learn_every_codec(tmp_path, open_core, codec):
    trainer = Trainer(tmp_path, make_task(60, PAIRS, codec, muon_lr=0.05, adam_lr=0.02), open_core)
    before = trainer.validate()["a"]

    trainer.run()

    assert before == pytest.approx(8.0 * trainer.task.valid[0].bytes_per_character, rel=0.01)
    assert trainer.validate()["a"] < 0.8 * before


def test_training_lowers_the_loss(tmp_path, open_core):
    trainer = Trainer(tmp_path, make_task(40, muon_lr=0.05, adam_lr=0.02), open_core)
    before = trainer.validate()["a"]

    trainer.run()

    assert trainer.validate()["a"] < before - 1.0


def test_answers_are_measured_in_pairs_of_any_codec(tmp_path, open_core):
    turns = [[("黄芪？", "补气。")], [("a", "b")]]
    corpus = ConversationCorpus("own", turns, "gb18030")
    task = replace(make_task(1, PAIRS), valid=[measure_answers(corpus, 2, 16, 2)])

    found = Trainer(tmp_path, task, open_core).validate()

    assert found["own answers"] > 0


@pytest.mark.parametrize(("first", "second"), [("native", "torch"), ("torch", "native")])
def test_a_run_on_one_core_goes_on_on_the_other(tmp_path, cores, first, second):
    Trainer(tmp_path / "mixed", make_task(3, PAIRS), cores[first]).run()
    Trainer(tmp_path / "mixed", make_task(6, PAIRS), cores[second]).run()
    Trainer(tmp_path / "whole", make_task(6, PAIRS), cores[second]).run()

    mixed, whole = load_state(tmp_path / "mixed"), load_state(tmp_path / "whole")
    assert mixed.optimizer.keys() == whole.optimizer.keys()
    for name, tensor in whole.tensors.items():
        np.testing.assert_allclose(mixed.tensors[name], tensor, atol=0.02, err_msg=name)


def test_curve_is_written_as_numbers_and_as_a_picture(tmp_path, open_core):
    Trainer(tmp_path, make_task(2), open_core).run()

    rows = list(csv.DictReader((tmp_path / "curve.csv").read_text().splitlines()))
    assert rows[0]["step"] == "2.0"
    assert float(rows[0]["a bits_per_char"]) > 0
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    told = json.loads((tmp_path / "config.json").read_text())
    assert told["shape"]["family"] == "wygpt-ngram"


@pytest.mark.parametrize(
    ("changes", "codec", "named"),
    [
        ({"width": 24}, "gb18030", "width 12, asked for 24"),
        ({"context": 8}, "gb18030", "context 16, asked for 8"),
        ({"ngram_rows": (40, 30, 21)}, "gb18030", "ngram_rows"),
        ({}, "utf-16-le", "codec gb18030, asked for utf-16-le"),
    ],
)
def test_checkpoint_of_another_model_is_refused_and_kept(
    tmp_path, open_core, changes, codec, named
):
    Trainer(tmp_path, make_task(1, PAIRS), open_core).run()
    kept = bits_of(tmp_path)

    with pytest.raises(RunError, match="give the same or another --out") as refused:
        Trainer(tmp_path, make_task(2, replace(PAIRS, **changes), codec), open_core)

    assert named in str(refused.value)
    assert bits_of(tmp_path) == kept


def test_checkpoint_of_another_family_is_refused(tmp_path, open_core):
    Trainer(tmp_path, make_task(1, PAIRS), open_core).run()

    with pytest.raises(RunError, match="family wygpt-pair, asked for wygpt-ngram"):
        Trainer(tmp_path, make_task(2, BYTES), open_core)


class Failing:
    """A core whose loss is no number at one step."""

    def __init__(self, core, step, kind):
        self._core, self._left, self._kind = core, step, kind

    def __getattr__(self, name):
        return getattr(self._core, name)

    def step(self, *arguments):
        self._left -= 1
        if self._left == 0 and self._kind == "raises":
            raise LossError("the loss is no number")
        loss = self._core.step(*arguments)
        return math.nan if self._left == 0 else loss


@pytest.mark.parametrize("kind", ["raises", "returns"])
def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint(tmp_path, open_core, kind):
    Trainer(tmp_path, make_task(3), open_core).run()
    kept = bits_of(tmp_path)
    trainer = Trainer(tmp_path, make_task(9), lambda *model: Failing(open_core(*model), 2, kind))

    with pytest.raises(RunError, match=r"step 5: the loss is .*checkpoint of step 3 in .* stays"):
        trainer.run()

    assert bits_of(tmp_path) == kept


def test_absurd_rates_end_in_that_sentence(tmp_path, open_core):
    task = make_task(200, muon_lr=1e30, adam_lr=1e30)

    with pytest.raises(RunError, match=r"step \d+: .*no checkpoint had been written"):
        Trainer(tmp_path, task, open_core).run()

    assert not (tmp_path / CHECKPOINT).exists()


def test_weights_that_are_no_numbers_are_not_saved(tmp_path, open_core):
    Trainer(tmp_path, make_task(3), open_core).run()
    kept = bits_of(tmp_path)
    trainer = Trainer(tmp_path, make_task(9), open_core)
    state = trainer.core.state()
    broken = {name: tensor.copy() for name, tensor in trainer.core.tensors().items()}
    broken["head"][3, 2] = np.inf
    trainer.core.restore(broken, state)

    with pytest.raises(RunError, match="head holds what is no number; the checkpoint of step 3"):
        trainer.save()

    assert bits_of(tmp_path) == kept


@SHAPES
def test_where_the_teacher_is_followed_a_fresh_copy_has_nothing_to_learn(
    tmp_path, open_core, shape
):
    random = np.random.default_rng(3)
    initial = {
        name: (0.3 * random.standard_normal(tensor.shape)).astype(np.float32)
        for name, tensor in initial_tensors(shape, 1).items()
    }
    moved = {}
    for distilled in ((), ("a",)):
        task = make_task(
            4, shape, distilled=distilled, muon_lr=1e-9, adam_lr=1e-3, weight_decay=0.0
        )
        trainer = Trainer(tmp_path / str(len(distilled)), replace(task, initial=initial), open_core)
        first = trainer._step()
        moved[distilled] = first, float(np.abs(trainer.core.state()["first.head"]).max())

    # Against itself the loss is the entropy of its own expectations, and flat.
    assert moved["a",][0] < moved[()][0]
    assert moved["a",][1] < 1e-4 * moved[()][1]


def test_two_processes_do_not_train_in_one_folder(tmp_path, open_core):
    from training.files import holding

    trainer = Trainer(tmp_path, make_task(1), open_core)

    with holding(tmp_path), pytest.raises(RunError, match="another process trains in"):
        trainer.run()


def test_a_run_that_leaves_another_lets_the_rate_fall_from_there(tmp_path, open_core):
    task = make_task(0, bytes_budget=0)
    trunk = Trainer(tmp_path / "trunk", task, open_core)
    for _ in range(3):
        trunk._step()
    trunk.save()
    state = load_state(tmp_path / "trunk")
    progress = state.progress
    progress.first_step, progress.first_byte = progress.step, progress.bytes_seen
    config = replace(task.config, bytes_budget=4 * STEP, decay_share=1.0)
    (tmp_path / "branch").mkdir()
    save_state(tmp_path / "branch", replace(state, config=config))

    branch = Trainer(tmp_path / "branch", replace(task, config=config), open_core)
    branch.run()

    assert branch.progress.step == 7
    assert branch.progress.history[-1]["bytes"] == 7 * STEP
    assert load_state(tmp_path / "trunk").progress.step == 3
