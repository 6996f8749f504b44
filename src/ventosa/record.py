"""The values that travel between the rooms: what was asked, drawn, decided and planned.

All are frozen. ``None`` means *not known*; where it means *has no meaning here*, the field says so.
Lengths are millimetres in the frame of the back: origin at the C7 spinous tip, ``y`` down along
the skin, lateral distance from the midline.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from ventosa.terms import (
    CUP_MATERIALS,
    LEVELS,
    TAIL_BONE,
    CupKind,
    Decision,
    Material,
    Side,
    Stage,
    State,
    Technique,
    Urgency,
    ZoneKind,
)

# --- errors ---------------------------------------------------------------------------------


class VentosaError(Exception):
    """The root of every error that Ventosa raises on purpose."""


class InputError(VentosaError):
    """Something that was handed in cannot be used; ``path`` names where."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


class KnowledgeError(VentosaError):
    """A knowledge file cannot be used; names the file and the field."""

    def __init__(self, file: str, where: str, problem: str) -> None:
        super().__init__(f"{file}: {where}: {problem}" if where else f"{file}: {problem}")
        self.file = file
        self.where = where
        self.problem = problem


class OutOfRange(VentosaError):
    """A model was asked beyond what it was made for."""


class NotAllowed(VentosaError):
    """Something was about to leave that the checker refuses."""


# --- answers --------------------------------------------------------------------------------


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
    """A zone that a rule closes for cups."""

    zone: Zone
    rule: str


@dataclass(frozen=True, slots=True)
class Clearance:
    """A doctor's written word that covers a fact or a rule.

    ``until`` and ``techniques`` are ``None`` where the word sets no end or names no technique.
    """

    covers: str
    by: str
    on: date
    until: date | None = None
    techniques: tuple[Technique, ...] | None = None


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
    """

    answered_on: date | None = None
    facts: Mapping[str, Value | None] = field(default_factory=lambda: MappingProxyType({}))
    zones: tuple[Zone, ...] | None = None
    clearances: tuple[Clearance, ...] = ()
    complaint: Complaint | None = None
    techniques: tuple[Technique, ...] = EVERY_TECHNIQUE_BUT_FIRE_AND_WET
    cups: tuple[Cup, ...] | None = None


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
    ("1962", "1962-03"). ``readings`` may hold several of one fact.
    """

    source: str
    name: str | None = None
    birth_date: str | None = None
    readings: tuple[Reading, ...] = ()


