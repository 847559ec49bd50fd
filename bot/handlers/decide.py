"""Decision about a message: an ordered list of checks, the first of which that applies decides."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.handlers import handover
from bot.handlers.commands import leave_once, run_once
from bot.handlers.decisions import Answer, Ask, Collect, Decision, Nothing
from bot.handlers.rules import has_own_words, own_answer, own_word_on_bodies, takes_word
from bot.services import Services
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
from xinglin.wishes import Wish

logger = logging.getLogger(__name__)
_ASKABLE = frozenset({"text", "voice", "click"})
BLOCKED_PER_MINUTE = 10


@dataclass(frozen=True, slots=True)
class Case:
    """A message to decide about.

    Attributes:
        message: as it came.
        services: of the app.
        user: hashed id of the follower.
        standing: what was known at admission.
    """

    message: Message
    services: Services
    user: str
    standing: Standing


def decide(message: Message, services: Services, user: str, standing: Standing) -> Decision:
    """Decide about a message: the first of `CHECKS` that has a decision makes it, else ask.

    Side effects (erase, reset, votes) happen here, once each.

    Raises:
        StoreUnavailable: Redis is away.
    """
    case = Case(message, services, user, standing)
    for check in CHECKS:
        if (decision := check(case)) is not None:
            return decision
    return Ask(message.text)


def unsubscribed(case: Case) -> Decision | None:
    """Erase all about a follower who leaves."""
    if case.message.kind != "unsubscribe":
        return None
    leave_once(case.message, case.services, case.user)
    return Nothing()


def subscribed(case: Case) -> Decision | None:
    """Greet; ask for consent where that is a setting."""
    if case.message.kind not in ("subscribe", "scan"):
        return None
    services = case.services
    greeting = services.account.current.welcome(case.message.fields.get("EventKey", "").strip())
    if services.settings.consent == "off" or case.standing.consented:
        return Answer(greeting)
    return Answer(f"{greeting}\n\n{services.texts.consent_asked}")


def other_event(case: Case) -> Decision | None:
    """Say nothing about events that want no reply."""
    message = case.message
    silent = message.kind == "view" or (message.kind == "other" and "Event" in message.fields)
    return Nothing() if silent else None


def session_over(case: Case) -> Decision | None:
    """Go on as before when the platform's customer-service tool has closed its session."""
    return handover.session_over(case.message, case.services, case.user)


def wordless_to_person(case: Case) -> Decision | None:
    """Leave pictures, voice and the like to the person who has the conversation."""
    unread = case.message.kind not in _ASKABLE or not case.message.text
    return taken_over(case) if unread else None


def unsupported(case: Case) -> Decision | None:
    """Say that pictures, or voice without its text, cannot be read."""
    kind = case.message.kind
    if kind in _ASKABLE and not (kind == "voice" and not case.message.text):
        return None
    return _fixed(case.services.texts.of_kind(kind))


def empty(case: Case) -> Decision | None:
    """Ask for a text where there is none."""
    return None if case.message.text else Answer(case.services.texts.empty)


def command(case: Case) -> Decision | None:
    """Run a command, unless a rule has its word or nothing asks for consent."""
    found = parse_command(case.message.text)
    if found is None or takes_word(found, case.message, case.services):
        return None
    if found.name in ("agree", "disagree") and case.services.settings.consent == "off":
        return None
    texts = case.services.texts
    if found.name == "more":
        return Collect(texts.handover_waiting if case.standing.taken_over else "")
    if found.name == "help":
        return Answer(texts.help)
    answer = run_once(found, case.message, case.services, case.user)
    return _with_feedback(case, found, answer) if found.name == "feedback" else Answer(answer)


def _with_feedback(case: Case, found: Command, answer: str) -> Decision:
    """Answer danger signs in feedback, too, and call a person for a complaint."""
    if find_danger(found.text) is not None:
        answer = f"{danger(found.text)}\n\n{answer}"
    if not found.complains:
        return Answer(answer)
    return handover.also_called(case.message, case.services, case.user, case.standing, answer)


def danger_sign(case: Case) -> Decision | None:
    """Answer a danger sign, whoever asks; what was said before counts.

    A request for a prescription goes on to rules and notes where the account is not about medicine.
    """
    facts = _facts(case)
    medical = case.services.account.current.medical
    warning = danger(case.message.text, facts, medical=medical)
    if not warning:
        return None
    if case.standing.taken_over:
        handover.note_silently(case.message, case.services, case.user)
    return own_word_on_bodies(case.message, case.services, facts) or Answer(warning)


