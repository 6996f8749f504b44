"""What was asked, drawn and read: answers, zones, palpated places, cups, a record."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from ventosa.record.errors import InputError
from ventosa.terms import (
    CUP_MATERIALS,
    LEVELS,
    TAIL_BONE,
    Channel,
    CupKind,
    Material,
    Side,
    Technique,
    ZoneKind,
)


@dataclass(frozen=True, slots=True)
class Interval:
    """A number known to lie between two bounds, both included; equal bounds are one number."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise InputError("", "a number must be finite")
        if self.low > self.high:
            raise InputError("", f"the low end {self.low:g} lies above the high end {self.high:g}")

    def __str__(self) -> str:
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"


Value = bool | str | Interval
"""An answer: yes or no, one of the choices, or a number (always as an interval)."""


@dataclass(frozen=True, slots=True)
class Zone:
    """An area of the back where no cup may stand: a disc or a band, on one side or both.

    A disc has ``level``, ``lateral_mm`` and ``radius_mm``; a band has ``from_level`` and
    ``to_level`` and may have lateral bounds (``None`` = to the midline, to the flank).
    """

    kind: ZoneKind
    side: Side
    level: str | None = None
    lateral_mm: float | None = None
    radius_mm: float | None = None
    from_level: str | None = None
    to_level: str | None = None
    lateral_from_mm: float | None = None
    lateral_to_mm: float | None = None

    def __post_init__(self) -> None:
        disc = (self.level, self.lateral_mm, self.radius_mm)
        band = (self.from_level, self.to_level)
        extra = (self.lateral_from_mm, self.lateral_to_mm)
        if None not in disc and band == (None, None) and extra == (None, None):
            _level("level", self.level)
            _within("lateral_mm", self.lateral_mm, 0, 300)
            _within("radius_mm", self.radius_mm, 1, 300)
            return
        if None in band or disc != (None, None, None):
            raise InputError(
                "",
                "a zone is either a disc (level, lateral_mm, radius_mm) or a band "
                "(from_level, to_level, and if wanted lateral_from_mm, lateral_to_mm)",
            )
        _level("from_level", self.from_level)
        _level("to_level", self.to_level, tail=True)
        if _order(self.from_level) > _order(self.to_level):
            raise InputError("to_level", "lies above from_level")
        low = 0.0 if self.lateral_from_mm is None else self.lateral_from_mm
        high = 300.0 if self.lateral_to_mm is None else self.lateral_to_mm
        _within("lateral_from_mm", low, 0, 300)
        _within("lateral_to_mm", high, 0, 300)
        if low > high:
            raise InputError("lateral_to_mm", "is smaller than lateral_from_mm")

    @property
    def is_disc(self) -> bool:
        return self.level is not None


@dataclass(frozen=True, slots=True)
class ClosedZone:
    """A zone that a rule, or a word from outside, closes for cups; ``rule`` is its id."""

    zone: Zone
    rule: str


@dataclass(frozen=True, slots=True)
class Clearance:
    """A doctor's written word that covers a fact, a rule, or a word from outside.

    ``until`` and ``techniques`` are ``None`` where the word sets no end or names no technique.
    """

    covers: str
    by: str
    on: date
    until: date | None = None
    techniques: tuple[Technique, ...] | None = None


WORD_ID = r"^OUTSIDE-[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"
"""An id of a word from outside; the prefix keeps it apart from rules and facts."""

MOST_WORD_ID = 60
MOST_BY = 200
MOST_SAYS = 500
"""Longest id, name and sentence of a word from outside, in characters."""


