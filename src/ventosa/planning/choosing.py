"""The technique, its dose within today's caps, and the placements solved for it."""

from dataclasses import replace

from ventosa.knowledge.model import TechniqueTable
from ventosa.planning.case import LEAST_COVER, Case, Choice, Tried, cups_for
from ventosa.record import (
    Dose,
    Placement,
)
from ventosa.terms import (
    CupKind,
    DoseClass,
    Side,
    State,
    Technique,
)


def choose(case: Case, only: Technique | None = None) -> Tried:
    """Return the first technique in order of preference for which a cup fits, with those that
    were tried before it and why no cup fits. ``only`` names the one that is wanted."""
    no_room: dict[Technique, tuple[str, ...]] = {}
    for technique in usable(case):
        if only not in (None, technique):
            continue
        found = try_technique(case, technique)
        if isinstance(found, Choice):
            return Tried(found, no_room)
        no_room[technique] = found
    return Tried(None, no_room)


def usable(case: Case) -> list[Technique]:
    """Return the techniques that may be used, are offered and have cups, the preferred first."""
    screened = case.screening.techniques
    found = [t for t, s in screened.items() if s.may_use and s.offered and cups_for(case, t)]
    preferred = {
        rule.file.prefers
        for s in screened.values()
        for finding in s.findings
        if finding.state is not State.OPEN and (rule := case.rule(finding.rule)) is not None
    }
    ranks = case.knowledge.techniques
    return sorted(found, key=lambda t: (t not in preferred, ranks[t].file.rank))


def try_technique(
    case: Case, technique: Technique, wanted: Dose | None = None
) -> Choice | tuple[str, ...]:
    """Return a choice, or for each felt place why no cup covers it.

    ``wanted`` is a dose that a practitioner asks for; ``None`` = the dose of today.
    """
    from ventosa.placement import PlacementRequest, place

    table = case.knowledge.techniques[technique]
    dose = wanted or dose_today(case, table)
    if technique is Technique.MOVING:
        return _try_moving(case, table, dose)
    result = place(
        PlacementRequest(
            frame=case.frame,
            sites=case.sites,
            zones=case.zones,
            cups=cups_for(case, technique),
            max_cups=dose.cups,
            gap_mm=case.gap_mm,
            margins=case.margins,
        )
    )
    left = tuple(f"{entry.site.level} {entry.side}: {entry.reason}" for entry in result.uncovered)
    covers = [c for c in (result.cover_tension, result.cover_tenderness) if c is not None]
    if not result.cups or max(covers, default=1.0) < LEAST_COVER:
        return left or ("no cup at hand fits between the midline and the edge of the muscle",)
    placements = tuple(
        placement_at(case, dose, cup.side, cup.lateral_mm, cup.y_mm, cup.inner_diameter_mm)
        for cup in result.cups
    )
    cut = Dose(dose.suction_kpa, dose.retention_min, len(placements), dose.repetitions)
    if not result.proved:
        left += ("the best placement was not proved in the time given: review it",)
    image = next((cup.side for cup in result.cups if cup.is_image), None)
    felt = any(site.tension for site in case.sites)
    cover = result.cover_tension if felt else None
    return Choice(technique, cut, placements, cover, left, image)


def _try_moving(case: Case, table: TechniqueTable, dose: Dose) -> Choice | tuple[str, ...]:
    from ventosa.placement import strip

    regions = table.file.regions or 1
    sizes = sorted(cups_for(case, Technique.MOVING), key=lambda c: -c.inner_diameter_mm)
    for cup in sizes:
        found_strips = strip(case.frame, case.sites, case.zones, case.margins, cup, regions)
        strips = [found for found in found_strips if found.path is not None]
        if strips:
            break
    else:
        return ("no line for a moving cup is free long enough",)
    if cup.kind is not CupKind.PUMP:
        # Only a pump with a gauge tells its suction.
        dose = replace(dose, suction_kpa=None)
    placements = []
    for found in strips:
        path = found.path
        assert path is not None
        lateral, y = path[0]
        place_ = placement_at(case, dose, found.side, lateral, y, cup.inner_diameter_mm, path=path)
        placements.append(place_)
    return Choice(Technique.MOVING, dose, tuple(placements), None, ())


def placement_at(
    case: Case,
    dose: Dose,
    side: Side,
    lateral_mm: float,
    y_mm: float,
    inner_diameter_mm: float,
    *,
    path: tuple[tuple[float, float], ...] | None = None,
) -> Placement:
    """Return one cup on one place, named after the level and the classical point next to it."""
    return Placement(
        level=case.frame.nearest_level(y_mm),
        side=side,
        lateral_mm=round(lateral_mm, 1),
        y_mm=round(y_mm, 1),
        inner_diameter_mm=inner_diameter_mm,
        suction_kpa=dose.suction_kpa,
        retention_min=dose.retention_min,
        site=_nearest_point(case, lateral_mm, y_mm),
        path=path,
    )


NEAR_MM = 20.0
"""A classical point is named beside a cup whose centre lies within this distance (editorial)."""


def _nearest_point(case: Case, lateral_mm: float, y_mm: float) -> str | None:
    """The nearest classical point; its height is the level's, its distance in back-cun."""
    best: tuple[float, str] | None = None
    for site in case.library.sites:
        if site.kind != "point" or site.level is None or not site.cun_lateral:
            continue
        away_x = site.cun_lateral * case.frame.cun_mm - lateral_mm
        away_y = case.frame.level_mm(site.level) - y_mm
        distance = (away_x**2 + away_y**2) ** 0.5
        if distance <= NEAR_MM and (best is None or distance < best[0]):
            best = (distance, site.id)
    return best[1] if best else None


def dose_today(case: Case, table: TechniqueTable) -> Dose:
    """Return the last tolerated dose, else the start column, lowered to today's caps.

    The product of suction and time is kept too.
    """
    technique = Technique(table.file.id)
    limits = case.screening.techniques[technique].limits
    start = table.columns[DoseClass.START]
    assert start is not None
    base = case.tolerated.get(technique) or Dose(
        start.suction_kpa, start.retention_min, start.cups or 1, start.repetitions
    )
    suction = _least(base.suction_kpa, limits.suction_kpa)
    minutes = _least(base.retention_min, limits.retention_min)
    if suction and minutes and limits.kpa_min is not None:
        minutes = min(minutes, float(limits.kpa_min // suction))
    cups = int(_least(base.cups, limits.cups) or 1)
    passes = _least(base.repetitions, limits.repetitions)
    return Dose(suction, minutes, cups, None if passes is None else int(passes))


def _least(value: float | None, cap: float | None) -> float | None:
    if value is None or cap is None:
        return None
    return min(value, cap)