def taken_over(case: Case) -> Decision | None:
    """Stay silent while a person has the conversation."""
    if not case.standing.taken_over or case.standing.suspended:
        return None
    return handover.in_person(case.message, case.services, case.user, case.standing)


def wordless(case: Case) -> Decision | None:
    """Ask for words where there are emoticons only."""
    return _fixed(case.services.texts.sticker) if is_wordless(case.message.text) else None


def suspended(case: Case) -> Decision | None:
    """Refuse a follower whom the operator suspended."""
    return _rejected(case, "suspended") if case.standing.suspended else None


def paused(case: Case) -> Decision | None:
    """Refuse while the operator takes no questions."""
    return _rejected(case, "paused") if case.standing.paused else None


def blocked_word(case: Case) -> Decision | None:
    """Refuse a word of the operator's list; note it, so often a minute and no more."""
    services, user = case.services, case.user
    word = services.blocked_word(case.message.text)
    if word is None:
        return None
    services.store.metrics.count("blocked", "in")
    if wait_s := services.store.rate_limiter.count("blocked", alias(user), BLOCKED_PER_MINUTE):
        return Answer(services.texts.user_rate.replace("{wait}", wait_words(wait_s)))
    services.store.blocked.add(what="blocked_in", user=user, word=word.name)
    logger.warning("blocked_in", extra={"user": user[:8], "word": word.name})
    return Answer(services.texts.blocked)


def complaint(case: Case) -> Decision | None:
    """Keep a complaint, whatever its words, unless a rule has the very words."""
    if _wish(case) != "complaint":
        return None
    return handover.complained(case.message, case.services, case.user, case.standing)


def called_person(case: Case) -> Decision | None:
    """Call a person who is asked for, or say that there is none now; or go back to the bot."""
    wants = _wish(case)
    if wants == "bot" and case.services.account.current.handover is not None:
        return handover.back_to_bot(case.message, case.services, case.user)
    if wants != "person":
        return None
    return handover.called(case.message, case.services, case.user)


def own_rule(case: Case) -> Decision | None:
    """Answer by the account's rules; a question that one passes to the model needs consent, too."""
    decision = own_answer(case.message, case.services)
    return without_consent(case) or decision if isinstance(decision, Ask) else decision


def without_consent(case: Case) -> Decision | None:
    """Ask for consent where nothing is answered without."""
    missing = case.services.settings.consent == "required" and not case.standing.consented
    return Answer(case.services.texts.consent_needed) if missing else None


CHECKS: tuple[Callable[[Case], Decision | None], ...] = (
    unsubscribed,
    subscribed,
    session_over,
    other_event,
    wordless_to_person,
    unsupported,
    empty,
    command,
    danger_sign,
    taken_over,
    wordless,
    complaint,
    suspended,
    paused,
    blocked_word,
    called_person,
    own_rule,
    without_consent,
)


def _rejected(case: Case, reason: str) -> Answer:
    case.services.store.metrics.count("inbox_rejected", reason)
    text: str = getattr(case.services.texts, reason)
    return Answer(text)


def _wish(case: Case) -> Wish | None:
    """Return what a message wishes of who answers, where no rule has its very words."""
    if has_own_words(case.message, case.services):
        return None
    return handover.wish(case.message, case.services, case.standing)


def _fixed(text: str) -> Decision:
    """Return a text that an owner may leave empty, which means: say nothing."""
    return Answer(text) if text else Nothing()


def _facts(case: Case) -> frozenset[Fact]:
    """Return what counts of the turns before, and remember what this one says of a body.

    Redis is asked only where it matters: most questions name no body and take nothing.
    """
    store, settings = case.services.store, case.services.settings
    facts = facts_in(case.message.text)
    if facts and (settings.consent != "required" or case.standing.consented):
        keep_s = settings.history_ttl_s
        if settings.consent != "off" and not case.standing.consented:
            keep_s = min(keep_s, SESSION_S)
        return store.body_facts.add(case.user, facts, keep_s)
    if not asks_about_taking(hear(case.message.text)):
        return facts
    return facts | store.body_facts.read(case.user)
