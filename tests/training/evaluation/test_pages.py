import json

import pytest

from training.cli import main
from training.errors import DataError
from training.evaluation.dialogue import Sample
from training.evaluation.pages import FORMAT, rewrite_pages
from training.evaluation.verdicts import read_verdicts, write_verdicts


def test_pages_are_rewritten_with_verdicts_and_without_the_model(tmp_path, capsys):
    sample = {"prompt": "你好", "reply": "好。", "ended": True}
    cost = {"bits_per_character": 5.0, "bits_per_utf8_byte": 1.7, "characters": 9}
    model = {"name": "m", "version": "1", "sha256": "a" * 64, "codec": "utf-8"}
    found = {"format": FORMAT, "model": model, "sampling": {"seed": 1}, "limit_characters": 0}
    found |= {"measured": {"cpu": {"classics": cost}}, "samples": [sample]}
    (tmp_path / "report.json").write_text(json.dumps(found), encoding="utf-8")
    write_verdicts(tmp_path / "verdicts.json", [Sample(**sample)], {})
    path = tmp_path / "verdicts.json"
    path.write_text(path.read_text("utf-8").replace('"verdict": ""', '"verdict": "poor"'), "utf-8")

    status = main(
        ["evaluate", "--model", "gone", "--data", "gone", "--pages", "--out", str(tmp_path)]
    )

    assert status == 0
    assert "1 poor" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| poor |" in (tmp_path / "samples.md").read_text(encoding="utf-8")
    assert [verdict.verdict for verdict in read_verdicts(path).values()] == ["poor"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "older-0"}'])
def test_a_folder_without_a_report_is_refused(text, tmp_path):
    (tmp_path / "report.json").write_text(text)

    with pytest.raises(DataError, match="evaluate --all"):
        rewrite_pages(tmp_path)
