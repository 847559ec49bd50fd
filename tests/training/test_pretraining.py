"""Options of the command line, family by family, and those refused."""

import json

import pytest

from training.checkpoints import CHECKPOINT, load_state
from training.cli import build_parser, main
from training.errors import ModelError, RunError
from training.pretraining import MIX, RECIPES, asked_config, asked_shape, pretraining_task
from training.shape import PairShape, WygptShape

TINY = ["--width", "12", "--layers", "1", "--heads", "2", "--context", "16", "--rows", "20"]
STEPS = ["--batch-bytes", "128", "--curriculum", "1:16", "--threads", "1"]


def parse(*options):
    return build_parser().parse_args(["pretrain", "--data", "d", "--out", "o", *options])


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("classics.train", "classics.valid", "general-zh.train"):
        (folder / f"{name}.txt").write_text("人参甘温，大补元气。\n" * 40, "utf-8")
    turns = [{"role": "user", "text": "好？"}, {"role": "assistant", "text": "好。"}]
    line = json.dumps({"source": "a/1", "turns": turns}, ensure_ascii=False)
    (folder / "dialogue.train.jsonl").write_text(f"{line}\n\n{line}\n", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], PairShape(192, 5, 4, 1024, (1, 2, 3), (6144, 4096, 3072), mixing=True)),
        (
            ["--width", "64", "--orders", "1,2", "--rows", "30,20", "--no-mixing"],
            PairShape(64, 5, 4, 1024, (1, 2), (30, 20)),
        ),
        (["--orders", "0", "--context", "8"], PairShape(192, 5, 4, 8, (), (), mixing=True)),
        (["--rows", "50"], PairShape(192, 5, 4, 1024, (1, 2, 3), (50, 50, 50), mixing=True)),
        (["--family", "wygpt-ngram"], WygptShape(192, 5, 4, 1024, (2, 3, 4, 6), 4781)),
        (["--family", "wygpt-ngram", "--orders", "0"], WygptShape(192, 5, 4, 1024)),
        (["--family", "wygpt-ngram", "--rows", "7"], WygptShape(192, 5, 4, 1024, (2, 3, 4, 6), 7)),
        (["--family", "wygpt"], WygptShape(192, 7, 4, 1024)),
    ],
)
def test_sizes_are_the_familys_where_nothing_else_is_said(options, expected):
    assert asked_shape(parse(*options)) == expected


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--width", "191"], "not a multiple of heads"),
        (["--layers", "0"], "layers is 0"),
        (["--rows", "5,6"], "--rows has 2 numbers and --orders 3"),
        (["--orders", "2,1,3"], "ascend"),
        (["--rows", "0,0,0"], "at least 1"),
        (["--family", "wygpt", "--orders", "2"], "has no n-gram tables"),
        (["--family", "wygpt", "--mixing"], "only family wygpt-pair mixes"),
        (["--family", "wygpt-ngram", "--rows", "5,6,7,8"], "all tables of wygpt-ngram"),
    ],
)
def test_sizes_that_cannot_be_are_sentences(options, sentence):
    with pytest.raises((ModelError, RunError)) as refused:
        asked_shape(parse(*options))

    assert sentence in str(refused.value)


def test_recipe_is_the_familys_where_nothing_else_is_said():
    pairs = asked_config(parse("--minutes", "1"))
    other = asked_config(parse("--minutes", "1", "--family", "wygpt-ngram", "--adam-lr", "0.5"))

    assert (pairs.codec, pairs.batch_bytes, pairs.adam_lr) == ("utf-16-be", 8192, 0.02)
    assert (other.codec, other.batch_bytes, other.adam_lr) == ("gb18030", 4096, 0.5)
    assert pairs.shares == MIX
    assert pairs.decay_share == 0.35


@pytest.mark.parametrize("family", list(RECIPES))
def test_a_run_without_an_end_has_stages_in_bytes(family):
    config = asked_config(parse("--decay-share", "0", "--family", family))

    config.check()
    assert config.endless
    assert [amount > 1 for amount, _ in config.curriculum] == [True, True, False]


def test_amounts_are_read_with_their_units():
    args = parse("--bytes", "1.5M", "--curriculum", "20k:8,2G:16,1:32")

    assert args.bytes == 1_500_000
    assert args.curriculum == ((20_000.0, 8), (2e9, 16), (1.0, 32))


def test_corpora_are_read_in_the_models_codec(data, tmp_path):
    args = build_parser().parse_args(
        ["pretrain", "--data", str(data), "--out", str(tmp_path / "r"), "--bytes", "1k", *TINY]
    )

    task = pretraining_task(args)

    assert [source.name for source in task.train] == list(MIX)
    assert all(source.unit == 2 for source in task.train)
    text = task.train[1].data.tobytes().decode("utf-16-be")
    assert text.startswith("\x02好？\x03好。\x04\x1c")
    assert [measure.name for measure in task.valid] == ["classics.valid"]
    assert task.valid[0].batch.data.shape[1] == 2 * 17


