"""Answers from the account's notes: right or false, how fast, and what a worker pays.

    python -m benchmarks.quality.answers             every cell of every table, in three wordings
    python -m benchmarks.quality.answers --worker    start and memory of a worker, with notes or not

Asked through the worker's own Replier with the shipped model, as a follower gets it. The wordings
stand nowhere else in the project. Times are processor time of the asking thread.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from knowledge.found import Band
from tests.folder_account import served
from tests.tools.wechat_simulator.stack import ROOT, Stack
from workers.informing import Told
from workers.knowledge_holder import KnowledgeHolder
from workers.model_holder import LoadedModel, ModelHolder, open_engine
from workers.reply import Replier
from workers.tracing import DraftRound
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import Claim

_EVERYDAY = ROOT / "tests" / "knowledge" / "data" / "everyday.jsonl"
QUESTIONS = [json.loads(line)["question"] for line in _EVERYDAY.read_text("utf-8").splitlines()]
WORDINGS = {
    ("herbs", "味"): ("{}尝起来是什么味儿", "{}的味道是哪几样", "我想知道{}是酸是苦"),
    ("herbs", "性"): ("{}的药性是凉是热", "{}的寒热属性", "吃{}是凉性还是热性的呀"),
    ("herbs", "归经"): ("{}走哪些脏腑的经", "{}归属于什么经络", "{}入的是哪条经脉"),
    ("herbs", "功效"): ("{}到底管什么用", "{}的作用有哪些呀", "古人拿{}做什么使"),
    ("herbs", "毒性"): ("{}算不算有毒的药", "{}毒性大不大", "{}有毒没有"),
    ("herbs", "类别"): ("{}属于哪一大类", "药书里{}归入哪一类", "{}是补药还是别的什么药"),
    ("herbs", "说明"): ("给我讲讲{}", "{}是个什么药材", "我没听说过{}，介绍一下"),
    ("formulas", "组成"): ("{}用了哪几样药", "{}的方子里有些什么", "{}由哪些药材配成"),
    ("formulas", "功效"): ("{}的功效说一下", "{}起到什么效果", "{}能干什么"),
    ("formulas", "主治"): ("{}适用于哪些情况", "{}是对付什么病的", "什么样的毛病古时用{}"),
    ("formulas", "出处"): ("{}最早见于哪部书", "{}是哪位医家的方", "{}的来历"),
    ("formulas", "类别"): ("{}算哪类方子", "药书把{}归进哪一类", "{}属于什么类的方剂"),
    ("formulas", "说明"): ("给我讲讲{}", "{}是个什么方子", "我没听说过{}，介绍一下"),
}  # fmt: skip


def cells(holder: KnowledgeHolder) -> Iterator[tuple[str, str, str, str]]:
    """Yield (table, name, column, cell) of all tables."""
    for table, row in holder.current.finder.index.rows():
        for column, cell in row.cells.items():
            yield table.id, row.name, column, cell


def ask_all(settings: Settings, show: int) -> None:
    """Ask for every cell, and print what came."""
    account = served(settings.account)
    holder = KnowledgeHolder(settings, account)
    slot = ModelHolder(open_engine(settings, settings.model, announced=False), settings.model, 0)
    made: list[DraftRound] = []

    def note(_claim: Claim, _served: LoadedModel, one: DraftRound) -> None:
        made.append(one)

    replier = Replier(settings, slot, None, note, account=account, knowledge=holder)
    counts, ways = Counter[str](), Counter[str]()
    finding: list[float] = []
    checking: list[float] = []
    asked = ((form.format(name), name, column, cell) for table, name, column, cell in cells(holder)
             for form in WORDINGS[table, column])  # fmt: skip
    for number, (question, name, column, cell) in enumerate(asked):
        claim = Claim("u" * 24, "t", f"m{number}", "o", question, 1)
        began = time.thread_time()
        replier.answer(claim, [])
        finding.append(time.thread_time() - began)
        told = made.pop().told
        assert told.answer is not None
        evidence = [piece.text for piece in told.answer.found.pieces]
        began = time.thread_time()
        holder.current.checker.check(told.text, evidence, question)
        checking.append(time.thread_time() - began)
        verdict = judge(name, column, cell, told)
        counts[verdict] += 1
        ways[f"{told.by}, {told.wording}"] += 1
        if verdict == "false" or (verdict != "right" and counts.total() - counts["right"] <= show):
            print(f"{verdict:8} {question} -> {told.text[:70]!r}")
    slot.close()
    report(counts, ways, finding, checking)


def report(
    counts: Counter[str], ways: Counter[str], finding: list[float], checking: list[float]
) -> None:
    """Print shares and times."""
    total = counts.total()
    shares = (f"{what} {count} ({count / total:.1%})" for what, count in counts.most_common())
    print(f"{total} questions: {', '.join(shares)}")
    print(f"told from: {', '.join(f'{what} {count}' for what, count in ways.most_common())}")
    both = [a + b for a, b in zip(finding, checking, strict=True)]
    for what, values in (("turn without a model", finding), ("check", checking), ("both", both)):
        cuts = statistics.quantiles(values, n=20, method="inclusive")
        print(f"{what}: p50 {1000 * cuts[9]:.2f} ms, p95 {1000 * cuts[18]:.2f} ms")


def judge(name: str, column: str, cell: str, told: Told) -> str:
    """Return whether a reply tells the cell: right, false (another thing's), beside, or silent."""
    assert told.answer is not None
    if told.answer.found.band != Band.ANSWER:
        return "silent"
    if name not in told.text:
        return "beside" if told.by == "note" else "false"
    parts = [part for part in re.split("[、，。；]", cell) if part]
    right = column == "说明" or all(part in told.text for part in parts)
    return "right" if right else "beside"


def worker_figures(account: str, starts: int) -> str:
    """Return what workers of an account take until they are ready, and after questions, a row."""
    env = {
        "XINGLIN_WECHAT_TOKEN": "answers",
        "XINGLIN_ADMIN_TOKEN": "answers-admin-token",
        "XINGLIN_BACKEND": "cpu",
        "XINGLIN_ACCOUNT": account,
        "XINGLIN_USER_RATE": "",
    }
    stack = Stack(env, workers=1, wait_s=180)
    store = Store.open(Settings(redis_url=stack.env["XINGLIN_REDIS_URL"]))
    try:
        stack.workers[0].terminate()
        stack.workers[0].wait(30)
        taken = [_started(stack, store) for _ in range(starts)]
        pid = stack.workers[0].pid
        for number, question in enumerate(QUESTIONS):
            key = store.user_key(f"o{number}")
            store.inbox.accept(key, f"o{number}", "m", question, wait_s=30)
            assert store.handoff.wait(key, "m", 30) is not None
        later = memory_mib(pid)
    finally:
        store.close()
        stack.close()
    wall, cpu, whole, own = (statistics.median(column) for column in zip(*taken, strict=True))
    return f"{wall:.2f} | {cpu:.2f} | {whole:.0f} ({own:.0f}) | {later[0]:.0f} ({later[1]:.0f})"


def _started(stack: Stack, store: Store) -> tuple[float, float, float, float]:
    """Start a worker; return wall and processor seconds until it is ready, and its memory then."""
    if stack.workers[0].poll() is None:
        stack.workers[0].terminate()
        stack.workers[0].wait(30)
    began = time.perf_counter()
    running = stack.workers[0] = stack.start_worker()
    while running.pid not in {one.pid for one in store.models.workers()}:
        time.sleep(0.005)
    wall = time.perf_counter() - began
    return wall, cpu_s(running.pid), *memory_mib(running.pid)


def memory_mib(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process and its own part, which no file backs, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    rows = dict(re.findall(r"(VmRSS|RssAnon):\s+(\d+)", status))
    return int(rows["VmRSS"]) / 1024, int(rows["RssAnon"]) / 1024


def cpu_s(pid: int) -> float:
    """Return the processor seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare_workers(starts: int) -> None:
    """Print what notes cost a worker."""
    print("| account | ready, s | processor, s | memory then (own), MiB | after questions, MiB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "account.toml").write_text('name = "nothing"', "utf-8")
        print(f"| without notes | {worker_figures(folder, starts)} |")
    print(f"| tcm | {worker_figures('tcm', starts)} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality.answers", description=__doc__
    )
    parser.add_argument("--account", default="tcm")
    parser.add_argument("--worker", action="store_true", help="measure workers instead")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--show", type=int, default=20, help="replies that are not right")
    args = parser.parse_args()
    if args.worker:
        compare_workers(args.starts)
    else:
        ask_all(Settings(account=args.account, models=ROOT / "models", backend="cpu"), args.show)


if __name__ == "__main__":
    main()
