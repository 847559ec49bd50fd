"""Blocked words, suspension, consent, and what the operator can see and do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.handlers.decide import BLOCKED_PER_MINUTE
from tests import shipped as texts
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn, keys
from xinglin.store.keys import UserKeys
from xinglin.store.turns.turns import SESSION_S
from xinglin.wechat.replies import event_push

pytestmark = pytest.mark.redis
AUTH = {"Authorization": "Bearer admin-token"}


def test_a_blocked_question_never_reaches_the_model_and_is_noted_without_its_words(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, platform: Any, worker: Any,
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    words = tmp_path / "words.txt"
    words.write_text("神药\n胸口\n", encoding="utf-8")
    client = make_app(replace(bot_settings, blocked_words=str(words))).test_client()
    platform.client = client

    blocked = platform.say("哪里买神 药？")
    danger = platform.say("我胸口很痛")
    complaint = platform.say("投诉 你们卖神药")
    audit = client.get("/admin/audit", headers=AUTH).text

    assert blocked == texts.BLOCKED
    assert "120" in danger, "a danger sign is answered whatever the list says"
    assert complaint == texts.FEEDBACK_THANKS
    assert worker.seen == []
    (entry,) = json.loads(audit)["audit"]
    assert entry["what"] == "blocked_in"
    logged = " ".join(str(record.__dict__) for record in caplog.records)
    assert "神" not in audit + logged


def test_a_suspended_follower_is_told_and_may_still_complain_export_and_erase(
    client: FlaskClient, platform: Any, worker: Any
) -> None:
    platform.say("黄芪")
    user = worker.store.user_key("o1")
    done = client.post(f"/admin/users/{user[:8]}/suspend", headers=AUTH, json={"hours": 1})

    assert done.json == {"ok": True, "user": user, "hours": 1}
    assert platform.say("当归") == texts.SUSPENDED
    assert "120" in platform.say("我胸口很痛")
    assert platform.say("投诉 为什么") == texts.FEEDBACK_THANKS
    assert "黄芪" in platform.say("我的数据")
    assert platform.say("删除我的数据") == texts.ERASED
    assert platform.say("当归") == texts.SUSPENDED, "erasing is no way around it"
    assert platform.say("当归", openid="o2").startswith("答：当归")
    assert 0 < worker.store.moderation.left_s(user) <= 3600
    assert client.delete(f"/admin/users/{user}/suspend", headers=AUTH).status_code == 200
    assert client.delete(f"/admin/users/{user}/suspend", headers=AUTH).status_code == 404
    assert platform.say("当归").startswith("答：当归")
    assert worker.seen == ["黄芪", "当归", "当归"]


@pytest.mark.parametrize("user", ["x", "abc", "../../etc", "a" * 25, "ABCDEF12", "0123abcd*"])
@pytest.mark.parametrize("hours", [24])
def test_a_user_that_is_none_is_refused(client: FlaskClient, user: str, hours: int) -> None:
    answer = client.post(f"/admin/users/{user}/suspend", headers=AUTH, json={"hours": hours})

    assert answer.status_code in (400, 404, 405)


@pytest.mark.parametrize(
    "body", [{"hours": 0}, {"hours": "x"}, {"hours": True}, {"hours": 1e9}, [1]]
)
def test_a_suspension_of_nonsense_is_refused(client: FlaskClient, body: Any) -> None:
    answer = client.post(f"/admin/users/{'a' * 24}/suspend", headers=AUTH, json=body)

    assert answer.status_code == 400


def test_an_unknown_or_ambiguous_prefix_is_not_guessed(client: FlaskClient, store: Store) -> None:
    for tail in ("0", "1"):
        store.redis.set(UserKeys("abcdef12" + tail * 16).of("last"), "m", ex=60)

    for prefix in ("abcdef12", "00000000"):
        assert client.delete(f"/admin/users/{prefix}", headers=AUTH).status_code == 404
    assert client.delete("/admin/users/abcdef120", headers=AUTH).status_code == 200
    assert len(store.redis.keys("xl:{abcdef12*")) == 1


def test_the_operator_reads_complaints_and_drops_them(
    client: FlaskClient, platform: Any, store: Store
) -> None:
    platform.say("投诉：回答不对")
    (entry,) = client.get("/admin/feedback", headers=AUTH).json["feedback"]  # type: ignore[index]

    assert (entry["text"], entry["user"]) == ("回答不对", store.user_key("o1"))
    assert client.delete(f"/admin/feedback/{entry['name']}", headers=AUTH).status_code == 200
    assert client.delete(f"/admin/feedback/{entry['name']}", headers=AUTH).status_code == 404
    assert client.get("/admin/feedback", headers=AUTH).json == {"feedback": []}


def test_dead_letters_are_requeued_and_deleted(client: FlaskClient, store: Store) -> None:
    user = store.user_key("o1")
    for number in (1, 2):
        store.inbox.accept(user, "o1", f"m{number}", f"秘密{number}", wait_s=0)
        claim = store.turns.take(user)
        assert claim is not None
        store.dead_letters.add(claim)
        store.turns.commit(claim, Reply("抱歉", False, "", claim.message_id, "o1"), None)
    listed = client.get("/admin/dead", headers=AUTH)
    newest, oldest = (entry["name"] for entry in listed.json["dead"])  # type: ignore[index]

    assert "秘密" not in listed.text
    assert client.delete(f"/admin/dead/{newest}", headers=AUTH).status_code == 200
    assert client.post(f"/admin/dead/{oldest}/requeue", headers=AUTH).status_code == 200
    assert client.post(f"/admin/dead/{oldest}/requeue", headers=AUTH).status_code == 404
    claim = store.turns.take(user)
    assert claim is not None
    assert claim.text == "秘密1"
    done = client.get("/admin/audit", headers=AUTH).json["audit"]  # type: ignore[index]
    assert [entry["what"] for entry in done] == ["requeue", "delete_dead"]


def test_every_admin_address_is_shut(client: FlaskClient, app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/admin")]

    assert len(rules) >= 10
    for rule in rules:
        if rule.endpoint in ("admin.page", "admin.static", "desk.static"):  # the sign-in page, and
            continue  # no secrets
        path = rule.rule.replace("<name>", "x").replace("<prefix>", "a" * 24)
        path = path.replace("<int:number>", "1").replace("<path:name>", "x.txt")
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            address = {"REMOTE_ADDR": f"192.0.2.{hash((path, method)) % 250}"}
            answer = client.open(path, method=method, environ_overrides=address)
            assert answer.status_code in (401, 429), path


# --- consent ---


def kept_for(store: Store, openid: str = "o1") -> int:
    ttl: int = store.redis.ttl(UserKeys(store.user_key(openid)).of("hist"))
    return ttl


@pytest.fixture
def consenting(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, worker: Any, platform: Any,
    open_store: Callable[..., Store],
) -> Callable[[str], Any]:  # fmt: skip
    def choose(mode: str) -> Any:
        settings = replace(bot_settings, consent=mode)  # type: ignore[arg-type]
        worker.store = open_store(settings)
        platform.client = make_app(settings).test_client()
        return platform

    return choose


def test_without_consent_a_conversation_is_kept_for_a_session_only(
    consenting: Callable[[str], Any], store: Store
) -> None:
    platform = consenting("history")
    greeting = platform.push(event_push("o1", "gh", "subscribe", now=1)).text

    assert texts.CONSENT_ASKED in greeting
    platform.say("黄芪")
    assert 0 < kept_for(store) <= SESSION_S
    assert platform.say("同意") == texts.AGREED
    platform.say("当归")
    assert kept_for(store) > SESSION_S
    assert platform.say("不同意") == texts.DISAGREED
    assert kept_for(store) == -2
    platform.say("人参")
    assert 0 < kept_for(store) <= SESSION_S


def test_where_consent_is_required_nothing_is_asked_or_kept_before_it(
    consenting: Callable[[str], Any], worker: Any, store: Store
) -> None:
    platform = consenting("required")

    assert platform.say("黄芪") == texts.CONSENT_NEEDED
    assert "120" in platform.say("我胸口很痛")
    assert not [
        key for key in store.redis.keys("xl:{*") if "黄芪".encode() in store.redis.dump(key)
    ]
    assert platform.say("同意") == texts.AGREED
    assert platform.say("黄芪").startswith("答：黄芪")
    assert platform.say("删除我的数据") == texts.ERASED
    assert platform.say("黄芪") == texts.CONSENT_NEEDED, "erasing takes the consent back"
    assert worker.seen == ["黄芪"]


def test_without_the_setting_the_words_are_ordinary(platform: Any, worker: Any) -> None:
    assert platform.say("同意").startswith("答：同意")
    assert not worker.store.redis.exists(UserKeys(worker.store.user_key("o1")).of("consent"))
    assert keys.suspended("a") != keys.suspended("b")


def test_blocked_words_are_noted_so_often_a_minute_and_push_nothing_out(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, platform: Any, worker: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    words = tmp_path / "words.txt"
    words.write_text("神药\n", encoding="utf-8")
    client = make_app(replace(bot_settings, blocked_words=str(words))).test_client()
    platform.client = client
    client.post(f"/admin/users/{'a' * 24}/suspend", headers=AUTH, json={"hours": 1})

    answers = [platform.say(f"哪里买神药{n}") for n in range(3 * BLOCKED_PER_MINUTE)]
    other = platform.say("哪里买神药", openid="o2")
    audit = client.get("/admin/audit", headers=AUTH).json["audit"]  # type: ignore[index]

    assert answers.count(texts.BLOCKED) <= 2 * BLOCKED_PER_MINUTE  # a minute may end meanwhile
    assert "再发" in answers[-1] or answers.count(texts.BLOCKED) > BLOCKED_PER_MINUTE
    assert other == texts.BLOCKED
    whats = [entry["what"] for entry in audit]
    assert whats.count("suspend") == 1
    assert whats.count("blocked_in") == answers.count(texts.BLOCKED) + 1
    assert audit == sorted(audit, key=lambda entry: -entry["at"])
    assert worker.seen == []


def leave_open(store: Store, text: str) -> None:
    """Have a question of the follower o1 that nothing answered."""
    user = store.user_key("o1")
    store.inbox.accept(user, "o1", f"open-{text}", text, wait_s=0)
    claim = store.turns.take(user)
    assert claim is not None
    turn = Turn(text, "不知道", 1_900_000_000.0, by="nothing")
    store.turns.commit(claim, Reply("不知道", True, "m", claim.message_id, "o1"), turn)


@pytest.mark.parametrize("word", ["重置", "删除我的数据"])
def test_an_open_question_is_shown_to_its_follower_and_goes_with_the_rest(
    platform: Any, store: Store, word: str
) -> None:
    leave_open(store, "有包间吗")
    assert "没答上的问题：有包间吗" in platform.say("我的数据")

    platform.say(word)

    assert store.questions.entries() == []


def test_who_takes_consent_back_or_leaves_has_no_open_question(
    consenting: Callable[[str], Any], worker: Any, store: Store
) -> None:
    worker.open.clear()  # the test is the worker
    platform = consenting("history")
    platform.say("同意")
    leave_open(store, "有包间吗")
    assert store.questions.count() == 1
    platform.say("不同意")
    assert store.questions.count() == 0

    platform.say("同意")
    leave_open(store, "能停车吗")
    platform.push(event_push("o1", "gh", "unsubscribe", now=2))

    assert store.questions.count() == 0
