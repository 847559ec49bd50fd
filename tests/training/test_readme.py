from inference.model.config import ModelConfig
from training.evaluation.dialogue import Sample, measure_replies
from training.evaluation.prompts import Prompt
from training.provenance import Provenance
from training.readme import model_card

CARD = ModelConfig(
    *("xinglin-1", "wygpt", "gb18030", 64, 8, 1, 2, 2880, (), 1, {}, "Apache-2.0", "a" * 64),
    *("m", "1"),
)


def test_a_card_shows_what_evaluate_found():
    replies = measure_replies(
        [Prompt(("黄芪？",), ("黄芪",))], [Sample("黄芪？", "黄芪补气。", True)]
    )
    cost = {"bits_per_character": 5.5, "bits_per_utf8_byte": 1.9}
    scores = {
        "limit_characters": 0,
        "measured": {"cpu": {"classics": cost}},
        "compression": {"classics": {"m": cost, "xz -9e": cost | {"bits_per_character": 7.0}}},
        "dialogue": replies,
    }

    text = model_card(CARD, Provenance(1, 1.0, ("classics.train",)), machine="", scores=scores)

    assert "| classics | cpu | 5.500 | 1.900 |" in text
    assert "| classics | xz -9e | 7.000 | 1.900 |" in text
    assert "| classics | m |" not in text
    assert "Of 1 replies of the service, 5 characters on average:" in text


def test_a_base_is_called_one_and_a_chatbot_too():
    def told(*corpora):
        return model_card(CARD, Provenance(1, 1.0, corpora), machine="", scores={})

    assert "A base for fine-tuning" in told("classics.train", "dialogue.train")
    assert "a chatbot that sounds like the classics" in told("classics.train", "identity")
    assert "answers a question from pieces of evidence" in told("classics.train", "reading-notes")
