"""What to do about each kind of message."""

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
from xinglin.store.inbox import SESSION_S
from xinglin.store.keys import alias
from xinglin.texts import wait_words
from xinglin.wechat.emoticons import is_wordless
from xinglin.wechat.messages import Message

logger = logging.getLogger(__name__)
_ASKABLE = frozenset({"text", "voice", "click"})
_REPLAY_S = 2.0
COMMANDS_PER_MINUTE = 20
BLOCKED_PER_MINUTE = 10


def decide(message: Message, own: Services, user: str, standing: Standing) -> Decision:
    """Decide about a message; side effects (erase, reset, votes) happen here, once each.

    Raises:
        StoreUnavailable: Redis is away.
    """
    if message.kind == "unsubscribe":
        if not own.store.once.erased(user, message.dedupe_id):
            own.store.erase(user)
            own.store.once.note_erased(user, message.dedupe_id)
        return Nothing()
    if message.kind in ("subscribe", "scan"):
        return Answer(_greeting(message, own, standing))
    if message.kind == "view" or (message.kind == "other" and "Event" in message.fields):
        return Nothing()
    if message.kind not in _ASKABLE or (message.kind == "voice" and not message.text):
        return _fixed(own.texts.of_kind(message.kind))
    return _about_text(message, own, user, standing)


def _greeting(message: Message, own: Services, standing: Standing) -> str:
    greeting = own.account.current.welcome(message.fields.get("EventKey", "").strip())
    if own.settings.consent == "off" or standing.consented:
        return greeting
    return f"{greeting}\n\n{own.texts.consent_asked}"


def _fixed(text: str) -> Decision:
    """Return a text that an owner may leave empty, which means: say nothing."""
    return Answer(text) if text else Nothing()


def _about_text(message: Message, own: Services, user: str, standing: Standing) -> Decision:
    text = message.text
    if not text:
        return Answer(own.texts.empty)
    command = parse_command(text)
    if command is not None and command.name in ("agree", "disagree"):
        command = command if own.settings.consent != "off" else None
    if command is not None and command.name == "help" and takes_help(message, own):
        command = None
    if command is None:
        return _about_question(message, own, user, standing)
    if command.name == "more":
        return Collect()
    if command.name == "help":
        return Answer(own.texts.help)
    answer = _once(command, message, own, user)
    if command.name == "feedback" and find_danger(command.text) is not None:
        answer = f"{danger(command.text)}\n\n{answer}"
    return Answer(answer)


def _about_question(message: Message, own: Services, user: str, standing: Standing) -> Decision:
    """Decide about a question; a danger sign is answered whoever asks."""
    text = message.text
    said = _said(text, own, user, standing)
    if warning := danger(text, said):
        return own_word_on_bodies(message, own, said) or Answer(warning)
    if is_wordless(text):
        return _fixed(own.texts.sticker)
    if standing.suspended:
        own.store.stats.count("refused_suspended")
        return Answer(own.texts.suspended)
    if standing.paused:
        own.store.stats.count("refused_paused")
        return Answer(own.texts.paused)
    if word := own.blocked_word(text):
        return Answer(_blocked(word, own, user))
    decision = own_answer(message, own) or Ask(text)
    consents = own.settings.consent != "required" or standing.consented
    waits = isinstance(decision, Ask) and not consents
    return Answer(own.texts.consent_needed) if waits else decision


def _said(text: str, own: Services, user: str, standing: Standing) -> frozenset[Fact]:
    """Return what counts of the turns before, and remember what this one says of a body.

    Redis is asked only where it matters: most questions name no body and take nothing.
    """
    facts = facts_in(text)
    if facts and (own.settings.consent != "required" or standing.consented):
        keep_s = own.settings.history_ttl_s
        if own.settings.consent != "off" and not standing.consented:
            keep_s = min(keep_s, SESSION_S)
        return own.store.said.add(user, facts, keep_s)
    if not asks_about_taking(hear(text)):
        return facts
    return facts | own.store.said.read(user)


def _blocked(word: Word, own: Services, user: str) -> str:
    """Note a blocked word, so often a minute and no more; returns what the follower reads."""
    own.store.stats.count("blocked_in")
    if wait_s := own.store.tries.count("blocked", alias(user), BLOCKED_PER_MINUTE):
        return own.texts.user_rate.replace("{wait}", wait_words(wait_s))
    own.store.blocked.add(what="blocked_in", user=user, word=word.name)
    logger.warning("blocked_in", extra={"user": user[:8], "word": word.name})
    return own.texts.blocked


def _once(command: Command, message: Message, own: Services, user: str) -> str:
    """Carry a command out once; a retry of the same message gets the same answer."""
    if command.name == "erase":
        return _erase(command, message, own, user)
    once = own.store.once
    if once.first(user, message.dedupe_id):
        answer = _limited(command, own, user)
        once.keep(user, message.dedupe_id, answer)
        return answer
    deadline = time.monotonic() + _REPLAY_S
    while not (kept := once.recall(user, message.dedupe_id)):
        if time.monotonic() > deadline:
            return own.texts.busy
        time.sleep(0.05)
    return kept


def _erase(command: Command, message: Message, own: Services, user: str) -> str:
    """Erase, unless another copy of the message did: what was written since must stay.

    The note of it comes after the deed, so that a retry makes good what was cut off.
    """
    if own.store.once.erased(user, message.dedupe_id):
        return own.texts.erased
    answer = _limited(command, own, user)
    if answer == own.texts.erased:
        own.store.once.note_erased(user, message.dedupe_id)
    return answer


def _limited(command: Command, own: Services, user: str) -> str:
    wait_s = own.store.tries.count("commands", alias(user), COMMANDS_PER_MINUTE)
    if wait_s:
        return own.texts.command_rate.replace("{wait}", wait_words(wait_s))
    return carry_out(command, own.store, user, own.settings.timezone, own.texts)
