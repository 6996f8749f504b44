"""The set that a person is asked to agree to: proposed from the plan, checked before it is read."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from ventosa.consent.agreed import ConsentSet, Planned, inside, set_of
from ventosa.geometry import Frame
from ventosa.knowledge import Knowledge

SPARE_DAYS = 28
"""Days beyond the course for sessions that fall out (editorial; the clinic decides)."""

LONGEST_DAYS = 366
"""No signature covers more than a year (editorial; the clinic decides)."""

_NAMES = {
    "suction_kpa": ("suction", "kPa"),
    "retention_min": ("time on", "min"),
    "cups": ("cups", ""),
    "repetitions": ("repetitions", ""),
}


def proposed_set(plan: Planned, frame: Frame, knowledge: Knowledge, *, on: date) -> ConsentSet:
    """Return the smallest set that holds the plan and its course up to the review.

    Raises:
        InputError: the plan has no cups.
    """
    sessions = int(knowledge.number("review_after_sessions"))
    weeks = ceil(sessions / knowledge.number("per_week"))
    until = on + timedelta(days=7 * weeks + SPARE_DAYS)
    return set_of(plan, frame, sessions=sessions, until=until)


def set_problems(
    agreed: ConsentSet, plan: Planned, frame: Frame, knowledge: Knowledge, *, on: date
) -> tuple[str, ...]:
    """Return why nobody is asked to agree to a set, in words; empty = it may be read and signed.

    It must hold the plan it is signed for, and nobody agrees to more than the hard stop.
    """
    return tuple(_problems(agreed, plan, frame, knowledge, on))


def _problems(
    agreed: ConsentSet, plan: Planned, frame: Frame, knowledge: Knowledge, on: date
) -> Iterator[str]:
    for difference in inside(agreed, plan, frame):
        yield f"The plan lies outside: {difference}."
    if agreed.until < on:
        yield "It ended before today."
    if agreed.until > on + timedelta(days=LONGEST_DAYS):
        yield "It ends more than a year from now: nobody agrees that far ahead."
    for name, (words, unit) in _NAMES.items():
        asked = getattr(agreed.greatest, name)
        stops = [getattr(knowledge.techniques[t].hard_stop, name) for t in agreed.techniques]
        # A technique that has no such number sets no limit to one that has.
        known = [stop for stop in stops if stop is not None]
        if asked is not None and known and asked > max(known):
            most = f"{max(known):g} {unit}".strip()
            yield f"The hard stop for {words} is {most}: nobody is asked to agree to more."
