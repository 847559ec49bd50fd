"""The encoder's vectors, its file, and what a damaged one gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from knowledge.encoder import SHIPPED, load_encoder, note_key, shipped_encoder
from knowledge.errors import EncoderFileError
from knowledge.features import BUCKETS, sound_pieces, written_pieces
from knowledge.notes import Knowledge


def test_vectors_are_unit_and_near_for_what_sounds_alike() -> None:
    encoder = shipped_encoder()
    first, second = encoder.vector("最近总是失眠"), encoder.vector("zui jin zong shi shi mian")

    assert first.dtype == np.float32
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    assert first @ second > 0.6 > first @ encoder.vector("桂枝汤的组成")
    assert not encoder.vector("？！").any()


def test_it_is_small_and_knows_the_accounts_notes(tcm: Knowledge) -> None:
    known = sum(note_key(note) in shipped_encoder().learned for note in tcm.notes)

    assert SHIPPED.stat().st_size <= 12_000_000
    assert known >= 0.95 * len(tcm.notes)


def test_pieces_are_bounded_and_pinyin_is_left_to_the_sounds() -> None:
    assert len(written_pieces("毒" * 5000)) <= 120
    assert len(sound_pieces("du " * 5000)) <= 120
    assert sound_pieces("黄芪") == sound_pieces("huangqi")
    assert all(0 < one < BUCKETS for one in written_pieces("黄芪 iphone\ud800"))


def test_a_file_that_is_none_of_ours_is_refused_with_a_sentence(tmp_path: Path) -> None:
    tensors = load_file(SHIPPED)
    paths = [tmp_path / f"{name}.safetensors" for name in ("cut", "old", "short", "keys", "gone")]
    paths[0].write_bytes(SHIPPED.read_bytes()[:100_000])
    save_file(tensors, paths[1], {"version": "0"})
    save_file(tensors | {"rows": tensors["rows"][:10]}, paths[2], {"version": "1"})
    save_file(tensors | {"note_keys": tensors["note_keys"][:3]}, paths[3], {"version": "1"})

    for path, words in zip(
        paths, ("no whole", "version 0", "shape", "fit", "no whole"), strict=True
    ):
        with pytest.raises(EncoderFileError, match=words):
            load_encoder(path)
