"""What a screening says: facts, limits, findings, questions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from ventosa.record.answers import ClosedZone, Value
from ventosa.terms import (
    Decision,
    Material,
    Stage,
    State,
    Technique,
    Urgency,
)


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
