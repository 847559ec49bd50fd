"""Faults of the service: of the Redis server, the clocks, the workers and the queue.

The one place that says what is wrong here: for start-up warnings, `/readyz`, the dashboard,
`xinglin status` and `xinglin check`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import groupby

from xinglin.bilingual import Notice
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.connection import CANNOT_SAVE, CLUSTER_MODE
from xinglin.store.records import WantedModel, WorkerInfo
from xinglin.store.server import ServerFacts

CLOCK_S = 5.0
LATE_S = 10.0
CROWDED = 0.8
UNTOLD = Notice(
    "Redis refuses INFO, so nobody knows whether it evicts data or keeps a log; allow it to this"
    " user (ACL SETUSER ... +info +config|get), or see to noeviction and appendonly yes yourself",
    "Redis 不让查 INFO，无法得知它是否会淘汰数据、是否写日志；请给这个用户放行"
    "（ACL SETUSER ... +info +config|get），或者自行确认 noeviction 与 appendonly yes",
)


def find_problems(store: Store, settings: Settings, workers: Sequence[WorkerInfo]) -> list[Notice]:
    """Return what does not stop the service and should not stay, one sentence each.

    Raises:
        StoreUnavailable: Redis is away.
    """
    return [
        *server_problems(store),
        *worker_problems(store, workers),
        *queue_problems(store, settings.queue_limit),
    ]


def server_problems(store: Store, now: Callable[[], float] = time.time) -> list[Notice]:
    """Return what is wrong with the Redis server's settings and its clock.

    Raises:
        StoreUnavailable: Redis is away.
    """
    before = now()
    facts = store.server()
    lag_s = (before + now()) / 2 - facts.clock_s
    return settings_problems(facts) + clock_problems(lag_s)


def start_warnings(store: Store) -> list[Notice]:
    """Return what a worker warns of at its start.

    Raises:
        StoreUnavailable: Redis is away.
    """
    return server_problems(store) if store.server().told else [UNTOLD]


def clock_problems(lag_s: float) -> list[Notice]:
    """Return what a difference between this machine's clock and Redis' means."""
    if abs(lag_s) <= CLOCK_S:
        return []
    return [
        Notice(
            f"this machine's clock is {lag_s:+.0f} s off Redis'; set both by a time server"
            " (timedatectl set-ntp true), else signatures are refused",
            f"这台机器的时钟与 Redis 相差 {lag_s:+.0f} 秒；"
            "请都与时间服务器对时（timedatectl set-ntp true），否则签名会被拒绝",
        )
    ]


def queue_problems(store: Store, queue_limit: int) -> list[Notice]:
    """Return what is wrong with the messages that wait.

    Raises:
        StoreUnavailable: Redis is away.
    """
    counts = store.stats.snapshot()
    found = []
    if counts["overdue_s"] > LATE_S:
        late = f"{counts['overdue_s']:.0f}"
        found.append(
            Notice(f"a follower's turn is {late} s overdue", f"有一位关注者的回答逾期 {late} 秒")
        )
    if paused_s := store.pause.left_s():
        found.append(
            Notice(
                f"the operator takes no questions for {paused_s} s more",
                f"已暂停接收提问，还有 {paused_s} 秒",
            )
        )
    if counts["waiting"] >= CROWDED * queue_limit:
        waiting = f"{counts['waiting']:.0f}"
        found.append(
            Notice(
                f"{waiting} messages wait of {queue_limit} at most",
                f"有 {waiting} 条消息在等待，上限 {queue_limit} 条",
            )
        )
    return found


def settings_problems(facts: ServerFacts) -> list[Notice]:
    """Return what is wrong with the Redis server's settings and how to mend it, a sentence each."""
    if not facts.told:
        return []
    found: list[Notice] = [CLUSTER_MODE] if facts.clustered else []
    if facts.evicts != "noeviction" and facts.limit_bytes:
        found.append(
            Notice(
                f"Redis evicts data (maxmemory-policy {facts.evicts}); set it to noeviction:"
                " redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf",
                f"Redis 会淘汰数据（maxmemory-policy {facts.evicts}），请改为 noeviction："
                "redis-cli CONFIG SET maxmemory-policy noeviction，redis.conf 里也要改",
            )
        )
    if not facts.appends:
        found.append(
            Notice(
                "Redis keeps no log (appendonly no); a crash loses messages; set it to yes:"
                " redis-cli CONFIG SET appendonly yes, and the same in redis.conf",
                "Redis 没有写日志（appendonly no），崩溃会丢消息，请打开："
                "redis-cli CONFIG SET appendonly yes，redis.conf 里也要改",
            )
        )
    elif facts.fsync == "no":
        found.append(
            Notice(
                "Redis leaves writing its log to the system (appendfsync no); set it to everysec",
                "Redis 的日志何时落盘全凭系统（appendfsync no），请改为 everysec",
            )
        )
    if facts.append_failed:
        found.append(
            Notice(
                "Redis could not write its log and refuses messages; look for a full disk on its"
                " host (df -h)",
                "Redis 写不了日志，会拒收消息；请看它所在机器的磁盘是否已满（df -h）",
            )
        )
    if facts.save_failed:
        found.append(CANNOT_SAVE)
    if facts.limit_bytes and facts.used_bytes > 0.9 * facts.limit_bytes:
        used, limit = facts.used_bytes >> 20, facts.limit_bytes >> 20
        found.append(
            Notice(
                f"Redis has used {used} of {limit} MiB; raise maxmemory before it refuses messages",
                f"Redis 已用 {used} MiB，上限 {limit} MiB；请调高 maxmemory，否则它会拒收消息",
            )
        )
    if facts.role != "master":
        found.append(
            Notice(
                "this Redis is a replica and takes no writes; point at its master",
                "这个 Redis 是只读副本，请改连主库",
            )
        )
    if facts.too_old:
        found.append(
            Notice(
                f"Redis is {facts.version}; install 6.2 or newer, before which a killed worker"
                " can lose its job",
                f"Redis 是 {facts.version}；请装 6.2 或更新的版本，"
                "旧版本里被杀掉的 worker 会丢任务",
            )
        )
    return found


