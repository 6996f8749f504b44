"""Cups that stood before, set again today: those of the last session, or a clinic's saved set.

Nothing is raised. What today's limits, closed zones or stock do not allow is cut, and each cut is
said. The separate checker reads the result.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ventosa.checking import check_placements
from ventosa.geometry import Frame
from ventosa.knowledge.model import Knowledge, Library
from ventosa.planning.case import GAPS_MM, Case, Choice, Tried, case_of, cups_for
from ventosa.planning.choosing import choose, dose_today, usable
from ventosa.planning.drafting import Draft, Revised, finished, shown, twin_of
from ventosa.planning.writing import written
from ventosa.record import Answers, Cupping, Dose, InputError, Placement, Plan, Screening
from ventosa.terms import LEVELS, Side, Technique


@dataclass(frozen=True, slots=True)
class SetCup:
    """One cup of a saved set: a level, a side, a size, and how far off in the person's own cun.

    ``down_cun`` is the distance below the tip of the level, negative above it.
    """

    level: str
    side: Side
    lateral_cun: float
    inner_diameter_mm: float
    down_cun: float = 0.0

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise InputError("level", "is not a level of the back (C7 to S2)")
        if self.side not in (Side.LEFT, Side.RIGHT):
            raise InputError("side", "a cup stands on the left or on the right")
        for name, low, high in (
            ("lateral_cun", 0, 6),
            ("inner_diameter_mm", 15, 150),
            ("down_cun", -3, 3),
        ):
            if not low <= getattr(self, name) <= high:
                raise InputError(name, f"lies between {low} and {high}")


@dataclass(frozen=True, slots=True)
class CupSet:
    """A clinic's own arrangement of cups with a name, in measures that fit another person."""

    name: str
    cups: tuple[SetCup, ...]

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InputError("name", "is empty")
        if not self.cups:
            raise InputError("cups", "a set holds at least one cup")


def cup_set_of(name: str, placements: Sequence[Placement], frame: Frame) -> CupSet:
    """Return standing cups as a set to be saved; raises ``InputError`` for a moving cup."""
    if any(cup.path is not None for cup in placements):
        raise InputError("cups", "a moving cup is no arrangement of cups")
    cups = []
    for cup in placements:
        level = frame.nearest_level(cup.y_mm)
        down = (cup.y_mm - frame.level_mm(level)) / frame.cun_mm
        lateral = cup.lateral_mm / frame.cun_mm
        cups.append(SetCup(level, cup.side, lateral, cup.inner_diameter_mm, down))
    return CupSet(name, tuple(cups))


def same_as_last(
    last: Cupping,
    screening: Screening,
    answers: Answers,
    knowledge: Knowledge,
    library: Library,
    *,
    gap_mm: float = GAPS_MM[0],
) -> Revised:
    """Return the last session's cups, cut to today; ``notes`` says each cut.

    Where its technique may not be used, or no cup may stand, today's own proposal is returned
    with the problem.

    Raises:
        InputError: a technique may be used or asked for, and no place was palpated.
    """
    technique = last.technique
    tolerated = {technique: last.dose}
    case = case_of(screening, answers, knowledge, library, gap_mm=gap_mm, tolerated=tolerated)
    if technique not in usable(case):
        word = technique.replace("_", " ")
        problem = f"{word} cupping, as at the last session, may not be used here today"
        return Revised(written(case, choose(case)), (problem,), ())
    dose = dose_today(case, knowledge.techniques[technique])
    notes = _cut_notes(case, technique, last.dose, dose)
    kept, dropped = _kept(case, technique, dose, last.placements)
    notes += dropped
    if not kept:
        problem = "no cup of the last session may stand today"
        return Revised(written(case, choose(case)), (problem,), (), notes)
    again = Choice(technique, dose, kept, None, (), by_hand=True)
    draft = Draft(written(case, Tried(again, {})), technique, dose, kept, notes=notes)
    for what, quantity in (("suction", "suction_kpa"), ("retention", "retention_min")):
        value = getattr(dose, quantity)
        if value is not None:
            draft = draft.touched(what, f"{shown(quantity, value)}: as at the last session.")
    return finished(case, draft.touched("placement", "As at the last session."))


def apply_set(
    plan: Plan,
    cup_set: CupSet,
    screening: Screening,
    answers: Answers,
    knowledge: Knowledge,
    library: Library,
    *,
    gap_mm: float = GAPS_MM[0],
) -> Revised:
    """Return a plan with a saved set in place of its cups; technique and dose stay.

    Raises:
        InputError: a technique may be used or asked for, and no place was palpated.
    """
    case = case_of(screening, answers, knowledge, library, gap_mm=gap_mm)
    technique, dose = plan.technique, plan.dose
    if technique is None or dose is None or technique is Technique.MOVING:
        return Revised(plan, ("a set of standing cups does not fit this plan",), ())
    placed, notes = _fitted(case, cup_set)
    kept, dropped = _kept(case, technique, dose, placed)
    draft = Draft(plan, technique, dose, kept, notes=(*notes, *dropped))
    return finished(case, draft.touched("placement", f"The clinic's set: {cup_set.name}."))


