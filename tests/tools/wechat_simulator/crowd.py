"""Followers who write at random moments, and the book-keeping about them."""

from __future__ import annotations

import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.tools.wechat_simulator.api_host import ApiHost, Sent
from tests.tools.wechat_simulator.judge import Defect, read_text
from tests.tools.wechat_simulator.ledger import Ledger, Report
from tests.tools.wechat_simulator.pusher import Pusher

TOPICS = (
    "黄芪的功效",
    "桂枝汤由哪些药组成",
    "什么是阴阳",
    "当归的性味",
    "古人怎么论咳嗽",
    "茯苓入哪一经",
    "中医怎么看脾胃",
    "四君子汤的来历",
)


@dataclass(frozen=True, slots=True)
class Habits:
    """Habits of a crowd of followers.

    Attributes:
        pause_s: mean time from an answer to the next message of the same follower.
        doubled: share of messages that the platform pushes twice at once.
        lost: share of messages whose first answer is lost on its way to the platform.
        hasty: share of messages that follow the one before without waiting for its answer.
    """

    pause_s: float = 1.0
    doubled: float = 0.2
    lost: float = 0.0
    hasty: float = 0.0


class Crowd:
    """Some followers of one account, each with a thread of their own."""

    def __init__(
        self,
        pusher: Pusher,
        api: ApiHost,
        *,
        users: int,
        habits: Habits | None = None,
        seed: int = 1,
        begin: int = 0,
        topics: tuple[str, ...] = TOPICS,
    ) -> None:
        self.pusher, self.api, self.habits = pusher, api, habits or Habits()
        self.ledger = Ledger()
        self._users = range(begin, begin + users)
        self._seed, self._topics = seed, topics
        self._run = random.Random(time.time_ns()).randrange(10**9)
        api.on_sent = self._take_sent

    def openid(self, user: int) -> str:
        """Return what the platform calls a follower."""
        return f"oCrowd{self._run:09d}x{user:05d}"

    def write_for(self, seconds: float) -> None:
        """Let all followers write for a time, and wait until each has their last answer."""
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(len(self._users)) as pool:
            for future in [pool.submit(self._follow, user, until) for user in self._users]:
                future.result()

    def settle(self, timeout_s: float = 30.0) -> Report:
        """Wait until every acknowledged message was shown something; return the verdict."""
        deadline = time.monotonic() + timeout_s
        while self.ledger.waiting() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.3)  # a second copy of something would come now
        return self.ledger.report()

    def ask(
        self, user: int, number: int, text: str, *, copies: int = 1, lose: bool = False
    ) -> None:
        """Push one message, perhaps in two copies at once, and note what came of it."""
        openid, message_id = self.openid(user), f"{self._run}{user:05d}{number:05d}"
        self.api.follower_wrote(openid)
        self.ledger.ask(user, number, time.monotonic())

        def push(copy: int) -> None:
            lost = (0,) if lose and copy == 0 else ()
            first = user + number + copy
            outcome = self.pusher.text(openid, text, message_id, first=first, lost=lost)
            self.ledger.end(user, number, outcome, time.monotonic())

        others = [threading.Thread(target=push, args=(copy,)) for copy in range(1, copies)]
        for other in others:
            other.start()
        push(0)
        for other in others:
            other.join()

    def text(self, user: int, number: int, rng: random.Random) -> str:
        """Return a question that carries its own mark."""
        return f"{rng.choice(self._topics)}，请讲讲〔{user}.{number}〕"

    def kept_wrong(self) -> int:
        """Ask for each follower's data; count those whose turns are not kept once and in order."""
        return sum(not _in_order(self._export(user), user) for user in self._users)

    def _export(self, user: int) -> str:
        pages = ""
        for page in range(40):
            message_id = f"{9 * 10**8 + self._run}{user:05d}{page:05d}"
            said = "继续" if page else "我的数据"
            outcome = self.pusher.text(self.openid(user), said, message_id, labelled=False)
            text = re.sub(r"<[^>]+>", "", outcome.shown.text if outcome.shown else "")
            pages += text.removesuffix("点这里继续看")
            if not text.endswith("点这里继续看"):
                break
        return pages

    def _follow(self, user: int, until: float) -> None:
        rng, habits = random.Random(f"{self._seed}.{user}"), self.habits
        number = 0
        under_way: list[threading.Thread] = []
        time.sleep(rng.uniform(0, habits.pause_s))
        while time.monotonic() < until:
            number += 1
            copies, lose = 1 + (rng.random() < habits.doubled), rng.random() < habits.lost
            text = self.text(user, number, rng)
            if rng.random() < habits.hasty:
                job = threading.Thread(
                    target=self.ask, args=(user, number, text), kwargs={"copies": copies}
                )
                job.start()
                under_way.append(job)
                time.sleep(rng.uniform(0.02, 0.2))
                continue
            self.ask(user, number, text, copies=copies, lose=lose)
            time.sleep(rng.expovariate(1 / habits.pause_s) if habits.pause_s else 0.0)
        for job in under_way:
            job.join()

    def _take_sent(self, sent: Sent) -> None:
        try:
            shown = read_text(sent.text)
        except Defect as defect:
            self.ledger.defect(defect.kind)
            return
        if shown.kind == "answer" and not sent.is_ai:
            self.ledger.defect("no_is_ai_msg")
        self.ledger.sent(shown, sent.at, int(sent.openid.rpartition("x")[2]))


def _in_order(export: str, user: int) -> bool:
    numbers = [int(number) for number in re.findall(rf"问：[^〔]*〔{user}\.(\d+)〕", export)]
    return numbers == sorted(set(numbers))
