"""Checks of `xinglin check`: each function returns what it found and how to mend it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from xinglin.account import HandoverRules, find_folder, read_folder
from xinglin.bilingual import Notice
from xinglin.diagnostics import LATE_S, UNTOLD, clock_problems, settings_problems, worker_problems
from xinglin.errors import AccountError, MessageError, SettingsError, SignatureError
from xinglin.settings import NEW_SECRET, Settings
from xinglin.store import Store
from xinglin.store.server import ServerFacts
from xinglin.wechat.envelope import Envelope

SET = Notice("set", "已设")
BEHIND_A_LINK = Notice(
    "behind a tap link (account: personal)", "放在“点这里看回答”的链接后面（account: personal）"
)
BY_MESSAGE = Notice(
    "by customer-service message (account: service)", "用客服消息补发（account: service）"
)
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_APP_ID = re.compile(r"wx[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        state: `warn` is worth a look, `fail` does not work.
        what: was looked at.
        says: what was found, and for warn and fail what to do.
    """

    state: Literal["ok", "warn", "fail"]
    what: str
    says: str


def look_at_account(settings: Settings) -> list[Finding]:
    """Token, AppID, EncodingAESKey, mode, and what the kind of account needs."""
    found = [_token(settings), _app_id(settings), _aes_key(settings)]
    return [*found, *_mode(settings), _sending(settings)]


def _token(settings: Settings) -> Finding:
    if not settings.wechat_token:
        says = Notice(
            "XINGLIN_WECHAT_TOKEN is not set, so every push is refused; choose 3 to 32 letters and"
            " digits, and enter the same on the account's server page",
            "没有设 XINGLIN_WECHAT_TOKEN，微信推来的消息都会被拒绝；请自己定 3 到 32 个字母或数字，"
            "并在公众平台的“服务器配置”页填上同一个",
        )
        return Finding("fail", "token", says)
    if not _TOKEN.fullmatch(settings.wechat_token):
        says = Notice(
            f"XINGLIN_WECHAT_TOKEN has {len(settings.wechat_token)} characters or others than"
            " letters and digits; the account's server page takes 3 to 32 letters and digits",
            f"XINGLIN_WECHAT_TOKEN（{len(settings.wechat_token)} 个字符）不对；"
            "公众平台只接受 3 到 32 个字母或数字",
        )
        return Finding("fail", "token", says)
    return Finding("ok", "token", SET)


def _app_id(settings: Settings) -> Finding:
    if not settings.wechat_app_id:
        needed = settings.wechat_aes_key or settings.wechat_account == "service"
        says = Notice(
            "XINGLIN_WECHAT_APP_ID is not set; safe mode and sending need it: copy it from the"
            " account's developer page",
            "没有设 XINGLIN_WECHAT_APP_ID；安全模式和客服消息都需要它，"
            "请从公众平台的开发者页面复制",
        )
        if not needed:
            says = Notice("not set; plain mode does without", "没有设；明文模式不需要")
        return Finding("fail" if needed else "ok", "app id", says)
    if not _APP_ID.fullmatch(settings.wechat_app_id):
        says = Notice(
            f"XINGLIN_WECHAT_APP_ID is {settings.wechat_app_id!r}; AppIDs are wx and 16"
            " hexadecimal digits: compare with the account's developer page",
            f"XINGLIN_WECHAT_APP_ID 是“{settings.wechat_app_id}”；AppID 应是 wx 加 16 位十六进制，"
            "请与公众平台的开发者页面核对",
        )
        return Finding("warn", "app id", says)
    return Finding("ok", "app id", settings.wechat_app_id)


def _aes_key(settings: Settings) -> Finding:
    if not settings.wechat_aes_key:
        says = Notice(
            "not set, so the account must use plain mode, in which anybody who overhears the"
            " connection reads along; better set XINGLIN_WECHAT_AES_KEY and choose safe mode",
            "没有设，公众号只能用明文模式，线路上的人都能读到消息；"
            "最好设 XINGLIN_WECHAT_AES_KEY 并选安全模式",
        )
        return Finding("warn", "AES key", says)
    if not settings.wechat_app_id:
        return Finding(
            "ok", "AES key", Notice("set; not tried without an AppID", "已设；没有 AppID，没有试")
        )
    try:
        envelope = Envelope("check", settings.wechat_app_id, settings.wechat_aes_key)
        query, body = envelope.seal_push("<xml><A>1</A></xml>", encrypted=True)
        opened = envelope.open(query, body.encode())
    except (ValueError, SignatureError, MessageError):
        opened = None
    if opened is None or opened.fields != {"A": "1"}:
        says = Notice(
            "XINGLIN_WECHAT_AES_KEY opens nothing; copy all 43 characters of EncodingAESKey",
            "XINGLIN_WECHAT_AES_KEY 什么都解不开；请完整复制 EncodingAESKey 的 43 个字符",
        )
        return Finding("fail", "AES key", says)
    return Finding("ok", "AES key", Notice("seals and opens", "能加密、能解密"))


