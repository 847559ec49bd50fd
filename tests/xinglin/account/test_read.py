"""An account's files: what they may say, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import TCM
from xinglin.account import Bundle, read_account
from xinglin.account.folder import find_folder, read_bundle
from xinglin.account.starter import starter_bundle
from xinglin.account.texts import text_specs
from xinglin.errors import AccountError, SettingsError

ROOT = Path(__file__).resolve().parents[3]


def read(text: str, **files: bytes):
    return read_account(Bundle({"account.toml": text.encode(), **files}), "shop")


def problems(text: str, **files: bytes) -> list[str]:
    with pytest.raises(AccountError) as refused:
        read(text, **files)
    assert all(problem.zh for problem in refused.value.problems), "each in Chinese, too"
    return [str(problem) for problem in refused.value.problems]


def test_the_name_is_everywhere_and_the_rest_has_its_usual_words() -> None:
    shop = read('name = "山前茶铺"')

    assert "山前茶铺" in shop.texts.greeting
    assert "山前茶铺" in shop.texts.help
    assert "山前茶铺" in shop.texts.home
    assert shop.avatar == "山"
    for spec in text_specs():
        text = getattr(shop.texts, spec.key)
        assert "杏林" not in text.replace("开源项目杏林", ""), spec.key
        assert "{name}" not in text
        for word in ("医生", "中医", "本草", "方剂"):
            assert word not in text, spec.key


def test_the_shipped_account_says_what_it_said_before_accounts_were() -> None:
    assert TCM.name == "杏林"
    assert TCM.avatar == "杏"
    assert TCM.label == "（本回答由AI生成，仅供了解中医文化，不能代替医生）"
    assert TCM.texts.greeting == (
        "你好，欢迎来到杏林。\n我是读中医典籍长大的AI，不是医生：可以陪你聊本草、方剂、经络与养生的古人说法，"
        "不诊断、不开方，身体不适请及时就医。\n凡由AI生成的回答都会注明。直接把想问的写下来就好，"
        "例如：“黄芪有什么功效？”\n发送“帮助”看看我能做什么。"
    )
    assert TCM.texts.more == (
        '<a href="weixin://bizmsgmenu?msgmenucontent=%E7%BB%A7%E7%BB%AD&msgmenuid=1">点这里继续看</a>'
    )
    assert TCM.texts.user_rate == "你问得有点快，我跟不上了，这一条没有收下。请过{wait}再发。"
    assert TCM.texts.location == "收到位置了，不过我只会聊中医典籍，请用文字提问。"
    assert TCM.medical
    assert [button["name"] for button in TCM.menu] == ["读典籍", "重置", "更多"]


def test_every_text_can_be_the_owners_own() -> None:
    lines = ['name = "茶"']
    for spec in text_specs():
        tap = f"[看]({spec.taps})" if spec.taps else ""
        lines.append(f'{spec.key} = "{spec.key}：“同意”“不同意”“投诉”{tap}"')

    shop = read("\n".join(lines))

    assert all(getattr(shop.texts, spec.key).startswith(spec.key) for spec in text_specs())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            'name = "茶"\n' + '[[reply]]\nregex = "a"\ntext = "x"\n' * 201,
            2,
            "201 patterns in regex; at most 200",
        ),
        ('name = "茶"\ngreetng = "x"', 2, "greetng: there is no such key; did you mean greeting?"),
        ('\nname = ""', 2, "name: write the bot's name"),
        ('name = "茶"\nlabel = "机器写的"', 2, "label: the law asks for words that name AI"),
        ('name = "茶"\nlabel = "由AI给出"', 2, "生成"),
        ('name = "茶"\nhelpline = "x"', 2, "helpline: a text of safety"),
        ('name = "茶"\n\nhelp = 3', 3, "help: write a text in quotes"),
        ('name = "茶"\nbusy = "  "', 2, "busy: it must say something"),
        ('name = "茶"\nlate = "等一下"', 2, "late: it needs a link that sends 继续"),
        ('name = "茶"\nmore = "[看](别的)"', 2, "more: it needs a link that sends 继续"),
        ('name = "茶"\nhelp = "{shop}"', 2, "{shop} stands for nothing here; known: {name}"),
        ('name = "茶"\nconsent_asked = "好吗？"', 2, "consent_asked: it has to say that one answers"),
        ('name = "茶"\nmedical = "no"', 2, "medical: write true or false"),
        ('name = "茶"\nsuggestions = [1]', 2, "suggestions: write a text or a list"),
        ('name = "茶"\nscenes = 1', 2, "scenes: write [scenes]"),
        ('name = "茶"\n[scenes]\na = ""', 3, "scenes, a: it must say something"),
        ('name = "茶"\nreply = 1', 2, "reply: write it as [[reply]]"),
        ('name = "茶"\n[[reply]]\ntext = "x"', 2, "reply 1: nothing says what it answers"),
        ('name = "茶"\n[[reply]]\nmatch = "x"', 2, "reply 1: one answer a rule"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\ntext = ""', 4, "reply 1, text: an empty text"),
        ('name = "茶"\n[[reply]]\nmatch = "？"\ntext = "x"', 3, "match: '？' holds no letter"),
        ('name = "茶"\n[[reply]]\nregex = "(a"\ntext = "x"', 3, "regex: RE2 refuses it"),
        ('name = "茶"\n[[reply]]\nregex = "x*"\ntext = "x"', 3, "regex: it also fits an empty"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\ntext = "x"\nhours = "9-5"', 5, "hours: write hours as"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\ntext = "x"\ndays = ["周八"]', 5, "days: write days as"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\ntext = "x"\ndays = [1]', 5, "days: write days as"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\ntext = "x"\npick = "some"', 5, 'pick: write "random"'),
        ('name = "茶"\n[[reply]]\nmatch = "x"\ntext = "x"\nimage = "m"', 5, "image: one answer a rule"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\nimage = ""', 4, "image: write the media_id"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\nnews = {title = "t"}', 4, "news: write news = {title"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\nimage = "m"\ntap = "x"', 5, "tap: tap links go with"),
        ('name = "茶"\n[[reply]]\nmatch = "x"\ntext = "{who}"', 4, "{who} stands for nothing"),
        ('name = "茶"\n[[menu]]\nname = "a"', 2, "menu 1: a button has a name and one of"),
        ('name = "茶"\n[[menu]]\nname = "很长很长的按钮名"\nsend = "x"', 2, "the name may have 16 bytes"),
        ('name = "茶"\nx = \n', 2, "not TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_key_and_remedy(text: str, line: int, words: str) -> None:
    found = problems(text)

    assert any(words in one for one in found), found
    assert any(
        one.startswith(f"shop/account.toml, line {line}") or f"(at line {line}" in one
        for one in found
    )


@pytest.mark.parametrize("value", ["[" * 5000, "{a=" * 5000, "9" * 5000, "a." * 5000 + "a = 1"])
def test_what_no_reader_of_toml_can_hold_is_refused_in_words(value: str) -> None:
    assert "not TOML" in problems(f'name = "茶"\nx = {value}')[0]


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems('label = "x"\n[[reply]]\n[[menu]]\n')) >= 4


def test_other_files_have_their_mistakes_told_too() -> None:
    assert (
        "save the file as UTF-8"
        in problems("", **{"account.toml": 'name = "茶"\nx = "\xff"'.encode("latin-1", "replace")})[
            0
        ]
    )
    assert (
        "blocked.txt: line 2 holds no letter"
        in problems('name = "茶"', **{"blocked.txt": "词\n！\n".encode()})[0]
    )
    with pytest.raises(AccountError, match="no such file"):
        read_account(Bundle({}), "x")


def test_a_file_may_begin_with_a_bom_and_end_its_lines_as_windows_does() -> None:
    found = read_account(
        Bundle({"account.toml": b"\xef\xbb\xbf" + 'name = "茶"\r\nbusy = "忙"\r\n'.encode()})
    )

    assert (found.name, found.texts.busy) == ("茶", "忙")


def test_what_init_writes_can_be_published_and_says_nothing_of_medicine() -> None:
    found = read_account(starter_bundle("茶铺"))

    assert found.name == "茶铺"
    assert not found.medical
    assert found.texts == read('name = "茶铺"').texts, "the lines behind # are the usual words"


def test_a_name_or_a_path_finds_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "accounts" / "own").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    assert find_folder("tcm") == ROOT / "accounts" / "tcm"
    assert find_folder("own") == tmp_path / "accounts" / "own"
    assert find_folder(str(tmp_path)) == tmp_path
    for missing in ("", "nobody", "/nowhere", "../x"):
        with pytest.raises(SettingsError, match="tcm"):
            find_folder(missing)


def test_what_belongs_to_an_account_is_read_and_the_rest_left_alone(tmp_path: Path) -> None:
    for name in ("account.toml", "blocked.txt", "notes.md", "verify/MP_verify_1.txt", "verify/.x",
                 "knowledge/a.md", "knowledge/b/c.CSV", "knowledge/README", "knowledge/.d.md"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(name)

    bundle = read_bundle(tmp_path)

    assert set(bundle.files) == {"account.toml", "blocked.txt", "verify/MP_verify_1.txt"}
    assert set(bundle.knowledge) == {"a.md", "b/c.CSV"}


@pytest.mark.parametrize("name", ["x.html", "a b.txt", "x.txt.exe"])
def test_a_verification_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "verify").mkdir()
    (tmp_path / "verify" / name).write_text("x")

    with pytest.raises(AccountError, match="is no verification file"):
        read_bundle(tmp_path)


def test_too_much_is_refused_with_the_limit(tmp_path: Path) -> None:
    (tmp_path / "account.toml").write_bytes(b"#" * (3 << 20))
    with pytest.raises(
        AccountError, match=r"3,145,728 bytes; an account may have 2,097,152 \(2 MiB\)"
    ):
        read_bundle(tmp_path)
    (tmp_path / "account.toml").write_bytes(b"")
    (tmp_path / "knowledge").mkdir()
    with (tmp_path / "knowledge" / "big.txt").open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(
        AccountError, match=r"50,000,000 bytes; an account may have 33,554,432 \(32 MiB\)"
    ):
        read_bundle(tmp_path)
