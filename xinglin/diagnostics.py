"""What is wrong with the workers, for `/readyz`, the dashboard, `xinglin status` and `check`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from xinglin.bilingual import Notice
from xinglin.store import Store
from xinglin.store.records import WantedModel, WorkerInfo


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
