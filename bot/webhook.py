"""`/wechat`: what the platform calls."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, Response, request

from bot.console.push_trace import add_facts, trace_push
from bot.handlers import Answer, Ask, Collect, Transfer, decide
from bot.services import Services, current_services
from xinglin.account.ai_label import labelled_page
from xinglin.errors import MessageError, SignatureError, StoreError
from xinglin.policy import danger
from xinglin.store import Reply
from xinglin.store.time_limit import time_limit
from xinglin.store.turns.handoff import UNTOLD
from xinglin.texts import wait_words
from xinglin.wechat.envelope import Opened
from xinglin.wechat.messages import Message, parse
from xinglin.wechat.pages import fits
from xinglin.wechat.replies import Media, media_reply, text_reply, transfer_reply

logger = logging.getLogger(__name__)
blueprint = Blueprint("webhook", __name__)
# The platform waits 5 s. What Redis is asked ends this long after our own deadline at the latest.
LIMIT_S, OVERTIME_S = 4.9, 0.2
# Steps after the wait for a reply: to say that nobody waits, to keep a page, to note it as shown.
ROUND_TRIPS, LEAST_RESERVED_S, MOST_RESERVED_S = 3, 0.02, 1.5
_REFUSED = frozenset({"user_full", "total_full", "user_rate", "account_rate"})


@dataclass(frozen=True, slots=True)
class _Answered:
    """Answer to a push.

    Attributes:
        text: of the passive reply; "" for none.
        outcome: how it came about, for the figures.
        asked: the model was to answer it.
        media: what is sent instead of the text.
        transfer: the platform's customer-service tool gets the message instead.
    """

    text: str
    outcome: str
    asked: bool = False
    media: Media | None = None
    transfer: bool = False


@dataclass(frozen=True, slots=True)
class _Times:
    """Time limits of a question, on the monotonic clock.

    Attributes:
        began: when the push came.
        wait_until: when the wait for the reply ends, so that how it ended can still be noted.
        show_until: when a reply can be noted as shown at the latest, and that be heard of here.
    """

    began: float
    wait_until: float
    show_until: float

    @classmethod
    def of(cls, began: float, deadline: float, round_trip_s: float) -> _Times:
        """Divide the time up by what one question to Redis took."""
        reserved_s = ROUND_TRIPS * round_trip_s
        reserved_s = min(MOST_RESERVED_S, max(LEAST_RESERVED_S, reserved_s))
        return cls(began, deadline - reserved_s, deadline - reserved_s / ROUND_TRIPS)


@blueprint.errorhandler(SignatureError)
def _forbid(error: SignatureError) -> tuple[str, int]:
    current_services().store.metrics.count("webhook_requests", "unknown", "forbidden")
    _tell("push_refused", error)
    return "signature refused\n", 403


@blueprint.errorhandler(MessageError)
def _reject(error: MessageError) -> tuple[str, int]:
    current_services().store.metrics.count("webhook_requests", "unknown", "malformed")
    _tell("push_malformed", error)
    return f"{error}\n", 400


def _tell(event: str, error: Exception) -> None:
    if times := current_services().refusals.take():
        logger.warning(event, extra={"reason": str(error), "times": times})


@blueprint.get("/wechat")
def verify() -> Response:
    """Answer the platform's check of the address, also while Redis is away.

    Its signature would fit a plain push as well, so it is tied to its echo string.
    """
    services = current_services()
    echo = services.envelope.verify(request.args)
    proofs, carried = services.envelope.proofs_of_check(request.args)
    with suppress(StoreError):
        if not services.store.admission.tie(proofs=proofs, carried=carried):
            raise SignatureError("the signature came with another message before")
    return Response(echo, mimetype="text/plain")


@blueprint.post("/wechat")
def receive() -> Response:
    """Answer a push, within the deadline."""
    services = current_services()
    began = services.clock()
    services.envelope.check_query(request.args)  # before a byte of the body is read
    opened = services.envelope.open(request.args, request.get_data())
    message = parse(opened.fields)
    try:
        with (
            time_limit(began + min(services.settings.reply_deadline_s + OVERTIME_S, LIMIT_S)),
            trace_push(services, message, encrypted=opened.encrypted) as seen,
        ):
            answered = _answer(services, message, opened, began)
            seen.answer = answered.text or (answered.media.kind if answered.media else "")
    except StoreError as error:
        logger.warning("store_unavailable", extra={"error": str(error)})
        services.store.metrics.count("webhook_requests", message.kind, "busy")
        if message.kind == "unsubscribe":  # nobody reads an answer, but a retry may still erase
            return Response("later\n", status=503, mimetype="text/plain")
        warning = danger(message.text, medical=services.account.current.medical)
        answered = _Answered(warning or services.texts.busy, "")
    else:
        _measure(services, message, answered, services.clock() - began)
    if answered.transfer:
        xml = transfer_reply(message, now=services.now())
    elif answered.media is not None:
        xml = media_reply(message, answered.media, now=services.now())
    elif answered.text:
        xml = text_reply(message, answered.text, now=services.now())
    else:
        return Response("success", mimetype="text/plain")
    return Response(
        services.envelope.seal(xml, encrypted=opened.encrypted), mimetype="application/xml"
    )


def _measure(services: Services, message: Message, answered: _Answered, seconds: float) -> None:
    metrics = services.store.metrics
    metrics.count("webhook_requests", message.kind, answered.outcome)
    metrics.observe("webhook_seconds", seconds, "model" if answered.asked else "other")
    if answered.outcome in ("passive", "tap", "fixed"):
        metrics.count("replies", answered.outcome)


def _answer(services: Services, message: Message, opened: Opened, began: float) -> _Answered:
    """Return what the push gets.

    Raises:
        SignatureError: the push's signature came with another message before.
        StoreError: Redis is away.
    """
    asked_at = services.clock()
    user, standing = services.store.admission.admit(
        message.openid, proofs=opened.proofs, carried=opened.carried
    )
    round_trip_s = services.clock() - asked_at
    services.store.metrics.observe("redis_seconds", round_trip_s)
    if standing.replayed:
        services.store.metrics.count("signatures_reused")
        raise SignatureError("the signature came with another message before")
    decision = decide(message, services, user, standing)
    add_facts(decision=type(decision).__name__.lower())
    if isinstance(decision, Ask):
        deadline = began + services.settings.reply_deadline_s
        return _ask(
            services, message, user, decision.text, _Times.of(began, deadline, round_trip_s)
        )
    if isinstance(decision, Collect):
        return _collect(services, user, message.dedupe_id, decision.nothing)
    if isinstance(decision, Transfer):
        return _Answered("", "transfer", transfer=True)
    if isinstance(decision, Answer):
        page = _page(services, user, message.dedupe_id, decision.text, generated=decision.generated)
        return _Answered(page, "fixed", media=decision.media)
    return _Answered("", "none")


def _ask(services: Services, message: Message, user: str, text: str, times: _Times) -> _Answered:
    handoff, message_id = services.store.handoff, message.dedupe_id
    left = max(0.05, times.wait_until - services.clock())
    with handoff.expecting(user, message_id) as expected:
        accepted = services.store.inbox.accept(
            user,
            message.openid,
            message_id,
            text,
            wait_s=left,
            sent_s=message.created_at,
            came_s=services.now() - (services.clock() - times.began),
        )
        extra = {"user": user[:8], "turn": message_id[-6:], "state": accepted.state}
        logger.info("message_accepted", extra=extra)
        add_facts(state=accepted.state)
        if accepted.state in _REFUSED:
            services.store.metrics.count("inbox_rejected", accepted.state)
            said: str = getattr(services.texts, accepted.state)
            wait = wait_words(accepted.retry_after_s)
            return _Answered(said.replace("{wait}", wait), "refused")
        new = accepted.state != "duplicate"
        if not new:
            services.store.metrics.count("dedupe_hits")
        try:
            left = max(0.0, times.wait_until - services.clock())
            reply = handoff.wait(user, message_id, left, expected, new=new)
            left = times.show_until - services.clock()
            if reply is not None and (page := _deliver(services, user, reply, left)):
                return _Answered(page, "passive", asked=True)
            services.store.metrics.count("passive_missed")
        except StoreError as error:  # it was accepted, so "send it again" would be wrong
            logger.warning("store_unavailable", extra={"error": str(error)})
    return _Answered("" if services.settings.can_send else services.texts.late, "late", asked=True)


def _collect(services: Services, user: str, message_id: str, nothing: str) -> _Answered:
    """Return what 继续 gives: the same to every copy of the tap."""
    nothing = nothing or services.texts.nothing_more
    answers = {"pending": services.texts.pending, "nothing": nothing}
    while True:
        found = services.store.continuation.look(user, message_id)
        if found.kind == "given":
            return _Answered(found.text, "page")
        answer, rest = answers.get(found.kind, ""), ""
        if not answer:
            account = services.account.current
            answer, rest = labelled_page(account, found.text, generated=found.generated)
        stands = services.store.continuation.take(user, message_id, found, answer, rest)
        if stands is not None:
            return _Answered(stands, "tap" if found.kind == "reply" else "page")


def _deliver(services: Services, user: str, reply: Reply, timeout_s: float) -> str:
    """Return the reply's page to show; "" when the reply left another way meanwhile."""
    page = _page(services, user, reply.message_id, reply.text, generated=reply.generated)
    way = services.store.handoff.delivered(user, reply.message_id, timeout_s)
    if way == UNTOLD and fits(told := f"{page}\n{services.texts.unread}"):
        return told
    return page if way else ""


def _page(services: Services, user: str, message_id: str, text: str, *, generated: bool) -> str:
    page, rest = labelled_page(services.account.current, text, generated=generated)
    if rest:
        services.store.pages.begin(user, message_id, rest, generated=generated)
    return page
