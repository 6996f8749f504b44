"""People for the tests: a healthy, fully answered one, and others made from it."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from ventosa.knowledge import Knowledge
from ventosa.logic import Boolean
from ventosa.record import Answers, Complaint, Interval, PalpatedSite, Value, Zone
from ventosa.terms import Side, Technique, ZoneKind

TODAY = date(2026, 11, 24)
EVERY_TECHNIQUE = tuple(Technique)
SAFE_NUMBERS: Mapping[str, Value] = MappingProxyType(
    {
        "age_years": Interval(40, 40),
        "onset_age_years": Interval(39, 39),
        "pain_duration_weeks": Interval(6, 6),
    }
)


def healthy_facts(knowledge: Knowledge) -> dict[str, Value | None]:
    """Every question answered the safe way; measurements and details are left out."""
    facts: dict[str, Value | None] = {}
    for fact in knowledge.facts.values():
        if fact.zone is not None or fact.id == "zones_recorded" or fact.detail_of is not None:
            continue
        if isinstance(fact.type, Boolean):
            facts[fact.id] = not fact.riskier
    return facts | SAFE_NUMBERS | {"sex": "male", "pregnant": "no"}


def healthy(knowledge: Knowledge, **changes: Any) -> Answers:
    """A healthy, fully answered person; ``None`` says asked and not known."""
    return person(knowledge, changes)


def person(
    knowledge: Knowledge, changes: Mapping[str, Any], zones: tuple[Zone, ...] | None = ()
) -> Answers:
    """A healthy person with some answers changed; numbers may be plain."""
    facts = healthy_facts(knowledge)
    for key, value in changes.items():
        facts[key] = plain(value)
    return Answers(
        answered_on=TODAY,
        facts=MappingProxyType(facts),
        zones=zones,
        complaint=Complaint(onset_date=None, sites=(PalpatedSite("L4", Side.BOTH, 2, 2),)),
        techniques=EVERY_TECHNIQUE,
    )


def plain(value: Any) -> Value | None:
    """A number as a test writes it becomes an interval."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Interval(value, value)
    if isinstance(value, dict):
        return Interval(value["low"], value["high"])
    return value  # type: ignore[no-any-return]


def disc(kind: str, level: str = "T5") -> Zone:
    """A small disc high on the left."""
    return Zone(ZoneKind(kind), Side.LEFT, level=level, lateral_mm=60, radius_mm=10)
