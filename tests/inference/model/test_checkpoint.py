import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.errors import CheckpointError
from inference.model.checkpoint import Checkpoint, load_config, write_checkpoint
from inference.model.config import wygpt_shapes
from inference.model.tensorfile import from_bfloat16, to_bfloat16

SIZES = {"width": 8, "layers": 1, "heads": 2, "context": 4}
CARD = {
    **SIZES,
    "family": "wygpt",
    "codec": "utf-8",
    "corpora": ["a"],
    "bytes_seen": 5,
    "valid": {"bits": 1.5},
    "licence": "Apache-2.0",
    "name": "小杏",
    "version": "1",
}


def tensors() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {
        name: random.standard_normal(shape).astype(np.float32)
        for name, shape in wygpt_shapes(**SIZES).items()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_checkpoint(tmp_path / "m", tensors(), CARD)
    return tmp_path / "m"


def change_card(folder: Path, change: Callable[[dict], None]) -> None:
    fields = json.loads((folder / "config.json").read_text("utf-8"))
    change(fields)
    (folder / "config.json").write_text(json.dumps(fields), "utf-8")


def test_model_comes_back_as_it_was_written(folder: Path) -> None:
    checkpoint = Checkpoint.load(folder)

    assert checkpoint.path == folder
    assert checkpoint.config.width == 8
    assert checkpoint.config.parameters == 11 * 64 + 2 * 4 + 256 * 8
    assert (checkpoint.codec, checkpoint.name, checkpoint.version) == ("utf-8", "小杏", "1")
    assert len(checkpoint.sha256) == 64
    assert list(checkpoint.tensors) == list(wygpt_shapes(**SIZES))
    for name, tensor in tensors().items():
        assert (checkpoint.tensors[name] == from_bfloat16(to_bfloat16(tensor))).all()


def test_same_model_gives_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "again", tensors(), CARD)
    for file in ("model.safetensors", "config.json"):
        assert (tmp_path / "again" / file).read_bytes() == (folder / file).read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]


def test_written_card_is_readable_text(folder: Path) -> None:
    text = (folder / "config.json").read_text("utf-8")
    assert "小杏" in text
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"codec": "big5"}, "config.json: codec is 'big5'"),
        ({"width": 12}, "blocks.0.a.u has shape"),
        ({"layers": 2}, "'blocks.1.a.u' is missing"),
        ({"colour": 1}, "the field 'colour' is unknown"),
        ({"heads": "2"}, "heads is '2'"),
    ],
)
def test_what_would_not_load_is_not_written(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(CheckpointError, match=sentence):
        write_checkpoint(tmp_path / "m", tensors(), {**CARD, **change})
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, 3.4e38])
def test_numbers_that_bfloat16_cannot_hold_are_not_written(tmp_path: Path, value: float) -> None:
    broken = tensors()
    broken["head"][3, 3] = value
    with pytest.raises(CheckpointError, match="head holds a number that is not finite"):
        write_checkpoint(tmp_path / "m", broken, CARD)
    assert not (tmp_path / "m").exists()


def test_failed_write_keeps_the_old_model(folder: Path) -> None:
    old = Checkpoint.load(folder)
    with pytest.raises(CheckpointError):
        write_checkpoint(folder, {}, CARD)
    assert Checkpoint.load(folder).sha256 == old.sha256


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nowhere: there is no such folder"):
        Checkpoint.load(tmp_path / "nowhere")


def test_file_in_place_of_a_folder_is_named(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="a model is a folder"):
        Checkpoint.load(folder / "config.json")


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(CheckpointError, match=rf"{file}: the file is missing"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_folder_in_place_of_a_file_is_refused(folder: Path, file: str) -> None:
    (folder / file).unlink()
    (folder / file).mkdir()
    with pytest.raises(CheckpointError, match=rf"{file}: it is no regular file"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_file_cut_short_is_named(folder: Path, file: str, share: float) -> None:
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: int(share * len(content))])
    with pytest.raises(CheckpointError, match=rf"{file}: it is no"):
        Checkpoint.load(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"a": 1}', b"[" * 100_000]
)
def test_card_that_is_no_card_is_named(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"config.json: (it|the field)"):
        Checkpoint.load(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_file_far_too_large_is_not_read(folder: Path, file: str) -> None:
    with (folder / file).open("ab") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(CheckpointError, match=rf"{file}: it has {1 << 40} bytes; at most"):
        Checkpoint.load(folder)


def test_one_changed_bit_is_noticed(folder: Path) -> None:
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-2] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model.safetensors: its sha256 is .*config.json"):
        Checkpoint.load(folder)


def test_weights_of_another_model_are_noticed(folder: Path, tmp_path: Path) -> None:
    other = {name: tensor + 1 for name, tensor in tensors().items()}
    write_checkpoint(tmp_path / "other", other, CARD)
    shutil.copy(tmp_path / "other/model.safetensors", folder)
    with pytest.raises(CheckpointError, match="not of one model"):
        Checkpoint.load(folder)


def test_card_of_another_shape_is_noticed(folder: Path) -> None:
    def wider(fields: dict) -> None:
        fields |= {"context": 8, "parameters": fields["parameters"] + 8}

    change_card(folder, wider)
    with pytest.raises(CheckpointError, match=r"blocks.0.b.pe has shape \(2, 4\); it must be"):
        Checkpoint.load(folder)


def test_card_can_be_read_alone(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert load_config(folder).name == "小杏"


FILL = """
import json, resource, sys
from pathlib import Path
from inference.model.checkpoint import Checkpoint, write_checkpoint
old = Checkpoint.load(Path(sys.argv[1]))
tensors = {name: tensor + 1 for name, tensor in old.tensors.items()}
fields = json.loads((old.path / "config.json").read_text("utf-8"))
card = {name: fields[name] for name in fields if name not in ("format", "parameters", "sha256")}
card["valid"] = {f"measure {n}": 1.5 for n in range(5000)}  # more bytes than the weights
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
write_checkpoint(old.path, tensors, card)
"""


@pytest.mark.parametrize("limit", [0, 100, 50_000], ids=["first byte", "weights", "card"])
def test_a_disk_that_fills_up_leaves_the_model_that_was_there(folder: Path, limit: int) -> None:
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}

    done = subprocess.run(
        [sys.executable, "-c", FILL, str(folder), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "File too large" in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept
