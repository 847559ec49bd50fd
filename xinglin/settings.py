"""Every setting of the service, read once from `XINGLIN_*` variables in an entry point."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from xinglin.errors import SettingsError

PREFIX = "XINGLIN_"
SHORTEST_ADMIN_TOKEN = 16
# Redis refuses to keep anything much longer than it can count in milliseconds.
_TEN_YEARS_S = 315_360_000
_FERNET = r"[A-Za-z0-9_-]{43}="
_RATE = r"(?:[1-9][0-9]{0,6}/(?:second|minute|hour|day))?"


def _setting(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    secret: bool = False,
    least: float | None = None,
    most: float | None = None,
    pattern: str = "",
) -> Any:
    metadata = {
        "doc": doc,
        "unit": unit,
        "secret": secret,
        "least": least,
        "most": most,
        "pattern": pattern,
    }
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One value per `XINGLIN_<NAME>` variable."""

    redis_url: str = _setting("", "Redis to use; empty starts an embedded one.", secret=True)
    var: Path = _setting(
        Path("var"), "Folder for the embedded Redis and its files, and for compiled knowledge."
    )
    account: str = _setting("tcm", "Account to serve: a name under `accounts/`, or a folder.")
    library: str = _setting(
        "", "Library of books to quote from, made by `xinglin library build`; empty: none."
    )
    models: Path = _setting(Path("models"), "Folder that model names are looked up in.")
    model: str = _setting("tcm", "Model to serve: a name in the models folder, or a path.")
    backend: Literal["auto", "cpu", "cuda", "reference", "echo"] = _setting(
        "auto", "Engine backend; `echo` repeats the user's text and is for load tests."
    )
    isa: Literal["auto", "avx512vnni", "avxvnni", "avx2", "neon", "portable"] = _setting(
        "auto", "Instruction set of the cpu backend."
    )
    threads: int = _setting(1, "Engine threads in each worker process.", least=1, most=256)
    max_batch: int = _setting(32, "Sequences decoded together per thread.", least=1, most=1024)
    cache_bytes: int = _setting(
        16 << 20,
        "Memory for keys and values of recent turns; 0 keeps none.",
        unit="bytes",
        least=0,
        most=1 << 40,
    )
    admin_token: str = _setting("", "Bearer token of /admin; empty switches it off.", secret=True)
    metrics_token: str = _setting(
        "",
        "Bearer token for /metrics from another machine; empty: from this one only.",
        secret=True,
    )
    reply_deadline_s: float = _setting(
        4.5, "How long the webhook waits for a reply.", unit="seconds", least=0.1, most=4.9
    )
    history_bytes: int = _setting(
        192, "History given to the model, in its codec.", unit="bytes", least=0, most=1 << 20
    )
    history_ttl_s: int = _setting(
        86_400,
        "Conversations are forgotten after this idle time.",
        unit="seconds",
        least=60,
        most=_TEN_YEARS_S,
    )
    history_key: str = _setting(
        "",
        "Key that texts and openids are encrypted with in Redis; older keys follow, with commas, "
        "and while one upgrades `unbound`: see security.md.",
        secret=True,
        pattern=rf"(?:(?:none|{_FERNET})(?:,(?:none|unbound|{_FERNET}))*)?",
    )
    consent: Literal["off", "history", "required"] = _setting(
        "off",
        "Until a follower sends 同意: `history` keeps a conversation for 30 minutes only, "
        "`required` answers no question.",
    )
    blocked_words: str = _setting(
        "", "File of words that neither questions nor answers may hold; read again when it changes."
    )
    records_ttl_s: int = _setting(
        15_552_000,
        "Feedback, dead letters and the audit log are forgotten after this time.",
        unit="seconds",
        least=3600,
        most=_TEN_YEARS_S,
    )
    questions_ttl_s: int = _setting(
        604_800,
        "Questions that nothing answered are kept so long for the owner's desk; 0 keeps none.",
        unit="seconds",
        least=0,
        most=_TEN_YEARS_S,
    )
    reply_max_bytes: int = _setting(
        300, "Longest reply of the model, in its codec.", unit="bytes", least=16, most=65_536
    )
    top_e: float = _setting(1.0, "Top-E dial: 0 greedy, 1 default, more is freer.", least=0)
    drafts: int = _setting(
        3,
        "Drafts made at once where the model writes; the surest that the check passes is shown.",
        least=1,
        most=8,
    )
    temperature: float = _setting(0.7, "Sampling temperature.", least=0.01, most=10)
    inbox_limit: int = _setting(5, "Unanswered messages a user may have.", least=1, most=1000)
    queue_limit: int = _setting(500, "Unanswered messages in all.", least=1)
    user_rate: str = _setting(
        "30/minute",
        "Questions that one follower may ask, such as `30/minute` or `200/day`; empty: no limit.",
        pattern=_RATE,
    )
    account_rate: str = _setting(
        "", "Questions that the whole account may ask; empty: no limit.", pattern=_RATE
    )
    lease_s: float = _setting(4.0, "Lease of a turn.", unit="seconds", least=1, most=60)
    ambiguous: Literal["skip", "resend"] = _setting(
        "skip", "A send cut off between sending and noting it: skip or send again."
    )
    id_key: str = _setting(
        "", "Key of the hash that stands for an openid; empty: made once, in Redis.", secret=True
    )
    wechat_token: str = _setting("", "Token of the official account's server page.", secret=True)
    wechat_app_id: str = _setting("", "AppID of the official account.")
    wechat_app_secret: str = _setting("", "AppSecret, needed for custom/send.", secret=True)
    wechat_aes_key: str = _setting(
        "",
        "EncodingAESKey (43 characters) for compatible and safe mode; needs the AppID.",
        secret=True,
        pattern=r"(?:[A-Za-z0-9+/]{43})?",
    )
    wechat_mode: Literal["auto", "safe", "compatible", "plain"] = _setting(
        "auto",
        "Encryption chosen on the server page: `safe` takes encrypted pushes only; `auto`: `safe` "
        "with an EncodingAESKey, else `plain`.",
    )
    signature_age_s: int = _setting(
        600,
        "Oldest signature that is taken, and how long one is tied to its message; 0: any age, tied "
        "for a day.",
        unit="seconds",
        least=0,
        most=86_400,
    )
    wechat_account: Literal["service", "personal"] = _setting(
        "personal", "`service` may call custom/send; `personal` gets tap links instead."
    )
    wechat_api_base: str = _setting(
        "https://api.weixin.qq.com", "Host of every platform call.", pattern=r"https?://.+"
    )
    timezone: str = _setting(
        "Asia/Shanghai", "Time zone of the times that followers read, such as `Asia/Shanghai`."
    )
    filing: str = _setting("", "Filing number (备案号) that the page at / shows.")
    privacy_url: str = _setting(
        "",
        "Privacy policy that the page at / leads to; empty: the one at /privacy.",
        pattern=r"(?:https?://\S+)?",
    )
    console: bool = _setting(
        False, "Serve /console with a Redis of one's own, too; `flask run` without one always does."
    )
    console_public: bool = _setting(
        False, "Serve /console, and to addresses other than loopback as well."
    )
    trusted_proxies: int = _setting(
        0, "Proxies in front whose X-Forwarded-For is believed.", least=0, most=9
    )
    log_format: Literal["text", "json"] = _setting("text", "Log lines for people or machines.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _setting("INFO", "Least level.")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: a `XINGLIN_` variable is unknown or its value does not parse; the
                message names it, and for a secret it does not show the value.
        """
        env = os.environ if env is None else env
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        types = get_type_hints(cls)
        values: dict[str, Any] = {}
        for name, raw in env.items():
            if not name.startswith(PREFIX):
                continue
            if name not in known:
                raise SettingsError(f"{name} is not a setting; see docs/configuration.md")
            item = known[name]
            values[item.name] = _parse(name, raw.strip(), types[item.name], item)
        if "timezone" in values:
            _check_timezone(values["timezone"])
        return cls(**values)

    def warnings(self) -> list[str]:
        """Return what is set so that it works but should not stay, one sentence each."""
        found = []
        if not self.wechat_token:
            found.append("XINGLIN_WECHAT_TOKEN is not set: every push will be refused")
        elif not re.fullmatch("[A-Za-z0-9]{3,32}", self.wechat_token):
            found.append("XINGLIN_WECHAT_TOKEN is not 3 to 32 letters and digits, as WeChat asks")
        if self.admin_token and len(self.admin_token) < SHORTEST_ADMIN_TOKEN:
            found.append(
                f"XINGLIN_ADMIN_TOKEN is shorter than {SHORTEST_ADMIN_TOKEN} characters; make one"
                " with: python3 -c 'import secrets; print(secrets.token_hex(24))'"
            )
        if self.wechat_account == "service" and not self.can_send:
            found.append("a service account needs XINGLIN_WECHAT_APP_ID and _APP_SECRET to send")
        if self.wechat_aes_key and self.push_mode != "safe":
            found.append(
                f"XINGLIN_WECHAT_MODE is {self.push_mode}: who sees one push can read others of the"
                " same connection; choose safe mode there and on the account's server page"
            )
        if not self.signature_age_s:
            found.append(
                "XINGLIN_SIGNATURE_AGE_S is 0: a push that somebody saw a day ago can be forged"
            )
        if self.console_public:
            found.append("XINGLIN_CONSOLE_PUBLIC opens the console to everybody who can reach it")
        return found

    def verify(self) -> None:
        """See that the account's settings fit each other.

        Raises:
            SettingsError: they do not; the sentence says which.
        """
        if self.push_mode == "plain":
            return
        if not self.wechat_aes_key:
            raise SettingsError(
                f"XINGLIN_WECHAT_MODE is {self.push_mode}, which needs XINGLIN_WECHAT_AES_KEY"
            )
        if not self.wechat_app_id:
            raise SettingsError(
                "XINGLIN_WECHAT_AES_KEY is set, and XINGLIN_WECHAT_APP_ID is not: every encrypted"
                " push and reply ends with it; copy it from the account's developer page"
            )

    @property
    def push_mode(self) -> Literal["safe", "compatible", "plain"]:
        """The account's mode, `auto` resolved."""
        if self.wechat_mode == "auto":
            return "safe" if self.wechat_aes_key else "plain"
        return self.wechat_mode

    @property
    def can_send(self) -> bool:
        """Whether custom/send is open to this account."""
        has_credentials = bool(self.wechat_app_id and self.wechat_app_secret)
        return self.wechat_account == "service" and has_credentials


def _parse(name: str, raw: str, kind: Any, item: Field[Any]) -> Any:
    shown = "(hidden)" if item.metadata["secret"] else repr(raw)
    if get_origin(kind) is Literal:
        if raw not in get_args(kind):
            raise SettingsError(f"{name} is {shown}; it must be one of {', '.join(get_args(kind))}")
        return raw
    if kind is bool:
        if raw.lower() not in ("0", "1", "true", "false", "yes", "no"):
            raise SettingsError(f"{name} is {shown}; it must be 1 or 0")
        return raw.lower() in ("1", "true", "yes")
    if kind is Path:
        return Path(raw)
    if kind in (int, float):
        return _number(name, raw, kind, item)
    pattern = item.metadata["pattern"]
    if pattern and not re.fullmatch(pattern, raw):
        raise SettingsError(f"{name} is {shown}; it must match {pattern}")
    return raw


def _check_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise SettingsError(
            f"XINGLIN_TIMEZONE is {name!r}; it must name a time zone, such as Asia/Shanghai"
        ) from error


def _number(name: str, raw: str, kind: Any, item: Field[Any]) -> Any:
    least, most = item.metadata["least"], item.metadata["most"]
    try:
        value = kind(raw)
    except ValueError as error:
        raise SettingsError(f"{name} is {raw!r}; it must be a number") from error
    if (least is not None and not value >= least) or (most is not None and not value <= most):
        bounds = f"at least {least}" if most is None else f"from {least} to {most}"
        raise SettingsError(f"{name} is {raw!r}; it must be {bounds}")
    return value
