"""Pregnancy on a day: what was recorded, moved on by the weeks since, until it ended."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ventosa.codes import Says
from ventosa.fhir.meaning import HINT
from ventosa.fhir.moments import Moment, is_newer, is_older_than
from ventosa.fhir.signs import PREGNANCY_ENDED, Sign, Standing
from ventosa.record import Interval, Reading

TERM_WEEKS = 42
"""The end of the range of ``gestation_weeks``; a pregnancy recorded longer ago is over."""


@dataclass(frozen=True, slots=True)
class Gestation:
    """Days of pregnancy as recorded on a day; a ``problem`` makes the number one to ask about."""

    days: float
    when: Moment | None
    source: str
    problem: str | None = None


def read_pregnancy(
    signs: Sequence[Sign], gestations: Iterable[Gestation], on: date
) -> Iterator[Reading]:
    """The readings of ``pregnant`` and ``gestation_weeks``."""
    ends = [
        s.when
        for s in signs
        if s.when is not None
        and s.standing is not Standing.HINT
        and (s.row is PREGNANCY_ENDED or s.row.fact == "postpartum_weeks")
    ]
    newest_status = _newest_status(signs)
    for sign in signs:
        if sign.row.fact == "pregnant" and sign.row is not PREGNANCY_ENDED:
            is_outdated = sign.resource == "Observation" and sign is not newest_status
            if not is_outdated and not _is_ended(sign.when, ends):
                yield from _pregnant(sign, on)
    coded = [g for s in signs if (g := _coded_weeks(s)) is not None]
    newest = None
    for it in sorted((*gestations, *coded), key=lambda g: g.problem is None):
        if not _is_ended(it.when, ends) and (
            newest is None or newest.problem or is_newer(it.when, newest.when)
        ):
            newest = it
    if newest is not None:
        yield _gestation(newest, on)


def _newest_status(signs: Sequence[Sign]) -> Sign | None:
    newest = None
    for sign in signs:
        if sign.row.fact == "pregnant" and sign.resource == "Observation":
            newest = sign if newest is None or is_newer(sign.when, newest.when) else newest
    return newest


def _is_ended(when: Moment | None, ends: Sequence[Moment]) -> bool:
    return when is not None and any(end.first >= when.first for end in ends)


def _pregnant(sign: Sign, on: date) -> Iterator[Reading]:
    says, when = sign.row.says, sign.when
    if sign.standing is Standing.PAST or says is Says.NOTHING:
        return
    value = {Says.NO: "no", Says.POSSIBLE: "possible"}.get(says, "yes")
    stale = None
    if sign.standing is Standing.HINT or (when is None and sign.resource == "Observation"):
        stale = HINT
    elif value == "yes" and when is not None and is_older_than(when, on, TERM_WEEKS * 7):
        stale = f"a pregnancy recorded on {when} would be past {TERM_WEEKS} weeks"
    elif value != "yes" and (when is None or is_older_than(when, on, 0)):
        stale = f"pregnancy recorded as {value}{f' on {when}' if when else ''}, not today"
    yield Reading("pregnant", value, sign.source, when.first if when else None, stale)


def _coded_weeks(sign: Sign) -> Gestation | None:
    """The weeks in the last two digits of an ICD-10-CM Z3A code; 08 to 42 are weeks."""
    digits = sign.code.replace(".", "")[3:5]
    if sign.row.fact != "gestation_weeks" or sign.resource != "Condition":
        return None
    if sign.standing is not Standing.CURRENT or not (digits.isascii() and digits.isdigit()):
        return None
    weeks = int(digits)
    if not 8 <= weeks <= TERM_WEEKS:
        return None
    return Gestation(weeks * 7, sign.when, sign.source)


def _gestation(it: Gestation, on: date) -> Reading:
    when, problem = it.when, it.problem
    if when is None:
        weeks = int(it.days // 7)
        return _weeks(it, weeks, weeks, None, problem or "weeks of pregnancy without a date")
    low = int((it.days + (on - min(when.last, on)).days) // 7)
    high = int((it.days + (on - when.first).days) // 7)
    if problem is None and not 0 <= low <= TERM_WEEKS:
        problem = f"the weeks recorded on {when} would now be {low}"
    return _weeks(it, low, high if problem else min(high, TERM_WEEKS), when.first, problem)


def _weeks(it: Gestation, low: int, high: int, on: date | None, problem: str | None) -> Reading:
    return Reading("gestation_weeks", Interval(low, high), it.source, on, problem)