def _mode(settings: Settings) -> list[Finding]:
    """Return what is wrong with the mode; nothing where it fits, or where the AppID is missing."""
    if settings.push_mode != "plain" and not settings.wechat_aes_key:
        says = Notice(
            f"{settings.push_mode}, which needs XINGLIN_WECHAT_AES_KEY; the service does not start",
            f"{settings.push_mode} 需要 XINGLIN_WECHAT_AES_KEY；没有它服务不会启动",
        )
        return [Finding("fail", "mode", says)]
    if settings.wechat_aes_key and settings.push_mode != "safe":
        says = Notice(
            f"{settings.push_mode}, although there is an EncodingAESKey; choose 安全模式 on the"
            " server page and XINGLIN_WECHAT_MODE=safe",
            f"有 EncodingAESKey，却是 {settings.push_mode}；请在“服务器配置”页选安全模式，"
            "并设 XINGLIN_WECHAT_MODE=safe",
        )
        return [Finding("warn", "mode", says)]
    return []


def _sending(settings: Settings) -> Finding:
    if settings.wechat_account == "personal":
        return Finding("ok", "late replies", BEHIND_A_LINK)
    if not settings.can_send:
        says = Notice(
            "XINGLIN_WECHAT_ACCOUNT is service, but AppID or AppSecret is missing; set both, or"
            " personal, which hands late replies over behind a link",
            "XINGLIN_WECHAT_ACCOUNT 是 service，却缺 AppID 或 AppSecret；请都设上，"
            "或改成 personal（来晚的回答放在链接后面）",
        )
        return Finding("fail", "late replies", says)
    return Finding("ok", "late replies", BY_MESSAGE)


def look_at_secrets(settings: Settings) -> list[Finding]:
    """The admin token, and settings that no production has."""
    found = []
    if not settings.admin_token:
        says = Notice(
            f"XINGLIN_ADMIN_TOKEN is not set, so /admin is off; make one: {NEW_SECRET}",
            f"没有设 XINGLIN_ADMIN_TOKEN，/admin 是关着的；生成一个：{NEW_SECRET}",
        )
        found.append(Finding("warn", "admin token", says))
    elif len(settings.admin_token) < 16:
        says = Notice(
            f"XINGLIN_ADMIN_TOKEN is short enough to guess; make one: {NEW_SECRET}",
            f"XINGLIN_ADMIN_TOKEN 太短，容易被猜到；生成一个：{NEW_SECRET}",
        )
        found.append(Finding("fail", "admin token", says))
    else:
        found.append(Finding("ok", "admin token", SET))
    if settings.backend == "echo":
        says = Notice(
            "XINGLIN_BACKEND is echo, which only repeats the question; set auto",
            "XINGLIN_BACKEND 是 echo，只会重复问题；请改成 auto",
        )
        found.append(Finding("fail", "backend", says))
    if settings.console_public:
        says = Notice(
            "XINGLIN_CONSOLE_PUBLIC lets anybody talk, as followers of its own; set it to 0",
            "XINGLIN_CONSOLE_PUBLIC 让任何人都能在开发台里对话；请设为 0",
        )
        found.append(Finding("warn", "console", says))
    return found


def look_at_handover(settings: Settings) -> list[Finding]:
    """The people who take over; nothing where the account has no `[handover]`."""
    try:
        rules = read_folder(find_folder(settings.account)).handover
    except (SettingsError, AccountError):  # told by what looks at the account
        return []
    if rules is None:
        return []
    if rules.platform and settings.wechat_account == "personal":
        says = Notice(
            "[handover] platform = true needs a verified account; write platform = false",
            "[handover] platform = true 要用认证的账号；请写 platform = false",
        )
        return [Finding("warn", "handover", says)]
    if not rules.platform and not settings.admin_token:
        says = Notice(
            "[handover] needs XINGLIN_ADMIN_TOKEN: without the desk nobody sees who waits",
            "[handover] 要先设 XINGLIN_ADMIN_TOKEN：没有工作台，谁也看不到有人在等",
        )
        return [Finding("warn", "handover", says)]
    return [Finding("ok", "handover", _who_takes_over(rules))]


