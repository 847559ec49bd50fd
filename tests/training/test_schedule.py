from dataclasses import replace

import pytest

from training.errors import RunError
from training.schedule import (
    Progress,
    TrainConfig,
    as_fields,
    done_share,
    from_fields,
    rate_at,
    stage_at,
    window_at,
)

ENDLESS = TrainConfig(decay_share=0.0, curriculum=((1.0, 16),))


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (0.0, (8, False)),
        (0.49, (8, False)),
        (0.5, (16, False)),
        (0.8, (32, True)),
        (1.0, (32, True)),
    ],
)
def test_windows_grow_stage_by_stage(done, expected):
    assert stage_at(((0.5, 8), (0.3, 16), (0.1, 32)), done) == expected


@pytest.mark.parametrize(
    ("seen", "expected"), [(0, (8, False)), (99, (8, False)), (100, (16, False)), (300, (32, True))]
)
def test_windows_of_a_run_without_an_end_grow_by_the_bytes_read(seen, expected):
    assert stage_at(((100, 8), (200, 16), (1.0, 32)), 0.0, seen) == expected


def test_rate_warms_up_and_falls_to_zero():
    config = TrainConfig(bytes_budget=10, warmup_steps=2, decay_share=1.0)

    rates = [rate_at(config, Progress(step, step)) for step in range(11)]

    assert rates[0] == pytest.approx(0.5)
    assert rates[5] == pytest.approx(0.5)
    assert rates[10] == 0.0


def test_rate_of_a_run_without_an_end_stays():
    rates = {rate_at(ENDLESS, Progress(step, 10**9 * step, 1e6 * step)) for step in (60, 10**6)}

    assert rates == {1.0}
    assert done_share(ENDLESS, Progress(10**6, 10**15, 1e9)) == 0.0


def test_a_run_that_left_another_counts_from_there():
    config = TrainConfig(bytes_budget=100, decay_share=1.0, curriculum=((0.5, 8), (0.5, 16)))
    progress = Progress(1000, 5000, first_step=1000, first_byte=5000)

    assert done_share(config, progress) == 0.0
    assert rate_at(config, progress) == 1.0
    assert rate_at(config, replace(progress, bytes_seen=5075)) == pytest.approx(0.25)
    assert window_at(config, progress, 32) == (16, None)
    minutes = replace(config, bytes_budget=0, minutes=2.0)
    later = replace(progress, seconds=160.0, first_second=100.0)
    assert done_share(minutes, later) == pytest.approx(0.5)
    processor = replace(config, bytes_budget=0, processor_seconds=40.0)
    busy = replace(progress, processor_seconds=60.0, first_processor_second=50.0)
    assert done_share(processor, busy) == pytest.approx(0.25)


def test_a_run_of_processor_time_is_done_by_it_alone_and_by_whichever_bound_comes_first():
    config = TrainConfig(processor_seconds=100.0, decay_share=0.5)

    late = Progress(bytes_seen=10**9, seconds=1e6, processor_seconds=75.0)

    assert not config.endless
    assert done_share(config, late) == pytest.approx(0.75)
    assert rate_at(replace(config, warmup_steps=0), late) == pytest.approx(0.5)
    assert done_share(replace(config, minutes=1.0), late) == 1.0


def test_reach_is_of_the_step_and_not_of_what_came_before():
    config = TrainConfig(bytes_budget=10, curriculum=((1.0, 64),), sliding=0.5)

    found = [window_at(config, Progress(step), 32) for step in range(200)]

    assert found == [window_at(config, Progress(step), 32) for step in range(200)]
    reaches = [reach for _, reach in found if reach is not None]
    assert 60 < len(reaches) < 140
    assert min(reaches) >= 8
    assert max(reaches) <= 32


def test_a_configuration_comes_back_from_json():
    config = TrainConfig(shares={"a": 1.0}, distilled=("a",), curriculum=((2e7, 8), (1.0, 16)))
    saved = as_fields(config)
    saved["curriculum"] = [list(stage) for stage in saved["curriculum"]]

    assert from_fields(saved) == config
    with pytest.raises(RunError, match="'colour', which is unknown"):
        from_fields({**saved, "colour": 1})


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (TrainConfig(), "set --bytes, --minutes or --cpu-seconds"),
        (replace(ENDLESS, curriculum=((0.5, 8), (0.5, 16))), "shares of a run that has no end"),
        (replace(ENDLESS, curriculum=((2e7, 8), (0.5, 16), (1.0, 32))), "mixes shares"),
        (replace(ENDLESS, curriculum=((1.0, 0),)), "must be above 0"),
        (replace(ENDLESS, curriculum=()), "must be above 0"),
        (replace(ENDLESS, muon_lr=0.0), "--muon-lr is 0.0"),
        (replace(ENDLESS, adam_lr=float("nan")), "--adam-lr is nan"),
        (replace(ENDLESS, batch_bytes=0), "--batch-bytes is 0"),
        (TrainConfig(minutes=1, decay_share=1.5), "--decay-share is 1.5"),
        (TrainConfig(minutes=-1), "--minutes is -1"),
        (TrainConfig(processor_seconds=float("nan")), "--cpu-seconds is nan"),
    ],
)
def test_what_cannot_be_trained_is_a_sentence(config, sentence):
    with pytest.raises(RunError) as refused:
        config.check()

    assert sentence in str(refused.value)


def test_a_run_without_an_end_is_no_error():
    ENDLESS.check()
    replace(ENDLESS, curriculum=((2e7, 8), (4e7, 16), (1.0, 32))).check()
