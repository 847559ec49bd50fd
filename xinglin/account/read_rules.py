"""Keyword rules and menus, read from their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

from xinglin.account.markup import fill, holes, link, with_links
from xinglin.account.patterns import Pattern, read_pattern
from xinglin.account.problems import Table
from xinglin.account.rules import Rule
from xinglin.account.schedule import Schedule, read_days, read_span
from xinglin.bilingual import in_chinese
from xinglin.normal import compact, normal_form
from xinglin.wechat.menus import check_buttons
from xinglin.wechat.replies import Media

MOST_RULES, MOST_PATTERNS, MOST_WORDS, MOST_TEXTS = 1000, 200, 200, 50
LONGEST_TEXT = 8000
_KEYS = (
    "name", "match", "contains", "regex", "text", "pick", "tap", "image", "voice", "video",
    "news", "ask", "hours", "days",
)  # fmt: skip
_ANSWERS = ("text", "image", "voice", "video", "news", "ask")


def read_rule(table: Table, number: int, values: Mapping[str, str]) -> Rule:
    """Read one `[[reply]]`; what is wrong is noted, and the rule then fits nothing.

    Args:
        table: as it stands in the file.
        number: its place, from 1.
        values: for the holes of texts.
    """
    table.check_keys(_KEYS)
    match, contains = _words(table, "match"), _words(table, "contains")
    patterns = _patterns(table)
    if not any(key in table.values for key in ("match", "contains", "regex")):
        table.add(
            "",
            'nothing says what it answers; add match = "…", contains = "…" or regex = "…"',
            '没有写回答哪些消息；请加上 match = "…"、contains = "…" 或 regex = "…"',
        )
    texts = _texts(table, values)
    _check_answers(table)
    return Rule(
        number=number,
        name=table.text("name"),
        match=frozenset(match),
        contains=tuple(contains),
        patterns=tuple(patterns),
        when=read_schedule(table),
        texts=tuple(texts),
        pick=_pick(table),
        media=_media(table),
        ask=table.text("ask"),
    )


def read_menu(tables: list[Table]) -> tuple[Mapping[str, Any], ...]:
    """Read the buttons of `[[menu]]` and bring them into the platform's form."""
    buttons = []
    for table in tables:
        button = _button(table)
        buttons.append(button)
        try:
            check_buttons([button])
        except ValueError as error:
            table.add("", f"{error}", f"按钮超出微信的限制：{in_chinese(error.args[0])}")
    return tuple(buttons)


def _button(table: Table, *, sub: bool = False) -> dict[str, Any]:
    table.check_keys(("name", "send", "url") if sub else ("name", "send", "url", "below"))
    name = table.text("name")
    below = [] if sub else table.tables("below", 5)
    given = [key for key in ("send", "url", "below") if table.values.get(key)]
    if not name or len(given) != 1:
        table.add(
            "",
            "a button has a name and one of send, url and below",
            "按钮要有 name，以及 send、url、below 中的一个",
        )
    if below:
        return {"name": name, "sub_button": [_button(one, sub=True) for one in below]}
    if "url" in table.values:
        return {"type": "view", "name": name, "url": table.text("url")}
    return {"type": "click", "name": name, "key": table.text("send")}


def _words(table: Table, key: str) -> set[str]:
    found = set()
    for word in table.texts(key, MOST_WORDS):
        plain = {compact(word), compact(normal_form(word))} if key == "match" else {compact(word)}
        if not (plain := plain - {""}):
            table.add(
                key,
                f"{word!r} holds no letter or digit, so no message is compared with it",
                f"“{word}”里没有文字或数字，无法比较",
            )
        found |= plain
    return found


def _patterns(table: Table) -> list[Pattern]:
    found = []
    for source in table.texts("regex", MOST_WORDS):
        try:
            found.append(read_pattern(source))
        except ValueError as error:
            table.add(
                "regex",
                f"{error}; write it as RE2 reads it (no lookaround, no \\1), or use contains",
                f"正则不能用（{error}）；请按 RE2 语法写（没有前后断言和 \\1），或用 contains",
            )
    return found


def _texts(table: Table, values: Mapping[str, str]) -> list[str]:
    shown = [_shown(table, "text", text, values) for text in table.texts("text", MOST_TEXTS)]
    taps = "\n".join(_tap(one) for one in table.texts("tap", 10))
    if not taps:
        return shown
    return [f"{text}\n{taps}" for text in shown] or [taps]


def _tap(one: str) -> str:
    label, _, target = one.partition("|")
    return link(label.strip(), target.strip() or label.strip())


def _shown(table: Table, key: str, text: str, values: Mapping[str, str]) -> str:
    check_text(table, key, text, values)
    return with_links(fill(text, values))


