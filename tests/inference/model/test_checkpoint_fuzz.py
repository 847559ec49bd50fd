"""Model folders with arbitrary content are refused with a sentence, or load; nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inference.errors import CheckpointError
from inference.model.checkpoint import Checkpoint

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["format", "family", "codec", "context", "width", "layers", "heads", "parameters", "corpora",
     "bytes_seen", "valid", "licence", "sha256", "name", "version", "ngram_orders", "unsure_bits"]
)  # fmt: skip
many = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "m"))


def opens(folder: Path) -> bool:
    """Return whether it loads; anything but a refusal in words fails the test."""
    try:
        Checkpoint.load(folder)
    except CheckpointError as error:
        assert str(folder) in str(error)
        return False
    return True


@many
@given(st.dictionaries(FIELDS, JSON, min_size=1, max_size=3))
@example({"width": 10**30})
@example({"layers": float("nan")})
@example({"sha256": "x" * 64, "parameters": -1})
def test_any_card_is_refused_or_loads(copy: Path, change: dict[str, object]) -> None:
    card = copy / "config.json"
    whole = card.read_bytes()

    card.write_text(json.dumps(json.loads(whole) | change), "utf-8")
    opens(copy)

    card.write_bytes(whole)
    assert opens(copy)


@many
@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b'{"format": ' * 5_000)
def test_any_bytes_instead_of_a_card_are_refused(copy: Path, content: bytes) -> None:
    (copy / "config.json").write_bytes(content)

    assert not opens(copy)


@many
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=12), st.booleans())
def test_changed_weights_are_refused(copy: Path, at: int, patch: bytes, cut: bool) -> None:
    weights = copy / "model.safetensors"
    whole = weights.read_bytes()
    changed = whole[:at] + patch + (b"" if cut else whole[at + len(patch) :])

    weights.write_bytes(changed)
    assert opens(copy) is (changed == whole)  # the digest stands in the card

    weights.write_bytes(whole)


@many
@given(st.integers(0, 1500), st.binary(min_size=1, max_size=12))
def test_a_header_of_weights_may_say_anything(copy: Path, at: int, patch: bytes) -> None:
    weights, card = copy / "model.safetensors", copy / "config.json"
    whole, fields = weights.read_bytes(), json.loads(card.read_bytes())
    changed = whole[:at] + patch + whole[at + len(patch) :]

    weights.write_bytes(changed)
    fields["sha256"] = hashlib.sha256(changed).hexdigest()
    card.write_text(json.dumps(fields))
    opens(copy)  # with a digest that fits, the header itself is judged

    weights.write_bytes(whole)
    fields["sha256"] = hashlib.sha256(whole).hexdigest()
    card.write_text(json.dumps(fields))
    assert opens(copy)
