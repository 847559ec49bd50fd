import json

import pytest

from training.errors import DataError
from training.evaluation.dialogue import Sample
from training.evaluation.verdicts import (
    Verdict,
    count_verdicts,
    read_verdicts,
    verdict_key,
    write_verdicts,
)

GOOD = Sample("黄芪？", "补气。", True)
OTHER = Sample("黄芪？", "固表。", True)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "verdicts.json"


def judge(path, word):
    records = json.loads(path.read_text(encoding="utf-8"))
    for record in records.values():
        record["verdict"] = word
    path.write_text(json.dumps(records), encoding="utf-8")


def test_a_verdict_outlives_a_rerun_with_the_same_reply(path):
    write_verdicts(path, [GOOD], {})
    judge(path, "good")

    table = write_verdicts(path, [GOOD], read_verdicts(path))

    assert count_verdicts([GOOD], table) == {"good": 1, "fair": 0, "poor": 0, "unjudged": 0}


def test_another_reply_is_unjudged_and_the_old_verdict_is_kept(path):
    write_verdicts(path, [GOOD], {})
    judge(path, "fair")

    table = write_verdicts(path, [OTHER], read_verdicts(path))

    assert count_verdicts([OTHER], table)["unjudged"] == 1
    assert read_verdicts(path)[verdict_key("黄芪？", "补气。")].verdict == "fair"


def test_a_place_that_nobody_filled_goes_with_its_reply(path):
    write_verdicts(path, [GOOD], {})

    write_verdicts(path, [OTHER], read_verdicts(path))

    assert list(read_verdicts(path)) == [verdict_key("黄芪？", "固表。")]


def test_there_need_be_no_file(path):
    assert read_verdicts(path) == {}
    assert count_verdicts([GOOD], {})["unjudged"] == 1


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"prompt": "x"}}'])
def test_a_damaged_file_is_refused(text, path):
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DataError, match="is not a table of verdicts"):
        read_verdicts(path)


def test_an_unknown_verdict_is_refused(path):
    write_verdicts(path, [GOOD], {"k": Verdict("问", "答", "splendid")})

    with pytest.raises(DataError, match=r"splendid.*good, fair, poor"):
        read_verdicts(path)
