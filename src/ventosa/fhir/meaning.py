"""From signs to readings: what a code, its date and its standing say of a fact.

A sign that is too weak or too old to count becomes a reading with a ``stale`` sentence. Nothing
here makes a *no* except a code whose label says so.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from ventosa.codes import Says
from ventosa.fhir.moments import (
    is_older_than,
    is_within_months,
    months_since,
    weeks_since,
)
from ventosa.fhir.signs import Sign, Standing
from ventosa.record import Interval, Reading

HINT = "the record hints at it; ask"

STROKE_MONTHS = 3
"""The window that the question of ``stroke_unstable`` names."""

NO_HOLDS_DAYS = 365
"""A *no* is asked again after this long, as an answer held ``ever`` is."""

SURGERY_HINT_DAYS = 366
"""How long an operation is still shown beside the question of ``recent_surgery``.

No source gives a number of weeks (C32), so the record never answers that question by itself.
"""

POSTPARTUM_WEEKS = 60
"""The end of the range of ``postpartum_weeks``."""

_PAST_COUNTS = frozenset({"cancer_history", "cardiac_arrest_ever", "koebner_disease"})


def read_signs(signs: Iterable[Sign], on: date) -> Iterator[Reading]:
    """The readings of all signs but those of a pregnancy."""
    signs = list(signs)
    removed = [s for s in signs if s.resource == "Procedure" and s.row.says is Says.NO]
    for sign in signs:
        if sign.row.fact in ("pregnant", "gestation_weeks") or sign in removed:
            continue
        if sign.resource == "Procedure" and any(_cancels(r, sign) for r in removed):
            continue
        yield from _SPECIAL.get(sign.row.fact, _plain)(sign, on)


def _cancels(removal: Sign, sign: Sign) -> bool:
    """True where a later removal of what was placed is on record."""
    return (
        removal.row.fact == sign.row.fact
        and removal.standing is Standing.PAST
        and removal.when is not None
        and sign.when is not None
        and removal.when.first >= sign.when.last
    )


def _plain(sign: Sign, on: date) -> Iterator[Reading]:
    says, standing = sign.row.says, sign.standing
    if says is Says.NOTHING:
        return
    if says is Says.NO:
        if standing is Standing.CURRENT:
            yield _no(sign, on)
        return
    if standing is Standing.HINT:
        yield _reading(sign, True, HINT)
    elif standing is Standing.CURRENT or sign.resource == "Procedure" or _counts_if_past(sign):
        yield _reading(sign, True, None if says is Says.YES else HINT)


def _counts_if_past(sign: Sign) -> bool:
    return sign.row.fact in _PAST_COUNTS or sign.row.says_ever


def _no(sign: Sign, on: date) -> Reading:
    is_old = sign.when is not None and is_older_than(sign.when, on, NO_HOLDS_DAYS)
    stale = f"a no of {sign.when} is older than a year" if is_old else None
    if sign.when is None and sign.resource == "Observation":
        stale = "a no without a date"
    return _reading(sign, False, stale)


def _active_cancer(sign: Sign, on: date) -> Iterator[Reading]:
    """Cancer now, and in any case a history of it; a finished course of treatment is a hint."""
    if sign.row.says is not Says.YES:
        yield from _plain(sign, on)
        return
    if sign.standing is Standing.CURRENT:
        yield _reading(sign, True)
    elif sign.standing is Standing.HINT or sign.resource == "Procedure":
        yield _reading(sign, True, HINT)
    stale = HINT if sign.standing is Standing.HINT else None
    yield _reading(sign, True, stale, fact="cancer_history")


def _clot_past(sign: Sign, on: date) -> Iterator[Reading]:
    """A clot in the past: a code of history, or a clot that the record calls over."""
    if sign.row.says_ever or sign.standing is Standing.PAST:
        yield _reading(sign, True)


def _stroke(sign: Sign, on: date) -> Iterator[Reading]:
    """By its date alone: records leave strokes open for years."""
    if sign.when is None:
        yield _reading(sign, True, HINT)
        return
    is_recent = is_within_months(sign.when, on, STROKE_MONTHS)
    if is_recent is True:
        yield _reading(sign, True)
    elif is_recent is None:
        yield _reading(sign, True, f"a stroke of {sign.when} may lie within three months; ask")
    elif sign.standing is Standing.CURRENT:
        yield _reading(sign, True, f"a stroke of {sign.when} is older than three months")


def _arrest_months(sign: Sign, on: date) -> Iterator[Reading]:
    if sign.when is not None and sign.row.says is Says.YES:
        yield _reading(sign, months_since(sign.when, on))


def _fracture(sign: Sign, on: date) -> Iterator[Reading]:
    """Only while unhealed; the seventh ICD character S is a late effect."""
    bare = sign.code.replace(".", "")
    if sign.row.match == "prefix" and len(bare) == 7 and bare[-1] in "Ss":
        return
    yield from _plain(sign, on)


def _surgery(sign: Sign, on: date) -> Iterator[Reading]:
    """A spine operation of any date is one ever; whether it is recent is always asked."""
    is_spine = "spine" in sign.row.label
    if is_spine and sign.standing is Standing.PAST:
        yield _reading(sign, True, fact="spine_surgery_ever")
    elif is_spine:
        yield _reading(sign, True, HINT, fact="spine_surgery_ever")
    if sign.when is None:
        yield _reading(sign, True, HINT)
    elif not is_older_than(sign.when, on, SURGERY_HINT_DAYS):
        what = "an operation on the spine" if is_spine else "a sutured wound"
        yield _reading(sign, True, f"{what} of {sign.when}; ask whether it is still healing")


def _postpartum(sign: Sign, on: date) -> Iterator[Reading]:
    if sign.when is None:
        return
    weeks = weeks_since(sign.when, on)
    if weeks.low <= POSTPARTUM_WEEKS:
        weeks = Interval(weeks.low, min(weeks.high, POSTPARTUM_WEEKS))
        yield _reading(sign, weeks, HINT if sign.standing is Standing.HINT else None)


def _acute(sign: Sign, on: date) -> Iterator[Reading]:
    """What holds for a day is known only of that day: records leave it open for years."""
    for reading in _plain(sign, on):
        same_day = sign.when is not None and sign.when.first == sign.when.last == on
        known = same_day or reading.stale is not None
        yield reading if known else _reading(sign, reading.value is True, HINT)


_SPECIAL: dict[str, Callable[[Sign, date], Iterator[Reading]]] = {
    "active_cancer": _active_cancer,
    "venous_thrombosis_past": _clot_past,
    "stroke_unstable": _stroke,
    "cardiac_arrest_months": _arrest_months,
    "fracture_known": _fracture,
    "acute_infection": _acute,
    "fever": _acute,
    "recent_surgery": _surgery,
    "postpartum_weeks": _postpartum,
}


def _reading(
    sign: Sign, value: bool | Interval, stale: str | None = None, *, fact: str | None = None
) -> Reading:
    on = sign.when.first if sign.when is not None else None
    return Reading(fact or sign.row.fact, value, sign.source, on, stale)


def settle(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """One reading a fact: a known yes, else a hint, else a known no; the newest among equals.

    A hint of yes stands above a no, so that a record that contradicts itself is asked about. Age
    and sex come first, then the facts by name.
    """
    best: dict[str, Reading] = {}
    for reading in readings:
        there = best.get(reading.fact)
        if there is None or _weight(reading) > _weight(there):
            best[reading.fact] = reading
    head = [best.pop(fact) for fact in ("age_years", "sex") if fact in best]
    return (*head, *(best[fact] for fact in sorted(best)))


def _weight(reading: Reading) -> tuple[int, date]:
    is_no = reading.value is False or reading.value == "no"
    known = {"possible": 3}.get(str(reading.value), 4)
    rank = (0 if reading.stale else 1) if is_no else (2 if reading.stale else known)
    return rank, reading.on or date.min
