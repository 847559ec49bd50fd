"""Small tensors only: a second thread would cost more than it brings."""

from functools import partial

import pytest
import torch

from training.native import NativeCore
from training.torch.core import TorchCore

CORES = {
    "native": partial(NativeCore, threads=1),
    "torch": partial(TorchCore, compiled=False),
}


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(params=["torch"])
def open_core(request):
    """Whoever computes the steps."""
    return CORES[request.param]


@pytest.fixture
def cores():
    """Both of them, by name."""
    return CORES
