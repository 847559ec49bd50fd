"""The study's own 16-bit code: lossless, classes of what occurs alike."""

import numpy as np

from benchmarks.study.pairs.classes import UNITS, assign, cluster, learn_code, neighbours, recode
from training.data import encode_corpus


def corpus(text):
    return encode_corpus("c", [text], "utf-16-be")


def sentences(seed):
    """Herbs are said to be warm or cold, organs to be full or empty; nothing else is ever said."""
    rng = np.random.default_rng(seed)
    herbs, organs = "参芪归芎", "心肝脾肺"
    kinds = [(herbs, "性", "温寒"), (organs, "气", "虚实")]
    picked = [kinds[i] for i in rng.integers(0, 2, 4000)]
    return "".join(f"{rng.choice(list(a))}{x}{rng.choice(list(b))}也。" for a, x, b in picked)


def test_every_unit_has_one_code_of_its_own():
    by_frequency = np.random.default_rng(1).permutation(UNITS)
    classes = np.arange(4096) % 100

    code = assign(by_frequency, classes)

    assert len(np.unique(code)) == UNITS
    assert (code[by_frequency[:4096]] >> 8).tolist() == classes.tolist()
    assert code[by_frequency[[0, 100, 200]]].tolist() == [0, 1, 2], "the more frequent come first"


def test_a_text_comes_back():
    text = corpus(sentences(1) + "a，罕𠀀")
    code = learn_code([text])

    found = recode(text, code)

    back = np.argsort(code).astype(np.uint16)[found.data.view(">u2")]
    assert back.astype(">u2").tobytes() == text.data.tobytes()
    assert (found.characters, found.unit) == (text.characters, 2)
    assert found.data.tobytes() != text.data.tobytes()


def test_no_class_holds_more_than_a_byte_can_count():
    alike = np.tile(np.array([[1.0, 0.0]], np.float32), (700, 1))

    found = cluster(alike, np.ones(700))

    assert np.bincount(found).max() == 256


def test_characters_that_occur_alike_are_nearer_than_others():
    units = corpus(sentences(2)).data.view(">u2").astype(np.uint16)
    frequent = np.array([ord(one) for one in "参芪归芎心肝脾肺性气也温寒虚实。"])

    found = neighbours(units, frequent)
    likeness = found @ found.T

    herbs, organs = slice(0, 4), slice(4, 8)
    assert likeness[herbs, herbs].min() > likeness[herbs, organs].max() + 0.2