# --- screening ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact as the rules saw it; ``source`` is ``answer``, ``derived`` or a resource."""

    value: Value
    source: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources that differ on one fact, and the value that was used (``None`` = unknown)."""

    fact: str
    record: Value | None
    answer: Value | None
    used: Value | None
    why: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps for one technique today; ``None`` = has no meaning for the technique.

    ``repetitions`` counts applications of a flash cup or passes of a moving cup. ``by`` names for
    each capped quantity the rules that set it, with their state.
    """

    suction_kpa: float | None
    retention_min: float | None
    kpa_min: float | None
    cups: int | None
    repetitions: int | None
    materials_excluded: tuple[Material, ...] = ()
    by: Mapping[str, tuple[tuple[str, State], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds or is still open, with what it means for one technique or urgency."""

    rule: str
    title: str
    decision: Decision
    state: State
    because: str
    sources: tuple[str, ...]
    strength: int
    editorial: str | None
    advice: tuple[str, ...]
    urgency: Urgency = Urgency.NONE
    within: str | None = None


@dataclass(frozen=True, slots=True)
class TechniqueScreening:
    """What may be done with one technique: the interval, the caps, and who decided."""

    technique: Technique
    certain: Decision
    possible: Decision
    offered: bool
    limits: Limits
    findings: tuple[Finding, ...]
    closed_zones: tuple[ClosedZone, ...]

    @property
    def may_use(self) -> bool:
        """True when the gravest that open questions could still bring is *modify*."""
        return self.possible <= Decision.MODIFY


@dataclass(frozen=True, slots=True)
class UrgencyScreening:
    """How soon a doctor must see the person: the interval, and the flags behind it."""

    certain: Urgency
    possible: Urgency
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A fact still worth asking, with what its answer could bring.

    ``could_decide`` maps an offered technique to the gravest decision the answer could bring;
    ``could_limit`` names techniques whose caps, zones or materials hang on it.
    """

    fact: str
    group: str
    text: str
    choices: tuple[str, ...]
    red_flag: bool
    could_decide: Mapping[Technique, Decision]
    could_urgency: Urgency
    could_limit: tuple[Technique, ...]
    already: str | None = None
    """What the record says that is too old to count, or ``None``."""


@dataclass(frozen=True, slots=True)
class StartCheck:
    """A fact that counts only at the start of a session, with the answer if there is one."""

    fact: str
    question: str
    answer: Value | None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A fact that was asked and is not known, or whose record value is too old to count."""

    fact: str
    resolved_by: str


@dataclass(frozen=True, slots=True)
class Screening:
    """The whole of a screening: what is certain, what is possible, and what to ask."""

    on: date
    stage: Stage
    knowledge_version: str
    knowledge_sha256: str
    facts: Mapping[str, KnownFact]
    conflicts: tuple[Conflict, ...]
    urgency: UrgencyScreening
    techniques: Mapping[Technique, TechniqueScreening]
    before_start: tuple[StartCheck, ...]
    outside_studied: tuple[str, ...]
    unresolved: tuple[Unresolved, ...]
    ask: tuple[Question, ...]
    exit: int


# --- plan -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dose:
    """What is proposed for one session; ``None`` = has no meaning for the technique."""

    suction_kpa: float | None
    retention_min: float | None
    cups: int
    repetitions: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """One cup on one place. ``site`` names the nearest classical point or ``None``.

    ``path`` is the line of a moving cup as (lateral_mm, y_mm) points, else ``None``.
    """

    level: str
    side: Side
    lateral_mm: float
    y_mm: float
    inner_diameter_mm: float
    suction_kpa: float | None
    retention_min: float | None
    site: str | None = None
    path: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence for a person, with the sources that carry it.

    ``editorial`` says what part is the project's own and who decides, or ``None``. ``kind`` is
    the kind of its knowledge file ("exercise", "education", ..), ``audience`` whom it is said to.
    """

    text: str
    sources: tuple[str, ...] = ()
    editorial: str | None = None
    title: str = ""
    kind: str = ""
    audience: str = "both"


@dataclass(frozen=True, slots=True)
class EvidenceStatement:
    """What trials say of the technique, word for word, with its certainty."""

    text: str
    certainty: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Regimen:
    """Number and rhythm of sessions, and when to look again."""

    sessions: int
    per_week: int
    min_days_between: int
    review_after_sessions: int
    review_after_weeks: int
    stop_after_sessions: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A technique that is not proposed, and why."""

    technique: Technique
    certain: Decision
    possible: Decision
    why: str


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of one choice in a plan."""

    choice: str
    because: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameSaid:
    """How the back was scaled: where D came from, D in mm, and how far a level may be off."""

    origin: str
    scale_mm: float
    error_mm: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The proposed plan. ``technique`` and ``dose`` are ``None`` where no cup may be used."""

    technique: Technique | None
    dose: Dose | None
    placements: tuple[Placement, ...]
    frame: FrameSaid
    posture: str
    title: str
    summary: str
    cover: float | None
    """Share of the palpated tension that lies under a cup, 0-1; ``None`` without cups."""
    preparation: tuple[Said, ...]
    monitor: tuple[Said, ...]
    regimen: Regimen | None
    step_up: tuple[Said, ...]
    stop_rule: tuple[Said, ...]
    co_interventions: tuple[Said, ...]
    aftercare: tuple[Said, ...]
    expect: tuple[Said, ...]
    evidence: EvidenceStatement
    refused: tuple[Refused, ...]
    why: tuple[Why, ...]
    referral: tuple[Said, ...]
    references: Mapping[str, Mapping[str, Any]]


# --- checks shared by the values above ------------------------------------------------------


def _order(level: str | None) -> int:
    return len(LEVELS) if level == TAIL_BONE else LEVELS.index(str(level))


def _level(name: str, level: str | None, *, tail: bool = False) -> None:
    if level not in LEVELS and not (tail and level == TAIL_BONE):
        raise InputError(name, f"{level!r} is not a level of the back (C7 to S2)")


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is None or not math.isfinite(value) or not low <= value <= high:
        raise InputError(name, f"must lie between {low:g} and {high:g}, not {value}")
