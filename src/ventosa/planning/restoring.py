"""A plan that was changed earlier, set up again under today's screening and read by the checker."""

from collections.abc import Mapping
from dataclasses import replace

from ventosa.knowledge.model import Knowledge, Library
from ventosa.planning.case import case_of
from ventosa.planning.drafting import Draft, Revised, finished
from ventosa.record import Answers, Cupping, Dose, Plan, Screening
from ventosa.terms import Technique

BY_HAND = "Set by the practitioner."


def restored(
    cupping: Cupping,
    proposed: Plan,
    screening: Screening,
    answers: Answers,
    knowledge: Knowledge,
    library: Library,
    *,
    tolerated: Mapping[Technique, Dose] | None = None,
) -> Revised:
    """Return technique, dose and cups as they were left, in today's words and limits.

    ``proposed`` is what the program proposes today, best with the same technique: its words stay
    where nothing was set by hand.
    """
    case = case_of(screening, answers, knowledge, library, tolerated=tolerated)
    draft = Draft(proposed, cupping.technique, cupping.dose, cupping.placements)
    if cupping.technique is not proposed.technique:
        return finished(case, draft.touched("technique", BY_HAND).touched("placement", BY_HAND))
    assert proposed.dose is not None
    for what, quantity in (("suction", "suction_kpa"), ("retention", "retention_min")):
        if getattr(cupping.dose, quantity) != getattr(proposed.dose, quantity):
            draft = draft.touched(what, BY_HAND)
    if _places(cupping) != _places(proposed):
        draft = draft.touched("placement", BY_HAND)
    return finished(case, draft)


def _places(planned: Cupping | Plan) -> list[object]:
    return [replace(cup, suction_kpa=None, retention_min=None) for cup in planned.placements]
