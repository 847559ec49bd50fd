"""`/wechat`: what the platform calls."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request

from bot.handlers import Answer, Ask, Collect, decide
from bot.services import Services, services
from xinglin import texts
from xinglin.errors import MessageError, SignatureError, StoreError
from xinglin.policy import danger
from xinglin.store import Pending, Reply
from xinglin.wechat.messages import Message, parse
from xinglin.wechat.pages import AI_LABEL, paginate
from xinglin.wechat.replies import text_reply

logger = logging.getLogger(__name__)
blueprint = Blueprint("webhook", __name__)
_REFUSED = {
    "user_full": texts.USER_FULL,
    "total_full": texts.TOTAL_FULL,
    "user_rate": texts.USER_RATE,
    "account_rate": texts.ACCOUNT_RATE,
}


@blueprint.errorhandler(SignatureError)
def _forbid(error: SignatureError) -> tuple[str, int]:
    logger.warning("push_refused", extra={"reason": str(error)})
    return "signature refused\n", 403


@blueprint.errorhandler(MessageError)
def _reject(error: MessageError) -> tuple[str, int]:
    logger.warning("push_malformed", extra={"reason": str(error)})
    return f"{error}\n", 400


@blueprint.get("/wechat")
def verify() -> Response:
    """Answer the platform's check of the address."""
    return Response(services().envelope.verify(request.args), mimetype="text/plain")


@blueprint.post("/wechat")
def receive() -> Response:
    """Answer a push, within the deadline."""
    own = services()
    deadline = own.clock() + own.settings.reply_deadline_s
    opened = own.envelope.open(request.args, request.get_data())
    message = parse(opened.fields)
    try:
        text = _answer(own, message, opened.proof, deadline)
    except StoreError as error:
        logger.warning("store_unavailable", extra={"error": str(error)})
        if message.kind == "unsubscribe":  # nobody reads an answer, but a retry may still erase
            return Response("later\n", status=503, mimetype="text/plain")
        text = danger(message.text) or texts.BUSY
    if not text:
        return Response("success", mimetype="text/plain")
    xml = text_reply(message, text, now=own.now())
    return Response(own.envelope.seal(xml, encrypted=opened.encrypted), mimetype="application/xml")


def _answer(own: Services, message: Message, proof: str, deadline: float) -> str:
    """Return the text of the passive reply; "" for none.

    Raises:
        SignatureError: the push's signature came with another message before.
        StoreError: Redis is away.
    """
    user = own.store.user_key(message.openid)
    carried = f"{message.openid}|{message.dedupe_id}|{message.kind}|{message.text}"
    standing = own.store.gate.admit(user, proof=proof, carried=carried)
    if standing.strange:
        own.store.stats.count("signatures_reused")
        raise SignatureError("the signature came with another message before")
    decision = decide(message, own, user, standing)
    if isinstance(decision, Ask):
        return _ask(own, message, user, decision.text, deadline)
    if isinstance(decision, Collect):
        return _collect(own, user)
    if isinstance(decision, Answer):
        return _page(own, user, decision.text, generated=decision.generated)
    return ""


def _ask(own: Services, message: Message, user: str, text: str, deadline: float) -> str:
    left = max(0.05, deadline - own.clock())
    accepted = own.store.inbox.accept(user, message.openid, message.dedupe_id, text, wait_s=left)
    extra = {"user": user[:8], "turn": message.dedupe_id[-6:], "state": accepted.state}
    logger.info("message_accepted", extra=extra)
    if accepted.state in _REFUSED:
        own.store.stats.count(f"refused_{accepted.state}")
        return _REFUSED[accepted.state].format(wait=texts.wait_words(accepted.retry_after_s))
    try:
        reply = own.store.handoff.wait(user, message.dedupe_id, max(0.0, deadline - own.clock()))
        if reply is not None:
            return _deliver(own, user, reply)
        own.store.stats.count("passive_missed")
    except StoreError as error:  # it was accepted, so "send it again" would be wrong
        logger.warning("store_unavailable", extra={"error": str(error)})
    return "" if own.settings.can_send else texts.LATE


def _collect(own: Services, user: str) -> str:
    rest = own.store.pages.take(user)
    if rest is not None:
        return _page(own, user, rest[0], generated=rest[1])
    found = own.store.handoff.collect(user)
    if isinstance(found, Reply):
        return _deliver(own, user, found)
    return texts.PENDING if isinstance(found, Pending) else texts.NOTHING_MORE


def _deliver(own: Services, user: str, reply: Reply) -> str:
    page = _page(own, user, reply.text, generated=reply.generated)
    own.store.handoff.delivered(user, reply.message_id)
    return page


def _page(own: Services, user: str, text: str, *, generated: bool) -> str:
    page, rest = paginate(text, suffix=AI_LABEL if generated else "", more=texts.MORE)
    if rest:
        own.store.pages.keep(user, rest, generated=generated)
    return page
