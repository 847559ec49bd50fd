from training.evaluation.dialogue import Sample, measure_replies, measure_topic
from training.evaluation.prompts import Prompt


def test_replies_are_measured():
    prompts = [Prompt(("?",), ("黄芪",), "黄芪补气。"), Prompt(("?",), ())]
    samples = [Sample("?", "黄芪" * 8, True), Sample("?", "", False)]

    found = measure_replies(prompts, samples)

    assert found["replies"] == 2
    assert found["ended_share"] == 0.5
    assert found["empty_share"] == 0.5
    assert found["valid_share"] == 1.0
    assert found["mean_characters"] == 8.0
    assert found["repeats_gram_share"] == 0.5
    assert found["distinct_1"] == 2 / 16
    assert found["on_topic"]["asked"] == 1
    assert found["on_topic"]["share"] == 1.0


def test_no_reply_is_on_topic_where_no_subject_is_asked_for():
    assert measure_topic([Prompt(("?",), ())], ["黄芪"])["asked"] == 0
