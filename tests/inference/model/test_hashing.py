import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.model.hashing import byte_embedding, hash_pairs, pair_embedding

U64 = st.integers(0, 2**64 - 1)
SECRET = 0xA0761D6478BD642F
LOW = 0xFFFFFFFF


def mix(a: int, b: int) -> tuple[int, int]:
    """The published formula in plain integers."""
    hh, hl = (a >> 32) * (b >> 32), (a >> 32) * (b & LOW)
    lh, ll = (a & LOW) * (b >> 32), (a & LOW) * (b & LOW)
    return ((hl >> 32) | ((hl & LOW) << 32)) ^ hh, ((lh >> 32) | ((lh & LOW) << 32)) ^ ll


@given(U64, U64)
def test_hash_is_the_published_one(a: int, b: int) -> None:
    x, y = mix(a ^ SECRET, b ^ SECRET)
    x, y = mix(x ^ SECRET, y ^ SECRET)
    assert hash_pairs(np.array([a], np.uint64), np.array([b], np.uint64)).tolist() == [x ^ y]


def test_embedding_is_one_sign_for_each_byte_and_place() -> None:
    embedding = byte_embedding(64)

    assert embedding.shape == (256, 64)
    assert embedding.dtype == np.float32
    assert set(np.unique(embedding)) == {-1.0, 1.0}
    assert len(np.unique(embedding, axis=0)) == 256
    assert abs(embedding.mean()) < 0.05


def test_wider_embedding_begins_with_the_narrower() -> None:
    assert (byte_embedding(48)[:, :16] == byte_embedding(16)).all()


def test_embedding_of_pairs_goes_on_where_that_of_bytes_ends() -> None:
    embedding = pair_embedding(32)
    assert embedding.shape == (512, 32)
    assert np.allclose(embedding[:256] * np.sqrt(2.0), byte_embedding(32))
    assert np.allclose(np.abs(embedding), np.sqrt(0.5))
    assert not (embedding[256:] == embedding[:256]).all(axis=1).any()
