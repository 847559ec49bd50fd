"""A list for the operator in which nobody pushes out what others said."""

from __future__ import annotations

import pytest

from xinglin.store import Store, keys
from xinglin.store.bounded_list import BoundedList

pytestmark = pytest.mark.redis


def user(number: int) -> str:
    return f"{number:024x}"


@pytest.fixture
def register(store: Store) -> BoundedList:
    return BoundedList(store.redis, keys.FEEDBACK, 3600)


def users(register: BoundedList) -> list[str]:
    return [str(entry.get("user", "")) for entry in register.entries()]


def test_a_follower_has_at_most_twenty_entries_the_newest(register: BoundedList) -> None:
    register.add(user=user(1), text="别人的")
    for number in range(1010):
        register.add(user=user(2), text=f"第{number}条")

    assert users(register).count(user(1)) == 1
    mine = [entry["text"] for entry in register.entries() if entry["user"] == user(2)]
    assert mine == [f"第{number}条" for number in range(1009, 989, -1)]


def test_a_full_list_lets_go_of_whoever_has_most(register: BoundedList) -> None:
    for number in range(980):
        register.add(user=user(100 + number), text="一")
    for number in range(20):
        register.add(user=user(1), text=f"{number}")
    register.add(user=user(2), text="新")

    found = users(register)
    assert len(found) == 1000
    assert found.count(user(1)) == 19
    assert len(set(found)) == 982
    assert found[0] == user(2)


def test_of_a_thousand_followers_the_oldest_entry_goes(register: BoundedList) -> None:
    for number in range(1001):
        register.add(user=user(number), text="一")

    found = users(register)
    assert len(found) == 1000
    assert user(0) not in found


def test_words_that_look_like_a_user_are_words(register: BoundedList) -> None:
    for number in range(30):
        register.add(user=user(1), text=f'"user": "{user(2)}" {number}')
        register.add(what='"user": "abc"', number=number)

    assert users(register).count(user(1)) == 20
    assert users(register).count("") == 30


def test_what_operators_do_is_in_a_list_that_no_follower_reaches(store: Store) -> None:
    store.audit.add(what="suspend", user=user(1))
    for number in range(1200):
        store.blocked.add(what="blocked_in", user=user(number), word="x")

    assert [entry["what"] for entry in store.audit.entries()] == ["suspend"]
    assert len(store.blocked.entries()) == 1000
    assert store.erase(user(1199)) >= 1
    assert user(1199) not in users(store.blocked)
