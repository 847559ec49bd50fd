"""Strangers who saw a push, or know an address: they read, erase and pretend nothing."""

from __future__ import annotations

import re
import secrets
import threading
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests import shipped as texts
from tests.system.faults.env import account
from tests.system.faults.onlooker import ASKED, STRANGER, VICTIM, Onlooker, Query, codes, forged
from tests.tools.wechat_simulator.judge import read_reply
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import cdata, text_fields

ERASE, EXPORT = "删除我的数据", "我的数据"


def test_one_signature_that_was_seen_serves_no_other_body(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    onlooker.say(VICTIM, ASKED)
    query, body = onlooker.push(STRANGER, "当归")
    assert onlooker.post(query, body).status_code == 200

    variants: list[Any] = [query | {"msg_signature": f"y{n}"} for n in range(50)]
    variants += [query | more for more in (
        {}, {"encrypt_type": "raw"}, {"encrypt_type": "RAW"}, {"openid": VICTIM}, {"x": "1"},
        {"msg_signature": query["signature"]}, {"echostr": "e"},
    )]  # fmt: skip
    variants += [
        f"{urlencode(query)}&signature=x&timestamp=1&nonce=2",
        f"{urlencode(query)}&{urlencode(query)}",
        f"a=b&{urlencode(query)}&msg_signature=1&msg_signature=2",
        urlencode(query).replace("nonce", "%6eonce"),
    ]
    refused = codes(onlooker.post(one, forged(VICTIM, ERASE)) for one in variants)
    moved = [dict(query, timestamp=query["timestamp"] + query["nonce"][:n],
                  nonce=query["nonce"][n:]) for n in range(1, 10)]  # fmt: skip

    assert refused == {403}
    assert codes(onlooker.post(one, forged(VICTIM, ERASE)) for one in moved) == {403}
    assert "黄芪" in onlooker.say(VICTIM, EXPORT)
    assert onlooker.post(query, body).status_code == 200, "the platform's own retry"


def test_a_body_with_one_more_byte_is_another_body(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    query, body = onlooker.push(STRANGER, "当归")
    assert onlooker.post(query, body).status_code == 200

    changed = [body + b" ", body.replace(b"</xml>", b"<A>1</A></xml>"), b"\n" + body]
    changed.append(re.sub(rb"(<CreateTime>\d+)\d(</CreateTime>)", rb"\g<1>0\2", body))

    assert codes(onlooker.post(query, one) for one in changed if one != body) == {403}


def test_an_address_check_that_was_seen_serves_no_push(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    query, _ = onlooker.push(STRANGER, "当归")
    asked = requests.get(f"{plain.base}/wechat", params=query | {"echostr": "hello"}, timeout=10)

    assert (asked.status_code, asked.text) == (200, "hello")
    assert onlooker.post(query, forged(VICTIM, ERASE)).status_code == 403
    again = requests.get(f"{plain.base}/wechat", params=query | {"echostr": "hello"}, timeout=10)
    assert again.status_code == 200


def test_parallel_forgeries_with_a_fresh_signature_win_at_most_one_body(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    query, _ = onlooker.push(STRANGER, "当归")
    found: list[int] = []

    def post(number: int) -> None:
        found.append(onlooker.post(query, forged(f"oCopy{number:04}", "帮助")).status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [200] + [403] * 7


DOWNGRADES: list[Query] = [
    {}, {"encrypt_type": "AES"}, {"encrypt_type": "aes"}, {"encrypt_type": "Aes"},
    {"encrypt_type": "raw"}, {"encrypt_type": ""}, {"encrypt_type": "aes "},
]  # fmt: skip


@pytest.mark.parametrize("keeps", [True, False])
def test_safe_mode_is_not_talked_down(safe: Stack, keeps: bool) -> None:
    onlooker = Onlooker(safe, account("safe"))
    onlooker.say(VICTIM, ASKED)
    query, body = onlooker.push(VICTIM, "人参")
    seen = query if keeps else {n: query[n] for n in ("signature", "timestamp", "nonce")}
    bodies = [forged(VICTIM, EXPORT), forged(VICTIM, ERASE)]

    before = codes(onlooker.post(seen | more, one) for more in DOWNGRADES for one in bodies)
    assert onlooker.post(query, body).status_code == 200, "what was refused used nothing up"
    after = codes(onlooker.post(seen | more, one) for more in DOWNGRADES for one in bodies)

    assert before == after == {403}
    assert "黄芪" in onlooker.say(VICTIM, EXPORT)


def test_compatible_mode_ties_both_signatures_of_a_push(compatible: Stack) -> None:
    secret, open_ = (Onlooker(compatible, account(mode)) for mode in ("compatible", "plain"))
    assert secret.say(VICTIM, ASKED)
    assert open_.say(STRANGER, "当归是什么药材？")
    query, body = secret.push(VICTIM, "人参")
    assert secret.post(query, body).status_code == 200

    bare = {name: query[name] for name in ("signature", "timestamp", "nonce")}
    inner = body.replace(re.findall(rb"<Encrypt>.*</Encrypt>", body)[0], b"")
    refused = codes(
        secret.post(seen, one)
        for seen in (bare, bare | {"encrypt_type": "raw"})
        for one in (forged(VICTIM, EXPORT), body, inner)
    )

    assert refused == {403}
    assert secret.post(query, body).status_code == 200


def test_nobody_gets_an_encrypted_push_read_out(safe: Stack, compatible: Stack) -> None:
    for stack in (safe, compatible):
        onlooker = Onlooker(stack, account("safe"))
        query, body = onlooker.push(VICTIM, "我怀孕了")
        assert onlooker.post(query, body).status_code == 200
        sealed = re.findall(r"<Encrypt><!\[CDATA\[(.*)\]\]></Encrypt>", body.decode())[0]
        params = query | {"echostr": sealed}
        echo = requests.get(f"{stack.base}/wechat", params=params, timeout=10)
        posed = (
            f"<xml><Encrypt>{cdata(sealed)}</Encrypt><TimeStamp>{query['timestamp']}</TimeStamp>"
            f"<MsgSignature>{query['msg_signature']}</MsgSignature><Nonce>{query['nonce']}</Nonce></xml>"
        )
        opened = requests.post(f"{stack.base}/console/open", json={"body": posed}, timeout=10)
        reply = onlooker.post(query, body).text
        read = requests.post(f"{stack.base}/console/open", json={"body": reply}, timeout=10)

        assert (echo.status_code, echo.text) in ((403, "signature refused\n"), (200, sealed))
        for answer in (opened, read):
            assert answer.status_code in (400, 404)
            assert "怀孕" not in answer.text


def compose(stack: Stack, **message: Any) -> requests.Response:
    return requests.post(
        f"{stack.base}/console/compose", json=message, timeout=10, headers={"X-Forwarded-For": "1.2.3.4"}
    )  # fmt: skip


def test_the_public_console_speaks_for_nobody_but_its_own(compatible: Stack) -> None:
    onlooker = Onlooker(compatible, account("plain"))
    onlooker.say(VICTIM, ASKED)
    for is_safe in (False, True):
        composed = compose(compatible, follower="oConsole123", text="帮助", safe=is_safe).json()
        query = composed["url"].partition("?")[2]
        forgeries = [forged(VICTIM, ERASE), forged("oConsole123", ERASE)]

        assert codes(onlooker.post(query, one) for one in forgeries) == {403}
        plain_query = re.sub("&(encrypt_type|msg_signature)=[^&]*", "", query)
        assert codes(onlooker.post(plain_query, one) for one in forgeries) == {403}
        answers = [onlooker.post(query, composed["body"].encode()) for _ in range(2)]
        assert codes(iter(answers)) == {200}
    for follower in (VICTIM, "oconsole123", " oConsole1", "o", "oConsol"):
        assert compose(compatible, follower=follower, text="帮助").status_code == 400
    assert "黄芪" in onlooker.say(VICTIM, EXPORT)


def test_there_is_no_console_unless_somebody_asked_for_it(safe: Stack, plain: Stack) -> None:
    paths = ("", "/state", "/static/console.js", "/trace/oConsole1/aa", "/pushed/oConsole1")

    assert {requests.get(f"{safe.base}/console{p}", timeout=5).status_code for p in paths} == {404}
    for call in ("compose", "open", "export", "kill", "swap", "steal"):
        answer = requests.post(f"{safe.base}/console/{call}", json={}, timeout=5)
        assert answer.status_code == 404, call
    assert requests.get(f"{plain.base}/console", timeout=5).status_code == 200
    assert compose(plain, follower="oConsole123", text="帮助").status_code == 403, "by a proxy"


def test_a_text_with_marks_of_cdata_is_answered(safe: Stack, plain: Stack) -> None:
    for stack, mode in ((safe, "safe"), (plain, "plain")):
        known = account(mode)
        onlooker = Onlooker(stack, known)
        for text in ("黄芪]]>有什么功效", "<![CDATA[黄芪", "当归]]></Content>呢"):
            fields = text_fields(known, "oMarks", "", str(secrets.randbelow(10**15)))
            fields["Content"] = f"<![CDATA[{text}]]>"
            answer = onlooker.post(*known.sign_push(fields))

            assert answer.status_code == 200
            shown = read_reply(known, "oMarks", 200, answer.content, labelled=False)
            assert shown is not None
            # The engine repeats the question in its normal form: Chinese text, Chinese marks.
            assert shown.text.startswith(text.replace("!", "！")), shown.text


def test_one_follower_does_not_push_out_the_complaints_of_others(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    assert onlooker.say("oComplainer", "投诉 回答错了") == texts.FEEDBACK_THANKS
    for number in range(60):
        onlooker.say(STRANGER, f"投诉 第{number}次")

    listed: list[dict[str, Any]] = plain.admin("GET", "feedback")["feedback"]
    mine = [entry for entry in listed if "第" in entry["text"]]

    assert any(entry["text"] == "回答错了" for entry in listed)
    assert 0 < len(mine) <= 20
