"""A signature belongs to the message that it came with first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from xinglin.settings import Settings
from xinglin.store import Store

pytestmark = pytest.mark.redis
OPENID = "oFollower"


def replayed(store: Store, *proofs: str, carried: str = "one") -> bool:
    return store.admission.admit(OPENID, proofs=proofs, carried=carried)[1].replayed


def test_each_signature_of_a_push_is_tied_to_its_message(store: Store) -> None:
    assert not replayed(store, "m1", "s1")
    assert not replayed(store, "m1", "s1"), "the platform's own retry"
    assert not replayed(store, "m2", "s1"), "a retry that was encrypted anew"
    for proofs in (["s1"], ["m1"], ["m2"], ["m1", "s9"], ["s9", "s1"]):
        assert replayed(store, *proofs, carried="other")
    assert not replayed(store, "s9", carried="other"), "a refused push uses nothing up"


def test_what_was_tied_before_it_came_is_good_for_that_message_only(store: Store) -> None:
    assert store.admission.tie(proofs=["s1"], carried="composed")
    assert store.admission.tie(proofs=["s1"], carried="composed")

    assert not store.admission.tie(proofs=["s1"], carried="another")
    assert replayed(store, "s1", carried="another")
    assert not replayed(store, "s1", carried="composed")


@pytest.mark.parametrize(("age_s", "least", "most"), [(600, 1200, 1260), (0, 86_000, 86_400)])
def test_a_tie_lasts_as_long_as_the_signature_is_taken(
    settings: Settings, open_store: Callable[..., Store], age_s: int, least: int, most: int
) -> None:
    store = open_store(replace(settings, signature_age_s=age_s))
    replayed(store, "s1")

    (key,) = store.redis.keys("xl:signature:*")
    assert least < store.redis.ttl(key) <= most
    assert b"s1" not in key


def test_standing_is_told_with_any_number_of_signatures(store: Store) -> None:
    user = store.user_key(OPENID)
    store.moderation.suspend(user, 60)
    store.pause.begin(60)
    store.conversation.consent(user, agreed=True)

    for proofs in ([], ["a"], ["a", "b", "c"]):
        found, standing = store.admission.admit(OPENID, proofs=proofs, carried="x")
        assert found == user
        assert (standing.suspended, standing.consented, standing.paused) == (True, True, True)
        assert not standing.replayed
