"""A model's reading is measured as a follower would get it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from inference.backends.echo import echo_checkpoint
from inference.config import EngineConfig
from inference.engine import Completion, Engine
from inference.prompt import ASSISTANT, USER
from knowledge.check import Checker
from knowledge.drafts import REFUSAL
from knowledge.find import Finder
from knowledge.notes import Place
from knowledge.trial import Trial
from tests.tools.pair_models import write_random_pair
from training.cli import main
from training.evaluation.reading import (
    Reading,
    measure_reading,
    measure_service,
    read_examples,
    samples,
    service_examples,
    table,
)
from training.reader.example import Example
from training.reader.recipe import read_knowledge

TCM = Path(__file__).resolve().parents[3] / "accounts" / "tcm" / "knowledge"
PIECE = "黄芪味甘，性微温，归脾、肺经。"
RIGHT = Example((PIECE,), "是温的吗", "", must=("微温",))
FALSE = Example((PIECE,), "是寒的吗", "", must=("微温",))
REFUSED = Example((PIECE,), "当归呢", REFUSAL)
TALK = Example((), "你好", "")
SAID = {
    "是温的吗": "黄芪味甘，性微温，归脾、肺经",
    "是寒的吗": "黄芪性大寒",
    "当归呢": REFUSAL,
    "你好": "你好呀",
}


class Says:
    """An engine whose model has learnt some answers by heart."""

    def __init__(self, unsure_bits=0.0):
        checkpoint = echo_checkpoint(Path())
        card = replace(checkpoint.config, unsure_bits=unsure_bits)
        self.checkpoint = replace(checkpoint, config=card)

    def submit(self, prompt, sampling, deadline_s=None):
        asked = prompt.decode(self.checkpoint.codec).split(USER)[-1].removesuffix(ASSISTANT)
        said = SAID[asked]
        done = Completion(said.encode(), said, "end", len(prompt), 0.01, 0.01, 4.0)
        return SimpleNamespace(result=lambda: done)


@pytest.fixture(scope="module")
def checker():
    return Checker(read_knowledge(TCM))


def test_a_draft_that_passes_is_shown_and_another_is_not(checker):
    right, false, refused, talk = read_examples(
        Says(), checker, [RIGHT, FALSE, REFUSED, TALK], Reading(drafts=2)
    )

    assert right.shown == SAID["是温的吗"] and right.exact and right.copied
    assert false.shown == "" and not false.exact and len(false.drafts) == 2
    assert refused.shown == ""
    assert talk.shown == "你好呀" and not talk.copied


def test_small_talk_that_was_made_up_is_not_shown(checker):
    (sure,) = read_examples(Says(), checker, [TALK], Reading())
    (unsure,) = read_examples(Says(unsure_bits=0.5), checker, [TALK], Reading())
    (read,) = read_examples(Says(unsure_bits=0.1), checker, [RIGHT], Reading())

    assert sure.shown == "你好呀" and unsure.shown == ""
    assert read.shown


def test_measures_count_what_was_shown(checker):
    makes = {"notes": lambda _: RIGHT, "facts": lambda _: FALSE, "refusals": lambda _: REFUSED}

    measured, found = measure_reading(Says(), checker, makes, Reading(), 3)

    assert measured["notes"]["own_sentence_shown"] == 1
    assert measured["notes"]["shown_exact"] == measured["notes"]["first_draft_exact"] == 1
    assert measured["facts"]["own_sentence_shown"] == measured["facts"]["first_draft_exact"] == 0
    assert measured["refusals"]["refuses"] == 1
    assert measured["refusals"]["answered_wrongly"] == 0
    assert len(table(measured).splitlines()) == 5
    kept = samples(found, 2)
    assert [one["kind"] for one in kept] == ["notes"] * 2 + ["facts"] * 2 + ["refusals"] * 2
    assert kept[2]["shown"] == "" and kept[2]["faults"][0]


def test_the_first_draft_is_the_likeliest_and_the_others_are_drawn():
    how = Reading(seed=5)
    first, second, third = (how.sampling(1, draft, 100) for draft in range(3))
    assert first.top_e == 0 and second.top_e == how.top_e
    assert len({first.seed, second.seed, third.seed}) == 3


def test_the_command_measures_a_model_whose_card_has_evidence(tmp_path, capsys, corpora_of_lines):
    model = write_random_pair(tmp_path / "model", context=256)
    command = ["read", "--model", str(model), "--data", str(corpora_of_lines)]
    command += ["--knowledge", str(TCM), "--count", "2", "--out", str(tmp_path / "found.json")]

    assert main(command) == 2
    assert "was not taught to read evidence" in capsys.readouterr().err

    card = json.loads((model / "config.json").read_text("utf-8"))
    (model / "config.json").write_text(json.dumps(card | {"evidence": True}), "utf-8")
    assert main(command) == 0
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert found["measured"]["invented"]["asked"] == 2
    assert len(found["samples"]) == 2 * 6
    shutil.rmtree(model)


@pytest.fixture
def corpora_of_lines(tmp_path):
    line = "山中有一座旧亭，亭边的老树已经空了心。樵夫说它比村子还老，孩子们爱在树下数蚂蚁。\n"
    for name in ("classics", "general-zh"):
        (tmp_path / f"{name}.train.txt").write_text(line * 30, "utf-8")
    herb = {"name": "青葙", "text": "味苦，微寒。主邪气，皮肤中热，风瘙身痒。"}
    (tmp_path / "herbs.jsonl").write_text(json.dumps(herb, ensure_ascii=False) + "\n", "utf-8")
    return tmp_path


def test_a_service_shows_the_model_what_its_finder_told(checker):
    finder = Finder(read_knowledge(TCM))
    place = Place("list.jsonl", 1)
    trials = [
        Trial(("黄芪有毒吗",), ("黄芪",), (), False, place),
        Trial(("黄芪有什么功效", "那当归呢"), ("当归",), (), False, place),
        Trial(("帮我修一下电脑主板的电容",), (), (), True, place),
    ]

    examples = service_examples(finder, trials)

    assert [one.question for one in examples[:2]] == ["黄芪有毒吗", "那当归呢"]
    assert examples[1].before[0][0] == "黄芪有什么功效"
    assert all(len(one.evidence) == 1 and "当归" in one.evidence[0] for one in examples[1:2])
    with Engine.open(Path(), EngineConfig(backend="echo")) as engine:
        measured = measure_service(read_examples(engine, checker, examples[:2], Reading()))
    assert measured["right"] == measured["right_if_copied"] == 1  # the echo passes no check
    assert measured["own_sentence_shown"] == 0


def test_a_list_alone_is_asked_without_corpora(tmp_path, capsys):
    model = write_random_pair(tmp_path / "model", context=256)
    card = json.loads((model / "config.json").read_text("utf-8"))
    (model / "config.json").write_text(json.dumps(card | {"evidence": True}), "utf-8")
    command = ["read", "--model", str(model), "--knowledge", str(TCM)]
    assert main(command) == 2
    assert "nothing is asked" in capsys.readouterr().err

    questions = tmp_path / "list.jsonl"
    questions.write_text('{"question": "黄芪有毒吗", "expect": ["黄芪"]}\n', "utf-8")
    assert main([*command, "--questions", str(questions)]) == 0
    assert "service: right 100.0%, if copied 100.0%" in capsys.readouterr().out

    questions.write_text("{}\n", "utf-8")
    assert main([*command, "--questions", str(questions)]) == 2
    assert "list.jsonl, line 1" in capsys.readouterr().err
