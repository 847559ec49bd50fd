"""Every setting of the service, read once from `XINGLIN_*` variables in an entry point."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

from xinglin.bilingual import Notice
from xinglin.errors import SettingsError
from xinglin.setting_values import check_timezone, parse_value, unknown_setting

PREFIX = "XINGLIN_"
SHORTEST_ADMIN_TOKEN = 16
NEW_SECRET = "python3 -c 'import secrets; print(secrets.token_hex(24))'"
# Redis refuses to keep anything much longer than it can count in milliseconds.
_TEN_YEARS_S = 315_360_000
_FERNET = r"[A-Za-z0-9_-]{43}="
_RATE = r"(?:[1-9][0-9]{0,6}/(?:second|minute|hour|day))?"
_RATE_FORM = Notice(
    "a number and second, minute, hour or day, such as 30/minute, or empty",
    "“次数/单位”，单位是 second、minute、hour 或 day，如 30/minute；也可以留空",
)
_KEY_FORM = Notice(
    "keys of 44 characters, joined by commas; make one: python3 -c 'from cryptography.fernet import"
    " Fernet; print(Fernet.generate_key().decode())'",
    " 44 个字符的密钥，几个之间用英文逗号；生成一个：python3 -c 'from cryptography.fernet import"
    " Fernet; print(Fernet.generate_key().decode())'",
)
_AES_FORM = Notice(
    "the 43 letters and digits of EncodingAESKey; copy it again from the account's server page",
    "公众平台“服务器配置”页上 EncodingAESKey 的 43 个字母和数字，请重新复制",
)
_ADDRESS_FORM = Notice("an address that begins with https://", "以 https:// 开头的地址")


def _setting(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    secret: bool = False,
    least: float | None = None,
    most: float | None = None,
    pattern: str = "",
    form: Notice | None = None,
) -> Any:
    metadata = {
        "doc": doc,
        "unit": unit,
        "secret": secret,
        "least": least,
        "most": most,
        "pattern": pattern,
        "form": form,
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
        form=_KEY_FORM,
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
        form=_RATE_FORM,
    )
    account_rate: str = _setting(
        "",
        "Questions that the whole account may ask; empty: no limit.",
        pattern=_RATE,
        form=_RATE_FORM,
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
        form=_AES_FORM,
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
        "https://api.weixin.qq.com",
        "Host of every platform call.",
        pattern=r"https?://.+",
        form=_ADDRESS_FORM,
    )
    timezone: str = _setting(
        "Asia/Shanghai", "Time zone of the times that followers read, such as `Asia/Shanghai`."
    )
    filing: str = _setting("", "Filing number (备案号) that the page at / shows.")
    privacy_url: str = _setting(
        "",
        "Privacy policy that the page at / leads to; empty: the one at /privacy.",
        pattern=r"(?:https?://\S+)?",
        form=_ADDRESS_FORM,
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
                raise unknown_setting(name, known)
            item = known[name]
            values[item.name] = parse_value(name, raw.strip(), types[item.name], item)
        if "timezone" in values:
            check_timezone(values["timezone"])
        return cls(**values)

    def warnings(self) -> list[Notice]:
        """Return what is set so that it works but should not stay, one sentence each."""
        found = []
        if not self.wechat_token:
            found.append(
                Notice(
                    "XINGLIN_WECHAT_TOKEN is not set: every push will be refused",
                    "没有设 XINGLIN_WECHAT_TOKEN：微信推来的消息都会被拒绝",
                )
            )
        elif not re.fullmatch("[A-Za-z0-9]{3,32}", self.wechat_token):
            found.append(
                Notice(
                    "XINGLIN_WECHAT_TOKEN is not 3 to 32 letters and digits, as WeChat asks",
                    "XINGLIN_WECHAT_TOKEN 不是 3 到 32 个字母或数字，微信不接受",
                )
            )
        if self.admin_token and len(self.admin_token) < SHORTEST_ADMIN_TOKEN:
            found.append(
                Notice(
                    f"XINGLIN_ADMIN_TOKEN is shorter than {SHORTEST_ADMIN_TOKEN} characters; make"
                    f" one with: {NEW_SECRET}",
                    f"XINGLIN_ADMIN_TOKEN 不足 {SHORTEST_ADMIN_TOKEN} 个字符；"
                    f"生成一个：{NEW_SECRET}",
                )
            )
        if self.wechat_account == "service" and not self.can_send:
            found.append(
                Notice(
                    "a service account needs XINGLIN_WECHAT_APP_ID and _APP_SECRET to send",
                    "服务号要发客服消息，需要 XINGLIN_WECHAT_APP_ID 和 XINGLIN_WECHAT_APP_SECRET",
                )
            )
        if self.wechat_aes_key and self.push_mode != "safe":
            found.append(
                Notice(
                    f"XINGLIN_WECHAT_MODE is {self.push_mode}: who sees one push can read others of"
                    " the same connection; choose safe mode there and on the account's server page",
                    f"XINGLIN_WECHAT_MODE 是 {self.push_mode}：看到一条消息的人能读同一线路上的"
                    "其他消息；请在这里和公众平台都选安全模式",
                )
            )
        if not self.signature_age_s:
            found.append(
                Notice(
                    "XINGLIN_SIGNATURE_AGE_S is 0: a push that somebody saw a day ago can be"
                    " forged",
                    "XINGLIN_SIGNATURE_AGE_S 是 0：别人一天前看到的消息可以被冒用",
                )
            )
        if self.console_public:
            found.append(
                Notice(
                    "XINGLIN_CONSOLE_PUBLIC opens the console to everybody who can reach it",
                    "XINGLIN_CONSOLE_PUBLIC 让所有能访问的人都能打开开发台",
                )
            )
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
                Notice(
                    f"XINGLIN_WECHAT_MODE is {self.push_mode}, which needs XINGLIN_WECHAT_AES_KEY;"
                    " copy EncodingAESKey from the account's server page",
                    f"XINGLIN_WECHAT_MODE 是 {self.push_mode}，需要 XINGLIN_WECHAT_AES_KEY；"
                    "请从公众平台的“服务器配置”页复制 EncodingAESKey",
                )
            )
        if not self.wechat_app_id:
            raise SettingsError(
                Notice(
                    "XINGLIN_WECHAT_AES_KEY is set, and XINGLIN_WECHAT_APP_ID is not: every"
                    " encrypted push and reply ends with it; copy it from the account's developer"
                    " page",
                    "设了 XINGLIN_WECHAT_AES_KEY，没有设 XINGLIN_WECHAT_APP_ID："
                    "加密的消息和回复都以它结尾；请从公众平台的开发者页面复制 AppID",
                )
            )

    @property
    def push_mode(self) -> Literal["safe", "compatible", "plain"]:
        """The account's mode, `auto` resolved."""
        if self.wechat_mode == "auto":
            return "safe" if self.wechat_aes_key else "plain"
        return self.wechat_mode

    @property
    def can_send(self) -> bool:
        """True if custom/send is open to this account."""
        has_credentials = bool(self.wechat_app_id and self.wechat_app_secret)
        return self.wechat_account == "service" and has_credentials
