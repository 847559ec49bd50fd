"""The variants of the study are what the command line of training can express."""

import pytest

from benchmarks.study.pairs.__main__ import folder_of
from benchmarks.study.pairs.variants import VARIANTS
from training.cli import build_parser
from training.pretraining import asked_config, asked_shape


def parsed(variant):
    options = (*variant.base, *variant.options, "--bytes", "1M")
    return build_parser().parse_args(["pretrain", "--data", "d", "--out", "o", *options])


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.name)
def test_a_variant_is_a_model_of_about_the_same_size(variant):
    args = parsed(variant)
    asked_config(args).check()

    parameters = asked_shape(args).parameters

    free = variant.question == "tables" and "rows" in variant.name
    assert free or variant.name == "no tables" or 2.9e6 < parameters < 3.3e6


def test_no_two_runs_share_a_folder(tmp_path):
    folders = [folder_of(tmp_path, one, seed) for one in VARIANTS for seed in one.seeds]

    assert len(set(folders)) == len(folders)


def test_a_variant_differs_from_its_base():
    settings = [
        (one.torch, one.recoded, str(asked_shape(parsed(one))), str(asked_config(parsed(one))))
        for one in VARIANTS
    ]

    assert len(set(settings)) == len(settings)
