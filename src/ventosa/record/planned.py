"""What a plan says: dose, placements, sentences with their sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ventosa.terms import (
    Decision,
    Side,
    Technique,
)


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
class Cupping:
    """What of a plan or a session is needed to draw or to repeat it: technique, dose, cups."""

    technique: Technique
    dose: Dose
    placements: tuple[Placement, ...]


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
