"""Reads an account's files; what is wrong is told all at once, and nothing is half taken."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from xinglin.account.account import SCENE_PREFIX, Account
from xinglin.account.ai_label import is_label
from xinglin.account.bundle import Bundle
from xinglin.account.handover import read_handover
from xinglin.account.markup import fill, link, tapped, with_links
from xinglin.account.positions import lines_of
from xinglin.account.problems import Problems, Table
from xinglin.account.read_rules import MOST_PATTERNS, MOST_RULES, check_text, read_menu, read_rule
from xinglin.account.text_spec import TextSpec
from xinglin.account.texts import FROZEN, Texts, text_specs
from xinglin.blocklist import Word, read_words
from xinglin.errors import AccountError

FILE, BLOCKED = "account.toml", "blocked.txt"
LABEL = "（本回答由AI生成，仅供参考）"
LABEL_BYTES, LONGEST_NAME, MOST_SUGGESTIONS, MOST_SCENES = 300, 30, 12, 1000
# Words that a text has to tell, since a follower is to answer with them.
_NAMED = {
    "consent_asked": ("同意", "不同意"),
    "consent_needed": ("同意",),
    "handover_unseen": ("同意",),
    "complaint_unkept": ("投诉",),
}
_KEYS = (
    "name", "avatar", "label", "medical", "model", "library", "suggestions", "scenes", "menu",
    "reply", "handover",
)  # fmt: skip


def read_account(bundle: Bundle, place: str = "") -> Account:
    """Read an account's files, except for its notes.

    Args:
        bundle: the files.
        place: the folder, for the sentences.

    Raises:
        AccountError: a file is missing or wrong; each sentence names file, line, key and remedy.
    """
    prefix = f"{place}/" if place else ""
    problems = Problems(f"{prefix}{FILE}")
    account = _read(_load(bundle.files, problems), bundle, problems)
    words = _words(
        bundle.files.get(BLOCKED, b""), Problems(f"{prefix}{BLOCKED}", {}, problems.found)
    )
    if problems.found:
        raise AccountError(problems.found)
    account["words"] = tuple(words)
    return Account(**account)


def _load(files: Mapping[str, bytes], problems: Problems) -> dict[str, Any]:
    """Return the tables of the file; raises for one in which nothing can be found."""
    raw = files.get(FILE)
    if raw is None:
        problems.add(
            (),
            "there is no such file; `xinglin init` writes one",
            "没有这个文件；xinglin init 会写一份",
        )
        raise AccountError(problems.found)
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        found = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.file += f", line {line}"
        problems.add((), "save the file as UTF-8", "请把文件存成 UTF-8")
        raise AccountError(problems.found) from error
    except (ValueError, RecursionError) as error:  # a long figure, deep tables
        problems.add(
            (),
            f"not TOML: {error}; texts stand in quotes, and long ones in three of them",
            f"不是 TOML：{error}；文字要放在引号里，多行文字用三个引号",
        )
        raise AccountError(problems.found) from error
    problems.lines = lines_of(text)
    return found


def _read(found: dict[str, Any], bundle: Bundle, problems: Problems) -> dict[str, Any]:
    root = Table(found, (), problems)
    specs = text_specs()
    _refuse_safety(root)
    root.check_keys({*_KEYS, *(spec.key for spec in specs)} | (FROZEN & found.keys()))
    name = _name(root)
    suggestions = root.texts("suggestions", MOST_SUGGESTIONS)
    values = {"name": name, "suggestions": "\n".join(link(one, one) for one in suggestions)}
    texts = {spec.key: _text(root, spec, values) for spec in specs}
    rules = [
        read_rule(table, number, values)
        for number, table in enumerate(root.tables("reply", MOST_RULES), 1)
    ]
    if (patterns := sum(len(rule.patterns) for rule in rules)) > MOST_PATTERNS:
        root.add(
            "reply",
            f"{patterns} patterns in regex; at most {MOST_PATTERNS}, so use contains for words",
            f"regex 里共有 {patterns} 个正则，最多 {MOST_PATTERNS} 个；普通的词请用 contains",
        )
    return {
        "digest": bundle.digest,
        "name": name,
        "avatar": _avatar(root, name),
        "label": _label(root),
        "texts": Texts(**texts),
        "medical": root.flag("medical", default=True),
        "model": root.text("model"),
        "library": root.text("library"),
        "suggestions": tuple(suggestions),
        "rules": tuple(rules),
        "handover": read_handover(root),
        "scenes": _scenes(root, values),
        "menu": read_menu(root.tables("menu", 3)),
        "verify": {
            path.removeprefix("verify/"): content
            for path, content in bundle.files.items()
            if path.startswith("verify/")
        },
    }


def _refuse_safety(root: Table) -> None:
    for key in sorted(FROZEN & root.values.keys()):
        root.add(
            key,
            "a text of safety, which no account changes; remove the key",
            "这是安全文字，任何账号都不能改；请删去这个键",
        )


def _name(root: Table) -> str:
    name = root.text("name")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        root.add(
            "name",
            f'write the bot\'s name, of 1 to {LONGEST_NAME} characters: name = "…"',
            f'请写上名字，1 到 {LONGEST_NAME} 个字：name = "…"',
        )
    return name


def _avatar(root: Table, name: str) -> str:
    avatar = root.text("avatar") or name[:1]
    if len(avatar) > 2 or not avatar.isprintable():
        root.add("avatar", "write one letter or character", "请只写一个字")
    return avatar


def _label(root: Table) -> str:
    label = root.text("label", LABEL)
    if not is_label(label):
        root.add(
            "label",
            f"the law asks for words that name AI (or 人工智能) and 生成, such as {LABEL}",
            f"法规要求标识里写明“AI”或“人工智能”，以及“生成”，例如：{LABEL}",
        )
    if len(label.encode()) > LABEL_BYTES or "\n" in label:
        root.add(
            "label",
            f"at most {LABEL_BYTES} bytes on one line",
            f"最多 {LABEL_BYTES} 字节，写在一行里",
        )
    return label


def _text(root: Table, spec: TextSpec, values: Mapping[str, str]) -> str:
    text = root.text(spec.key, spec.default)
    known = {**values, **{name: f"{{{name}}}" for name in spec.holes}}
    check_text(root, spec.key, text, known)
    if not text and not spec.may_be_empty:
        root.add(
            spec.key,
            "it must say something; remove the key for the usual text",
            "不能留空；删去这个键就用默认文字",
        )
    if spec.taps and spec.taps not in tapped(text):
        root.add(
            spec.key,
            f"it needs a link that sends {spec.taps}, such as [点这里看]({spec.taps})",
            f"要有一个发送“{spec.taps}”的链接，例如 [点这里看]({spec.taps})",
        )
    for word in _NAMED.get(spec.key, ()):
        if f"“{word}”" not in text and f"[{word}]" not in text:
            root.add(
                spec.key, f"it has to say that one answers “{word}”", f"要写明可以回复“{word}”"
            )
    shown = with_links(fill(text, values))
    if len(shown.encode()) > spec.most_bytes:
        root.add(
            spec.key,
            f"{len(shown.encode())} bytes with its links; at most {spec.most_bytes} are shown",
            f"连同链接有 {len(shown.encode())} 字节，最多 {spec.most_bytes}，请缩短",
        )
    return shown


def _scenes(root: Table, values: Mapping[str, str]) -> dict[str, str]:
    given = root.values.get("scenes", {})
    if not isinstance(given, dict) or len(given) > MOST_SCENES:
        root.add(
            "scenes",
            f'write [scenes] and below it "SCENE" = "…", at most {MOST_SCENES}',
            f'要写 [scenes]，下面每行一个 "场景" = "…"，最多 {MOST_SCENES} 个',
        )
        return {}
    table, found = Table(given, ("scenes",), root.problems), {}
    for key in given:
        text = table.text(key)
        check_text(table, key, text, values)
        if not text:
            table.add(key, "it must say something", "不能留空")
        found[key.removeprefix(SCENE_PREFIX)] = with_links(fill(text, values))
    return found


def _words(raw: bytes, problems: Problems) -> list[Word]:
    try:
        return read_words(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problems.add((), "save the file as UTF-8", "请把文件存成 UTF-8")
    except ValueError as error:
        problems.add((), f"{error}; one word a line", f"{error}；每行一个词")
    return []
