"""A reply's drafts as they are kept for its vote."""

from __future__ import annotations

from knowledge.answer import told_pieces
from workers.drafting import Draft
from workers.informing import Told
from workers.model_holder import LoadedModel
from xinglin.store.records import Claim
from xinglin.store.users.votes import KeptDraft, Vote


def vote_on(claim: Claim, served: LoadedModel, told: Told) -> Vote | None:
    """Return what a vote would be about; None where the model did not write from evidence."""
    if told.wording != "written" or told.by == "talk" or told.answer is None or not told.rounds:
        return None
    made = told.rounds[-1]
    return Vote(
        message_id=claim.message_id,
        question=claim.text,
        evidence=[piece.id for piece in told_pieces(told.answer.found)],
        drafts=[_kept(one) for one in made.drafts],
        chosen=made.chosen,
        model=f"{served.model}@{served.version}",
        ranker=told.ranker,
    )


def _kept(draft: Draft) -> KeptDraft:
    coverage = draft.verdict.coverage if draft.verdict is not None else 0.0
    bits = draft.done.bits_per_character
    return KeptDraft(draft.shown, round(bits, 4), round(coverage, 4), draft.fault)
