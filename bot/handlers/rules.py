"""Answers of the account's keyword rules."""

from __future__ import annotations

from collections.abc import Set

from bot.console.push_trace import add_facts
from bot.handlers.decisions import Answer, Ask, Decision
from bot.services import Services
from xinglin.account import Rule
from xinglin.commands import Command
from xinglin.policy import yields_to_rules
from xinglin.safety.said import Fact
from xinglin.wechat.messages import Message


def own_answer(message: Message, services: Services) -> Decision | None:
    """Return what a rule answers, or the account's default reply; None: the model is to answer."""
    account = services.account.current
    if found := account.rule_for(message.text, services.local_time()):
        return _carry_out(found[0], message)
    return Answer(account.texts.default) if account.texts.default else None


def takes_word(command: Command, message: Message, services: Services) -> bool:
    """Return whether a rule names exactly the word of a command, such as 菜单 or 投诉."""
    return command.yields_to_rules and has_own_words(message, services)


def has_own_words(message: Message, services: Services) -> bool:
    """Return whether a rule names exactly what was written."""
    account = services.account.current
    return account.rule_for_whole(message.text, services.local_time()) is not None


def own_word_on_bodies(message: Message, services: Services, said: Set[Fact]) -> Decision | None:
    """Return what a rule says where safety would speak of pregnancy or infants.

    Only an account that is not about medicine has its own word there: 孕妇装 is a dress.
    """
    account = services.account.current
    if account.medical or not yields_to_rules(message.text, said):
        return None
    found = account.rule_for(message.text, services.local_time())
    return _carry_out(found[0], message) if found and not found[0].ask else None


def _carry_out(rule: Rule, message: Message) -> Decision:
    add_facts(rule=rule.label)
    if rule.ask:
        return Ask(rule.ask)
    return Answer(rule.text(message.dedupe_id), media=rule.media)
