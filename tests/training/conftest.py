"""Small tensors only: a second thread would cost more than it brings."""

from functools import partial

import pytest
import torch

from training.native import NativeCore
from training.torch.core import TorchCore

CORES = {"native": partial(NativeCore, threads=1), "torch": partial(TorchCore, compiled=False)}


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(params=list(CORES))
def core_name(request):
    return request.param


@pytest.fixture
def open_core(core_name):
    """Whoever computes the steps."""
    return CORES[core_name]


@pytest.fixture
def command_line(core_name):
    """The same, as options."""
    return ["--core", core_name, "--no-compile", "--threads", "1"]


@pytest.fixture
def cores():
    """Both of them, by name."""
    return CORES


@pytest.fixture(scope="module")
def one_core():
    """The one that a command takes by itself."""
    return CORES["native"]
