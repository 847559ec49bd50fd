"""`xinglin feedback`: four hundred simulated votes are learnt from, published and taken back."""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.bot.cli.conftest import Command
from xinglin.store import Store, keys
from xinglin.store.encryption import Encryption, place
from xinglin.store.records import WorkerInfo, dump
from xinglin.store.users.votes import KeptDraft, Vote

pytestmark = pytest.mark.redis
HERBS = ("黄芪", "当归", "茯苓", "白术", "党参", "桂枝", "陈皮", "甘草")


def draft(rng: random.Random, herb: str) -> KeptDraft:
    parts = [f"{herb}味甘", f"可以补{rng.choice('气血脾')}", "书里这样说", "性温", "请放心"]
    rng.shuffle(parts)
    text = "，".join(parts[: rng.randint(1, 5)]) + "。"
    return KeptDraft(text, rng.gammavariate(2, 0.1), rng.uniform(0.6, 1), "")


def vote(store: Store, like: Callable[[random.Random, str], float], votes: int = 400) -> None:
    """Put votes of forty followers into Redis, as `Votes.keep` would."""
    rng, encryption = random.Random(5), Encryption("")
    for number in range(votes):
        herb, user = rng.choice(HERBS), f"{number % 40:024x}"
        drafts = [draft(rng, herb) for _ in range(3)]
        kept = Vote(
            message_id=f"m{number}", question=f"{herb}有什么功效", evidence=["n"], drafts=drafts,
            chosen=0, model="tcm@1", value=1 if rng.random() < like(rng, drafts[0].text) else -1,
        )  # fmt: skip
        sealed = encryption.encrypt(dump(kept), place("vote", user))
        row = json.dumps({"v": 1, "at": 1e9, "user": user, "vote": sealed}, ensure_ascii=False)
        store.redis.rpush(keys.VOTES, row)


def shorter(_rng: random.Random, text: str) -> float:
    return 1 / (1 + math.exp((len(text) - 15) / 3))


@contextmanager
def worker(store: Store, *, takes: bool = True) -> Iterator[None]:
    """Stand for a worker that says which ranker it uses."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.is_set():
            number = store.rankers.current() if takes else 0
            info = WorkerInfo(
                "w1", 1, "h", "cpu", "tcm", "1", 0, 0, 0.0,
                problem="" if takes else "ranker 1 is damaged", ranker=number,
            )  # fmt: skip
            store.models.heartbeat(info)
            ended.wait(0.05)

    thread = threading.Thread(target=beat)
    thread.start()
    ended.wait(0.1)
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_preference_is_learnt_published_shown_and_taken_back(
    xinglin: Command, store: Store
) -> None:
    vote(store, shorter)

    with worker(store):
        trained = xinglin("feedback", "train", "--by", "me")
        shown = xinglin("feedback", "show", "--examples", "2")
        back = xinglin("feedback", "rollback")

    assert trained.code == 0, trained
    assert "it is better for sure" in trained.out
    assert "确实更好" in trained.out
    assert "worker w1: took it" in trained.out
    assert "* ranker 1" in shown.out
    length = next(line for line in shown.out.splitlines() if line.startswith("  length"))
    assert float(length.split()[-1]) < -0.3
    assert "it takes another draft in" in shown.out
    rule, ours = (
        [line.split()[-1] for line in shown.out.splitlines() if line.strip().startswith(start)]
        for start in ("规则 rule", "排序 ranker")
    )
    assert len(rule) == len(ours) == 2
    assert sum(map(len, ours)) < sum(map(len, rule)), "shorter ones, as liked"
    assert "worker w1: ranker 1" in shown.out
    assert back.code == 0
    assert "the rule chooses from now on" in back.out
    assert store.rankers.current() == 0


def test_votes_by_the_toss_of_a_coin_change_nothing(xinglin: Command, store: Store) -> None:
    vote(store, lambda rng, text: 0.6)

    ended = xinglin("feedback", "train")

    assert ended.code == 1
    assert "not better for sure: refused" in ended.out
    assert store.rankers.versions() == []
    assert "the rule chooses" in xinglin("feedback", "show").out


def test_too_few_votes_are_a_sentence(xinglin: Command, store: Store) -> None:
    vote(store, shorter, votes=30)

    ended = xinglin("feedback", "train")

    assert ended.code == 1
    assert ended.out.startswith("too few votes: 30 votes of 30 followers")
    assert "评价太少" in ended.out
    assert "XINGLIN_CONSENT" in ended.out


def test_a_worker_that_did_not_take_it_is_named(xinglin: Command, store: Store) -> None:
    vote(store, shorter)

    with worker(store, takes=False):
        ended = xinglin("feedback", "train", "--timeout", "0.5")

    assert ended.code == 1
    assert "worker w1: has ranker 0; ranker 1 is damaged" in ended.out


def test_a_version_that_is_not_kept_is_named(xinglin: Command, store: Store) -> None:
    ended = xinglin("feedback", "rollback", "7")

    assert ended.code == 2
    assert "ranker 7 is not kept; there are: 0" in ended.err
