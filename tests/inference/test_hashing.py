import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.hashing import byte_embedding, hash_pair

U64 = st.integers(0, 2**64 - 1)
SECRET = np.uint64(0xA0761D6478BD642F)
LOW, SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


def mix(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The published formula in 64-bit arithmetic."""
    hh, hl = (a >> SHIFT) * (b >> SHIFT), (a >> SHIFT) * (b & LOW)
    lh, ll = (a & LOW) * (b >> SHIFT), (a & LOW) * (b & LOW)
    return (
        ((hl >> SHIFT) | (hl << SHIFT)) ^ hh,
        ((lh >> SHIFT) | (lh << SHIFT)) ^ ll,
    )


@given(U64, U64)
def test_hash_is_the_published_one(a: int, b: int) -> None:
    x, y = mix(np.uint64(a) ^ SECRET, np.uint64(b) ^ SECRET)
    x, y = mix(x ^ SECRET, y ^ SECRET)
    assert hash_pair(a, b) == int(x ^ y)


def test_embedding_is_one_sign_for_each_byte_and_place() -> None:
    embedding = byte_embedding(64)

    assert embedding.shape == (256, 64)
    assert embedding.dtype == np.float32
    assert set(np.unique(embedding)) == {-1.0, 1.0}
    assert len(np.unique(embedding, axis=0)) == 256
    assert abs(embedding.mean()) < 0.05


def test_wider_embedding_begins_with_the_narrower() -> None:
    assert (byte_embedding(48)[:, :16] == byte_embedding(16)).all()
