"""What to do about each kind of message."""

from __future__ import annotations

import logging
import time

from bot.handlers.commands import carry_out
from bot.handlers.decisions import Answer, Ask, Collect, Decision, Nothing
from bot.services import Services
from xinglin import texts
from xinglin.blocklist import Word
from xinglin.commands import Command, parse_command
from xinglin.policy import danger
from xinglin.safety.hearing import hear
from xinglin.safety.rules import find_danger
from xinglin.safety.said import Fact, asks_about_taking, facts_in
from xinglin.store import Standing
from xinglin.store.keys import alias
from xinglin.store.turns.inbox import SESSION_S
from xinglin.wechat.emoticons import is_wordless
from xinglin.wechat.messages import Message

logger = logging.getLogger(__name__)
_ASKABLE = frozenset({"text", "voice", "click"})
_REPLAY_S = 2.0
COMMANDS_PER_MINUTE = 20
BLOCKED_PER_MINUTE = 10


def decide(message: Message, services: Services, user: str, standing: Standing) -> Decision:
    """Decide about a message; side effects (erase, reset, votes) happen here, once each.

    Raises:
        StoreUnavailable: Redis is away.
    """
    if message.kind == "unsubscribe":
        if not services.store.idempotency.erased(user, message.dedupe_id):
            services.store.erase(user)
            services.store.idempotency.note_erased(user, message.dedupe_id)
        return Nothing()
    if message.kind in ("subscribe", "scan"):
        return Answer(_greeting(services, standing))
    if message.kind == "view" or (message.kind == "other" and "Event" in message.fields):
        return Nothing()
    if message.kind not in _ASKABLE or (message.kind == "voice" and not message.text):
        return Answer(texts.UNSUPPORTED.get(message.kind, texts.UNSUPPORTED["other"]))
    return _about_text(message, services, user, standing)


def _greeting(services: Services, standing: Standing) -> str:
    if services.settings.consent == "off" or standing.consented:
        return texts.GREETING
    return f"{texts.GREETING}\n\n{texts.CONSENT_ASKED}"


def _about_text(message: Message, services: Services, user: str, standing: Standing) -> Decision:
    text = message.text
    if not text:
        return Answer(texts.EMPTY_TEXT)
    command = parse_command(text)
    if command is not None and command.name in ("agree", "disagree"):
        command = command if services.settings.consent != "off" else None
    if command is None:
        return _about_question(text, services, user, standing)
    if command.name == "more":
        return Collect()
    if command.name == "help":
        return Answer(texts.HELP)
    answer = _once(command, message, services, user)
    if command.name == "feedback" and find_danger(command.text) is not None:
        answer = f"{danger(command.text)}\n\n{answer}"
    return Answer(answer)


def _about_question(text: str, services: Services, user: str, standing: Standing) -> Decision:
    """Decide about a question; a danger sign is answered whoever asks."""
    warning = danger(text, _said(text, services, user, standing))
    if fixed := warning or (texts.WORDLESS if is_wordless(text) else ""):
        return Answer(fixed)
    if standing.suspended:
        services.store.stats.count("refused_suspended")
        return Answer(texts.SUSPENDED)
    if standing.paused:
        services.store.stats.count("refused_paused")
        return Answer(texts.PAUSED)
    if word := services.words.find(text, "in"):
        return Answer(_blocked(word, services, user))
    if services.settings.consent == "required" and not standing.consented:
        return Answer(texts.CONSENT_NEEDED)
    return Ask(text)


def _said(text: str, services: Services, user: str, standing: Standing) -> frozenset[Fact]:
    """Return what counts of the turns before, and remember what this one says of a body.

    Redis is asked only where it matters: most questions name no body and take nothing.
    """
    facts = facts_in(text)
    if facts and (services.settings.consent != "required" or standing.consented):
        keep_s = services.settings.history_ttl_s
        if services.settings.consent != "off" and not standing.consented:
            keep_s = min(keep_s, SESSION_S)
        return services.store.body_facts.add(user, facts, keep_s)
    if not asks_about_taking(hear(text)):
        return facts
    return facts | services.store.body_facts.read(user)


def _blocked(word: Word, services: Services, user: str) -> str:
    """Note a blocked word, so often a minute and no more; returns what the follower reads."""
    services.store.stats.count("blocked_in")
    if wait_s := services.store.rate_limiter.count("blocked", alias(user), BLOCKED_PER_MINUTE):
        return texts.USER_RATE.format(wait=texts.wait_words(wait_s))
    services.store.blocked.add(what="blocked_in", user=user, word=word.name)
    logger.warning("blocked_in", extra={"user": user[:8], "word": word.name})
    return texts.BLOCKED


def _once(command: Command, message: Message, services: Services, user: str) -> str:
    """Carry a command out once; a retry of the same message gets the same answer."""
    if command.name == "erase":
        return _erase(command, message, services, user)
    idempotency = services.store.idempotency
    if idempotency.first(user, message.dedupe_id):
        answer = _limited(command, services, user)
        idempotency.keep(user, message.dedupe_id, answer)
        return answer
    deadline = time.monotonic() + _REPLAY_S
    while not (kept := idempotency.recall(user, message.dedupe_id)):
        if time.monotonic() > deadline:
            return texts.BUSY
        time.sleep(0.05)
    return kept


def _erase(command: Command, message: Message, services: Services, user: str) -> str:
    """Erase, unless another copy of the message did: what was written since must stay.

    The note of it comes after the deed, so that a retry makes good what was cut off.
    """
    if services.store.idempotency.erased(user, message.dedupe_id):
        return texts.ERASED
    answer = _limited(command, services, user)
    if answer == texts.ERASED:
        services.store.idempotency.note_erased(user, message.dedupe_id)
    return answer


def _limited(command: Command, services: Services, user: str) -> str:
    wait_s = services.store.rate_limiter.count("commands", alias(user), COMMANDS_PER_MINUTE)
    if wait_s:
        return texts.COMMAND_RATE.format(wait=texts.wait_words(wait_s))
    return carry_out(command, services.store, user, services.settings.timezone)
