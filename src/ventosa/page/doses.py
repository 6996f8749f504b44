"""The dose and the cups, ready to be placed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ventosa.page import words
from ventosa.page.words import TechniqueWords
from ventosa.record import Dose, Limits, Placement, Plan
from ventosa.terms import Side, Technique, mmhg


@dataclass(frozen=True, slots=True)
class DoseCell:
    """One quantity of the dose with its bar; ends of the bar are per cent of the hard stop."""

    label: str
    note: str
    value: str
    unit: str
    filled: float
    tick: float | None
    limit: str
    bounds: str
    quantity: str = ""
    """The name of the quantity in a dose."""


@dataclass(frozen=True, slots=True)
class CupRow:
    """One row of the cups table: cups that mirror each other share it."""

    cups: str
    level: str
    place: str
    site: str
    size: str


def dose_cells(plan: Plan, limits: Limits | None, bounds: TechniqueWords) -> tuple[DoseCell, ...]:
    """The dose as cells: value, today's limit, the usual dose and the hard stop."""
    if plan.dose is None:
        return ()
    dose, moving = plan.dose, plan.technique is Technique.MOVING
    sizes = sorted({p.inner_diameter_mm for p in plan.placements})
    of_size = f"of {' and '.join(words.amount(s) for s in sizes)} mm" if sizes else ""
    cells = (
        ("cups", "Cups", _sides(plan.placements), of_size),
        ("suction_kpa", "Suction", _mmhg(dose.suction_kpa), "kPa"),
        (
            "retention_min",
            "Time on",
            "each region" if moving else "each cup",
            "minute" if dose.retention_min == 1 else "minutes",
        ),
        (
            "repetitions",
            "Passes" if moving else "Applications",
            "each region" if moving else "each cup",
            "times",
        ),
    )
    return tuple(
        _cell(name, label, note, unit, dose, limits, bounds)
        for name, label, note, unit in cells
        if getattr(dose, name) is not None
    )


def _cell(
    name: str,
    label: str,
    note: str,
    unit: str,
    dose: Dose,
    limits: Limits | None,
    bounds: TechniqueWords,
) -> DoseCell:
    value: float = getattr(dose, name)
    limit: float | None = None if limits is None else getattr(limits, name)
    usual: float | None = getattr(bounds.usual, name)
    stop: float | None = getattr(bounds.hard_stop, name)
    whole = max(filter(None, (stop, limit, usual, value)), default=1)
    said_bounds = " · ".join(
        f"{word} {words.amount(number)}"
        for word, number in (("usual", usual), ("hard stop", stop))
        if number is not None
    )
    return DoseCell(
        label,
        note,
        words.amount(value),
        unit,
        round(100 * value / whole, 1),
        None if limit is None else round(100 * limit / whole, 1),
        "Limit not stated" if limit is None else f"Limit today {words.amount(limit)}",
        said_bounds,
        name,
    )


def dose_product(dose: Dose | None, limits: Limits | None) -> str:
    """The product of suction and time beside its limit, or nothing where it has no meaning."""
    if dose is None or limits is None or limits.kpa_min is None:
        return ""
    if dose.suction_kpa is None or dose.retention_min is None:
        return ""
    product = words.amount(round(dose.suction_kpa * dose.retention_min, 1))
    return f"Suction × time: {product} of at most {words.amount(limits.kpa_min)} kPa·min today."


def cup_rows(placements: Sequence[Placement]) -> tuple[CupRow, ...]:
    """The cups table; cups at one level, distance, size and site share a row."""
    groups: dict[tuple[Any, ...], list[tuple[int, Placement]]] = {}
    for index, cup in enumerate(placements, start=1):
        key = (cup.level, round(cup.lateral_mm), cup.inner_diameter_mm, cup.site, cup.path is None)
        groups.setdefault(key, []).append((index, cup))
    return tuple(
        CupRow(
            ", ".join(str(index) for index, _ in cups),
            level,
            f"{lateral} mm {_both(cups)}" + ("" if still else ", moved along the line"),
            site or "none near",
            f"{words.amount(size)} mm",
        )
        for (level, lateral, size, site, still), cups in groups.items()
    )


def _both(cups: Sequence[tuple[int, Placement]]) -> str:
    found = {cup.side for _, cup in cups}
    return " and ".join(str(side) for side in (Side.LEFT, Side.RIGHT) if side in found)


def _sides(placements: Sequence[Placement]) -> str:
    left = sum(cup.side is Side.LEFT for cup in placements)
    right = len(placements) - left
    return ", ".join(f"{n} {side}" for n, side in ((left, "left"), (right, "right")) if n)


def _mmhg(kpa: float | None) -> str:
    return "" if kpa is None else f"{mmhg(kpa)} mmHg"
