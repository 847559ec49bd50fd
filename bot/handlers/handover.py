"""A person takes over: what begins that, what ends it, and the silence between."""

from __future__ import annotations

from bot.console.push_trace import add_facts
from bot.handlers.commands import run_once
from bot.handlers.decisions import Answer, Collect, Decision, Nothing, Transfer
from bot.services import Services
from xinglin.account import HandoverRules
from xinglin.account.handover import closed_words, started_words
from xinglin.commands import Command
from xinglin.store import Standing
from xinglin.store.handovers import Met, Reason
from xinglin.wechat.messages import Message
from xinglin.wishes import Wish, wish_of

_SHOWN = {
    "image": "［图片］", "voice": "［语音］", "video": "［视频］", "shortvideo": "［视频］",
    "location": "［位置］", "link": "［链接］",
}  # fmt: skip
_SESSION_OVER = "kf_close_session"


def wish(message: Message, services: Services, standing: Standing) -> Wish | None:
    """Return what a message wishes of who answers."""
    rules = services.account.current.handover
    names = rules.names if rules else ()
    return wish_of(message.text, names, taken_over=standing.taken_over)


def session_over(message: Message, services: Services, user: str) -> Decision | None:
    """Give the conversation back when the platform says that its tool has closed it."""
    if message.fields.get("Event", "").lower() != _SESSION_OVER:
        return None
    services.store.handovers.meet(user, message.openid, message.dedupe_id, "", wants="bot")
    return Nothing()


def note_silently(message: Message, services: Services, user: str) -> None:
    """Let the person read what the bot has answered itself, such as a danger sign."""
    services.store.handovers.meet(user, message.openid, message.dedupe_id, _said(message))


def in_person(
    message: Message, services: Services, user: str, standing: Standing
) -> Decision | None:
    """Decide about a message while a person has the conversation: noted, and no word of the bot."""
    wants = wish(message, services, standing)
    if wants == "complaint":
        _kept(message, services, user, standing)
    met = services.store.handovers.meet(
        user,
        message.openid,
        message.dedupe_id,
        _said(message),
        wants=wants if wants in ("person", "bot") else "",
        timeout_s=_timeout_s(services),
    )
    add_facts(handover=met.did)
    texts = services.texts
    if met.did in ("theirs", "gone"):
        return None
    if met.did == "ended":
        return Answer(texts.handover_ended)
    if met.did == "collect":
        return Collect(texts.handover_waiting)
    if met.did == "started":  # a retry of the message that called
        started = _started(message, services, met)
        again = wants == "complaint" and isinstance(started, Answer)
        return complained(message, services, user, standing) if again else started
    if met.by_platform and message.kind != "click":  # the platform takes no events there
        return Transfer()
    return Answer(texts.handover_waiting) if met.did == "again" else Nothing()


def back_to_bot(message: Message, services: Services, user: str) -> Decision:
    """Answer the wish for the bot where no person has the conversation (any more)."""
    met = services.store.handovers.meet(user, message.openid, message.dedupe_id, "", wants="bot")
    add_facts(handover=met.did)
    ended = met.did == "ended"
    return Answer(services.texts.handover_ended if ended else services.texts.handover_none)


def complained(message: Message, services: Services, user: str, standing: Standing) -> Decision:
    """Keep a complaint where that is allowed, and call a person where there is one."""
    return also_called(message, services, user, standing, _kept(message, services, user, standing))


def also_called(
    message: Message, services: Services, user: str, standing: Standing, kept: str
) -> Decision:
    """Call a person for a complaint, behind what is said of its being kept."""
    add_facts(wish="complaint")
    rules = _on_duty(services)
    if standing.suspended or rules is None:
        return Answer(kept)
    met = _begin(message, services, user, rules, "complaint")
    if met.did == "again":
        return Answer(kept)
    decision = _started(message, services, met)
    return Answer(f"{kept}\n\n{decision.text}") if isinstance(decision, Answer) else decision


def called(message: Message, services: Services, user: str) -> Decision | None:
    """Call a person; None where the account has no hand-over."""
    rules = services.account.current.handover
    if rules is None:
        return None
    if _on_duty(services) is None:
        add_facts(handover="closed")
        return Answer(closed_words(services.texts, rules))
    met = _begin(message, services, user, rules, "asked")
    return _started(message, services, met)


def _kept(message: Message, services: Services, user: str, standing: Standing) -> str:
    """Keep what somebody complains of; without consent say how it can be kept."""
    if services.settings.consent != "off" and not standing.consented:
        return services.texts.complaint_unkept
    return run_once(Command("feedback", message.text), message, services, user)


def _begin(
    message: Message, services: Services, user: str, rules: HandoverRules, reason: Reason
) -> Met:
    met = services.store.handovers.meet(
        user,
        message.openid,
        message.dedupe_id,
        _said(message),
        wants="person",
        reason=reason,
        platform=rules.platform,
        timeout_s=rules.timeout_s,
    )
    add_facts(handover=met.did)
    return met


def _started(message: Message, services: Services, met: Met) -> Answer | Transfer:
    if met.by_platform and message.kind != "click":
        return Transfer()
    words = started_words(
        services.texts,
        can_send=services.settings.can_send,
        seen=met.kept,
        by_platform=met.by_platform,
    )
    return Answer(words)


def _on_duty(services: Services) -> HandoverRules | None:
    """Return the account's rules where somebody is there to answer now."""
    rules = services.account.current.handover
    if rules is None or not rules.is_open(services.local_time()):
        return None
    return rules if rules.platform or services.shows_desk else None


def _timeout_s(services: Services) -> int:
    return (services.account.current.handover or HandoverRules()).timeout_s


def _said(message: Message) -> str:
    return message.text or _SHOWN.get(message.kind, "")
