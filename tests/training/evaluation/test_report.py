from training.evaluation.dialogue import Sample, measure_replies
from training.evaluation.prompts import Prompt
from training.evaluation.report import findings, report_page, samples_page
from training.evaluation.verdicts import Verdict, verdict_key

COST = {"bits_per_character": 5.5, "bits_per_utf8_byte": 1.9, "characters": 10}
FOUND = {
    "model": {"name": "m", "version": "1", "sha256": "a" * 64, "codec": "gb18030"},
    "sampling": {"seed": 1, "drafts": 3, "top_e": 1.0, "temperature": 0.7},
    "account": "inn",
    "limit_characters": 0,
    "measured": {"cpu": {"classics": COST}},
}


def test_what_was_not_measured_has_no_section():
    text = findings(FOUND)

    assert "| classics | cpu | 5.500 | 1.900 |" in text
    assert text.count("## ") == 1


def test_compressors_are_ranked():
    tools = {"xz -9e": COST | {"bits_per_character": 6.9}, "m": COST}

    text = findings(FOUND | {"compression": {"classics": tools}})

    assert text.index("| classics | m | 5.500") < text.index("| classics | xz -9e | 6.900")


def test_floors_say_whether_they_are_met():
    prompts = [Prompt(("?",), ())] * 2
    good = measure_replies(prompts, [Sample("?", "好。", True)] * 2)
    bad = measure_replies(prompts, [Sample("?", "甲乙丙丁" * 4, False)] * 2)

    assert findings(FOUND | {"dialogue": good}).count(": met") == 3
    assert findings(FOUND | {"dialogue": bad}).count(": not met") == 2


def test_the_service_comes_first_with_floors_and_what_was_skipped():
    share = {"label": "right", "hits": 9, "asked": 10, "floor": 0.95, "most": False, "failed": []}
    skipped = {"label": "quotations", "why": "no library"}
    time = {"label": "p95", "milliseconds": 2.5, "asked": 10, "floor": 6.0}

    text = findings(FOUND | {"service": [share, skipped], "times": [time]})

    assert text.startswith("## The service\n\nAccount `inn`")
    assert "| right | 90.0% | 59.6% to 98.2% | 10 | 95% | **not met** |" in text
    assert "| quotations | skipped: no library |" in text
    assert "| p95 | 2.5 ms | | 10 | at most 6 ms | met |" in text


def test_the_report_names_the_weights_and_shows_the_pictures():
    page = report_page(FOUND | {"verdicts": {"good": 1, "fair": 1, "poor": 2, "unjudged": 6}})

    assert "`aaaaaaaaaaaaaaaa`" in page
    assert "(bits.png)" in page
    assert "Fair or better: 50% of 4." in page


def test_a_sample_is_one_row_whatever_it_says():
    samples = [Sample("问", "甲|乙\n**丙**", False), Sample("你好", "好。", True, "talk, written")]
    table = {verdict_key("你好", "好。"): Verdict("你好", "好。", "good", "short")}

    page = samples_page("m", samples, table)

    assert "| 1 | 问 | 甲\\|乙<br>\\*\\*丙\\*\\* |  |  |  |" in page
    assert "| 2 | 你好 | 好。 | talk, written | good | short |" in page
