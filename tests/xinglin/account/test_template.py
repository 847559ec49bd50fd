"""The file that `init` writes: every key is in it, and what it shows is true."""

from __future__ import annotations

import re
import tomllib

from xinglin.account import Bundle, read_account
from xinglin.account.template import account_file, quoted
from xinglin.account.texts import text_specs


def test_every_text_is_shown_with_its_usual_words_and_a_comment_in_both_languages() -> None:
    text = account_file("茶铺")

    for spec in text_specs():
        assert f"# {spec.zh} / {spec.en}\n# {spec.key} = " in text
    uncommented = re.sub(r"^# (\w+ = )", r"\1", text.split("# --- 从不同")[0], flags=re.MULTILINE)
    found = tomllib.loads(uncommented)
    assert {spec.key: found[spec.key] for spec in text_specs()} == {
        spec.key: spec.default for spec in text_specs()
    }


def test_the_example_of_a_rule_works_when_its_marks_are_removed() -> None:
    text = account_file("茶铺")
    begin = text.index("# [[reply]]")
    example = text[begin : text.index("#\n", begin)]
    rule = re.sub("^# ", "", example, flags=re.MULTILINE)

    found = read_account(Bundle({"account.toml": f'name = "茶"\n{rule}'.encode()}))

    assert found.rules[0].name == "地址"
    assert found.rules[0].when.spans
    assert found.rules[0].patterns[0].finds("明天几点才开门")


def test_a_text_is_quoted_so_that_it_is_read_back() -> None:
    for text in ('a"b\\', '一\n二"""三\\n', "\n", "a\n"):
        assert tomllib.loads(f"x = {quoted(text)}")["x"] == text