def _who_takes_over(rules: HandoverRules) -> Notice:
    if rules.platform:
        by, by_zh = "the platform's customer-service tool takes over", "由公众平台的客服工具接手"
    else:
        by, by_zh = "whoever is on the desk takes over", "由守在工作台的人接手"
    hours, hours_zh = rules.hours or "at any hour", rules.hours or "任何时候"
    return Notice(f"{by}, {hours}", f"{by_zh}，{hours_zh}")


def look_at_redis(store: Store, *, now: Callable[[], float] = time.time) -> list[Finding]:
    """The server's settings, and its clock beside ours.

    Raises:
        StoreUnavailable: Redis is away.
    """
    facts = store.server()
    lag_s = now() - facts.clock_s
    wrong = [Finding("fail", "clock", sentence) for sentence in clock_problems(lag_s)]
    off = f"{abs(lag_s):.1f}"
    right = Notice(f"{off} s from that of Redis", f"与 Redis 相差 {off} 秒")
    clock = wrong or [Finding("ok", "clock", right)]
    return [*_settings_of(facts), *clock, *_id_key(store)]


def _id_key(store: Store) -> list[Finding]:
    """Return that the service keeps followers under another key; nothing where it does not."""
    if store.followers.key_use() != "other":
        return []
    says = Notice(
        "followers are kept in this Redis under another XINGLIN_ID_KEY; with this one each of them"
        " would be a new one: give the service's key",
        "这个 Redis 里的关注者保存在另一个 XINGLIN_ID_KEY 之下；用现在这个，"
        "每位关注者都会成为新的：请用服务原来的密钥",
    )
    return [Finding("fail", "id key", says)]


def _settings_of(facts: ServerFacts) -> list[Finding]:
    if not facts.told:
        return [Finding("warn", "Redis", UNTOLD)]
    if wrong := settings_problems(facts):
        return [Finding("fail", "Redis", sentence) for sentence in wrong]
    fsync = f", appendfsync {facts.fsync}" if facts.fsync else ""
    says = Notice(
        f"{facts.version}, noeviction or no limit, append-only file on{fsync}",
        f"{facts.version}，noeviction 或没有上限，开着 AOF{fsync.replace(', ', '，')}",
    )
    return [Finding("ok", "Redis", says)]


def look_at_workers(store: Store) -> list[Finding]:
    """Live workers, what they serve, and what was left lying.

    Raises:
        StoreUnavailable: Redis is away.
    """
    workers, counts = store.models.workers(), store.stats.snapshot()
    found = []
    if store.worker_control.suspended():
        says = Notice(
            "all are held back by `rq suspend`; let them go on: rq resume --url (your Redis)",
            "都被 `rq suspend` 停住了；放行：rq resume --url（你的 Redis）",
        )
        found.append(Finding("fail", "workers", says))
    if not workers:
        says = Notice(
            "none is alive; start one: rq worker -w workers.worker.EngineWorker turns",
            "没有在运行的；启动一个：rq worker -w workers.worker.EngineWorker turns",
        )
        found.append(Finding("fail", "workers", says))
    models = {f"{worker.model}@{worker.version}" for worker in workers}
    problems = worker_problems(store, workers)
    found += [Finding("fail", "workers", problem) for problem in problems]
    if len(models) > 1:
        names = ", ".join(sorted(models))
        says = Notice(
            f"they serve different models ({names}); xinglin reload NAME",
            f"用的模型不一样（{names}）；请运行 xinglin reload 名称",
        )
        found.append(Finding("warn", "workers", says))
    elif workers and not problems:
        served, alive = models.pop(), len(workers)
        says = Notice(f"{alive} alive, serving {served}", f"{alive} 个在运行，用的是 {served}")
        found.append(Finding("ok", "workers", says))
    if counts["overdue_s"] > LATE_S:
        late = f"{counts['overdue_s']:.0f}"
        says = Notice(
            f"the oldest message is {late} s overdue; see docs/operations.md, replies come late",
            f"最早的消息已逾期 {late} 秒；见 docs/operations.zh.md“回答来得晚”",
        )
        found.append(Finding("fail", "queue", says))
    if counts["dead"]:
        dead = f"{counts['dead']:.0f}"
        says = Notice(
            f"{dead} message(s) were put aside; look: xinglin requeue",
            f"有 {dead} 条消息被搁置；请看：xinglin requeue",
        )
        found.append(Finding("warn", "queue", says))
    return found
