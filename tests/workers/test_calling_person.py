"""A question without an answer: a person is called or offered, and who waited in vain is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.folder_account import FolderAccount
from tests.shipped import TCM
from workers.calling_person import PersonCaller
from xinglin.account import HandoverRules
from xinglin.account.handover import OnUnanswered
from xinglin.account.schedule import Schedule
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import Claim

pytestmark = pytest.mark.redis
NOON = 1796011200.0  # 2026-11-30 12:00 in Shanghai, a Monday
Open = Callable[..., Store]


@pytest.fixture
def owned(settings: Settings) -> Settings:
    return replace(settings, admin_token="admin-token")


def caller(settings: Settings, store: Store, rules: HandoverRules | None) -> PersonCaller:
    account = FolderAccount(Path(), replace(TCM, handover=rules))
    return PersonCaller(settings, store, account, now=lambda: NOON)  # type: ignore[arg-type]


def claim(store: Store) -> Claim:
    return Claim(store.user_key("o1"), "t", "7", "o1", "月亮多重", 1)


def rules(on_unanswered: OnUnanswered, **more: object) -> HandoverRules:
    return HandoverRules(on_unanswered=on_unanswered, **more)  # type: ignore[arg-type]


def test_a_person_is_called_once_however_often_the_turn_is_tried(
    owned: Settings, store: Store
) -> None:
    call = caller(owned, store, rules("start"))

    said = [call.unanswered(claim(store)) for _ in range(2)]

    assert said == [f"{TCM.texts.handover_started}\n{TCM.texts.handover_tap}"] * 2
    (one,) = store.handovers.waiting()
    assert one.reason == "unanswered"
    assert [written.text for written in one.said] == ["月亮多重"]


def test_a_person_may_only_be_offered(owned: Settings, store: Store) -> None:
    said = caller(owned, store, rules("offer")).unanswered(claim(store))

    assert said == TCM.texts.handover_offered
    assert store.handovers.waiting() == []


@pytest.mark.parametrize(
    "given", [None, rules("no"), rules("start", duty=Schedule(weekdays=frozenset({6})))]
)
def test_otherwise_nothing_is_said(
    owned: Settings, store: Store, given: HandoverRules | None
) -> None:
    assert caller(owned, store, given).unanswered(claim(store)) == ""
    assert store.handovers.waiting() == []


def test_without_a_desk_nobody_is_called(settings: Settings, store: Store) -> None:
    assert caller(settings, store, rules("start")).unanswered(claim(store)) == ""


def test_who_waited_in_vain_is_told(owned: Settings, open_store: Open) -> None:
    sends = replace(owned, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")
    store = open_store(sends)
    call = caller(sends, store, rules("start", timeout_s=0))
    call.unanswered(claim(store))

    call.note_overdue()
    call.note_overdue()

    outgoing = store.outbox.claim(store.user_key("o1"))
    assert outgoing is not None
    assert outgoing.text == TCM.texts.handover_missed
    store.outbox.done(outgoing)
    assert store.outbox.claim(store.user_key("o1")) is None
