"""A form of the plan page becomes a change of the core, with the words that say what was done."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from ventosa.geometry import SITE_CUN, USUAL_MARGINS, Frame
from ventosa.planning.revising import (
    AddCup,
    Change,
    ChangeTechnique,
    MoveCup,
    RemoveCup,
    ResizeCup,
    SetDose,
    StepCup,
)
from ventosa.record import InputError, Placement, Plan
from ventosa.terms import LEVELS, Side, Technique

STEP_MM = 5.0
"""How far one press of an arrow moves a cup: a level is known no better than that."""

QUANTITIES = {
    "cups": "Cups",
    "suction_kpa": "Suction",
    "retention_min": "Time on",
    "repetitions": "Repetitions",
}
ARROWS = {"up": (0.0, -1.0), "down": (0.0, 1.0), "to_left": (-1.0, 0.0), "to_right": (1.0, 0.0)}

Typed = Mapping[str, str]
Word = TypeVar("Word", bound=StrEnum)


def change_from(act: str, typed: Typed, plan: Plan, frame: Frame) -> tuple[Change, str]:
    """Return the change that a form asks for, and what was done, in a few words.

    Raises:
        InputError: names the field; nothing is changed.
    """
    if act == "dose":
        return _dose(typed)
    if act == "technique":
        technique = _word("technique", typed, Technique)
        return ChangeTechnique(technique), f"technique, {technique.value.replace('_', ' ')}"
    if act == "add":
        return _add(typed, frame)
    number = int(_number("cup", typed, 1, 100))
    if number > len(plan.placements):
        raise InputError("cup", f"the plan has {len(plan.placements)} cups")
    cup = plan.placements[number - 1]
    if act == "move":
        x, y = _number("x", typed, -300, 300), _number("y", typed, -100, 1000)
        side = cup.side if x == 0 else Side.RIGHT if x > 0 else Side.LEFT
        return MoveCup(number, side, abs(x), y), f"cup {number} moved"
    if act in ARROWS:
        return _arrow(act, number, cup), f"cup {number} moved"
    if act == "remove":
        return RemoveCup(number), f"cup {number} removed"
    if act == "size":
        size = _number("size", typed, 15, 150)
        return ResizeCup(number, size), f"cup {number}, {size:g} mm"
    raise InputError("act", "is no change of a plan")


def _arrow(act: str, number: int, cup: Placement) -> StepCup:
    """Left and right are those of the picture, as one looks at the back."""
    right, down = ARROWS[act]
    outward = right if cup.side is Side.RIGHT else -right
    return StepCup(number, outward * STEP_MM + 0.0, down * STEP_MM + 0.0)


def _dose(typed: Typed) -> tuple[Change, str]:
    quantity = typed.get("quantity", "")
    if quantity not in QUANTITIES:
        raise InputError("quantity", "is no number of a dose")
    value = _number("value", typed, 0.5, 100)
    said = f"{QUANTITIES[quantity].lower()} {value:g}"
    whole: Callable[[float], float] = int if quantity in ("cups", "repetitions") else float
    return SetDose(**{quantity: whole(value)}), said  # type: ignore[arg-type]


def _add(typed: Typed, frame: Frame) -> tuple[Change, str]:
    level, side = typed.get("level", ""), _word("side", typed, Side)
    if level not in LEVELS:
        raise InputError("level", "is not a level of the back (C7 to S2)")
    size = _number("size", typed, 15, 150)
    both = side is Side.BOTH
    nearest = USUAL_MARGINS.midline_mm + USUAL_MARGINS.rim_mm + size / 2
    lateral = max(SITE_CUN * frame.cun_mm, nearest)
    at = Side.LEFT if both else side
    change = AddCup(at, lateral, frame.level_mm(level), size, mirrored=both)
    return change, f"added at {level}, {side}"


def _word(name: str, typed: Typed, words: type[Word]) -> Word:
    try:
        return words(typed.get(name, ""))
    except ValueError:
        raise InputError(name, "is not one of the list") from None


def _number(name: str, typed: Typed, low: float, high: float) -> float:
    try:
        value = float(typed.get(name, "").replace(",", "."))
    except ValueError:
        raise InputError(name, "is a number") from None
    if not low <= value <= high:
        raise InputError(name, f"lies between {low:g} and {high:g}")
    return value


def whole_number(quantity: str, text: str) -> float:
    """Return a number of a dose as it is typed.

    Raises:
        InputError: it is none.
    """
    value = _number("wanted", {"wanted": text}, 0.5, 100)
    return int(value) if quantity in ("cups", "repetitions") else value
