"""A ranker fitted to votes, and held against the present rule on followers it has not seen."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.drafts import by_rule
from knowledge.learn.fit import Floats, auc, logistic
from knowledge.ranker import NAMED, Candidate, Ranker, features, scaled

LEAST_VOTES, LEAST_OF_EACH, LEAST_FOLLOWERS = 100, 20, 10
FOLDS, RESAMPLED = 5, 1000
RIDGE = 3.0
_SEED = 20_240_601


@dataclass(frozen=True, slots=True)
class VotedDraft:
    """One vote.

    Attributes:
        follower: who voted; votes of one stay together.
        question: what was asked.
        shown: the draft that was shown.
        pleased: 赞 and not 踩.
    """

    follower: str
    question: str
    shown: Candidate
    pleased: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of learning from votes.

    Attributes:
        ranker: fitted to all votes; None where there are too few.
        votes, pleased, followers: how many.
        auc: how often a liked draft scores above a disliked one, of followers who were held out.
        rule_auc: the same of the present rule.
        low, high: 95 % interval of the difference, by followers drawn anew.
        least_auc: lower end of the interval of `auc`.
    """

    ranker: Ranker | None
    votes: int
    pleased: int
    followers: int
    auc: float = 0.5
    rule_auc: float = 0.5
    low: float = 0.0
    high: float = 0.0
    least_auc: float = 0.0

    @property
    def accepted(self) -> bool:
        """True if it beats the rule, and chance, for sure."""
        return self.ranker is not None and self.low > 0 and self.least_auc > 0.5


def learn(votes: Sequence[VotedDraft]) -> Outcome:
    """Fit a ranker, and measure it on followers who were held out."""
    pleased = np.array([one.pleased for one in votes], np.bool_)
    who = [one.follower for one in votes]
    counted = len(votes), int(pleased.sum()), len(set(who))
    enough = min(counted[1], counted[0] - counted[1]) >= LEAST_OF_EACH
    if counted[0] < LEAST_VOTES or counted[2] < LEAST_FOLLOWERS or not enough:
        return Outcome(None, *counted)
    rows = np.stack([features(one.question, one.shown) for one in votes])
    rule = np.array([by_rule(one.shown) for one in votes])
    scores = _held_out(rows, pleased, np.array([zlib.crc32(one.encode()) % FOLDS for one in who]))
    own, differences = _resampled(scores, rule, pleased, who)
    low, high = np.quantile(differences, (0.025, 0.975))
    return Outcome(
        _fitted(rows, pleased),
        *counted,
        auc(scores[pleased], scores[~pleased]),
        auc(rule[pleased], rule[~pleased]),
        float(low),
        float(high),
        float(np.quantile(own, 0.025)),
    )


def _fitted(rows: Floats, pleased: NDArray[np.bool_]) -> Ranker:
    named = rows[:, : len(NAMED)]
    means, scales = named.mean(0), np.maximum(named.std(0), 1e-3)
    weights, bias = logistic(scaled(rows, means, scales), pleased, RIDGE)
    return Ranker(0, _rounded(means), _rounded(scales), _rounded(weights), bias)


def _rounded(numbers: Floats) -> tuple[float, ...]:
    return tuple(float(f"{one:.5g}") for one in numbers)


def _held_out(rows: Floats, pleased: NDArray[np.bool_], fold: NDArray[np.int64]) -> Floats:
    """Return the score of each vote by a ranker that has not seen its follower."""
    scores = np.zeros(len(rows))
    for one in range(FOLDS):
        held = fold == one
        if not held.any():
            continue
        made = _fitted(rows[~held], pleased[~held])
        x = scaled(rows[held], np.array(made.means), np.array(made.scales))
        scores[held] = x @ np.array(made.weights) + made.bias
    return scores


def _resampled(
    scores: Floats, rule: Floats, pleased: NDArray[np.bool_], who: Sequence[str]
) -> tuple[Floats, Floats]:
    """Return AUC, and its lead over the rule's, with followers drawn anew again and again."""
    rng = np.random.default_rng(_SEED)
    places = [np.flatnonzero(np.array(who) == one) for one in sorted(set(who))]
    own: list[float] = []
    differences: list[float] = []
    while len(own) < RESAMPLED:
        drawn = rng.integers(0, len(places), len(places))
        at = np.concatenate([places[one] for one in drawn])
        good, bad = at[pleased[at]], at[~pleased[at]]
        if len(good) and len(bad):
            own.append(auc(scores[good], scores[bad]))
            differences.append(own[-1] - auc(rule[good], rule[bad]))
    return np.array(own), np.array(differences)
