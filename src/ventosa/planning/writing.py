"""Everything that a plan says, set beside its cups."""

from ventosa.planning.case import Case, Tried
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
from ventosa.record import FrameSaid, Plan
from ventosa.terms import State


def written(case: Case, tried: Tried) -> Plan:
    """Return the plan of a choice; without one, the plan without cups."""
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
