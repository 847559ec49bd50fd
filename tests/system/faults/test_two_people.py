"""Two followers of one account: whatever one of them sends, the other's keys and answers stay."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import get_args

import pytest
from redis import Redis

from tests.system.faults.env import AES_KEY
from tests.system.faults.onlooker import Onlooker, serving
from tests.tools.wechat_simulator.judge import read_reply
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import Account, cdata, event_fields, text_fields
from xinglin.commands import Name, parse_command
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.messages import Kind, parse

HERS, HIS = "oPersonAnna0001", "oPersonBert0001"
ANNA, BERT = "安娜只问当归", "贝特只问黄芪"
ID_KEY = "two-people"
KNOWN = Account("faulttoken", "wxfault", AES_KEY, "safe")
Fields = dict[str, str]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with serving(
        XINGLIN_WECHAT_AES_KEY=AES_KEY, XINGLIN_ID_KEY=ID_KEY, XINGLIN_USER_RATE="",
        XINGLIN_HISTORY_KEY="Y2FuYXJ5LWhpc3Rvcnkta2V5LW9mLTMyLWJ5dGVzISE=",
    ) as running:  # fmt: skip
        yield running


@pytest.fixture
def store(stack: Stack) -> Iterator[Store]:
    opened = Store.open(
        Settings(
            redis_url=stack.env["XINGLIN_REDIS_URL"],
            id_key=ID_KEY,
            history_key=stack.env["XINGLIN_HISTORY_KEY"],
        )
    )
    yield opened
    opened.close()


def send(stack: Stack, openid: str, fields: Fields) -> str:
    answer = Onlooker(stack, KNOWN).post(*KNOWN.sign_push(fields))
    assert answer.status_code == 200
    if answer.text == "success":
        return ""
    shown = read_reply(KNOWN, openid, 200, answer.content, labelled=False)
    return shown.text if shown else ""


def media(openid: str, kind: str, number: int, **more: str) -> Fields:
    fields = text_fields(KNOWN, openid, "", str(number)) | {"MsgType": cdata(kind)}
    fields.pop("Content")
    return fields | {name: cdata(value) for name, value in more.items()}


def requests_of(openid: str, said: str) -> list[tuple[str, Callable[[int], Fields]]]:
    """One of each kind of request that a follower can make, in an order that fills and empties."""

    def text(words: str) -> Callable[[int], Fields]:
        return lambda number: text_fields(KNOWN, openid, words, str(number))

    def event(name: str, key: str = "") -> Callable[[int], Fields]:
        return lambda number: event_fields(KNOWN, openid, name, key) | {"CreateTime": str(number)}

    words = [said, f"{said}。再详细讲讲", "继续", "赞", f"反馈 {said}", "我的数据", "帮助", "踩",
             "同意", "不同意", "我胸口很痛", "]]>", "重置", said, "投诉", "删除我的数据", said]  # fmt: skip
    found = [(f"text {one}", text(one)) for one in words]
    found += [("CLICK", event("CLICK", said)), ("VIEW", event("VIEW", "https://example.com/"))]
    found += [
        (name, event(name)) for name in ("subscribe", "SCAN", "LOCATION", "TEMPLATESENDJOBFINISH")
    ]
    found += [
        (kind, lambda number, kind=kind: media(openid, kind, number, Recognition=said, Title=said))
        for kind in ("voice", "image", "video", "shortvideo", "location", "link", "hologram")
    ]
    return [*found, ("我的数据", text("我的数据")), ("unsubscribe", event("unsubscribe"))]


def kept(store: Store, user: str) -> dict[bytes, bytes]:
    """Return everything that Redis holds under a follower's keys, or about one in shared lists."""
    redis: Redis[bytes] = store.redis
    found = {key: redis.dump(key) or b"" for key in redis.scan_iter(f"xl:{{{user}}}:*", count=500)}
    shared = [row for name in ("feedback", "dead", "audit", "blocked")
              for row in redis.lrange(f"xl:{name}", 0, -1) if user.encode() in row]  # fmt: skip
    return found | {b"shared": b"\n".join(sorted(shared))}


def settled(store: Store, user: str) -> dict[bytes, bytes]:
    """Return what is kept of a follower once nothing of theirs is under way; time takes none of it."""
    before = kept(store, user)
    while True:
        time.sleep(0.1)
        after = kept(store, user)
        if after == before and not store.redis.exists(f"xl:{{{user}}}:lease"):
            for key in after:
                store.redis.persist(key)
            return after
        before = after


def test_a_request_of_each_kind_is_tried() -> None:
    tried = [make(number) for number, (_, make) in enumerate(requests_of(HERS, ANNA), 1)]
    bare = [{name: plain(value) for name, value in fields.items()} for fields in tried]
    messages = [parse(fields) for fields in bare]
    commands = [parse_command(one.text) for one in messages if one.kind == "text"]

    assert {one.kind for one in messages} == set(get_args(Kind))
    assert {one.name for one in commands if one} == set(get_args(Name))


def plain(value: str) -> str:
    return value.removeprefix("<![CDATA[").removesuffix("]]>")


@pytest.mark.parametrize(
    ("who", "other", "said", "others"), [(HERS, HIS, ANNA, BERT), (HIS, HERS, BERT, ANNA)]
)
def test_nothing_that_one_sends_touches_or_shows_the_other(
    stack: Stack, store: Store, who: str, other: str, said: str, others: str
) -> None:
    mine, theirs = store.user_key(who), store.user_key(other)
    base = int(time.time()) * 1000
    send(stack, other, text_fields(KNOWN, other, others, str(base)))
    send(stack, other, text_fields(KNOWN, other, f"反馈 {others}", str(base + 1)))
    before = settled(store, theirs)
    assert len(before) >= 4, "there must be something to touch"

    for number, (name, fields) in enumerate(requests_of(who, said), 2):
        reply = send(stack, who, fields(base + number))

        assert others not in reply, name
        assert kept(store, theirs) == before, name
    assert [key for key in kept(store, mine) if key != b"shared"] == [], "who left is erased"
    assert others in send(stack, other, text_fields(KNOWN, other, "我的数据", str(base + 900)))
    assert said not in send(stack, other, text_fields(KNOWN, other, "我的数据", str(base + 901)))


def test_one_message_id_of_two_people_is_two_messages(stack: Stack, store: Store) -> None:
    number = str(int(time.time()) * 1000 + 999)

    answers = {
        who: send(stack, who, text_fields(KNOWN, who, said, number))
        for who, said in ((HERS, ANNA), (HIS, BERT))
    }

    assert ANNA in answers[HERS]
    assert BERT in answers[HIS]
    again = send(stack, HERS, text_fields(KNOWN, HERS, ANNA, number))
    assert again == answers[HERS]
    assert store.user_key(HERS) != store.user_key(HIS)
