"""Simulated votes: a preference that is there is found, and none that is not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import pytest

from knowledge.drafts import best
from knowledge.learn.fit import auc
from knowledge.learn.ranking import VotedDraft, learn
from knowledge.ranker import NAMED, Candidate

HERBS = ("黄芪", "当归", "茯苓", "白术", "党参", "桂枝", "陈皮", "甘草")
ASKED = ("有什么功效", "是什么味道", "有什么禁忌", "怎么用")
Prefer = Callable[[random.Random, str, Candidate], float]


def draft(rng: random.Random, herb: str) -> Candidate:
    parts = [
        f"{herb}味甘，性温", f"可以{rng.choice('补健益')}{rng.choice('气血脾')}",
        f"书里说它归{rng.choice('脾肺肝')}经", f"常与{rng.choice(HERBS)}同用", "请放心",
    ]  # fmt: skip
    rng.shuffle(parts)
    text = "，".join(parts[: rng.randint(1, 5)]) + "。"
    return Candidate(text, rng.gammavariate(2, 0.1), rng.uniform(0.6, 1.0), rng.random() < 0.1)


def voted(seed: int, prefer: Prefer, votes: int = 400, followers: int = 40) -> list[VotedDraft]:
    rng, found = random.Random(seed), []
    for _ in range(votes):
        herb, follower = rng.choice(HERBS), f"{rng.randrange(followers):024x}"
        question, shown = herb + rng.choice(ASKED), draft(rng, herb)
        pleased = rng.random() < prefer(rng, question, shown)
        found.append(VotedDraft(follower, question, shown, pleased))
    return found


def shorter(_rng: random.Random, _question: str, shown: Candidate) -> float:
    return 1 / (1 + math.exp((len(shown.text) - 22) / 5))


def politer(_rng: random.Random, _question: str, shown: Candidate) -> float:
    return 0.85 if "请放心" in shown.text else 0.25


def by_question(_rng: random.Random, question: str, shown: Candidate) -> float:
    return 0.95 if ("功效" in question) == ("可以" in shown.text) else 0.15


def coin(_rng: random.Random, _question: str, _shown: Candidate) -> float:
    return 0.6


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("prefer", [shorter, politer, by_question])
def test_a_preference_is_found_and_beats_the_rule(prefer: Prefer, seed: int) -> None:
    outcome = learn(voted(seed, prefer))

    assert outcome.accepted
    assert outcome.auc > outcome.rule_auc + 0.05
    assert 0 < outcome.low < outcome.high
    assert (outcome.votes, outcome.followers) == (400, 40)


def test_with_shorter_replies_liked_the_shorter_draft_is_chosen() -> None:
    outcome = learn(voted(7, shorter))
    assert outcome.ranker is not None
    long, short = (
        Candidate("黄芪味甘，性温，可以补气，常与当归同用，请放心。", 0.1, 1.0),
        Candidate("黄芪味甘，性温。", 0.3, 0.9),
    )

    assert outcome.ranker.weights[NAMED.index("length")] < -0.5
    assert best("黄芪有什么功效", [long, short]) == 0, "the rule takes the one less made up"
    assert best("黄芪有什么功效", [long, short], outcome.ranker) == 1


def test_of_twelve_coins_at_most_one_passes() -> None:
    assert sum(learn(voted(seed, coin)).accepted for seed in range(12)) <= 1


def test_one_loud_follower_teaches_nothing() -> None:
    """Nine tenths of the votes are of one; the others toss a coin."""
    quiet = voted(1, coin, votes=80)
    loud = [
        VotedDraft("f" * 24, one.question, one.shown, one.pleased)
        for one in voted(2, shorter, votes=320)
    ]

    assert not learn(quiet + loud).accepted


@pytest.mark.parametrize(
    "votes",
    [
        [],
        voted(1, shorter, votes=99),
        voted(1, shorter, followers=5),
        [one for one in voted(1, shorter, votes=600) if one.pleased],
    ],
    ids=["none", "few", "few followers", "of one kind"],
)
def test_too_few_votes_make_no_ranker(votes: list[VotedDraft]) -> None:
    outcome = learn(votes)

    assert outcome.ranker is None
    assert not outcome.accepted
    assert outcome.votes == len(votes)


def test_equal_scores_are_worth_a_coin() -> None:
    assert auc(np.zeros(3), np.zeros(5)) == 0.5
    assert auc(np.array([1.0, 0.0]), np.array([0.0])) == 0.75
