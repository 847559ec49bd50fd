"""The judge of replies: what the platform would show, or why it would show a fault notice."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from tests.tools.wechat_simulator.wire import Account, signature

LIMIT_BYTES = 2047
MARK = re.compile(r"〔(\d+)\.(\d+)〕")
LABEL = re.compile(r"AI")
# How the service says that it did not take a message, or has no answer of the model's.
REFUSALS = ("系统这会儿有点忙", "这一条我没能收下", "这一条没有收下", "请等我答完再问下一个")
APOLOGIES = ("这条消息我处理不了", "这个问题我答不好", "不好乱说")
NOT_YET = ("点这里看回答", "还没想好", "没有更多内容了")


class Defect(Exception):
    """A reply that the platform, or its rules, would not have.

    Attributes:
        kind: one of not_xml, not_swapped, wrong_type, empty, too_long, undecryptable,
            bad_signature, plaintext, no_label, status.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Shown:
    """Answer as a follower sees it.

    Attributes:
        text: of the bubble.
        kind: `answer`, `refusal`, `apology` or `not_yet`.
        mark: (user, number) of the message that the text repeats; None without.
    """

    text: str
    kind: str
    mark: tuple[int, int] | None


def read_reply(
    account: Account, openid: str, status: int, body: bytes, *, labelled: bool = True
) -> Shown | None:
    """Return what a passive reply shows; None for "no answer wanted".

    Args:
        account: whose reply it is.
        openid: of the follower who wrote.
        status: HTTP status.
        body: of the answer.
        labelled: whether an answer must say that an AI wrote it.

    Raises:
        Defect: the platform would show its fault notice, or a rule is broken.
    """
    if status != 200:
        raise Defect("status", f"HTTP {status}: {body[:80]!r}")
    if body in (b"", b"success"):
        return None
    fields = _fields(body)
    if account.mode != "plain":
        fields = _opened(account, fields)
    if fields.get("ToUserName") != openid or fields.get("FromUserName") != account.name:
        raise Defect("not_swapped", f"{fields.get('FromUserName')} to {fields.get('ToUserName')}")
    if fields.get("MsgType") != "text" or not fields.get("CreateTime", "").isdigit():
        raise Defect("wrong_type", f"{fields.get('MsgType')} at {fields.get('CreateTime')}")
    return read_text(fields.get("Content", ""), labelled=labelled)


def read_text(text: str, *, labelled: bool = True) -> Shown:
    """Return what a text shows, passive or sent.

    Raises:
        Defect: it is empty, too long, or made by the model and does not say so.
    """
    if not text.strip():
        raise Defect("empty")
    if len(text.encode()) > LIMIT_BYTES:
        raise Defect("too_long", f"{len(text.encode())} bytes")
    found = MARK.search(text)
    mark = (int(found[1]), int(found[2])) if found else None
    for kind, openings in (("refusal", REFUSALS), ("apology", APOLOGIES), ("not_yet", NOT_YET)):
        if any(opening in text for opening in openings):
            return Shown(text, kind, mark)
    if labelled and not LABEL.search(text):
        raise Defect("no_label", text[:40])
    return Shown(text, "answer", mark)


def _fields(body: bytes) -> dict[str, str]:
    try:
        root = ElementTree.fromstring(body.decode())
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise Defect("not_xml", f"{error}: {body[:60]!r}") from error
    if root.tag != "xml":
        raise Defect("not_xml", f"its root is {root.tag}")
    return {child.tag: child.text or "" for child in root}


def _opened(account: Account, outer: dict[str, str]) -> dict[str, str]:
    if "Encrypt" not in outer:
        if account.mode == "compatible":
            return outer  # either is taken there
        raise Defect("plaintext", "safe mode wants encrypted replies")
    parts = (outer.get("TimeStamp", ""), outer.get("Nonce", ""), outer["Encrypt"])
    if outer.get("MsgSignature") != signature(account.token, *parts):
        raise Defect("bad_signature")
    try:
        inner = account.crypto.decrypt(outer["Encrypt"])
    except (ValueError, IndexError) as error:
        raise Defect("undecryptable", str(error)) from error
    return _fields(inner.encode())
