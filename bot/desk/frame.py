"""The frame around each page of the desk: its blueprint, its navigation, its languages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.admin.auth import find_session, guard
from bot.services import current_services
from xinglin.account.bundle import TEXT_BYTES

HERE = Path(__file__).parent
blueprint = Blueprint(
    "desk",
    __name__,
    url_prefix="/admin/desk",
    template_folder=str(HERE / "templates"),
    static_folder=str(HERE / "static"),
)
guard(blueprint)


@dataclass(frozen=True, slots=True)
class Page:
    """A page in the navigation.

    Attributes:
        name: of its view, its template and its address.
        zh: its title.
        en: the same in English.
    """

    name: str
    zh: str
    en: str


NAVIGATION = (
    Page("questions", "没答上的", "Open questions"),
    Page("people", "转人工", "A person"),
    Page("texts", "文字", "Texts"),
    Page("rules", "规则", "Rules"),
    Page("notes", "资料", "Notes"),
    Page("versions", "版本", "Versions"),
)


@blueprint.before_request
def _take_more() -> None:
    """Read longer bodies than the platform's pushes: all the texts of an account."""
    request.max_content_length = TEXT_BYTES


@blueprint.get("")
def first() -> Response:
    """Lead to the first page."""
    return redirect(url_for(f"desk.{NAVIGATION[0].name}"))


def show(name: str, **values: Any) -> str:
    """Return a page of the navigation, as HTML.

    Args:
        name: of the page.
        values: what its template needs.
    """
    services = current_services()
    session, account = find_session(services), services.account.current
    return render_template(
        f"desk/{name}.html",
        page=next(page for page in NAVIGATION if page.name == name),
        navigation=NAVIGATION,
        account=account,
        csrf=session.csrf if session else "",  # a program with the bearer token needs none
        base=services.store.accounts.current()[0],
        counts={
            "questions": services.store.questions.count(),
            "people": services.store.handovers.count_waiting(),
        },
        **values,
    )
