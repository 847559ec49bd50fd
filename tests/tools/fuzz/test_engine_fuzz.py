"""The engine's fuzzer, which `make fuzz` builds under sanitizers, keeps to the engine's own warnings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.emulator import CSRC, FLAGS, compiler, run

SOURCE = Path(__file__).with_name("engine_fuzz.cpp")


@pytest.mark.parametrize("main", [(), ("-DXL_FUZZ_MAIN",)])
def test_it_compiles_without_a_warning(main: tuple[str, ...], tmp_path: Path) -> None:
    flags = [*FLAGS, "-O2", "-Werror", *main, f"-I{CSRC}", f"-I{CSRC}/include"]

    run([compiler(), *flags, "-c", str(SOURCE), "-o", str(tmp_path / "fuzz.o")])

    assert (tmp_path / "fuzz.o").stat().st_size > 0
