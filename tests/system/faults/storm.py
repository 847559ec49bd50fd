"""One process of a token storm: sixteen threads send at the same moment.

python -m tests.system.faults.storm FIRST_FOLLOWER

Each line of the input is one storm; a line of the output says that it is ready for the next one.
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.client import WechatClient

THREADS = 16


def main() -> None:
    first = int(sys.argv[1])
    settings = Settings.from_env()
    store = Store.open(settings)
    clients = [WechatClient(settings, store.tokens) for _ in range(THREADS)]
    together = threading.Barrier(THREADS)

    def send(number: int) -> None:
        together.wait(30)
        clients[number].send_text(f"o{first + number}", "你好", generated=False)

    with ThreadPoolExecutor(THREADS) as pool:
        print("ready", flush=True)
        for _ in sys.stdin:
            list(pool.map(send, range(THREADS)))
            print("ready", flush=True)


if __name__ == "__main__":
    main()
