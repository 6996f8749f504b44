"""The shape of every knowledge file, as closed schemas: an unknown key is an error.

One class a kind of file. Texts are plain sentences. ``sources`` are keys into ``references.json``;
``editorial`` says what part no source carries and who decides it. One of the two must be there.
"""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

Word = Literal["ok", "modify", "refer", "avoid"]

_NAME = r"^[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*\Z"
Name = Annotated[str, msgspec.Meta(pattern=_NAME, max_length=50)]
"""An id: letters and digits in parts joined by one - or _; it names pages and columns."""

Version = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*\Z", max_length=30)
]

Said = Annotated[str, msgspec.Meta(pattern=r"\S")]
"""A sentence that must not be empty."""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every entry carries."""

    id: Name
    title: str
    reviewed: date
    sources: tuple[str, ...] = ()
    editorial: str | None = None


class ExampleTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A worked example: these answers make the condition true, false or unknown.

    ``zones`` lists the kinds drawn on the back; left out, nobody has looked at the back.
    """

    say: str
    result: Literal["true", "false", "unknown"] = msgspec.field(name="is")
    facts: dict[str, Any] = {}
    zones: tuple[str, ...] | None = None


class ZoneTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A band that a rule closes."""

    from_level: str
    to_level: str
    side: Literal["left", "right", "both", "midline"] = "both"
    lateral_from_mm: float | None = None
    lateral_to_mm: float | None = None


class CapsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Caps that a rule sets: a class of the techniques' tables, or numbers."""

    dose_class: Literal["start", "least"] | None = msgspec.field(default=None, name="class")
    suction_kpa: float | None = None
    retention_min: float | None = None
    kpa_min: float | None = None
    cups: int | None = None
    repetitions: int | None = None


class RedFlagTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a rule a red flag. ``within`` is said to people: "now", "today", "2 weeks"."""

    urgency: Literal["routine", "urgent", "emergency"]
    clearable: bool
    within: str | None = None


class ClearanceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may clear a rule, and which facts a clearance may name beside the rule's own id."""

    by: str
    covers: tuple[str, ...] = ()


