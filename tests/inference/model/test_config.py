import json

import pytest

from inference.errors import CheckpointError
from inference.model.config import LIMITS, count_parameters, parse_config, wygpt_shapes

GOOD = {
    "format": "xinglin-1",
    "family": "wygpt",
    "codec": "gb18030",
    "context": 512,
    "width": 192,
    "layers": 7,
    "heads": 4,
    "parameters": 2_902_016,
    "corpora": ["classics", "dialogue"],
    "bytes_seen": 10**9,
    "valid": {"classics bits/char": 5.5},
    "licence": "Apache-2.0",
    "sha256": "0" * 64,
    "name": "tcm",
    "version": "1.2",
}


NGRAM = {
    **GOOD,
    "family": "wygpt-ngram",
    "layers": 5,
    "parameters": 3_004_864,
    "ngram_orders": [2, 3, 4, 6],
    "ngram_rows": 4781,
}


def test_card_with_ngram_tables_has_their_shapes() -> None:
    card = parse_config(NGRAM, "config.json")

    assert card.ngram_orders == (2, 3, 4, 6)
    assert json.loads(json.dumps(card.fields())) == NGRAM
    shapes = card.tensor_shapes()
    assert shapes["ngram.6"] == (4781, 48)
    assert sum(rows * columns for rows, columns in shapes.values()) == card.parameters


def test_card_without_ngram_tables_does_not_speak_of_them() -> None:
    assert json.loads(json.dumps(parse_config(GOOD, "config.json").fields())) == GOOD


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ngram_orders", []),
        ("ngram_orders", [0, 2]),
        ("ngram_orders", [2, 17]),
        ("ngram_orders", [3, 2]),
        ("ngram_orders", [2, 2]),
        ("ngram_orders", list(range(1, 10))),
        ("ngram_orders", "23"),
        ("ngram_rows", 0),
        ("ngram_rows", 2**24 + 1),
    ],
)
def test_bad_ngram_field_is_named(name: str, value: object) -> None:
    with pytest.raises(CheckpointError, match=rf"config.json: {name} is .*; it must "):
        parse_config({**NGRAM, name: value}, "config.json")


def test_width_must_be_shared_out_among_the_ngram_orders() -> None:
    with pytest.raises(
        CheckpointError, match="it must be a multiple of the number of ngram_orders"
    ):
        parse_config({**NGRAM, "ngram_orders": [2, 3, 4, 5, 6]}, "config.json")


def test_plain_family_refuses_ngram_fields() -> None:
    with pytest.raises(CheckpointError, match="the field 'ngram_orders' is unknown"):
        parse_config({**GOOD, "ngram_orders": [2]}, "config.json")


def test_good_card_keeps_every_field() -> None:
    card = parse_config(GOOD, "config.json")
    assert {name: getattr(card, name) for name in GOOD} == {
        **GOOD,
        "corpora": ("classics", "dialogue"),
    }


@pytest.mark.parametrize("name", GOOD)
def test_missing_field_is_named(name: str) -> None:
    fields = {field: value for field, value in GOOD.items() if field != name}
    with pytest.raises(CheckpointError, match=rf"^m/config.json: the field '{name}' is missing$"):
        parse_config(fields, "m/config.json")


def test_unknown_field_is_named() -> None:
    with pytest.raises(CheckpointError, match=r"config.json: the field 'colour' is unknown"):
        parse_config({**GOOD, "colour": "red"}, "config.json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "xinglin-2"),
        ("format", 1),
        ("family", "llama"),
        ("family", ["wygpt"]),
        ("codec", "big5"),
        ("codec", None),
        ("context", 1),
        ("context", 65537),
        ("context", 512.0),
        ("context", "512"),
        ("width", 0),
        ("width", -192),
        ("width", 10**30),
        ("width", True),
        ("layers", 0),
        ("heads", 0),
        ("parameters", "many"),
        ("corpora", "classics"),
        ("corpora", [1]),
        ("corpora", ["\udfff"]),
        ("bytes_seen", -1),
        ("valid", []),
        ("valid", {"x": "good"}),
        ("valid", {"x": float("nan")}),
        ("valid", {"x": True}),
        ("valid", {"x": 10**400}),
        ("valid", {"\ud800": 1.0}),
        ("licence", ""),
        ("licence", None),
        ("sha256", "0" * 63),
        ("sha256", "A" * 64),
        ("name", ""),
        ("name", "x" * 101),
        ("name", "a\nb"),
        ("name", "a\udcff"),
        ("version", 1),
    ],
)
def test_field_that_cannot_be_used_is_named_with_its_value(name: str, value: object) -> None:
    with pytest.raises(CheckpointError, match=rf"^config.json: {name} is .*; it") as caught:
        parse_config({**GOOD, name: value}, "config.json")
    assert len(str(caught.value)) < 200


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(CheckpointError, match="width is 192; it must be a multiple of heads, 5"):
        parse_config({**GOOD, "heads": 5}, "config.json")


def test_parameters_must_be_what_the_sizes_make() -> None:
    with pytest.raises(CheckpointError, match="parameters is 3; these sizes make 2902016"):
        parse_config({**GOOD, "parameters": 3}, "config.json")


@pytest.mark.parametrize("fields", [[], None, 3, "x"])
def test_card_is_an_object(fields: object) -> None:
    with pytest.raises(CheckpointError, match="one JSON object"):
        parse_config(fields, "config.json")


def test_shapes_hold_as_many_numbers_as_counted() -> None:
    shapes = wygpt_shapes(192, 7, 4, 512)
    assert sum(rows * columns for rows, columns in shapes.values()) == 2_902_016
    assert count_parameters(192, 7, 4, 512) == 2_902_016
    assert list(shapes)[:2] == ["blocks.0.a.u", "blocks.0.a.o"]
    assert list(shapes)[-1] == "head"


