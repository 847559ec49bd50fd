"""Small tensors only: a second thread would cost more than it brings."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def one_seed():
    """What a test draws without a generator of its own is the same in every run."""
    torch.manual_seed(1)