class RuleFile(File, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One sentence of clinical logic and what follows from it.

    ``decision`` maps a technique to a word; ``all`` is the word for those not named (default ok).
    ``closes_drawn`` closes the drawn zones of these kinds, ``closes`` fixed bands, ``closes_back``
    the whole back. ``differs`` names where the rule departs from its table row and why.
    """

    kind: Literal["condition", "red_flag", "site", "reaction", "practice"]
    when: str
    because: str
    strength: Literal[0, 1, 2, 3]
    decision: dict[str, Word] = {}
    caps: CapsTable | None = None
    red_flag: RedFlagTable | None = None
    clearance: ClearanceTable | None = None
    closes_drawn: tuple[str, ...] = ()
    closes: tuple[ZoneTable, ...] = ()
    closes_back: bool = False
    excludes: tuple[str, ...] = ()
    prefers: str | None = None
    posture: str | None = None
    advice: tuple[str, ...] = ()
    differs: str | None = None
    implied_by: str | None = None
    example: tuple[ExampleTable, ...] = ()


class DoseTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column of a technique's table; a quantity left out has no meaning for it."""

    suction_kpa: float | None = None
    retention_min: float | None = None
    cups: int | None = None
    repetitions: int | None = None


class TechniqueFile(File, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A technique: its words, the cups it needs, and its table of doses.

    ``suction``: ``set`` (can be set and measured), ``not_measured`` (no number is known) or
    ``cannot_be_set``. ``least`` is left out where the class *least* means *avoid*.
    """

    name: str
    strictoc: str
    how: str
    cups: tuple[str, ...]
    suction: Literal["set", "not_measured", "cannot_be_set"]
    static: bool
    rank: int
    why_chosen: str
    why_not_chosen: str
    hard_stop: DoseTable
    usual: DoseTable
    start: DoseTable
    least: DoseTable | None = None
    regions: int | None = None
    notes: tuple[str, ...] = ()


class CupFile(File, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kind of cup: how it pulls, how its suction is known, how it is cleaned."""

    how: str
    suction_known_as: tuple[str, ...]
    materials: tuple[str, ...]
    default_material: str
    measured_kpa: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


class SiteFile(File, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named place: a classical point (with its level and distance), or one never cupped."""

    kind: Literal["point", "never"]
    text: str = ""
    level: str | None = None
    cun_lateral: float | None = None
    strength: Literal[0, 1, 2, 3] = 1


AdviceKind = Literal[
    "preparation",
    "monitor",
    "aftercare",
    "expect",
    "step_up",
    "stop_rule",
    "referral",
    "hygiene",
    "myth",
    "practitioner",
    "safety_net",
]


class AdviceFile(File, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sentence said at one place of a plan; ``text`` is the correct statement of a myth.

    Without ``techniques`` it holds for all. With ``when`` it is said if that is true or unknown (a
    referral only if true); with ``urgency`` and ``within`` only beside such a red flag.
    """

    kind: AdviceKind
    text: str
    audience: Literal["patient", "practitioner", "both"]
    order: int
    techniques: tuple[str, ...] | None = None
    when: str | None = None
    urgency: Literal["routine", "urgent", "emergency"] | None = None
    within: str | None = None
    myth: str | None = None
    example: tuple[ExampleTable, ...] = ()


class CoInterventionFile(File, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something to do beside the cups. It is left out if ``not_when`` is true or unknown."""

    kind: Literal["exercise", "education", "activity", "heat", "mind", "sleep", "work", "care"]
    text: str
    order: int
    dose: str = ""
    not_when: str | None = None
    with_cups: bool = True
    example: tuple[ExampleTable, ...] = ()


class AdverseEventFile(File, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Harm or an expected trace: how it looks, what to do now, and what it stops.

    Without ``techniques`` it can follow any of them; an empty list = none of them on the back.
    ``answers`` names the question that one seen here answers with yes (``None`` = none).
    """

    scope: Literal["local", "systemic"]
    expected: bool
    look_for: str
    do: tuple[str, ...]
    stop_rule: str
    grade_from: Literal[0, 1, 2, 3, 4]
    preventable: bool | None = None
    strength: Literal[0, 1, 2, 3] = 1
    order: int = 0
    techniques: tuple[str, ...] | None = None
    answers: str | None = None


class EvidenceFile(File, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What trials say, word for word; pages never shorten it."""

    techniques: tuple[str, ...]
    text: str
    certainty: Literal["high", "moderate", "low", "very low"]
    basis: str
    searched: date


class Issued(msgspec.Struct, frozen=True):
    """The date of a reference: year, and if known month and day."""

    date_parts: tuple[tuple[int, ...], ...] = msgspec.field(default=(), name="date-parts")


class Reference(msgspec.Struct, frozen=True):
    """What a CSL-JSON entry must be; CSL knows many more keys."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    type: Annotated[str, msgspec.Meta(min_length=1)]
    title: Annotated[str, msgspec.Meta(min_length=1)]
    author: tuple[dict[str, str], ...] = ()
    issued: Issued = Issued()


class OverlayFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an overlay is: a clinic's own rules, and who decides on them."""

    id: Name
    title: Said
    version: Annotated[
        str, msgspec.Meta(pattern=r"^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*\Z", max_length=30)
    ]
    reviewed: date
    by: Said
    note: str | None = None


class LoweredTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers of one technique that an overlay replaces, column by column."""

    hard_stop: DoseTable | None = None
    usual: DoseTable | None = None
    start: DoseTable | None = None
    least: DoseTable | None = None


class ClosedSiteTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named point that a clinic closes for everybody, by its shipped id."""

    id: Name
    because: Said


class ClosedZoneTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A band or a disc that a clinic closes for everybody."""

    id: Name
    title: Said
    because: Said
    side: Literal["left", "right", "both", "midline"] = "both"
    level: str | None = None
    lateral_mm: float | None = None
    radius_mm: float | None = None
    from_level: str | None = None
    to_level: str | None = None
    lateral_from_mm: float | None = None
    lateral_to_mm: float | None = None


class ClosedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The places that a clinic closes for everybody."""

    site: tuple[ClosedSiteTable, ...] = ()
    zone: tuple[ClosedZoneTable, ...] = ()
