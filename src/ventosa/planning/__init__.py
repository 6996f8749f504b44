"""Complaint, screening and knowledge become a plan for one person.

The planner chooses a technique, a dose within today's caps, and placements solved to the best
cover; it says why, what it refused and why, and puts exercise and education beside the cups. A
separate checker (``checking.py``) reads the result before it leaves. Where no cup may be used
there is still a plan.
"""

from collections.abc import Mapping

from ventosa.checking import check_plan
from ventosa.knowledge.model import Knowledge, Library
from ventosa.planning.case import GAPS_MM, USUAL_CUPS, Case, Tried, frame_of, margins_of
from ventosa.planning.choosing import choose
from ventosa.planning.reasons import refused_of, why_of
from ventosa.planning.saying import (
    ADVICE_KINDS,
    advice_of,
    co_interventions_of,
    evidence_of,
    needs_doctor,
    posture_of,
    references_of,
    referral_of,
    regimen_of,
)
from ventosa.planning.wording import summary_of, title_of
from ventosa.record import (
    Answers,
    Dose,
    FrameSaid,
    InputError,
    NotAllowed,
    Plan,
    Screening,
)
from ventosa.terms import (
    State,
    Technique,
)

__all__ = ["GAPS_MM", "USUAL_CUPS", "frame_of", "plan"]


def plan(
    screening: Screening,
    answers: Answers,
    knowledge: Knowledge,
    library: Library,
    *,
    gap_mm: float = GAPS_MM[0],
    tolerated: Mapping[Technique, Dose] | None = None,
) -> Plan:
    """Return the plan for a screened person.

    ``tolerated`` holds the last dose of a technique that this person took without harm; without
    it the dose is the technique's start column. Either is lowered to today's caps.

    Raises:
        InputError: a technique may be used or asked for, and no place was palpated.
        NotAllowed: the checker refuses the plan; nothing leaves.
    """
    frame = frame_of(screening, knowledge)
    case = Case(
        screening,
        answers,
        knowledge,
        library,
        frame,
        margins_of(knowledge),
        gap_mm,
        tolerated or {},
    )
    if not case.sites and screening.exit in (0, 3):
        raise InputError("complaint.sites", "a plan needs at least one palpated site")
    proposed = _write(case, choose(case))
    cups = USUAL_CUPS if answers.cups is None else answers.cups
    problems = check_plan(
        proposed, screening, frame, cups, case.margins, gap_mm=gap_mm, sites=case.sites
    )
    if problems:
        raise NotAllowed("the plan was refused by the checker: " + "; ".join(problems))
    return proposed


def _write(case: Case, tried: Tried) -> Plan:
    choice = tried.choice
    technique = choice.technique if choice else None
    co = co_interventions_of(case, with_cups=choice is not None)
    said = {kind: advice_of(case, kind, technique) for kind in ADVICE_KINDS}
    evidence = evidence_of(case, technique)
    why = why_of(case, tried)
    referral = referral_of(case) + (said["referral"] if needs_doctor(case) else ())
    sources = [
        *(key for entries in (*said.values(), co, referral) for s in entries for key in s.sources),
        *evidence.sources,
        *(key for entry in why for key in entry.sources),
        *(
            key
            for screened in case.screening.techniques.values()
            for finding in screened.findings
            if finding.state is not State.OPEN
            for key in finding.sources
        ),
    ]
    return Plan(
        technique=technique,
        dose=choice.dose if choice else None,
        placements=choice.placements if choice else (),
        frame=FrameSaid(case.frame.origin, case.frame.scale_mm, case.frame.error_mm),
        posture=posture_of(case),
        title=title_of(case, choice),
        summary=summary_of(case, tried),
        cover=choice.cover if choice else None,
        preparation=said["preparation"] if choice else (),
        monitor=said["monitor"] if choice else (),
        regimen=regimen_of(case.knowledge) if choice else None,
        step_up=said["step_up"] if choice else (),
        stop_rule=said["stop_rule"],
        co_interventions=co,
        aftercare=said["aftercare"] if choice else (),
        expect=said["expect"] if choice else (),
        evidence=evidence,
        refused=refused_of(case, tried),
        why=why,
        referral=referral + said["safety_net"],
        references=references_of(case.knowledge, sources),
    )
