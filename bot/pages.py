"""The small public pages: what this is, what is kept, and the icon."""

from __future__ import annotations

import html
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    send_from_directory,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from bot.services import current_services
from xinglin.store.turns.turns import SESSION_S
from xinglin.texts import wait_words

HERE = Path(__file__).parent
blueprint = Blueprint("pages", __name__, template_folder=str(HERE / "templates"))
_DAY_S, _ICON_S = 86_400, 300
_LETTER = "杏"


@blueprint.get("/")
def home() -> AnyResponse | str:
    """Lead to the console in development; elsewhere say what this is."""
    services = current_services()
    if services.development:
        return redirect(url_for("console.page"))
    privacy = services.settings.privacy_url or url_for("pages.privacy")
    return render_template(
        "home.html",
        account=services.account.current,
        filing=services.settings.filing,
        privacy=privacy,
    )


@blueprint.get("/privacy")
def privacy() -> AnyResponse | str:
    """Say what is kept and for how long, as the settings have it."""
    services = current_services()
    settings = services.settings
    if settings.privacy_url:
        return redirect(settings.privacy_url)
    return render_template(
        "privacy.html",
        name=services.account.current.name,
        filing=settings.filing,
        history=wait_words(settings.history_ttl_s),
        session=wait_words(min(SESSION_S, settings.history_ttl_s)),
        records=wait_words(settings.records_ttl_s),
        handover=services.account.current.handover is not None,
        questions=settings.questions_ttl_s and wait_words(settings.questions_ttl_s),
        consent=settings.consent,
        sealed=bool(settings.history_key) and not settings.history_key.startswith("none"),
    )


@blueprint.get("/favicon.svg")
def icon() -> Response:
    """Return the icon, with the account's letter in it."""
    drawn = (HERE / "static" / "favicon.svg").read_text(encoding="utf-8")
    letter = html.escape(current_services().account.current.avatar)
    answer = Response(drawn.replace(f">{_LETTER}<", f">{letter}<"), mimetype="image/svg+xml")
    answer.cache_control.max_age = _ICON_S
    return answer


@blueprint.get("/favicon.ico")
def old_icon() -> AnyResponse:
    """Return the icon for browsers that ask by the old name."""
    if current_services().account.current.avatar != _LETTER:
        return redirect(url_for("pages.icon"))
    return send_from_directory(HERE / "static", "favicon.ico", max_age=_DAY_S)


@blueprint.get("/pages.css")
def style() -> Response:
    """Return the style of these pages."""
    return send_from_directory(HERE / "static", "pages.css", max_age=_DAY_S)


@blueprint.get("/bubble.css")
def bubble() -> Response:
    """Return the style of a reply as the phone shows it."""
    return send_from_directory(HERE / "static", "bubble.css", max_age=_ICON_S)


@blueprint.get("/<name>.txt")
def verification(name: str) -> Response:
    """Return one of the account's files that prove a domain to the platform."""
    content = current_services().account.current.verify.get(f"{name}.txt")
    if content is None:
        abort(404)
    return Response(content, mimetype="text/plain")
