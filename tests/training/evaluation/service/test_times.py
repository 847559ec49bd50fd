"""Times are of the processor, and of single turns."""

from __future__ import annotations

from training.evaluation.service.asking import Reply, Service
from training.evaluation.service.times import measure_times


def test_look_up_and_check_and_whole_replies_are_timed(tcm: Service) -> None:
    replies = [tcm.ask("晚上睡不着怎么办"), tcm.ask("我牙疼"), tcm.ask("黄芪有毒吗", "当归呢")]

    both, whole = measure_times(tcm, replies)

    assert (both.asked, whole.asked) == (2, 2)
    assert 0 < both.milliseconds < 1000 * sum(one.cpu_s for one in replies)
    assert whole.milliseconds >= 1000 * min(one.cpu_s for one in replies)


def test_of_nothing_no_time_is_taken(tcm: Service) -> None:
    assert [one.milliseconds for one in measure_times(tcm, [])] == [0.0, 0.0]
    assert measure_times(tcm, [Reply(("x",), "y")])[1].asked == 0
