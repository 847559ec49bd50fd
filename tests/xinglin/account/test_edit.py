"""Changes to the text of `account.toml`: what it says changes, and nothing else does."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.account.edit import add_table, move_table, read_values, remove_table, set_keys
from xinglin.account.template import account_file
from xinglin.errors import AccountError

FILE = """\
# 头
name = "店"  # 名字
# help = "默认"
words = [
  "一",  # 第一
  "[reply]",
]

[scenes]
"a" = "甲"

# 一
[[reply]]
match = "一"
text = \"\"\"
几行
[[reply]]
\"\"\"

# 二
[[reply]]
match = "二"
[reply.news]
title = "题"
url = "https://e"

# 菜单
[[menu]]
name = "尾"
send = "尾"
""".encode()


def test_a_key_is_set_where_it_stands_and_one_of_default_words_where_its_comment_is() -> None:
    text = set_keys(FILE, (), {"name": "铺", "help": "帮"}).decode()

    assert text.startswith('# 头\nname = "铺"\nhelp = "帮"\nwords = [\n  "一",  # 第一\n')


def test_a_new_key_stands_before_the_first_table() -> None:
    text = set_keys(FILE, (), {"busy": "忙\n着"}).decode()

    assert ']\nbusy = """\n忙\n着"""\n\n[scenes]' in text


def test_a_key_is_removed_with_all_its_lines() -> None:
    made = set_keys(FILE, (), {"words": None})

    assert "words" not in read_values(made)
    assert "第一" not in made.decode()
    assert read_values(set_keys(FILE, ("reply", 1), {"news": None, "text": "x"}))["reply"][1] == {
        "match": "二",
        "text": "x",
    }


def test_tables_are_added_removed_and_moved_with_the_comments_in_their_places() -> None:
    added = add_table(FILE, "reply", {"match": ["三", "叁"], "news": {"title": "题"}})
    assert (
        '\n\n[[reply]]\nmatch = ["三", "叁"]\nnews = {title = "题"}\n\n# 菜单\n' in added.decode()
    )
    moved = move_table(added, "reply", 2, 0)
    assert [one["match"] for one in read_values(moved)["reply"]] == [["三", "叁"], "一", "二"]
    assert moved.decode().index("# 一") < moved.decode().index("三") < moved.decode().index("# 二")

    left = remove_table(remove_table(remove_table(moved, "reply", 2), "reply", 0), "reply", 0)

    assert "reply" not in read_values(left)
    assert [line for line in left.decode().split("\n") if line.startswith("#")] == [
        "# 头", '# help = "默认"', "# 一", "# 二", "# 菜单",
    ]  # fmt: skip


def test_a_section_is_made_where_there_is_none() -> None:
    raw = account_file("店").encode()

    made = set_keys(raw, ("scenes",), {"shop_*": "门店", "春": "春茶"})

    assert read_values(made)["scenes"] == {"shop_*": "门店", "春": "春茶"}
    assert made.startswith(raw.rstrip(b"\n"))
    assert set_keys(raw, ("scenes",), {}) == raw


def test_the_files_mark_and_its_line_ends_stay() -> None:
    raw = b"\xef\xbb\xbf" + FILE.replace(b"\n", b"\r\n")

    made = set_keys(raw, (), {"name": "一\n二"})

    assert made.startswith(b"\xef\xbb\xbf")
    assert made.count(b"\n") == made.count(b"\r\n")
    assert read_values(made)["name"] == "一\n二"


def test_a_file_that_is_written_otherwise_is_refused_and_the_sentence_says_what_to_do() -> None:
    inline = 'name = "x"\nreply = [{match = "一", text = "x"}]\n'.encode()

    for broken in (
        lambda: remove_table(inline, "reply", 0),
        lambda: add_table(inline, "reply", {"match": "y"}),
        lambda: set_keys(inline, ("reply", 0), {"match": "y"}),
    ):
        with pytest.raises(AccountError) as refused:
            broken()
        assert "account.toml" in refused.value.problems[0]


TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)


@given(text=TEXT, words=st.lists(TEXT, max_size=4), scene=TEXT.filter(bool))
def test_whatever_is_typed_is_what_the_file_says(text: str, words: list[str], scene: str) -> None:
    try:
        made = set_keys(FILE, (), {"help": text, "words": words})
        made = set_keys(made, ("scenes",), {scene: text})
        made = set_keys(made, ("reply", 0), {"text": words})
    except AccountError:
        assert any(c < " " or c == "\x7f" for c in text + "".join(words) + scene)
        return

    values = tomllib.loads(made.decode())
    assert (values["help"], values["words"]) == (text, words)
    assert values["scenes"][scene] == text
    assert values["reply"][0]["text"] == words
    assert values["reply"][1] == tomllib.loads(FILE.decode())["reply"][1]