def check_text(table: Table, key: str, text: str, values: Mapping[str, str]) -> None:
    """Note what is wrong with an owner's text."""
    strange = sorted(holes(text) - values.keys())
    if strange:
        known = "、".join(f"{{{name}}}" for name in sorted(values))
        table.add(
            key,
            f"{{{strange[0]}}} stands for nothing here; known: {known}",
            f"这里没有 {{{strange[0]}}}；可用的有 {known}",
        )
    if len(text) > LONGEST_TEXT:
        table.add(
            key,
            f"{len(text)} characters; at most {LONGEST_TEXT} are shown, so shorten it",
            f"有 {len(text)} 个字，最多 {LONGEST_TEXT} 个，请缩短",
        )


def _pick(table: Table) -> Literal["random", "all"]:
    pick = table.text("pick", "random")
    if pick not in ("random", "all"):
        table.add("pick", 'write "random" or "all"', '要写 "random"（随机一条）或 "all"（全部）')
    return "all" if pick == "all" else "random"


def _check_answers(table: Table) -> None:
    given = [key for key in _ANSWERS if key in table.values]
    taps_alone = not given and "tap" in table.values
    if len(given) != 1 and not taps_alone:
        table.add(
            given[1] if len(given) > 1 else "",
            f"one answer a rule: one of {', '.join(_ANSWERS)}; write another [[reply]] for more",
            f"一条规则只有一个回答：{'、'.join(_ANSWERS)} 之一；要更多请另写 [[reply]]",
        )
    elif "tap" in table.values and given and given != ["text"]:
        table.add("tap", "tap links go with a text only", "tap 只能和 text 一起用")


def _media(table: Table) -> Media | None:
    for kind in ("image", "voice"):
        if kind in table.values:
            return _by_id(table, kind, table.text(kind))
    if "video" in table.values:
        return _video(table)
    return _news(table) if "news" in table.values else None


def _by_id(table: Table, kind: Any, media_id: str, **more: str) -> Media:
    if not media_id or len(media_id) > 256 or not media_id.isascii():
        table.add(
            kind,
            "write the media_id that the platform gave for the material",
            "要写微信给素材的 media_id",
        )
    return Media(kind, media_id, **more)


def _video(table: Table) -> Media:
    value = table.values["video"]
    if isinstance(value, str):
        return _by_id(table, "video", value)
    fields = _fields(table, "video", ("media_id", "title", "description"))
    return _by_id(table, "video", fields.pop("media_id", ""), **fields)


def _news(table: Table) -> Media:
    fields = _fields(table, "news", ("title", "description", "picture", "url"))
    address = fields.get("url", "").startswith(("http://", "https://"))
    if not fields.get("title") or not address:
        table.add(
            "news",
            'write news = {title = "…", url = "https://…"}; description and picture are optional',
            '要写 news = {title = "…", url = "https://…"}；description、picture 可有可无',
        )
    return Media("news", **fields)


def _fields(table: Table, key: str, known: tuple[str, ...]) -> dict[str, str]:
    value = table.values[key]
    if not isinstance(value, dict):
        table.add(key, f"write {key} = {{…}}", f"要写成 {key} = {{…}}")
        return {}
    inner = Table(value, (*table.path, key), table.problems)
    inner.check_keys(known)
    return {name: inner.text(name) for name in known if name in value}


def read_schedule(table: Table) -> Schedule:
    """Read `hours` and `days` of a table; what is wrong is noted."""
    spans = _read(
        table, "hours", lambda words: [read_span(word) for word in words],
        'write hours as "09:00-18:00"', '时间要写成 "09:00-18:00"',
    )  # fmt: skip
    days = _read(
        table, "days", read_days,
        'write days as "mon", "周一", "weekdays", "周末" or "2026-10-01"',
        '日子要写成 "周一"、"mon"、"工作日"、"周末" 或 "2026-10-01"',
    )  # fmt: skip
    weekdays, dates = days or (frozenset(), frozenset())
    return Schedule(tuple(spans or ()), weekdays, dates)


def _read(table: Table, key: str, read: Callable[[Any], Any], english: str, chinese: str) -> Any:
    """Return what is made of a value or a list of values; None where it is none or wrong."""
    value = table.values.get(key, [])
    listed = value if isinstance(value, list) else [value]
    if key in table.values and not listed:
        table.add(key, f"an empty list; {english}, or remove it", f"列表是空的；{chinese}，或删去")
    if not all(isinstance(one, str | date) for one in listed):
        table.add(key, english, chinese)
        return None
    try:
        return read(listed)
    except (ValueError, TypeError, AttributeError):
        table.add(key, english, chinese)
        return None
