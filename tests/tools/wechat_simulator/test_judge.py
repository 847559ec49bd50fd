"""The judge catches each defect: it is fed bad replies, made without the product's help."""

from __future__ import annotations

import base64

import pytest

from tests.tools.wechat_simulator.judge import Defect, Shown, read_reply, read_text
from tests.tools.wechat_simulator.wire import Account, Mode, cdata, signature

KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
OTHER_KEY = base64.b64encode(bytes(range(1, 33))).decode().rstrip("=")
GOOD = "黄芪甘温〔3.1〕（由AI生成）"


def account(mode: Mode = "plain") -> Account:
    return Account("token", "wxapp", KEY, mode)


def reply(text: str = GOOD, *, to: str = "oA", by: str = "gh_platform", kind: str = "text") -> str:
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(by)}</FromUserName>"
        f"<CreateTime>1</CreateTime><MsgType>{cdata(kind)}</MsgType>"
        f"<Content>{cdata(text)}</Content></xml>"
    )


def sealed(xml: str, *, by: Account | None = None, sign: str = "") -> bytes:
    by = by or account("safe")
    cipher = by.crypto.encrypt(xml)
    signed = sign or signature("token", "1", "nonce", cipher)
    return (
        f"<xml><Encrypt>{cdata(cipher)}</Encrypt><MsgSignature>{signed}</MsgSignature>"
        f"<TimeStamp>1</TimeStamp><Nonce>nonce</Nonce></xml>"
    ).encode()


def judged(body: bytes | str, mode: Mode = "plain", status: int = 200) -> Shown | None:
    return read_reply(account(mode), "oA", status, body.encode() if isinstance(body, str) else body)


def test_good_replies_pass_in_every_mode() -> None:
    expected = Shown(GOOD, "answer", (3, 1))

    assert judged(reply()) == expected
    assert judged(reply(), "compatible") == expected
    assert judged(sealed(reply()), "compatible") == expected
    assert judged(sealed(reply()), "safe") == expected
    assert judged("") is judged("success") is None
    assert judged(reply("尖括号 <b> 和 ]]> 〔1.1〕AI")).text == "尖括号 <b> 和 ]]> 〔1.1〕AI"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("Internal Server Error", "not_xml"),
        (reply().replace("</xml>", ""), "not_xml"),
        (reply("]]>").replace("]]]]><![CDATA[>", "]]>") + "</xml>", "not_xml"),
        (reply().encode("gbk"), "not_xml"),
        ("<html></html>", "not_xml"),
        (reply(to="oB"), "not_swapped"),
        (reply(to="gh_platform", by="oA"), "not_swapped"),
        (reply(kind="markdown"), "wrong_type"),
        (reply().replace("<CreateTime>1", "<CreateTime>now"), "wrong_type"),
        (reply(" "), "empty"),
        (reply("长" * 700), "too_long"),
        (reply("黄芪甘温，归肺经"), "no_label"),
    ],
)
def test_a_bad_plain_reply_is_named(body: bytes | str, kind: str) -> None:
    with pytest.raises(Defect) as caught:
        judged(body)

    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (reply(), "plaintext"),
        (sealed(reply(), sign="0" * 40), "bad_signature"),
        (sealed(reply(), by=Account("token", "wxapp", OTHER_KEY, "safe")), "undecryptable"),
        (sealed(reply(), by=Account("token", "wxother", KEY, "safe")), "undecryptable"),
        (sealed("no xml"), "not_xml"),
        (sealed(reply(to="oB")), "not_swapped"),
        (sealed(reply("没有标注")), "no_label"),
    ],
)
def test_a_bad_sealed_reply_is_named(body: bytes | str, kind: str) -> None:
    with pytest.raises(Defect) as caught:
        judged(body, "safe")

    assert caught.value.kind == kind


def test_an_error_page_is_a_defect_whatever_it_holds() -> None:
    with pytest.raises(Defect, match="status"):
        judged(reply(), status=500)


def test_refusals_need_no_label_and_are_told_from_answers() -> None:
    assert read_text("抱歉，系统这会儿有点忙，请过一两分钟再发一次。").kind == "refusal"
    assert read_text("抱歉，这条消息我处理不了，请换一种说法。").kind == "apology"
    assert read_text("这个问题我还在想，点这里看回答").kind == "not_yet"


def test_the_published_vectors_of_the_platform_hold() -> None:
    first = signature("AAAAA", "1714036504", "1514711492")
    second = signature("AAAAA", "1714037059", "486452656")

    assert (first[:8], first[-4:]) == ("f464b24f", "1696")
    assert (second[:8], second[-4:]) == ("899cf89e", "aa78")
