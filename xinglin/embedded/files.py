"""Files of the embedded server, and the small JSON ones among them."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from xinglin.bilingual import unwritable
from xinglin.errors import EmbeddedError
from xinglin.settings import Settings

LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is 104 to 108


@dataclass(frozen=True, slots=True)
class Files:
    """The names inside `<var>/embedded`, a folder that only its owner may enter."""

    folder: Path

    @classmethod
    def under(cls, var: Path) -> Files:
        """Make the folder, and see that it can be written.

        Raises:
            EmbeddedError: it cannot be made or written.
        """
        folder = var.resolve() / "embedded"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            write_json(folder / "writable.json", {})
        except OSError as error:
            raise EmbeddedError(unwritable(f"XINGLIN_VAR: {folder}", error)) from error
        return cls(folder)

    @property
    def users_lock(self) -> Path:
        """Held shared by every web process that uses the server."""
        return self.folder / "users.lock"

    @property
    def start_lock(self) -> Path:
        """Held alone by the web process that is starting the supervisor."""
        return self.folder / "start.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held alone by the supervisor while it lives."""
        return self.folder / "supervisor.lock"

    @property
    def state(self) -> Path:
        """State of the supervisor: the Redis URL and the processes' ids."""
        return self.folder / "state.json"

    @property
    def secrets(self) -> Path:
        """Settings that were made up because nobody gave them."""
        return self.folder / "secrets.json"

    @property
    def redis_log(self) -> Path:
        """Log file of the Redis server."""
        return self.folder / "redis.log"

    @property
    def socket_fits(self) -> bool:
        """True if a socket in this folder has a path that the system accepts."""
        return len(os.fsencode(self.folder / "redis.sock")) <= LONGEST_SOCKET_PATH


def read_json(path: Path) -> dict[str, object]:
    """Read an object; a missing or torn file counts as empty."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, value: dict[str, object]) -> None:
    """Write an object that only its owner may read, whole or not at all."""
    draft = path.with_suffix(".tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
    draft.replace(path)


def with_secrets(settings: Settings, files: Files) -> Settings:
    """Fill in the account settings that are missing, the same ones at every start.

    An account that was configured in part keeps exactly what was configured, but always has a
    token, since nothing can be signed without one.
    """
    kept = read_json(files.secrets)
    made = {
        "wechat_token": secrets.token_hex(16),
        "wechat_app_id": "wx" + secrets.token_hex(8),
        "wechat_aes_key": secrets.token_hex(22)[:43],
        "wechat_app_secret": secrets.token_hex(16),
    }
    chosen = {name: str(kept.get(name) or value) for name, value in made.items()}
    if chosen != kept:
        write_json(files.secrets, dict(chosen))
    if settings.wechat_account != "service" or settings.wechat_app_secret:
        chosen.pop("wechat_app_secret")
    if settings.wechat_app_id or settings.wechat_aes_key:
        chosen = {"wechat_token": chosen["wechat_token"]}
    elif settings.wechat_mode == "auto":  # nobody's account is behind a key that was made up
        chosen["wechat_mode"] = "compatible"
    if settings.wechat_token:
        chosen.pop("wechat_token")
    return replace(settings, **chosen)  # type: ignore[arg-type]  # each field is a text