@dataclass(frozen=True, slots=True)
class OutsideWord:
    """A word from outside the clinic that cups are not to be set: it closes at once.

    It covers some ``techniques``, or a ``zone`` (of kind ``no_go``), or, where it names neither,
    everything. It holds from ``on`` until ``until`` (``None`` = no end was said), both days
    included. ``by`` is who said it, ``says`` what was said. Only a ``Clearance`` that covers its
    ``id`` lifts it: no value of this class opens anything.
    """

    id: str
    by: str
    on: date
    how: Channel
    says: str
    techniques: tuple[Technique, ...] | None = None
    zone: Zone | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(WORD_ID, self.id) or len(self.id) > MOST_WORD_ID:
            raise InputError("id", "is OUTSIDE- and letters or digits, such as OUTSIDE-1")
        for name, text, most in (("by", self.by, MOST_BY), ("says", self.says, MOST_SAYS)):
            if not text.strip():
                raise InputError(name, "is empty: who said it, and what was said, is kept")
            if len(text) > most:
                raise InputError(name, f"is longer than {most} characters")
        if self.techniques is not None:
            if self.zone is not None:
                raise InputError("zone", "stands beside techniques: a word for each")
            if not self.techniques:
                raise InputError("techniques", "names none; left out, it covers everything")
            if len(set(self.techniques)) != len(self.techniques):
                raise InputError("techniques", "names a technique twice")
        if self.zone is not None and self.zone.kind is not ZoneKind.NO_GO:
            raise InputError("zone.kind", "is no_go: what was found there is drawn")
        if self.until is not None and self.until < self.on:
            raise InputError("until", "lies before the day it was said")

    def holds_on(self, day: date) -> bool:
        """Return whether the word is in force on a day."""
        return self.on <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class PalpatedSite:
    """A place that was felt: tension and tenderness 0-3.

    ``lateral_mm`` is ``None`` where the place lies on the usual line, 1.5 back-cun out.
    """

    level: str
    side: Side
    tension: int
    tenderness: int
    lateral_mm: float | None = None

    def __post_init__(self) -> None:
        _level("level", self.level)
        if self.side is Side.MIDLINE:
            raise InputError("side", "a palpated site is left, right or both")
        _within("tension", self.tension, 0, 3)
        _within("tenderness", self.tenderness, 0, 3)
        if self.lateral_mm is not None:
            _within("lateral_mm", self.lateral_mm, 0, 200)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the person comes with; pain is 0-10, ``None`` = not asked."""

    pain_now: int | None = None
    pain_week: int | None = None
    onset_date: date | None = None
    goal: str | None = None
    sites: tuple[PalpatedSite, ...] = ()


MADE_OF = MappingProxyType(
    {
        CupKind.SILICONE: Material.SILICONE,
        CupKind.GLASS_FIRE: Material.GLASS,
        CupKind.BAMBOO: Material.BAMBOO,
    }
)
"""Kinds whose name says their material: another one would hide it from an exclusion."""


@dataclass(frozen=True, slots=True)
class Cup:
    """Cups of one kind and size that the clinic owns."""

    kind: CupKind
    material: Material
    inner_diameter_mm: float
    count: int

    def __post_init__(self) -> None:
        if self.material not in CUP_MATERIALS:
            raise InputError("material", f"a cup is not made of {self.material}")
        wanted = MADE_OF.get(self.kind)
        if wanted is not None and self.material is not wanted:
            raise InputError("material", f"a {self.kind} cup is made of {wanted}")
        _within("inner_diameter_mm", self.inner_diameter_mm, 15, 150)
        _within("count", self.count, 1, 1000)


EVERY_TECHNIQUE_BUT_FIRE_AND_WET = tuple(
    t for t in Technique if t not in (Technique.FIRE, Technique.WET)
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was asked and answered at one visit.

    ``facts`` holds a value, or ``None`` for *asked and not known*; a fact that was not asked is
    absent. ``zones`` is ``None`` while nobody has looked at the back; an empty tuple means that
    somebody looked and found nothing. ``cups`` is ``None`` where no inventory was given.
    ``outside`` holds the words from outside, each under an id of its own.
    """

    answered_on: date | None = None
    facts: Mapping[str, Value | None] = field(default_factory=lambda: MappingProxyType({}))
    zones: tuple[Zone, ...] | None = None
    clearances: tuple[Clearance, ...] = ()
    complaint: Complaint | None = None
    techniques: tuple[Technique, ...] = EVERY_TECHNIQUE_BUT_FIRE_AND_WET
    cups: tuple[Cup, ...] | None = None
    outside: tuple[OutsideWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One value read from a record, with the resource it came from.

    ``on`` is the date the record gives (``None`` = undated). A reading with a ``stale`` reason is
    too old or too vague to count as known; it is shown beside the question.
    """

    fact: str
    value: Value
    source: str
    on: date | None = None
    stale: str | None = None


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """What a FHIR bundle says of one person.

    ``name`` and ``birth_date`` are for the head of a page only; ``birth_date`` may be partial
    ("1962", "1962-03"). ``readings`` may hold several of one fact. ``patient_id`` names the person
    in a table of many (``None`` = the record gives no id).
    """

    source: str
    name: str | None = None
    birth_date: str | None = None
    readings: tuple[Reading, ...] = ()
    patient_id: str | None = None


def _order(level: str | None) -> int:
    return len(LEVELS) if level == TAIL_BONE else LEVELS.index(str(level))


def _level(name: str, level: str | None, *, tail: bool = False) -> None:
    if level not in LEVELS and not (tail and level == TAIL_BONE):
        raise InputError(name, f"{level!r} is not a level of the back (C7 to S2)")


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is None or not math.isfinite(value) or not low <= value <= high:
        raise InputError(name, f"must lie between {low:g} and {high:g}, not {value}")
