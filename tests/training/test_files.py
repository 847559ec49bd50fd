import subprocess
import sys

import pytest

from training.errors import RunError
from training.files import holding, replacing


def test_a_file_is_replaced_when_all_of_it_is_written(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    with replacing(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_on_the_way_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    with pytest.raises(ZeroDivisionError), replacing(path) as stream:
        stream.write(b"half")
        _ = 1 / 0

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_held_by_one_process(tmp_path):
    code = (
        "import sys, pathlib; from training.files import holding\n"
        "with holding(pathlib.Path(sys.argv[1])): pass"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]

    with holding(tmp_path):
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
    free = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "RunError: another process trains in" in refused.stderr.replace("training.errors.", "")
    assert free.returncode == 0
    with holding(tmp_path), pytest.raises(RunError), holding(tmp_path):
        pass
