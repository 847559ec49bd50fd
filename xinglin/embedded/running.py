"""Finding the embedded server that another process of this folder runs."""

from __future__ import annotations

from dataclasses import replace

from xinglin.embedded.files import Files, read_json, with_secrets
from xinglin.embedded.redis_server import answers_at
from xinglin.settings import Settings


def find_running(settings: Settings) -> Settings | None:
    """Return the settings with that server's address and secrets; None when none runs.

    Starts nothing and does not keep the server alive.
    """
    files = Files(settings.var.resolve() / "embedded")
    state = read_json(files.state)
    if not answers_at(str(state.get("socket", ""))):
        return None
    return replace(with_secrets(settings, files), redis_url=str(state["url"]))
