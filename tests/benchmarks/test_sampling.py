from benchmarks.sampling import Passage, Progress, best_settings, take_passages


def test_passages_are_parts_of_the_documents_and_the_rest_is_what_lies_between():
    documents = ["".join(chr(0x4E00 + i) for i in range(3000)), "子丑寅卯" * 200]

    passages, rest = take_passages(documents, 6, "gb18030", seed=1)

    assert len(passages) == 6
    for passage in passages:
        assert any(passage.context + passage.continuation in text for text in documents)
        assert len(passage.context.encode("gb18030")) == 128
        assert len(passage.continuation) == 100
    written = sum(len(passage.continuation) for passage in passages)
    assert sum(map(len, rest)) + written == sum(map(len, documents))
    assert take_passages(documents, 6, "gb18030", seed=1) == (passages, rest)


def test_a_passage_of_longer_characters_is_no_longer_in_bytes():
    (passage,), _ = take_passages(["𠀀" * 1000], 1, "gb18030", seed=1)

    assert passage == Passage("𠀀" * 32, "𠀀" * 100)


def test_the_best_setting_is_the_one_that_the_first_half_chooses():
    found = {
        "people": {"chosen_by": 0.0},
        "top-k: k 1": {"chosen_by": 0.5},
        "top-k: k 2": {"chosen_by": 0.4},
        "greedy": {"chosen_by": 0.9},
    }

    assert best_settings(found) == {"top-k": "top-k: k 2", "greedy": "greedy"}


def test_what_was_measured_is_not_measured_again(tmp_path):
    taken = []

    def take():
        taken.append(1)
        return {"distance": len(taken)}

    path = tmp_path / "out" / "progress.json"
    first = Progress(path, {"seed": 1}).measure("a", take)
    again = Progress(path, {"seed": 1}).measure("a", take)
    other = Progress(path, {"seed": 2})

    assert first == again == {"distance": 1}
    assert other.measure("a", take) == {"distance": 2}
    other.forget()
    assert not path.exists()
