"""Complaint, screening and knowledge become a plan for one person.

The planner chooses a technique, a dose within today's caps, and placements solved to the best
cover; it says why, what it refused and why, and puts exercise and education beside the cups. A
separate checker (``checking.py``) reads the result before it leaves. Where no cup may be used
there is still a plan.
"""

from collections.abc import Mapping

from ventosa.checking import check_plan
from ventosa.knowledge.model import Knowledge, Library
from ventosa.planning.case import GAPS_MM, USUAL_CUPS, case_of, frame_of
from ventosa.planning.choosing import choose, usable
from ventosa.planning.writing import written
from ventosa.record import Answers, Dose, InputError, NotAllowed, Plan, Screening
from ventosa.terms import Technique

__all__ = ["GAPS_MM", "USUAL_CUPS", "frame_of", "plan"]


def plan(
    screening: Screening,
    answers: Answers,
    knowledge: Knowledge,
    library: Library,
    *,
    gap_mm: float = GAPS_MM[0],
    tolerated: Mapping[Technique, Dose] | None = None,
    technique: Technique | None = None,
) -> Plan:
    """Return the plan for a screened person.

    ``tolerated`` holds the last dose of a technique that this person took without harm; without
    it the dose is the technique's start column. Either is lowered to today's caps. ``technique``
    is the one that a practitioner asks for; ``None`` = the first in order of preference.

    Raises:
        InputError: a technique may be used or asked for, and no place was palpated; or the
            technique asked for may not be used.
        NotAllowed: the checker refuses the plan; nothing leaves.
    """
    case = case_of(screening, answers, knowledge, library, gap_mm=gap_mm, tolerated=tolerated)
    if technique is not None and technique not in usable(case):
        raise InputError("technique", f"{technique} may not be used here today")
    proposed = written(case, choose(case, technique))
    cups = USUAL_CUPS if answers.cups is None else answers.cups
    problems = check_plan(
        proposed, screening, case.frame, cups, case.margins, gap_mm=gap_mm, sites=case.sites
    )
    if problems:
        raise NotAllowed("the plan was refused by the checker: " + "; ".join(problems))
    return proposed
