"""The primer as conversations to learn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from training.conversations import Turns
from training.data_recipes.primer.formulas import formula_conversations
from training.data_recipes.primer.items import (
    FOLDER,
    NOTES,
    Item,
    read_exchanges,
    read_formulas,
    read_medicines,
    read_notes,
)
from training.data_recipes.primer.medicines import medicine_conversations
from training.data_recipes.primer.notes import exchange_conversations, further_conversations
from training.data_recipes.primer.restate import restate

_PROMPTS = Path(__file__).resolve().parents[2] / "evaluation" / "prompts.txt"
# The first ones of a file, the best known, come thrice and twice as often.
_TWICE, _THRICE = 0.55, 0.25


def primer_conversations(folder: Path = FOLDER) -> dict[str, list[Turns]]:
    """Return all conversations of the primer by kind: "primer-herbs" and so on.

    None begins with a question that `evaluate` asks, word for word.

    Raises:
        DataError: a line of a file is not what its file holds.
    """
    medicines = read_medicines(folder / "herbs.csv")
    formulas = read_formulas(folder / "formulas.csv")
    found: dict[str, list[Turns]] = {
        "herbs": [
            turns for copies in _by_fame(medicines) for turns in medicine_conversations(copies)
        ],
        "formulas": [
            turns for copies in _by_fame(formulas) for turns in formula_conversations(copies)
        ],
    }
    notes = {name: read_notes(folder / f"{name}.jsonl") for name in NOTES}
    for name, told in further_conversations(notes).items():
        found[name] = list(told)
    found["follow"] = list(exchange_conversations(read_exchanges(folder / "follow.jsonl")))
    asked = frozenset(_PROMPTS.read_text(encoding="utf-8").splitlines())
    return {
        f"primer-{kind}": [
            turns for turns in _restated(all_turns, kind) if turns[0][0] not in asked
        ]
        for kind, all_turns in found.items()
    }


def primer_names(folder: Path = FOLDER) -> frozenset[str]:
    """Return the names of the medicines and formulas that the primer tells of."""
    medicines = read_medicines(folder / "herbs.csv")
    formulas = read_formulas(folder / "formulas.csv")
    return frozenset(
        name
        for names in (
            *((one.name, *one.aliases) for one in medicines),
            *((one.name, *one.aliases) for one in formulas),
        )
        for name in names
    )


def _restated(conversations: Sequence[Turns], kind: str) -> Iterator[Turns]:
    """Yield each conversation, and twice more begun in other words."""
    for at, turns in enumerate(conversations):
        yield turns
        (question, answer), *rest = turns
        for salt in (f"{at}", f"{at}/again"):
            yield [(restate(question, salt, opened=kind != "talk"), answer), *rest]


def _by_fame(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items, items[: int(len(items) * _TWICE)], items[: int(len(items) * _THRICE)]]
