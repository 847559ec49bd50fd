"""The account in force, in a few figures: for `/admin/status` and `xinglin status`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xinglin.store import Store
from xinglin.store.records import WorkerInfo


def account_facts(store: Store, workers: Sequence[WorkerInfo]) -> dict[str, Any]:
    """Return the account in force: who published it and when, how much it knows, what is open.

    Version 0 and no name stand for the folder of the setting, where nothing was published.
    """
    number, _ = store.accounts.current()
    version = next((one for one in store.accounts.versions() if one.number == number), None)
    return {
        "version": number,
        "name": version.name if version else "",
        "by": version.by if version else "",
        "at": version.at if version else None,
        "source": version.source if version else "folder",
        "notes": max((worker.notes for worker in workers), default=0),
        "questions": store.questions.count(),
    }
