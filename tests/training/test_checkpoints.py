"""One file that is whole or not there: what it keeps, what it refuses, and a disk that is full."""

import json
import resource
import subprocess
import sys

import numpy as np
import pytest
import safetensors

from training.checkpoints import CHECKPOINT, RunState, load_state, save_state
from training.errors import RunError
from training.provenance import Provenance
from training.schedule import Progress, TrainConfig
from training.shape import PairShape, WygptShape, initial_tensors

SHAPES = {
    "bytes": WygptShape(8, 1, 2, 16, ngram_orders=(2, 3), ngram_rows=40),
    "plain": WygptShape(8, 1, 2, 16),
    "pairs": PairShape(12, 2, 2, 16, (1, 2, 3), (40, 30, 20), mixing=True),
}


def make_state(shape=SHAPES["pairs"]):
    tensors = initial_tensors(shape, 1)
    config = TrainConfig(
        codec="utf-8", minutes=2.5, shares={"a": 1.0, "b": 0.0}, distilled=("a",),
        curriculum=((2e7, 16), (1.0, 32)),
    )  # fmt: skip
    generator = dict(np.random.default_rng(5).bit_generator.state)
    progress = Progress(7, 100, 1.5, history=[{"step": 7.0}], before={"a": 16.0}, first_step=3)
    optimizer = {f"first.{name}": tensor + 1 for name, tensor in tensors.items()}
    optimizer["step"] = np.array(7, np.int64)
    before = Provenance(50, 2.0, ("old",))
    return RunState(shape, config, tensors, optimizer, generator, progress, before)


@pytest.mark.parametrize("shape", list(SHAPES.values()), ids=list(SHAPES))
def test_what_is_saved_comes_back(tmp_path, shape):
    state = make_state(shape)

    save_state(tmp_path, state)
    again = load_state(tmp_path)

    for name in ("shape", "config", "sampler", "progress", "before"):
        assert getattr(again, name) == getattr(state, name), name
    for name in ("tensors", "optimizer"):
        one, other = getattr(state, name), getattr(again, name)
        assert one.keys() == other.keys()
        for key, array in one.items():
            assert np.array_equal(array, other[key]), key
            assert array.dtype == other[key].dtype, key
    assert again.origin() == Provenance(150, 3.5, ("old", "a"))


def test_the_file_is_what_safetensors_reads(tmp_path):
    state = make_state()
    save_state(tmp_path, state)

    entries = dict(safetensors.deserialize((tmp_path / CHECKPOINT).read_bytes()))

    assert set(entries) == {f"model.{n}" for n in state.tensors} | {
        f"optimizer.{n}" for n in state.optimizer
    }
    head = np.frombuffer(entries["model.head"]["data"], "<f4").reshape(256, 12)
    assert np.array_equal(head, state.tensors["head"])
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]


def damage(path, change):
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    rest = change(header, content[8 + size :])
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + rest)


def fact(name, value):
    def change(header, rest):
        facts = json.loads(header["__metadata__"]["run"])
        facts[name] = value
        header["__metadata__"]["run"] = json.dumps(facts)
        return rest

    return change


def without(name):
    def change(header, rest):
        del header[name]
        return rest

    return change


def retyped(header, rest):
    header["model.head"]["dtype"] = "BF16"
    return rest


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda header, rest: rest[: len(rest) // 2], "is damaged or cut short"),
        (without("__metadata__"), "no field 'run'"),
        (without("model.head"), "model.head has shape None"),
        (retyped, "model.head is damaged"),
        (fact("format", "other"), "its format is 'other'"),
        (fact("progress", {"steps": 1}), "its metadata cannot be used"),
        (fact("train", {"speed": 1}), "'speed', which is unknown here"),
        (fact("sampler", {}), None),
        (fact("shape", {"family": "wygpt-pair", "width": 7}), "not a multiple of heads"),
    ],
)
def test_a_damaged_checkpoint_is_a_sentence_that_names_it(tmp_path, change, sentence):
    save_state(tmp_path, make_state())
    damage(tmp_path / CHECKPOINT, change)

    if sentence is None:  # the generator judges its own state
        load_state(tmp_path)
        return
    with pytest.raises(RunError) as refused:
        load_state(tmp_path)

    assert sentence in str(refused.value)
    assert CHECKPOINT in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff" * 40, b"\x02" + b"\0" * 7 + b"[]"])
def test_no_safetensors_file_is_refused(tmp_path, content):
    (tmp_path / CHECKPOINT).write_bytes(content)

    with pytest.raises(RunError, match=CHECKPOINT):
        load_state(tmp_path)


def test_a_checkpoint_of_an_older_version_is_told_apart(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"PK")

    with pytest.raises(RunError, match=r"checkpoint\.pt is of an older version"):
        load_state(tmp_path)


FILL = """
import resource, sys
from pathlib import Path
from dataclasses import replace
from training.checkpoints import load_state, save_state
from training.errors import RunError
run = Path(sys.argv[1])
state = load_state(run)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
state.progress.step = 8
try:
    save_state(run, state)
except RunError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_disk_that_fills_up_leaves_the_checkpoint_before(tmp_path, share):
    save_state(tmp_path, make_state())
    kept = (tmp_path / CHECKPOINT).read_bytes()

    limit = str(int(share * len(kept)))
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path), limit],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "cannot be written at step 8 (File too large); the one before it stays" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    assert (tmp_path / CHECKPOINT).read_bytes() == kept
    assert load_state(tmp_path).progress.step == 7


def test_a_run_on_a_full_disk_ends_with_a_sentence_and_its_old_checkpoint(tmp_path, command_line):
    (tmp_path / "classics.train.txt").write_text("阴阳者，天地之道也。" * 400, "utf-8")
    out = tmp_path / "run"
    command = [
        *(sys.executable, "-m", "training", "pretrain", "--data", str(tmp_path), "--out", str(out)),
        *("--mix", "classics.train=1", "--width", "16", "--layers", "1", "--heads", "2"),
        *("--context", "32", "--orders", "0", "--batch-bytes", "256", "--curriculum", "1:32"),
        *("--no-mixing", "--decay-share", "0", *command_line),
    ]
    first = subprocess.run([*command, "--bytes", "1k"], capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    kept = (out / CHECKPOINT).read_bytes()
    limit = len(kept) - 100

    def fill_the_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [*command, "--bytes", "2k"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=fill_the_disk,
    )

    assert done.returncode == 2
    assert "checkpoint.safetensors cannot be written at step 8" in done.stderr
    assert (out / CHECKPOINT).read_bytes() == kept
    again = subprocess.run([*command, "--bytes", "2k"], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert load_state(out).progress.step == 8


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(RunError, match=r"cannot be written at step 7 .*; there was none before it"):
        save_state(tmp_path / "nowhere", make_state())