def _fitted(case: Case, cup_set: CupSet) -> tuple[list[Placement], tuple[str, ...]]:
    """The cups of a set on this back; one too near the midline is moved out, and that is said."""
    frame, margins = case.frame, case.margins
    placed, notes = [], []
    for cup in cup_set.cups:
        lateral = round(cup.lateral_cun * frame.cun_mm, 1)
        least = margins.midline_mm + margins.rim_mm + cup.inner_diameter_mm / 2
        if lateral < least:
            notes.append(
                f"{cup.level} {cup.side}: moved {least - lateral:.1f} mm out, its rim stays "
                f"{margins.midline_mm:g} mm from the midline"
            )
            lateral = least
        y = round(frame.level_mm(cup.level) + cup.down_cun * frame.cun_mm, 1)
        placed.append(Placement(cup.level, cup.side, lateral, y, cup.inner_diameter_mm, None, None))
    return placed, tuple(notes)


def _cut_notes(case: Case, technique: Technique, last: Dose, dose: Dose) -> tuple[str, ...]:
    limits = case.screening.techniques[technique].limits
    notes = []
    for name in ("suction_kpa", "retention_min", "repetitions"):
        was, now = getattr(last, name), getattr(dose, name)
        if was is None or was == now:
            continue
        limit = getattr(limits, name)
        by = name if now == limit else "kpa_min"
        rules = ", ".join(rule for rule, _ in limits.by.get(by, ()))
        why = "today's limit" if now == limit else f"at most {limits.kpa_min:g} kPa·min"
        notes.append(
            f"cut from {shown(name, was)} to {shown(name, now)}: {why}"
            + (f" ({rules})" if rules else "")
        )
    return tuple(notes)


def _kept(
    case: Case, technique: Technique, dose: Dose, placements: Sequence[Placement]
) -> tuple[tuple[Placement, ...], tuple[str, ...]]:
    """The cups that may stand, and for each other one why it may not."""
    free, notes = [], []
    for cup in placements:
        problem = _why_not(case, technique, dose, cup)
        if problem is None:
            free.append(cup)
        else:
            notes.append(f"left out, {cup.level} {cup.side}: {problem}")
    if technique is Technique.MOVING:
        return tuple(free), tuple(notes)
    chosen = _enough(case, technique, free)
    most = case.screening.techniques[technique].limits.cups
    notes += [
        f"left out, {cup.level} {cup.side}: at most {most} cups today, and those at hand"
        for n, cup in enumerate(free)
        if n not in chosen
    ]
    return tuple(cup for n, cup in enumerate(free) if n in chosen), tuple(notes)


def _why_not(case: Case, technique: Technique, dose: Dose, cup: Placement) -> str | None:
    """Why a cup may not stand where it stood; ``None`` where it may."""
    level = case.frame.nearest_level(cup.y_mm)
    alone = replace(
        cup, level=level, suction_kpa=dose.suction_kpa, retention_min=dose.retention_min
    )
    screened = case.screening.techniques[technique]
    found = check_placements(
        case.frame,
        (alone,),
        tuple(closed.zone for closed in screened.closed_zones),
        max_cups=None,
        gap_mm=case.gap_mm,
        # The dose is looked at with the whole plan; here only the place is.
        suction_kpa=dose.suction_kpa,
        retention_min=dose.retention_min,
        inventory=cups_for(case, technique),
        margins=case.margins,
    )
    return found[0].partition("): ")[2] or found[0] if found else None


def _enough(case: Case, technique: Technique, cups: Sequence[Placement]) -> set[int]:
    """The cups, by place in the list, that limit and stock allow: pairs that cover most first."""
    from ventosa.placement import PlacedCup, covered

    pairs: list[tuple[int, ...]] = []
    for n in range(len(cups)):
        twin = twin_of(cups, n)
        if twin is None or twin > n:
            pairs.append((n,) if twin is None else (n, twin))

    def worth(pair: tuple[int, ...]) -> tuple[float, float]:
        placed = [
            PlacedCup(cups[n].side, cups[n].lateral_mm, cups[n].y_mm, cups[n].inner_diameter_mm)
            for n in pair
        ]
        tension, tenderness = covered(case.frame, case.sites, case.margins, placed)
        return (tension or 0.0, tenderness or 0.0)

    most = case.screening.techniques[technique].limits.cups
    left: Counter[float] = Counter()
    for owned in cups_for(case, technique):
        left[owned.inner_diameter_mm] += owned.count
    chosen: set[int] = set()
    for pair in sorted(pairs, key=worth, reverse=True):
        size = cups[pair[0]].inner_diameter_mm
        if left[size] < len(pair) or (most is not None and len(chosen) + len(pair) > most):
            continue
        left[size] -= len(pair)
        chosen.update(pair)
    return chosen
