from dataclasses import replace

from PIL import Image

from training.evaluation.dialogue import Sample
from training.evaluation.plots import plot_bits, plot_replies

COMPRESSION = {"classics": {"m": {"bits_per_character": 5.0}, "xz": {"bits_per_character": 7.0}}}
SAMPLES = [Sample("?", "好。", True), Sample("?", "好" * 400, False)]


def size_and_colours(path):
    with Image.open(path) as picture:
        return picture.size, len(picture.convert("RGB").getcolors(1 << 20) or [])


def test_bits_are_drawn(tmp_path):
    plot_bits(COMPRESSION, tmp_path / "bits.png")

    size, colours = size_and_colours(tmp_path / "bits.png")
    assert size[0] > 400
    assert colours > 10


def test_replies_are_drawn_by_what_they_come_from(tmp_path):
    plot_replies(SAMPLES, tmp_path / "one.png")
    plot_replies([replace(one, by="note, written") for one in SAMPLES], tmp_path / "two.png")

    assert size_and_colours(tmp_path / "one.png")[1] > 10
    assert (tmp_path / "one.png").read_bytes() != (tmp_path / "two.png").read_bytes()
