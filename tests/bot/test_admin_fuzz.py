"""Whatever is sent to the admin addresses, the answer is JSON and no fault."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.redis
AUTH = {"Authorization": "Bearer admin-token"}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
BODY = JSON | st.fixed_dictionaries({"model": JSON, "timeout_s": st.just(0) | st.text(max_size=3)})
BODY |= st.fixed_dictionaries({"hours": JSON})
BODY |= st.fixed_dictionaries(
    {
        "base": JSON | st.just(0),
        "by": JSON,
        "texts": JSON,
        "values": JSON,
        "names": JSON,
        "to": JSON,
    }
)
PLACES = [
    ("POST", "/admin/reload"), ("POST", "/admin/users/{}/suspend"),
    ("DELETE", "/admin/users/{}/suspend"), ("DELETE", "/admin/users/{}"),
    ("POST", "/admin/dead/{}/requeue"), ("DELETE", "/admin/dead/{}"),
    ("DELETE", "/admin/feedback/{}"), ("GET", "/admin/dead"), ("GET", "/admin/audit"),
    ("PUT", "/admin/desk/texts"), ("POST", "/admin/desk/texts/preview"), ("POST", "/admin/desk/rules"),
    ("PUT", "/admin/desk/rules/1"), ("POST", "/admin/desk/rules/1/move"), ("POST", "/admin/desk/notes"),
    ("PUT", "/admin/desk/notes/one"), ("PUT", "/admin/desk/notes/files/{}"),
    ("POST", "/admin/desk/questions/answer"), ("DELETE", "/admin/desk/questions"),
    ("POST", "/admin/desk/versions/1/rollback"), ("GET", "/admin/desk/notes/files/{}"),
]  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.sampled_from(PLACES), name=st.text(min_size=1, max_size=30), body=BODY)
def test_no_body_and_no_name_makes_an_admin_address_fault(
    client: FlaskClient, place: tuple[str, str], name: str, body: object
) -> None:
    method, path = place
    address = path.format(quote(name.encode("utf-8", "replace"), safe=""))

    answer = client.open(address, method=method, headers=AUTH, json=body)

    assert answer.status_code < 500 or answer.json is not None
    assert answer.status_code not in (500, 502)
