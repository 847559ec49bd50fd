import os

import pytest

from training.cli import main
from training.cores import CoreOptions
from training.errors import RunError
from training.native import NativeCore
from training.shape import WygptShape, initial_tensors
from training.torch.core import TorchCore

SHAPE = WygptShape(8, 1, 2, 16)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (CoreOptions(threads=1), NativeCore),
        (CoreOptions(threads=1, precision="float32"), NativeCore),
        (CoreOptions(kind="torch", threads=1, compiled=False), TorchCore),
    ],
)
def test_options_choose_who_computes(options, kind):
    options.check()

    core = options.open(SHAPE, initial_tensors(SHAPE, 1))

    assert isinstance(core, kind)
    core.close()


@pytest.mark.parametrize("threads", [-1, 100_000])
@pytest.mark.parametrize("kind", ["native", "torch"])
def test_threads_beyond_the_machine_are_refused(threads, kind):
    there = len(os.sched_getaffinity(0))

    with pytest.raises(RunError, match=f"--threads is {threads}; this process may use {there}"):
        CoreOptions(kind=kind, threads=threads).check()


def test_a_command_refuses_them_before_it_reads_or_writes(tmp_path, capsys):
    status = main(
        [
            *("pretrain", "--data", "nowhere", "--out", str(tmp_path / "run")),
            *("--minutes", "1", "--threads", "4096"),
        ]
    )

    assert status == 2
    assert "--threads is 4096" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
