"""Decision about a message, by its kind."""

from __future__ import annotations

import logging
import time

from bot.handlers.commands import carry_out
from bot.handlers.decisions import Answer, Ask, Collect, Decision, Nothing
from bot.handlers.rules import own_answer, own_word_on_bodies, takes_help
from bot.services import Services
from xinglin.blocklist import Word
from xinglin.commands import Command, parse_command
from xinglin.policy import danger
from xinglin.safety.hearing import hear
from xinglin.safety.rules import find_danger
from xinglin.safety.said import Fact, asks_about_taking, facts_in
from xinglin.store import Standing
from xinglin.store.keys import alias
from xinglin.store.turns.turns import SESSION_S
from xinglin.texts import wait_words
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
        return Answer(_greeting(message, services, standing))
    if message.kind == "view" or (message.kind == "other" and "Event" in message.fields):
        return Nothing()
    if message.kind not in _ASKABLE or (message.kind == "voice" and not message.text):
        return _fixed(services.texts.of_kind(message.kind))
    return _about_text(message, services, user, standing)


def _greeting(message: Message, services: Services, standing: Standing) -> str:
    greeting = services.account.current.welcome(message.fields.get("EventKey", "").strip())
    if services.settings.consent == "off" or standing.consented:
        return greeting
    return f"{greeting}\n\n{services.texts.consent_asked}"


def _fixed(text: str) -> Decision:
    """Return a text that an owner may leave empty, which means: say nothing."""
    return Answer(text) if text else Nothing()


def _about_text(message: Message, services: Services, user: str, standing: Standing) -> Decision:
    text = message.text
    if not text:
        return Answer(services.texts.empty)
    command = parse_command(text)
    if command is not None and command.name in ("agree", "disagree"):
        command = command if services.settings.consent != "off" else None
    if command is not None and command.name == "help" and takes_help(message, services):
        command = None
    if command is None:
        return _about_question(message, services, user, standing)
    if command.name == "more":
        return Collect()
    if command.name == "help":
        return Answer(services.texts.help)
    answer = _once(command, message, services, user)
    if command.name == "feedback" and find_danger(command.text) is not None:
        answer = f"{danger(command.text)}\n\n{answer}"
    return Answer(answer)


def _about_question(
    message: Message, services: Services, user: str, standing: Standing
) -> Decision:
    """Decide about a question; a danger sign is answered whoever asks."""
    text = message.text
    said = _said(text, services, user, standing)
    if warning := danger(text, said):
        return own_word_on_bodies(message, services, said) or Answer(warning)
    if is_wordless(text):
        return _fixed(services.texts.sticker)
    if standing.suspended:
        services.store.metrics.count("inbox_rejected", "suspended")
        return Answer(services.texts.suspended)
    if standing.paused:
        services.store.metrics.count("inbox_rejected", "paused")
        return Answer(services.texts.paused)
    if word := services.blocked_word(text):
        return Answer(_blocked(word, services, user))
    decision = own_answer(message, services) or Ask(text)
    consents = services.settings.consent != "required" or standing.consented
    waits = isinstance(decision, Ask) and not consents
    return Answer(services.texts.consent_needed) if waits else decision


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
    services.store.metrics.count("blocked", "in")
    if wait_s := services.store.rate_limiter.count("blocked", alias(user), BLOCKED_PER_MINUTE):
        return services.texts.user_rate.replace("{wait}", wait_words(wait_s))
    services.store.blocked.add(what="blocked_in", user=user, word=word.name)
    logger.warning("blocked_in", extra={"user": user[:8], "word": word.name})
    return services.texts.blocked


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
            return services.texts.busy
        time.sleep(0.05)
    return kept


def _erase(command: Command, message: Message, services: Services, user: str) -> str:
    """Erase, unless another copy of the message did: what was written since must stay.

    The note of it comes after the deed, so that a retry makes good what was cut off.
    """
    if services.store.idempotency.erased(user, message.dedupe_id):
        return services.texts.erased
    answer = _limited(command, services, user)
    if answer == services.texts.erased:
        services.store.idempotency.note_erased(user, message.dedupe_id)
    return answer


def _limited(command: Command, services: Services, user: str) -> str:
    wait_s = services.store.rate_limiter.count("commands", alias(user), COMMANDS_PER_MINUTE)
    if wait_s:
        return services.texts.command_rate.replace("{wait}", wait_words(wait_s))
    return carry_out(command, services.store, user, services.settings.timezone, services.texts)
