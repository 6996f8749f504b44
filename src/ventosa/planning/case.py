"""What a plan is made from, and the choice it settles on."""

from collections.abc import Mapping
from dataclasses import dataclass

from ventosa.geometry import Frame, Margins, frame_for, parse_levels
from ventosa.knowledge.model import Knowledge, Library, Rule
from ventosa.record import (
    Answers,
    Cup,
    Dose,
    InputError,
    Interval,
    PalpatedSite,
    Placement,
    Screening,
    Value,
    Zone,
)
from ventosa.terms import (
    CupKind,
    Material,
    Side,
    Technique,
)

USUAL_CUPS = (
    Cup(CupKind.PUMP, Material.PLASTIC, 45, 6),
    Cup(CupKind.PUMP, Material.PLASTIC, 35, 4),
)
"""The inventory that is assumed when none is given (``screening.md`` 5)."""


GAPS_MM = (20.0, 30.0)
"""Distances between rims along one side that may be chosen; 30 as two trial protocols say."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that the plan is made from."""

    screening: Screening
    answers: Answers
    knowledge: Knowledge
    library: Library
    frame: Frame
    margins: Margins
    gap_mm: float
    tolerated: Mapping[Technique, Dose]

    @property
    def values(self) -> dict[str, Value]:
        """The known facts as plain values."""
        return {fact: known.value for fact, known in self.screening.facts.items()}

    @property
    def sites(self) -> tuple[PalpatedSite, ...]:
        """The palpated places; none where nobody palpated."""
        return self.answers.complaint.sites if self.answers.complaint else ()

    @property
    def zones(self) -> tuple[Zone, ...]:
        """Every closed zone, each once."""
        first = self.screening.techniques[Technique.DRY_STATIC]
        return tuple(dict.fromkeys(closed.zone for closed in first.closed_zones))

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule of a finding; ``None`` where it is a word from outside."""
        return next((rule for rule in self.knowledge.rules if rule.id == rule_id), None)


def case_of(
    screening: Screening,
    answers: Answers,
    knowledge: Knowledge,
    library: Library,
    *,
    gap_mm: float = GAPS_MM[0],
    tolerated: Mapping[Technique, Dose] | None = None,
) -> Case:
    """Return the case of a screened person, the frame of the back included.

    Raises:
        InputError: a technique may be used or asked for, and no place was palpated.
    """
    frame, margins = frame_of(screening, knowledge), margins_of(knowledge)
    case = Case(screening, answers, knowledge, library, frame, margins, gap_mm, tolerated or {})
    if not case.sites and screening.exit in (0, 3):
        raise InputError("complaint.sites", "a plan needs at least one palpated site")
    return case


@dataclass(frozen=True, slots=True)
class Choice:
    """A technique with its placements and dose; ``cover`` is the share of tension under a cup."""

    technique: Technique
    dose: Dose
    placements: tuple[Placement, ...]
    cover: float | None
    uncovered: tuple[str, ...]
    image_on: Side | None = None
    """The side that only mirrors the felt one; ``None`` where both or one alone were felt."""
    by_hand: bool = False
    """True where a practitioner placed the cups, not the solver."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the techniques that may be used: the choice, or for each why no cup fits."""

    choice: Choice | None
    no_room: Mapping[Technique, tuple[str, ...]]


LEAST_COVER = 0.25
"""Cups that cover less of what was felt are no plan (editorial; the practitioner decides)."""


def frame_of(screening: Screening, knowledge: Knowledge) -> Frame:
    """Return the frame of the back from what is known of the person."""
    sex = screening.facts.get("sex")

    def middle(fact: str) -> float | None:
        known = screening.facts.get(fact)
        if known is None or not isinstance(known.value, Interval):
            return None
        return (known.value.low + known.value.high) / 2

    levels = parse_levels(knowledge.texts["geometry/levels.csv"])
    word = str(sex.value) if sex else None
    return frame_for(word, middle("height_cm"), middle("back_length_mm"), levels)


def margins_of(knowledge: Knowledge) -> Margins:
    """Return how far cups keep away from what, from the named quantities."""
    number = knowledge.number
    return Margins(
        midline_mm=number("rim_to_midline_mm"),
        rim_mm=number("rim_width_mm"),
        overhang_mm=number("edge_overhang_mm"),
        zone_mm=number("margin_zone_mm"),
        psis_mm=number("margin_psis_mm"),
        fade_mm=number("cover_fade_mm"),
    )


def cups_for(case: Case, technique: Technique) -> tuple[Cup, ...]:
    """Return the cups at hand that a technique can use and no rule excludes."""
    kinds = case.knowledge.techniques[technique].file.cups
    excluded = case.screening.techniques[technique].limits.materials_excluded
    stock = case.answers.cups if case.answers.cups is not None else USUAL_CUPS
    return tuple(cup for cup in stock if cup.kind in kinds and cup.material not in excluded)
