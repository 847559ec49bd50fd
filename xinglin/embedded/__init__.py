"""The embedded mode: a private Redis and one worker, for `flask run` with nothing configured.

    web process(es) --flock--> users.lock        held shared by each web process, by the kernel
    supervisor      ---------> redis, worker     stops both when nobody holds users.lock

The kernel drops a lock however its holder ends, so Ctrl-C, SIGTERM and kill -9 of the web
process all leave nothing behind, and a second web process shares what the first one started.
"""

from __future__ import annotations

from xinglin.embedded.attachment import Attachment, attach

__all__ = ["Attachment", "attach"]
