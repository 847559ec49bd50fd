"""A key of Redis as JSON, and back into a Redis."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from xinglin.backup.entries import Entry
from xinglin.errors import BackupError

RAW = st.binary(max_size=40) | st.text(max_size=20).map(lambda text: text.encode())
ENTRIES = st.builds(
    Entry,
    RAW,
    st.sampled_from(("string", "list", "hash", "set", "zset")),
    st.none() | st.integers(0, 2**53),
    st.lists(RAW, max_size=6).map(tuple),
)


@hypothesis.given(ENTRIES)
def test_any_bytes_come_back_from_json(entry: Entry) -> None:
    line = json.dumps(entry.fields())

    assert Entry.of_fields(json.loads(line)) == entry


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        {"key": "a", "type": "list"},
        {"key": "a", "type": "stream", "values": []},
        {"key": "a", "type": "list", "values": [{"base64": "§"}]},
        {"key": "a", "type": "list", "values": [1]},
        {"key": "a", "type": "list", "values": [], "expires_at_ms": "soon"},
    ],
)
def test_what_is_no_entry_is_called_damaged(fields: Any) -> None:
    with pytest.raises(BackupError, match="damaged"):
        Entry.of_fields(fields)
