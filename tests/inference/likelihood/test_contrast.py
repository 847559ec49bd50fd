import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import ConfigError
from inference.likelihood.contrast import MOST, Terms, changed, denied

KNOWN = Terms.read(Path(__file__).parents[3] / "accounts/tcm/contrasts.json")
TERMS = "".join(term for group in KNOWN.groups for term in group)


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("当归味甘", ["当归味苦", "当归味辛", "当归味酸", "当归味咸"]),
        ("太阳病", [f"{name}病" for name in ("阳明", "少阳", "太阴", "少阴", "厥阴")]),
        ("甘草补脾", ["甘草补心", "甘草补肝", "甘草补肺", "甘草补肾", "甘草泻脾"]),
        ("伤寒黄连", []),
        ("寒", ["热", "温", "凉", "平", "风", "暑", "湿", "燥", "火"]),
    ],
)
def test_terms_are_changed_for_others_of_their_group(text: str, some: list[str]) -> None:
    assert changed(text, KNOWN) == some


@given(st.text(TERMS + "，草", max_size=60))
def test_changed_texts_are_few_and_all_different(text: str) -> None:
    found = changed(text, KNOWN)
    assert len(found) <= MOST
    assert len(set(found)) == len(found)
    assert text not in found


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        ("黄连不是甜的", "黄连是甜的"),
        ("黄连是苦的", "黄连不是苦的"),
        ("此方能用", "此方不能用"),
        ("桂枝汤主之", "桂枝汤不主之"),
        ("此药没有毒", "此药有毒"),
    ],
)
def test_a_claim_is_denied_and_a_denial_claimed(text: str, contrary: str) -> None:
    assert denied(text) == [contrary]


def test_without_a_verb_there_is_no_denial() -> None:
    assert denied("你好") == []


def test_without_terms_nothing_is_changed() -> None:
    assert changed("当归味甘", Terms()) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"groups": [1], "names": []}', "\xff"])
def test_a_file_without_terms_is_refused_by_name(content: str, tmp_path: Path) -> None:
    file = tmp_path / "terms.json"
    file.write_text(content, "latin-1")

    with pytest.raises(ConfigError, match=re.escape(f"{file}: no terms can be read")):
        Terms.read(file)
