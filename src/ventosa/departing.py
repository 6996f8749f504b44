"""How a session that was done departs from what was decided, planned and agreed.

What was done is always written down. Where it lies beyond the day's screening, the accepted plan or
the consent, each difference is said, a sentence is asked for, and both stand in the record.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ventosa.checking import check_placements
from ventosa.knowledge.model import Knowledge
from ventosa.planning import frame_of
from ventosa.planning.case import margins_of
from ventosa.record import Cupping, Dose, Placement, Screening
from ventosa.terms import Technique

_NAMES = {
    "suction_kpa": ("suction", "kPa"),
    "retention_min": ("time on", "min"),
    "cups": ("cups", ""),
    "repetitions": ("repetitions", ""),
}


def departures(
    done: Cupping,
    *,
    screening: Screening | None,
    planned: Cupping | None,
    lacking: Sequence[str],
    knowledge: Knowledge,
) -> tuple[str, ...]:
    """Return the differences of a session, in words; empty = it was as decided.

    ``done.dose.cups`` of 0 = no cup was on: that is no session and departs from nothing.
    ``screening`` is that of the visit at the start, ``None`` = the session belongs to no visit;
    ``planned`` the accepted plan, ``None`` = none; ``lacking`` what consent lacked.
    """
    if done.dose.cups == 0:
        return ()
    return (
        *_beyond_screening(done, screening, knowledge),
        *_beyond_plan(done.technique, done.dose, planned, knowledge),
        *(f"Consent: {one}" for one in lacking),
    )


def _beyond_screening(
    done: Cupping, screening: Screening | None, knowledge: Knowledge
) -> Iterator[str]:
    technique, dose = done.technique, done.dose
    name = knowledge.techniques[technique].file.title
    if screening is None:
        yield "It belongs to no visit: nothing was screened for it."
        return
    screened = screening.techniques[technique]
    if not screened.offered:
        yield f"{name}: not offered here that day (training, licence or cups)."
    if not screened.may_use:
        gravest = [one.title for one in screened.findings if one.decision == screened.possible]
        why = f": {'; '.join(gravest)}" if gravest else ""
        yield f"{name}: {screened.possible} that day{why}."
    stop = knowledge.techniques[technique].hard_stop
    for quantity, (word, unit) in _NAMES.items():
        was: float | None = getattr(dose, quantity)
        limit: float | None = getattr(screened.limits, quantity)
        most: float | None = getattr(stop, quantity)
        if was is None:
            continue
        if most is not None and was > most:
            yield f"{_said(word, was, unit)}, beyond the hard stop of {most:g}."
        elif limit is not None and was > limit:
            yield f"{_said(word, was, unit)}, beyond that day's limit of {limit:g}."
    product = screened.limits.kpa_min
    if product is not None and dose.suction_kpa and dose.retention_min:
        reached = dose.suction_kpa * dose.retention_min
        if reached > product:
            yield f"Suction × time {reached:g} kPa·min, beyond {product:g}."
    yield from _in_closed_places(done.placements, screening, technique, knowledge)


def _in_closed_places(
    cups: Sequence[Placement], screening: Screening, technique: Technique, knowledge: Knowledge
) -> Iterator[str]:
    """The cups that stood where something is closed; what else is wrong with places is not said."""
    frame, margins = frame_of(screening, knowledge), margins_of(knowledge)
    closed = [one.zone for one in screening.techniques[technique].closed_zones]
    for cup in cups:
        alone = [replace(cup, suction_kpa=None, retention_min=None)]
        if check_placements(frame, alone, closed, max_cups=None, margins=margins) != (
            check_placements(frame, alone, (), max_cups=None, margins=margins)
        ):
            yield f"A cup at {cup.level} {cup.side}, where it was closed that day."


def _said(word: str, value: float, unit: str) -> str:
    return f"{word.capitalize()} {value:g} {unit}".strip()


def _beyond_plan(
    technique: Technique, dose: Dose, planned: Cupping | None, knowledge: Knowledge
) -> Iterator[str]:
    if planned is None:
        yield "No plan of this visit was accepted."
        return
    if technique is not planned.technique:
        name = knowledge.techniques[planned.technique].file.title
        yield f"The accepted plan was for another technique: {name}."
        return
    for quantity, (word, unit) in _NAMES.items():
        was: float | None = getattr(dose, quantity)
        most: float | None = getattr(planned.dose, quantity)
        if was is not None and most is not None and was > most:
            yield f"{_said(word, was, unit)}, the accepted plan says {most:g}."
