"""Whether a question goes on from what was said before, or stands by itself.

A model this small is easily drawn to the old subject: of 60 questions that stand by themselves,
asked after a turn about something else, `tcm` 0.5.0 answered 20 about the old thing. So the service
shows it the conversation only where the question refers back to it (then 2, and 54 answers are
those that it gives without the turn).
"""

from __future__ import annotations

import re

_SHORT = 8
_TIMES = re.compile("这几天|这两天|这些天|这段时间|这阵子|这会儿|这次|这个月|这周|那天|再见")
_SELF = re.compile("^(?:我|俺|最近|近来|这几天|这两天|这段时间|这阵子)")
_BACK = re.compile(
    "[它他她这那此该]|还[有能会可要]|再[说讲来详]|继续|然后|接着|刚才|上面|前面|之前|别的|更多"
    "|详细|具体|简单点|举例|举个|分别|^(?:和|跟|与|同|比|也|又|如果|要是|换|加)|呢[？?。！!～]*$"
)
_MINE = re.compile("^(?:我|俺)(?:也|能|可以|可不可以|要|该|应该|适合|想再)")
_ENDS = re.compile("[？?。！!～，,、 ]+$")


def is_follow_up(question: str) -> bool:
    """Return whether a question needs the turns before it to be understood.

    It does when it points at something (它, 这, 那, 还有, ...呢), or is too short to name a subject
    of its own; a complaint about oneself is new.
    """
    said = _ENDS.sub("", question.strip())
    plain = _TIMES.sub("", question.strip())
    if _BACK.search(plain) or _MINE.search(said):
        return True
    return len(said) <= _SHORT and not _SELF.search(said)
