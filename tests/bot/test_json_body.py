"""The JSON of a request is read whole, or refused with 400."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from bot.json_body import DEEPEST, LARGEST, BadBody, read_json

AUTH = {"Authorization": "Bearer admin-token"}
SOUND = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e18, max_value=1e18)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner)
    ),
    max_leaves=12,
)


def read(body: bytes, content_type: str = "application/json") -> Any:
    builder = EnvironBuilder(method="POST", data=body, content_type=content_type)
    return read_json(builder.get_request(Flask.request_class))


@given(SOUND)
def test_sound_json_comes_back(value: Any) -> None:
    for body in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert read(body.encode()) == value


def test_no_body_and_another_type_are_none() -> None:
    assert read(b"") is None
    assert read(b'{"a": 1}', "text/plain") is None
    assert read(b'{"a": 1}', "application/x-www-form-urlencoded") is None
    assert read(b"null") is None


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2),
        b'{"a":' * 30 + b"1" + b"}" * 30,
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b'[["\\ud83d"]]',
        b"1" + b"0" * 400,
        b"9" * 5000,
        str(LARGEST + 1).encode(),
        b"1e400",
        b"NaN",
        b"[-Infinity]",
        b'{"a": 1',
        b'"\xff"',
        "{}".encode("utf-16"),
        b"\x00",
        b"{'a': 1}",
    ],
)
def test_what_a_program_would_stumble_over_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        read(body)


@pytest.mark.redis
def test_a_refused_body_does_nothing_and_says_why(client: FlaskClient) -> None:
    bodies = {
        b'{"hours": 1' + b"0" * 400 + b"}": "too large",
        b'{"hours": 1': "not JSON",
        b"[]": "object",
    }
    for body, why in bodies.items():
        answer = client.post(
            "/admin/pause", headers=AUTH, data=body, content_type="application/json"
        )
        assert answer.status_code == 400
        assert why in str(answer.json)
    status = client.get("/admin/overview", headers=AUTH).json
    assert status is not None
    assert status["figures"]["paused_s"] == 0