@pytest.fixture
def trunk(data, tmp_path):
    """A run without an end that was stopped after some steps."""
    run = tmp_path / "trunk"
    command = ["pretrain", "--data", str(data), "--out", str(run), *TINY, *STEPS]
    assert main([*command, "--decay-share", "0", "--bytes", "512"]) == 0
    return run


def test_rates_fall_in_a_run_of_its_own(trunk, data, tmp_path):
    kept = (trunk / CHECKPOINT).read_bytes()
    command = ["pretrain", "--data", str(data), "--decay", str(trunk), "--threads", "1"]
    command += ["--out", str(tmp_path / "end"), "--bytes", "640"]

    assert main(command) == 0
    state = load_state(tmp_path / "end")
    assert main(command) == 0

    assert (trunk / CHECKPOINT).read_bytes() == kept
    progress = state.progress
    assert (progress.first_step, progress.step, progress.bytes_seen) == (4, 9, 512 + 640)
    assert state.config.decay_share == 1.0
    assert load_state(tmp_path / "end").progress.step == 9, "it is at its end already"
    assert [row["step"] for row in progress.history] == [4.0, 9.0]


def test_a_run_ends_after_its_processor_time(data, tmp_path):
    command = ["pretrain", "--data", str(data), "--out", str(tmp_path / "run"), *TINY, *STEPS]

    assert main([*command, "--cpu-seconds", "0.2"]) == 0
    first = load_state(tmp_path / "run").progress
    assert main([*command, "--cpu-seconds", "0.4"]) == 0
    second = load_state(tmp_path / "run").progress

    assert 0.2 <= first.processor_seconds < 0.4
    assert 0.4 <= second.processor_seconds < 0.6
    assert second.step > first.step > 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "set it with --bytes, --minutes or --cpu-seconds"),
        (["--bytes", "1k", "--width", "24"], "width 12, asked for 24"),
        (["--bytes", "1k", "--codec", "utf-8"], "codec utf-16-be, asked for utf-8"),
        (["--bytes", "1k", "--mix", "classics.train=1"], "goes on with the run's corpora"),
    ],
)
def test_what_does_not_fit_the_run_is_refused(trunk, data, tmp_path, capsys, options, sentence):
    command = ["pretrain", "--data", str(data), "--decay", str(trunk)]

    assert main([*command, "--out", str(tmp_path / "end"), *options]) == 2

    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "end").exists()


def test_nothing_to_leave_is_refused(data, tmp_path, capsys):
    command = ["pretrain", "--data", str(data), "--decay", str(tmp_path / "no")]

    assert main([*command, "--out", str(tmp_path / "end"), "--bytes", "1k"]) == 2

    assert "train first" in capsys.readouterr().err
    assert not (tmp_path / "end").exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("classics.train.txt", b"", "classics.train.txt holds no text"),
        ("classics.train.txt", b"ab\ncd\n\xff", "classics.train.txt, line 3, is not UTF-8"),
        ("classics.train.txt.xz", b"no", "classics.train.txt.xz is no whole xz file"),
        ("dialogue.train.jsonl", b"\n\n{}", "dialogue.train.jsonl, line 3 is not"),
        ("dialogue.train.jsonl", b"\n", "dialogue.train.jsonl holds no text"),
    ],
)
def test_a_corpus_that_cannot_be_read_is_a_sentence_that_names_it(
    data, tmp_path, capsys, name, content, sentence
):
    (data / name.removesuffix(".xz")).unlink()
    (data / name).write_bytes(content)
    command = ["pretrain", "--data", str(data), "--out", str(tmp_path / "run"), "--bytes", "1k"]

    assert main([*command, *TINY]) == 2

    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_corpus_that_is_a_folder_is_a_sentence(data, tmp_path, capsys):
    (data / "classics.train.txt").unlink()
    (data / "classics.train.txt").mkdir()
    command = ["pretrain", "--data", str(data), "--out", str(tmp_path / "run"), "--bytes", "1k"]

    assert main([*command, *TINY]) == 2

    assert "classics.train.txt cannot be read (Is a directory)" in capsys.readouterr().err


@pytest.mark.parametrize("mix", ["classics.train=0", "classics.train=nan"])
def test_a_share_that_is_none_is_refused(data, tmp_path, capsys, mix):
    command = ["pretrain", "--data", str(data), "--out", str(tmp_path / "run"), "--bytes", "1k"]

    assert main([*command, *TINY, "--mix", mix]) == 2

    assert "each share must be above 0" in capsys.readouterr().err
