"""Advice about what works in an account but may not be meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xinglin.account.account import Account
from xinglin.account.rules import Rule
from xinglin.account.schedule import Schedule
from xinglin.account.text_spec import BUBBLE_BYTES
from xinglin.bilingual import Notice
from xinglin.commands import parse_command
from xinglin.policy import danger, yields_to_rules


def advise(account: Account) -> list[Notice]:
    """Return a sentence for each thing that an owner would want to know before publishing."""
    return [*_about_texts(account), *_about_rules(account)]


def _about_texts(account: Account) -> Iterator[Notice]:
    for key in ("greeting", "help"):
        text = getattr(account.texts, key)
        if "AI" not in text and "人工智能" not in text:
            yield Notice(
                f"{key} does not say that an AI answers, which rules for such services ask for",
                f"{key} 没有说明回答的是 AI，而相关规定要求说明",
            )
    if "投诉" not in account.texts.help and "反馈" not in account.texts.help:
        yield Notice(
            "help does not name 反馈 or 投诉, the way to complain",
            "help 里没有写“反馈”或“投诉”，关注者不知道怎么投诉",
        )


def _about_rules(account: Account) -> Iterator[Notice]:
    taken: dict[str, Rule] = {}
    for rule in account.rules:
        for word in sorted(rule.match):
            if hidden := _hidden(rule, word, taken, medical=account.medical):
                yield hidden
            elif rule.when == Schedule():
                taken[word] = rule
        longest = max((len(text.encode()) for text in rule.texts), default=0)
        if longest > BUBBLE_BYTES:
            yield Notice(
                f"reply {rule.label}: {longest} bytes, shown in pages of {BUBBLE_BYTES}",
                f"规则 {rule.label}：有 {longest} 字节，会分成几页显示",
            )


def _hidden(rule: Rule, word: str, taken: Mapping[str, Rule], *, medical: bool) -> Notice | None:
    """Return why a word of a rule's `match` never reaches it; None where it does."""
    if (command := parse_command(word)) is not None and not command.yields_to_rules:
        return Notice(
            f"reply {rule.label}: {word} is a command and never reaches it",
            f"规则 {rule.label}：“{word}”是指令，不会到这条规则",
        )
    own = not medical and not rule.ask and yields_to_rules(word)
    if danger(word, medical=medical) is not None and not own:
        return Notice(
            f"reply {rule.label}: {word} gets safety's answer and never reaches it",
            f"规则 {rule.label}：“{word}”由安全回答处理，不会到这条规则",
        )
    if word in taken:
        return Notice(
            f"reply {rule.label}: {word} is answered by reply {taken[word].label} already",
            f"规则 {rule.label}：“{word}”已由前面的规则 {taken[word].label} 回答",
        )
    return None
