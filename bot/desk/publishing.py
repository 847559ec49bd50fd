"""From a change on the desk to the version that every process serves."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify

from bot.admin.responses import refusal
from bot.desk.frame import blueprint
from bot.services import Services
from xinglin.bilingual import Notice
from xinglin.errors import AccountError

LONGEST_NAME = 40
WAIT_S = 8.0


def author(fields: dict[str, Any]) -> str:
    """Return who makes a change, as the page signs it."""
    by = fields.get("by", "")
    if not isinstance(by, str) or len(by) > LONGEST_NAME or not (by == "" or by.isprintable()):
        abort(refusal(f"by must be a name of at most {LONGEST_NAME} characters", 400))
    return by.strip() or "desk"


def published(services: Services, number: int, by: str, what: str) -> tuple[Response, int]:
    """Note a change, and say which processes serve it once they do, or the time is over."""
    services.store.audit.add(what="desk", by=by, detail=what, version=number)
    services.account.look()
    deadline = services.clock() + WAIT_S
    while True:
        rows = services.store.accounts.processes()
        late = [row for row in rows if number not in (row.number, row.refused)]
        if not late or services.clock() >= deadline:
            break
        services.sleep(0.1)
    refused = [row for row in rows if row.refused == number]
    return jsonify(
        version=number,
        took=sum(row.number == number for row in rows),
        refused=[f"{row.kind} {row.process}: {row.error}" for row in refused],
        late=[f"{row.kind} {row.process}" for row in late],
    ), 200


@blueprint.errorhandler(AccountError)
def _refuse(error: AccountError) -> tuple[Response, int]:
    problems = [{"en": str(one), "zh": _chinese(one)} for one in error.problems]
    return jsonify(error=str(error), problems=problems), 400


def _chinese(sentence: str) -> str:
    return sentence.zh if isinstance(sentence, Notice) else str(sentence)
