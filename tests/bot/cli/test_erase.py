"""Erasing under another id key than the service's says so, instead of that nothing was kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.bot.cli.conftest import Command
from xinglin.settings import Settings
from xinglin.store import Store

pytestmark = pytest.mark.redis
Open = Callable[..., Store]


@pytest.fixture
def service(open_store: Open, settings: Settings) -> Store:
    """A service with a key of its own, as web and workers begin."""
    store = open_store(replace(settings, id_key="sesame"))
    store.followers.note_key()
    store.feedback.comment(store.user_key("o1"), "太长了")
    return store


def test_another_key_is_said_and_nothing_is_erased(xinglin: Command, service: Store) -> None:
    for settings in ({"id_key": "another"}, {}):
        ended = xinglin("erase", "o1", "--yes", **settings)

        assert ended.code == 2
        assert "XINGLIN_ID_KEY" in ended.err
        assert "另一个密钥" in ended.err
        assert "sesame" not in ended.err + ended.out
    assert len(service.feedback.entries()) == 1


def test_with_the_services_key_it_is_erased_and_a_stranger_is_nobody(
    xinglin: Command, service: Store
) -> None:
    key = {"id_key": "sesame"}

    gone, nobody = xinglin("erase", "o1", "--yes", **key), xinglin("erase", "o9", "--yes", **key)

    assert (gone.code, nobody.code) == (0, 0)
    assert gone.out.startswith("1 entries erased")
    assert "nothing was kept" in nobody.out
    assert service.feedback.entries() == []


def test_after_a_change_of_key_the_older_one_is_remembered(
    xinglin: Command, service: Store, open_store: Open, settings: Settings
) -> None:
    open_store(replace(settings, id_key="new")).followers.note_key()

    ended = xinglin("erase", "o1", "--yes", id_key="new")

    assert ended.code == 2
    assert "under another one" in ended.err


def test_check_names_a_key_that_is_not_the_services(xinglin: Command, service: Store) -> None:
    wrong = xinglin("check", id_key="another", model="none")
    right = xinglin("check", id_key="sesame", model="none")

    assert "fail  id key" in wrong.out
    assert "id key" not in right.out
