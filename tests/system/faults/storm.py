"""One process of a token storm: sixteen threads send at the same moment.

python -m tests.system.faults.storm FIRST_FOLLOWER START_TIME
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.client import WechatClient

THREADS = 16


def main() -> None:
    first, start = int(sys.argv[1]), float(sys.argv[2])
    settings = Settings.from_env()
    store = Store.open(settings)
    clients = [WechatClient(settings, store.tokens) for _ in range(THREADS)]

    def send(number: int) -> None:
        time.sleep(max(0.0, start - time.time()))
        clients[number].send_text(f"o{first + number}", "你好", generated=False)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, range(THREADS)))


if __name__ == "__main__":
    main()
