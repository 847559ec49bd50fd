"""One run takes every measure, and says what it left out."""

from __future__ import annotations

import pytest

from tests.training.evaluation.service.conftest import MODEL, SHOP
from training.evaluation.service.asking import Asking
from training.evaluation.service.figures import Share, Skipped, Time
from training.evaluation.service.measure import measure_service


@pytest.mark.slow
def test_a_shop_without_lists_and_books() -> None:
    measured = measure_service(MODEL, str(SHOP), Asking(drafts=1))

    skipped = [one.label for one in measured.figures if isinstance(one, Skipped)]
    assert len(skipped) == 5
    assert skipped[-1] == "quotations that stand so in the book"
    shares = [one for one in measured.figures if isinstance(one, Share)]
    assert shares[0].label == "cells of all tables, three wordings: right"
    assert sum(isinstance(one, Time) for one in measured.figures) == 2
