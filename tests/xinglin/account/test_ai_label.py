"""Every generated reply, and every page of it, says that AI generated it."""

from __future__ import annotations

import pytest

from tests.shipped import AI_LABEL, TCM
from xinglin.account.ai_label import is_label, labelled_page


def test_every_page_of_a_generated_reply_ends_with_the_label() -> None:
    page, rest = labelled_page(TCM, "补气固表。" * 200, generated=True)
    last, nothing = labelled_page(TCM, rest, generated=True)

    assert page.endswith(f"\n{AI_LABEL}\n{TCM.texts.more}")
    assert (last.endswith(f"\n{AI_LABEL}"), nothing) == (True, "")


def test_a_reply_that_was_written_by_people_has_no_label() -> None:
    assert labelled_page(TCM, "门店八点开门。", generated=False) == ("门店八点开门。", "")


@pytest.mark.parametrize("text", ["由人工智能生成", "（ai 生成）", "ＡＩ生成的内容"])
def test_a_label_names_ai_and_generating(text: str) -> None:
    assert is_label(text)
    assert not is_label(text.replace("生成", ""))
    assert not is_label("机器人生成")
