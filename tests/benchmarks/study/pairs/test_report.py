"""The page of the study's runs."""

from benchmarks.study.pairs.report import beside, page, summary


def row(question, name, seed, mean):
    return {
        "question": question, "name": name, "seed": str(seed), "parameters": "3000000",
        "cost_a_byte": "1.1", "steps": "300", "characters": "600000", "processor_seconds": "61.2",
        "classics": str(mean), "dialogue": str(mean), "general-zh": str(mean), "mean": str(mean),
    }  # fmt: skip


ROWS = [
    row("base", "base", 1, 6.0),
    row("base", "base", 2, 6.2),
    row("order", "little", 1, 6.1),
    row("order", "little", 2, 6.1),
    row("torch", "plain", 1, 7.0),
    row("torch", "sign", 1, 6.9),
    row("order", "third", 3, 6.5),
]


def test_a_run_is_held_against_the_base_of_its_seed():
    found = [beside(one, ROWS) for one in ROWS]

    assert [one is not None and round(one, 3) for one in found] == [
        *(0.0, 0.0, 0.1, -0.1, 0.0, -0.1, False)
    ]


def test_variants_are_ranked_by_their_mean_distance():
    assert summary(ROWS)[0][1] == "sign"
    assert ("order", "little", 2) in [one[:3] for one in summary(ROWS)]


def test_the_page_has_a_table_for_each_question_with_the_best_first():
    text = page(ROWS)

    assert "| sign | torch | 1 | 6.900 | -0.100 |" in text
    assert text.index("| sign | 1 |") < text.index("| plain | 1 |")
    assert "| little | 2 | 3,000,000 | 1.1 | 300 | 600,000 | 61 | 6.100 |" in text
    assert "-0.100 |" in text
