"""A visit with an accepted plan, without the solver: four cups over the lumbar spine."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cast import Cast
from ventosa.assessing import Entry
from ventosa.contract.plans import write_placements
from ventosa.record import Cupping, Dose, Placement
from ventosa.repeating import stored
from ventosa.terms import Side, Technique
from ventosa.web.actions import assessments, clinics, plans
from ventosa.web.demo import LUMBAR, _assess
from ventosa.web.documents import PlanBody, ScreeningBody
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import CupStock, Document, Encounter

DOSE = Dose(suction_kpa=20.0, retention_min=5.0, cups=4)
DRAWN = json.dumps(
    [[[100, 200, 0], [300, 80, 40], [500, 210, 90]], [[560, 60, 300], [560, 220, 380]]]
)


def cupping(technique: Technique = Technique.DRY_STATIC, **dose: Any) -> Cupping:
    """Four cups at L1 and L4, as a plan keeps them."""
    given = replace(DOSE, **dose)
    cups = tuple(
        Placement(level, side, 35.5, y, 45.0, given.suction_kpa, given.retention_min)
        for level, y in (("L1", 385.0), ("L4", 460.0))
        for side in (Side.LEFT, Side.RIGHT)
    )
    return Cupping(technique, given, cups[: given.cups])


def assessed(
    cast: Cast, patient: Any = None, *, days_ago: int = 0, who: str = "alice", **facts: Any
) -> Encounter:
    """A visit at which everything was asked."""
    clinic = cast.scope(who).clinic
    if not CupStock.objects.filter(clinic=clinic).exists():
        clinics.own_cups(
            clinic,
            kind="pump",
            material="plastic",
            inner_diameter_mm=45,
            count=8,
            suction_known="gauge",
        )
    patient = patient or cast.patient(who)
    return _assess(cast.scope(who), patient, days_ago=days_ago, facts=facts, whole=LUMBAR)


def accept(
    cast: Cast, visit: Encounter, planned: Cupping | None = None, *, who: str = "alice"
) -> Document:
    """Accept a plan of a visit."""
    scope = cast.scope(who)
    scope = replace(scope, now=scope.now - timedelta(days=(scope.today - visit.on).days))
    found = gather(scope, scope.encounter(visit.id))
    screening = ScreeningBody(**stored(found.answers, found.record, found.screening))
    earlier = Document.objects.filter(encounter=visit, kind="plan").order_by("at", "id").last()
    tree = {"title": "Four cups", "cupping": write_placements(planned or cupping())}
    return plans.accept_plan(
        scope,
        encounter=visit,
        screening=screening,
        plan=lambda decided: PlanBody(screening=decided, plan=tree),
        changes=earlier,
        key=new_id().hex,
    )


def say(cast: Cast, visit: Encounter, **facts: Any) -> None:
    """Answer more questions in a visit."""
    told = [
        Entry(new_id().hex, f"fact:{fact}", value, "practitioner") for fact, value in facts.items()
    ]
    assessments.say(cast.scope("alice"), encounter=visit, entries=told, knowledge=knowledge())
