"""A practitioner changes a proposed plan: each change is a value, the checker answers.

Numbers are rounded to whole kPa, minutes and millimetres. Cup numbers are those of the plan as the
change finds it, counted from 1, as the checker and the drawing count them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from ventosa.knowledge.model import Knowledge, Library
from ventosa.planning.case import GAPS_MM, Case, Choice, Tried, case_of
from ventosa.planning.choosing import choose, try_technique, usable
from ventosa.planning.drafting import Draft, Revised, finished, other, shown, twin_of
from ventosa.planning.reasons import refused_of
from ventosa.planning.writing import written
from ventosa.record import Answers, Dose, InputError, Placement, Plan, Screening
from ventosa.terms import Side, Technique

__all__ = [
    "AddCup",
    "Change",
    "ChangeTechnique",
    "MoveCup",
    "RemoveCup",
    "ResizeCup",
    "Revised",
    "SetDose",
    "StepCup",
    "revise",
]


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise InputError(name, f"lies between {low:g} and {high:g}")


def _on_a_side(side: Side) -> None:
    if side not in (Side.LEFT, Side.RIGHT):
        raise InputError("side", "a cup stands on the left or on the right")


@dataclass(frozen=True, slots=True)
class MoveCup:
    """Move a cup to a place; ``mirrored`` = its twin goes along."""

    number: int
    side: Side
    lateral_mm: float
    y_mm: float
    mirrored: bool = True

    def __post_init__(self) -> None:
        _on_a_side(self.side)
        _within("lateral_mm", self.lateral_mm, 0, 300)
        _within("y_mm", self.y_mm, -100, 1000)


@dataclass(frozen=True, slots=True)
class StepCup:
    """Move a cup by millimetres, away from the midline and down; its twin goes along."""

    number: int
    out_mm: float
    down_mm: float
    mirrored: bool = True

    def __post_init__(self) -> None:
        _within("out_mm", self.out_mm, -300, 300)
        _within("down_mm", self.down_mm, -1000, 1000)


@dataclass(frozen=True, slots=True)
class RemoveCup:
    """Take a cup out; ``mirrored`` = its twin goes too."""

    number: int
    mirrored: bool = True


@dataclass(frozen=True, slots=True)
class AddCup:
    """Set one more cup; ``mirrored`` = and its twin on the other side."""

    side: Side
    lateral_mm: float
    y_mm: float
    inner_diameter_mm: float
    mirrored: bool = True

    def __post_init__(self) -> None:
        _on_a_side(self.side)
        _within("lateral_mm", self.lateral_mm, 0, 300)
        _within("y_mm", self.y_mm, -100, 1000)
        _within("inner_diameter_mm", self.inner_diameter_mm, 15, 150)


@dataclass(frozen=True, slots=True)
class ResizeCup:
    """Take a cup of another inner diameter; its twin changes too."""

    number: int
    inner_diameter_mm: float
    mirrored: bool = True

    def __post_init__(self) -> None:
        _within("inner_diameter_mm", self.inner_diameter_mm, 15, 150)


@dataclass(frozen=True, slots=True)
class SetDose:
    """Set numbers for all cups; ``None`` = as it is. Another number of cups is placed anew."""

    suction_kpa: float | None = None
    retention_min: float | None = None
    cups: int | None = None
    repetitions: int | None = None

    def __post_init__(self) -> None:
        _within("suction_kpa", self.suction_kpa, 0.5, 100)
        _within("retention_min", self.retention_min, 0.5, 60)
        _within("cups", self.cups, 1, 100)
        _within("repetitions", self.repetitions, 1, 100)


@dataclass(frozen=True, slots=True)
class ChangeTechnique:
    """Plan anew with another technique, at its own dose of today."""

    technique: Technique


Change = MoveCup | StepCup | RemoveCup | AddCup | ResizeCup | SetDose | ChangeTechnique


def revise(
    plan: Plan,
    changes: Sequence[Change],
    screening: Screening,
    answers: Answers,
    knowledge: Knowledge,
    library: Library,
    *,
    gap_mm: float = GAPS_MM[0],
    tolerated: Mapping[Technique, Dose] | None = None,
) -> Revised:
    """Return a plan with changes made one after the other, and what the checker says of it.

    Raises:
        InputError: a change names a cup that is not there, or no place was palpated.
    """
    case = case_of(screening, answers, knowledge, library, gap_mm=gap_mm, tolerated=tolerated)
    draft = _draft_of(plan)
    refused: list[str] = []
    for place, change in enumerate(changes):
        if isinstance(change, ChangeTechnique):
            found = _with_technique(case, change.technique)
            if isinstance(found, Draft):
                draft = found
            else:
                refused.append(found)
        elif draft is None:
            refused.append("the plan has no cups to change; choose a technique first")
        else:
            draft = _changed(case, draft, change, f"changes[{place}]")
    if draft is None:
        return Revised(plan, tuple(refused), ())
    return finished(case, replace(draft, problems=(*refused, *draft.problems)))


def _draft_of(plan: Plan) -> Draft | None:
    if plan.technique is None or plan.dose is None:
        return None
    return Draft(plan, plan.technique, plan.dose, plan.placements)


def _with_technique(case: Case, technique: Technique) -> Draft | str:
    """A draft planned anew, or why there is none."""
    word = technique.replace("_", " ")
    if technique not in usable(case):
        why = {entry.technique: entry.why for entry in refused_of(case, Tried(None, {}))}
        return f"{word} cupping may not be used here today: {why[technique]}"
    tried = choose(case, technique)
    if tried.choice is None:
        return f"no cup fits for {word} cupping: {tried.no_room[technique][0]}"
    fresh, choice = written(case, tried), tried.choice
    anew = Draft(fresh, technique, choice.dose, choice.placements)
    return anew.touched("technique", "Chosen by the practitioner.")


def _changed(case: Case, draft: Draft, change: Change, path: str) -> Draft:
    match change:
        case SetDose():
            return _with_dose(case, draft, change)
        case AddCup():
            return _placed(draft, _added(draft, change))
        case MoveCup() | StepCup() | RemoveCup() | ResizeCup():
            index = change.number - 1
            if not 0 <= index < len(draft.placements):
                raise InputError(f"{path}.number", f"the plan has {len(draft.placements)} cups")
            return _placed(draft, _one_changed(draft, change, index))
        case _:
            raise InputError(path, "is not a change of a plan")


def _placed(draft: Draft, placements: Sequence[Placement]) -> Draft:
    moved = replace(draft, placements=tuple(placements))
    return moved.touched("placement", "Changed by the practitioner, by hand.")


def _added(draft: Draft, change: AddCup) -> list[Placement]:
    sides = (change.side, other(change.side)) if change.mirrored else (change.side,)
    lateral, y = float(round(change.lateral_mm)), float(round(change.y_mm))
    cups = [Placement("", s, lateral, y, change.inner_diameter_mm, None, None) for s in sides]
    return [*draft.placements, *cups]


def _one_changed(
    draft: Draft, change: MoveCup | StepCup | RemoveCup | ResizeCup, index: int
) -> list[Placement]:
    """The cups after one of them changed, and its twin with it."""
    cups: list[Placement | None] = list(draft.placements)
    twin = twin_of(draft.placements, index) if change.mirrored else None
    cup = draft.placements[index]
    cups[index] = _made(cup, change)
    made = cups[index]
    if twin is not None:
        image = draft.placements[twin]
        cups[twin] = None if made is None else _made(image, _mirror_of(change, made))
    return [found for found in cups if found is not None]


def _mirror_of(
    change: MoveCup | StepCup | RemoveCup | ResizeCup, made: Placement
) -> MoveCup | StepCup | RemoveCup | ResizeCup:
    """The same change for the twin: it stands across from where the cup came to stand."""
    return replace(change, side=other(made.side)) if isinstance(change, MoveCup) else change


def _made(cup: Placement, change: MoveCup | StepCup | RemoveCup | ResizeCup) -> Placement | None:
    match change:
        case RemoveCup():
            return None
        case ResizeCup():
            return replace(cup, inner_diameter_mm=change.inner_diameter_mm)
        case MoveCup():
            return _shifted(cup, change.side, change.lateral_mm, change.y_mm)
        case StepCup():
            lateral, y = cup.lateral_mm + change.out_mm, cup.y_mm + change.down_mm
            return _shifted(cup, cup.side, lateral, y)


def _shifted(cup: Placement, side: Side, lateral_mm: float, y_mm: float) -> Placement:
    """The cup on a whole millimetre; the path of a moving cup goes along."""
    lateral, y = float(round(lateral_mm)), float(round(y_mm))
    out, down = lateral - cup.lateral_mm, y - cup.y_mm
    path = cup.path
    if path is not None:
        path = tuple((round(x + out, 1), round(height + down, 1)) for x, height in path)
    return replace(cup, side=side, lateral_mm=lateral, y_mm=y, path=path)


def _with_dose(case: Case, draft: Draft, change: SetDose) -> Draft:
    numbers: tuple[tuple[str, str, float | None], ...] = (
        ("suction_kpa", "suction", change.suction_kpa),
        ("retention_min", "retention", change.retention_min),
        ("repetitions", "repetitions", change.repetitions),
    )
    for name, word, wanted in numbers:
        if wanted is None:
            continue
        value = max(1, round(wanted))
        number = value if name == "repetitions" else float(value)
        dose = replace(draft.dose, **{name: number})  # type: ignore[arg-type]
        draft = replace(draft, dose=dose)
        draft = draft.touched(word, f"{shown(name, value)}: set by the practitioner.")
    if change.cups is not None and change.cups != draft.dose.cups:
        draft = _with_cups(case, draft, change.cups)
    return draft


def _with_cups(case: Case, draft: Draft, wanted: int) -> Draft:
    """The draft with another number of cups, solved anew; beyond the hard stop nothing is."""
    stop = case.knowledge.techniques[draft.technique].hard_stop.cups
    if stop is None or wanted > stop:
        problem = f"{wanted} cups lie beyond the hard stop of {stop}; nothing opens it"
        return replace(draft, problems=(*draft.problems, problem))
    found = try_technique(case, draft.technique, replace(draft.dose, cups=wanted))
    if not isinstance(found, Choice):
        return replace(draft, problems=(*draft.problems, f"no room for {wanted} cups: {found[0]}"))
    fresh = written(case, Tried(found, {}))
    kept = tuple(entry for entry in draft.before.why if entry.choice != "placement")
    solved = tuple(entry for entry in fresh.why if entry.choice == "placement")
    notes = draft.notes
    if len(found.placements) != wanted and draft.technique is not Technique.MOVING:
        notes += (f"{wanted} cups were asked for, {len(found.placements)} find room in pairs",)
    by_hand = {what: said for what, said in draft.by_hand.items() if what != "placement"}
    placed = replace(
        draft,
        before=replace(draft.before, summary=fresh.summary, why=(*kept, *solved)),
        dose=replace(draft.dose, cups=found.dose.cups),
        placements=found.placements,
        by_hand=MappingProxyType(by_hand),
        notes=notes,
    )
    return placed.touched("cups", f"At most {wanted} cups: set by the practitioner.")
