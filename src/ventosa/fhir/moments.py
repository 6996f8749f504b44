"""Dates as FHIR R4 writes them: a year, a month, a day or an instant, each as a span of days."""

import re
from calendar import monthrange
from datetime import date, timedelta

import msgspec

from ventosa.record import InputError, Interval

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d+)?)?"
    r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?",
    re.ASCII,
)


class Moment(msgspec.Struct, frozen=True, gc=False):
    """The days that a date may mean, first to last; ``time`` is the time of day as written.

    A date with a time means the day at its own place, whatever the offset.
    """

    first: date
    last: date
    time: str = ""

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first.isoformat()
        whole_year = (self.first.month, self.last.month) == (1, 12)
        return f"{self.first.year:04d}" if whole_year else self.first.isoformat()[:7]


def parse_moment(text: str) -> Moment:
    """The moment of a FHIR ``date``, ``dateTime`` or ``instant``.

    Raises `InputError` without a path where the text is none of them.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise InputError("", "is not a FHIR date")
    year, month, day = form.groups()
    try:
        if day is not None:
            exact = date.fromisoformat(text[:10])
            return Moment(exact, exact, text[10:])
        first = date(int(year), int(month or 1), 1)
        last_month = int(month or 12)
        last = date(first.year, last_month, monthrange(first.year, last_month)[1])
    except ValueError:
        raise InputError("", "is a date that does not exist") from None
    return Moment(first, last)


def is_newer(when: Moment | None, than: Moment | None) -> bool:
    """True where ``when`` is later or the same; no date is earlier than any."""
    if when is None or than is None:
        return than is None
    if when.first != than.first or when.time == than.time:
        return when.first >= than.first
    return _seconds(when.time) >= _seconds(than.time)


def _seconds(time: str) -> float:
    """Seconds from the start of the day in UTC; a time without an offset counts as UTC."""
    if not time:
        return 0.0
    clock, offset = time[1:].rstrip("Z"), 0
    if len(time) > 6 and time[-6] in "+-":
        clock = time[1:-6]
        sign = 1 if time[-6] == "+" else -1
        offset = sign * (int(time[-5:-3]) * 3600 + int(time[-2:]) * 60)
    parts = [float(part) for part in clock.split(":")]
    return sum(p * s for p, s in zip(parts, (3600, 60, 1), strict=False)) - offset


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day; the end of the calendar at most."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if year > 9999:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def completed_months(start: date, on: date) -> int:
    """Whole calendar months from ``start`` to ``on``; 0 where ``start`` is later."""
    months = (on.year - start.year) * 12 + on.month - start.month
    if months > 0 and add_months(start, months) > on:
        months -= 1
    return max(months, 0)


def completed_years(start: date, on: date) -> int:
    """Whole years from ``start`` to ``on``; someone born on 29 February ages on 1 March."""
    return on.year - start.year - ((on.month, on.day) < (start.month, start.day))


def is_future(when: Moment | None, on: date) -> bool:
    """True where the whole moment lies after ``on``; an unknown moment does not."""
    return when is not None and when.first > on


def is_within_months(when: Moment, on: date, months: int) -> bool | None:
    """Whether ``when`` is at most so many months ago; ``None`` where its days do not tell."""
    early = add_months(when.first, months) >= on
    late = add_months(min(when.last, on), months) >= on
    return early if early == late else None


def is_older_than(when: Moment, on: date, days: int) -> bool:
    """True where ``when`` may lie more than so many days before ``on``."""
    return on - when.first > timedelta(days=days)


def months_since(when: Moment, on: date) -> Interval:
    """Completed months since ``when``."""
    return Interval(completed_months(min(when.last, on), on), completed_months(when.first, on))


def weeks_since(when: Moment, on: date) -> Interval:
    """Completed weeks since ``when``."""
    return Interval((on - min(when.last, on)).days // 7, (on - when.first).days // 7)