def worker_problems(store: Store, workers: Sequence[WorkerInfo]) -> list[Notice]:
    """Return what keeps live workers from doing all their work, one sentence each.

    Raises:
        StoreUnavailable: Redis is away.
    """
    found = []
    for worker in workers:
        if worker.problem:
            said = f"worker {worker.name}: {worker.problem}"
            found.append(Notice(said, said))
    want = store.models.want()
    if want is not None:
        found += _not_on(store, want, workers)
    return found + _versions(workers) + _refused_sends(store)


def _not_on(store: Store, want: WantedModel, workers: Sequence[WorkerInfo]) -> list[Notice]:
    """Return who serves another model than the announced one, and why."""
    late = [worker.name for worker in workers if worker.gen != want.gen]
    found = []
    if late:
        names = ", ".join(late)
        found.append(
            Notice(
                f"not every worker serves the announced model {want.name} yet: {names}",
                f"还有 worker 没换上已宣布的模型 {want.name}：{names}",
            )
        )
    refused = [w for w in workers if w.gen == want.gen and w.model != want.name]
    why = {ack.worker: ack.error for ack in store.models.acks(want.gen)} if refused else {}
    for worker in refused:
        reason = why.get(worker.name) or "it said no more"
        found.append(
            Notice(
                f"worker {worker.name} on {worker.host} refused the announced model {want.name}"
                f" and serves {worker.model}: {reason}",
                f"{worker.host} 上的 worker {worker.name} 拒绝了已宣布的模型 {want.name}，"
                f"仍在用 {worker.model}：{reason}",
            )
        )
    return found


def _versions(workers: Sequence[WorkerInfo]) -> list[Notice]:
    """Return which models of one name differ; other names are told by `_not_on`."""
    found = []
    for model, same in groupby(sorted(workers, key=lambda w: w.model), key=lambda w: w.model):
        versions: dict[str, list[str]] = {}
        for worker in same:
            versions.setdefault(worker.version, []).append(worker.name)
        if len(versions) > 1:
            said = "; ".join(f"{v}: {', '.join(names)}" for v, names in sorted(versions.items()))
            found.append(
                Notice(
                    f"workers serve different versions of {model} ({said});"
                    " put the same folder on every host and reload",
                    f"各 worker 的模型 {model} 版本不一（{said}）；"
                    "请让每台机器上的文件夹一致，再重新加载",
                )
            )
    return found


def _refused_sends(store: Store) -> list[Notice]:
    refused = store.outbox.refused()
    if refused is None:
        return []
    return [
        Notice(
            f"the platform refuses customer-service messages ({refused.says}, {refused.count} in"
            " the last minutes); late answers wait behind 继续",
            f"平台拒收客服消息（{refused.says}，最近几分钟 {refused.count} 次），"
            "来晚的回答留在“继续”后面",
        )
    ]