def test_limits_are_inclusive() -> None:
    for name, (low, _) in LIMITS.items():
        sizes = {"width": 4, "layers": 1, "heads": 1, "context": 2, name: low}
        fields = {**GOOD, **sizes, "parameters": count_parameters(**sizes)}
        assert getattr(parse_config(json.loads(json.dumps(fields)), "c"), name) == low


def test_the_bound_on_surprise_may_lack() -> None:
    assert parse_config(GOOD, "config.json").unsure_bits == 0
    card = parse_config({**GOOD, "unsure_bits": 1}, "config.json")
    assert card.unsure_bits == 1.0
    assert card.fields() == {**parse_config(GOOD, "config.json").fields(), "unsure_bits": 1.0}


@pytest.mark.parametrize("value", [-1, 65, 10**400, "1", None, True, float("nan")])
def test_a_bound_on_surprise_that_cannot_be_is_named(value: object) -> None:
    with pytest.raises(CheckpointError, match="unsure_bits"):
        parse_config({**GOOD, "unsure_bits": value}, "config.json")


def test_a_model_answers_unless_its_card_says_no() -> None:
    assert parse_config(GOOD, "config.json").answers
    card = parse_config({**GOOD, "answers": False}, "config.json")
    assert not card.answers
    assert card.fields()["answers"] is False
    assert "answers" not in parse_config({**GOOD, "answers": True}, "config.json").fields()


@pytest.mark.parametrize("value", [0, 1, "no", None])
def test_whether_it_answers_is_true_or_false(value: object) -> None:
    with pytest.raises(CheckpointError, match="answers"):
        parse_config({**GOOD, "answers": value}, "config.json")


PAIR = {
    **GOOD,
    "family": "wygpt-pair",
    "codec": "utf-16-be",
    "layers": 5,
    "parameters": 3_147_776,
    "ngram_orders": [1, 2, 3],
    "ngram_rows": [6144, 4096, 3072],
}


def test_card_of_pairs_counts_its_tables_and_its_second_head() -> None:
    card = parse_config(PAIR, "config.json")

    assert json.loads(json.dumps(card.fields())) == PAIR
    assert card.table_rows == (6144, 4096, 3072)
    assert (card.step_bytes, card.context_bytes, card.renewed_bytes) == (2, 1024, 512)
    shapes = card.tensor_shapes()
    assert shapes["ngram.1"] == (6144, 64)
    assert shapes["second.u"] == (384, 192)
    width, tables = 192, (6144 + 4096 + 3072) * 64
    blocks = 5 * (11 * width**2 + 4 * 512)
    assert card.count() == blocks + 3 * 256 * width + 3 * width**2 + tables == PAIR["parameters"]


def test_bytes_of_a_context_are_steps_in_the_families_of_bytes() -> None:
    card = parse_config({**NGRAM, "context": 513, "parameters": 3_004_884}, "config.json")
    assert card.table_rows == (4781,) * 4
    assert (card.step_bytes, card.context_bytes, card.renewed_bytes) == (1, 513, 256)


def test_half_of_an_odd_context_is_whole_pairs() -> None:
    card = parse_config({**PAIR, "context": 7, "parameters": 3_137_676}, "config.json")
    assert (card.context_bytes, card.renewed_bytes) == (14, 6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ngram_orders", []),
        ("ngram_orders", [1, 2, 9]),
        ("ngram_orders", [2, 1, 3]),
        ("ngram_rows", 6144),
        ("ngram_rows", [6144, 0, 3072]),
        ("ngram_rows", [6144, 2**24 + 1, 3072]),
        ("ngram_rows", [6144, 4096.0, 3072]),
        ("ngram_rows", []),
    ],
)
def test_bad_field_of_pairs_is_named(name: str, value: object) -> None:
    with pytest.raises(CheckpointError, match=rf"config.json: {name} is .*; it must "):
        parse_config({**PAIR, name: value}, "config.json")


def test_every_table_of_pairs_has_its_number_of_rows() -> None:
    with pytest.raises(CheckpointError, match="ngram_rows has 2 numbers; it must have one for"):
        parse_config({**PAIR, "ngram_rows": [6144, 4096]}, "config.json")


def test_card_that_mixes_counts_what_it_mixes_with() -> None:
    fields = {**PAIR, "mixing": True, "parameters": PAIR["parameters"] + 5 * 2 * 192}
    card = parse_config(fields, "config.json")
    assert card.mixing
    assert card.tensor_shapes()["blocks.4.b.mix"] == (2, 192)
    assert json.loads(json.dumps(card.fields())) == fields
    plain = parse_config({**PAIR, "mixing": False}, "config.json")
    assert not plain.mixing
    assert "mixing" not in plain.fields()


def test_only_pairs_mix_and_say_so_with_a_truth() -> None:
    with pytest.raises(CheckpointError, match="the field 'mixing' is unknown"):
        parse_config({**NGRAM, "mixing": True}, "config.json")
    with pytest.raises(CheckpointError, match="mixing is 1; it must be true or false"):
        parse_config({**PAIR, "mixing": 1}, "config.json")


@pytest.mark.parametrize("name", ["ngram_orders", "ngram_rows"])
def test_missing_field_of_pairs_is_named(name: str) -> None:
    with pytest.raises(CheckpointError, match=f"the field '{name}' is missing"):
        parse_config({n: v for n, v in PAIR.items() if n != name}, "config.json")


def test_rows_of_the_family_of_bytes_are_one_number() -> None:
    with pytest.raises(CheckpointError, match="ngram_rows is"):
        parse_config({**NGRAM, "ngram_rows": [4781] * 4}, "config.json")
