"""The kernels on a GPU where there is one, else in Triton's interpreter on the processor.

The interpreter must be chosen before Triton is imported, and so it is here, while tests are found.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

GPU = torch.cuda.is_available()
TRITON = importlib.util.find_spec("triton") is not None

if TRITON and not GPU:
    before = os.environ.get("TRITON_INTERPRET")
    os.environ["TRITON_INTERPRET"] = "1"
    import triton

    triton.knobs.runtime.interpret = True
    if before is None:  # not for the processes that other tests start
        del os.environ["TRITON_INTERPRET"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Choose what runs on a GPU by `-m gpu`."""
    here = Path(__file__).parent
    for item in items:
        if GPU and here in item.path.parents:
            item.add_marker(pytest.mark.gpu)


@pytest.fixture(scope="session")
def device() -> str:
    return "cuda" if GPU else "cpu"


@pytest.fixture(scope="session", autouse=True)
def exact_bfloat16() -> Iterator[None]:
    """Triton 3.7's interpreter cuts bfloat16 off, and multiplies its bits as whole numbers."""
    if GPU or not TRITON:
        yield
        return
    import triton.language as tl
    from triton.runtime.interpreter import InterpreterBuilder, TensorHandle

    cast, dot = InterpreterBuilder.cast_impl, InterpreterBuilder.create_dot

    def rounded_cast(self, source, kind):
        if (source.dtype.scalar, kind.scalar) != (tl.float32, tl.bfloat16):
            return cast(self, source, kind)
        numbers = torch.from_numpy(np.ascontiguousarray(source.data)).bfloat16()
        return TensorHandle(numbers.view(torch.uint16).numpy(), tl.bfloat16)

    def float_dot(self, a, b, *rest):
        if a.dtype.scalar == tl.bfloat16:
            a, b = (cast(self, part, tl.float32) for part in (a, b))
        return dot(self, a, b, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InterpreterBuilder, "cast_impl", rounded_cast)
        patch.setattr(InterpreterBuilder, "create_dot", float_dot)
        yield
