"""A plan that a person changed, written out again and read by the separate checker."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from ventosa.checking import check_plan
from ventosa.knowledge.model import TechniqueTable
from ventosa.planning.case import Case, Choice, Tried, cups_for
from ventosa.planning.choosing import placement_at
from ventosa.planning.overriding import OVERRIDABLE, NeededOverride
from ventosa.planning.writing import written
from ventosa.record import Cupping, Dose, Placement, Plan, Screening, TechniqueScreening, Why
from ventosa.terms import Side, Technique, mmhg

TWIN_MM = 0.1
"""Two cups that stand this near to mirrored are a pair; places are written to a tenth."""

UNITS = {"suction_kpa": "kPa", "retention_min": "min", "cups": "cups", "repetitions": "repetitions"}


@dataclass(frozen=True, slots=True)
class Revised:
    """A changed plan, what forbids it, and what only an override opens.

    It may leave where ``problems`` is empty and every needed override is recorded. ``notes`` says
    what was cut or could not be done as asked; nothing is cut silently.
    """

    plan: Plan
    problems: tuple[str, ...]
    overrides_needed: tuple[NeededOverride, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """True where the plan may be accepted as it is, without an override."""
        return not self.problems and not self.overrides_needed


@dataclass(frozen=True, slots=True)
class Draft:
    """Technique, dose and cups while they are changed, and what is said of the changes.

    ``before`` is the plan whose words stay where nothing was touched; ``by_hand`` maps what was
    changed (``technique``, ``suction``, ``retention``, ``placement``) to the reason that is said.
    """

    before: Plan
    technique: Technique
    dose: Dose
    placements: tuple[Placement, ...]
    by_hand: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def touched(self, what: str, because: str) -> "Draft":
        """Return the draft with one more thing that was changed by hand."""
        return replace(self, by_hand=MappingProxyType({**self.by_hand, what: because}))


def cupping_of(plan: Plan) -> Cupping | None:
    """Return what of a plan is needed to draw or to repeat it; ``None`` = it has no cups."""
    if plan.technique is None or plan.dose is None:
        return None
    return Cupping(plan.technique, plan.dose, plan.placements)


def other(side: Side) -> Side:
    """Return the side across the midline."""
    return Side.LEFT if side is Side.RIGHT else Side.RIGHT


def twin_of(placements: Sequence[Placement], index: int) -> int | None:
    """Return the place in the list of a cup's mirror image, ``None`` if it has none."""
    cup = placements[index]
    for place, found in enumerate(placements):
        near = (
            abs(found.lateral_mm - cup.lateral_mm) <= TWIN_MM
            and abs(found.y_mm - cup.y_mm) <= TWIN_MM
        )
        same = found.inner_diameter_mm == cup.inner_diameter_mm
        if near and same and found.side is other(cup.side):
            return place
    return None


def finished(case: Case, draft: Draft) -> Revised:
    """Return the draft as a plan, read by the checker.

    A number beyond today's limit and within the hard stop needs an override; everything else that
    the checker says is a problem, and so is what lies beyond the hard stop.
    """
    if not draft.placements:
        gone = (*draft.problems, "no cup is left; a plan without cups is another plan")
        return Revised(draft.before, gone, (), draft.notes)
    proposed = _plan_of(case, draft)
    screened = case.screening.techniques[draft.technique]
    needed, problems = _beyond(proposed, screened, case.knowledge.techniques[draft.technique])
    problems += check_plan(
        proposed,
        _raised(case.screening, draft.technique, needed),
        case.frame,
        cups_for(case, draft.technique),
        case.margins,
        gap_mm=case.gap_mm,
        sites=case.sites,
    )
    return Revised(proposed, (*draft.problems, *problems), needed, draft.notes)


def _plan_of(case: Case, draft: Draft) -> Plan:
    placements = tuple(_renamed(case, draft.dose, cup) for cup in draft.placements)
    is_moving = any(cup.path is not None for cup in placements)
    dose = draft.dose if is_moving else replace(draft.dose, cups=len(placements))
    by_hand = "placement" in draft.by_hand
    cover = None if is_moving else _cover(case, placements)
    choice = Choice(draft.technique, dose, placements, cover, (), by_hand=by_hand)
    proposed = written(case, Tried(choice, {}))
    why = tuple(entry for entry in draft.before.why if entry.choice not in draft.by_hand)
    why += tuple(Why(what, because) for what, because in draft.by_hand.items())
    if by_hand:
        return replace(proposed, why=why)
    return replace(proposed, why=why, summary=draft.before.summary)


def _renamed(case: Case, dose: Dose, cup: Placement) -> Placement:
    return placement_at(
        case, dose, cup.side, cup.lateral_mm, cup.y_mm, cup.inner_diameter_mm, path=cup.path
    )


def _cover(case: Case, placements: Iterable[Placement]) -> float | None:
    """The share of the felt tension under these cups; ``None`` = no tension was felt."""
    from ventosa.placement import PlacedCup, covered

    if not any(site.tension for site in case.sites):
        return None
    cups = [
        PlacedCup(cup.side, cup.lateral_mm, cup.y_mm, cup.inner_diameter_mm) for cup in placements
    ]
    return covered(case.frame, case.sites, case.margins, cups)[0]


def _beyond(
    plan: Plan, screened: TechniqueScreening, table: TechniqueTable
) -> tuple[tuple[NeededOverride, ...], list[str]]:
    """The numbers beyond today's limits: those an override reaches, and those that nothing does."""
    needed, problems = [], []
    assert plan.dose is not None
    for name in OVERRIDABLE:
        limit, wanted = getattr(screened.limits, name), getattr(plan.dose, name)
        if limit is None or wanted is None or wanted <= limit:
            continue
        stop = getattr(table.hard_stop, name)
        if stop is None or not wanted <= stop:
            most = "no number" if stop is None else f"{stop:g} {UNITS[name]}"
            problems.append(
                f"{wanted:g} {UNITS[name]} lies beyond the hard stop of {most}; nothing opens it"
            )
            continue
        rules = tuple(rule for rule, _ in screened.limits.by.get(name, ()))
        needed.append(NeededOverride(screened.technique, name, limit, wanted, stop, rules))
    return tuple(needed), problems


def _raised(
    screening: Screening, technique: Technique, needed: Sequence[NeededOverride]
) -> Screening:
    """The screening as the checker reads it once the overrides are there; it never leaves here.

    The product of suction and time, zones and decisions stay as they are.
    """
    screened = screening.techniques[technique]
    wanted: dict[str, Any] = {entry.quantity: entry.wanted for entry in needed}
    limits = replace(screened.limits, **wanted)
    raised = replace(screened, limits=limits)
    return replace(
        screening, techniques=MappingProxyType({**screening.techniques, technique: raised})
    )


def shown(quantity: str, value: float | None) -> str:
    """Return a number with its unit, as a plan's reasons say it."""
    if value is None:
        return "not stated"
    pressure = f" ({mmhg(value)} mmHg)" if quantity == "suction_kpa" else ""
    return f"{value:g} {UNITS[quantity]}{pressure}"
