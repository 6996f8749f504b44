"""The separate checker: what a plan must keep before it may leave.

It does not know how a placement was found. It takes the plan's numbers and looks again, by another
way: a cup is 120 points a ring, every ring is held against every margin. An empty answer means that
nothing was found; each problem is one sentence.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from ventosa.geometry import USUAL_MARGINS, Disc, Frame, Margins, Rectangle, signed
from ventosa.record import Cup, Limits, PalpatedSite, Placement, Plan, Screening, Zone
from ventosa.terms import Material, Side, Technique, Urgency

REQUIRED_KINDS = ("exercise", "education")
"""What every plan holds beside the cups, and all that it holds without them."""

MOST_REGIONS = 2
"""Sides that one moving cup may be led over (``screening.md`` 4)."""

HARDEST_KPA = 50.0
"""What a pump cup of unknown suction is taken to pull (hard stop of dry static cupping, ED)."""

TOLERANCE_MM = 0.1
"""Places are written to a tenth of a millimetre."""

_ANGLES = tuple(math.radians(angle) for angle in range(0, 360, 3))
_RING_MM = 5.0
_PATH_STEP_MM = 2.0
_EPS = 1e-6


def check_plan(
    plan: Plan,
    screening: Screening,
    frame: Frame,
    cups: tuple[Cup, ...],
    margins: Margins = USUAL_MARGINS,
    *,
    gap_mm: float = 20.0,
    sites: tuple[PalpatedSite, ...] | None = None,
) -> tuple[str, ...]:
    """The problems of a plan, in words; empty = it may leave.

    ``cups`` is the clinic's inventory. With ``sites`` the mirroring and the stated cover are
    checked too.
    """
    problems = list(_beside(plan, screening))
    if (plan.frame.scale_mm, plan.frame.error_mm) != (frame.scale_mm, frame.error_mm):
        problems.append("the plan states another frame of the back than the one it was made in")
    if plan.technique is None:
        if plan.placements:
            problems.append("cups are placed and no technique is chosen")
        if plan.dose is not None:
            problems.append("a dose is stated and no technique is chosen")
        return tuple(problems)
    screened = screening.techniques.get(plan.technique)
    if screened is None:
        return (*problems, f"{plan.technique} was not screened")
    if not screened.may_use:
        problems.append(f"{plan.technique} may not be used: {screened.possible} is possible")
    if not screened.offered:
        problems.append(f"{plan.technique} is not offered here")
    limits = screened.limits
    problems += _dose(plan, limits)
    problems += check_placements(
        frame,
        plan.placements,
        tuple(closed.zone for closed in screened.closed_zones),
        max_cups=limits.cups,
        gap_mm=gap_mm,
        suction_kpa=limits.suction_kpa,
        retention_min=limits.retention_min,
        kpa_min=limits.kpa_min,
        inventory=cups,
        materials_excluded=limits.materials_excluded,
        margins=margins,
        sites=sites,
    )
    if sites is not None and plan.cover is not None:
        problems += _stated_cover(frame, plan, sites, margins)
    return tuple(problems)


def check_placements(
    frame: Frame,
    placements: Sequence[Placement],
    zones: Sequence[Zone],
    *,
    max_cups: int | None,
    gap_mm: float = 20.0,
    suction_kpa: float | None = None,
    retention_min: float | None = None,
    kpa_min: float | None = None,
    inventory: tuple[Cup, ...] | None = None,
    materials_excluded: tuple[Material, ...] = (),
    margins: Margins = USUAL_MARGINS,
    sites: tuple[PalpatedSite, ...] | None = None,
) -> tuple[str, ...]:
    """The problems of placed cups, in words; empty = none found.

    A cap of ``None`` has no meaning for the technique, and then the cup states none either;
    ``inventory`` of ``None`` is not checked.
    """
    problems: list[str] = []
    areas = [(zone, area) for zone in zones for area in frame.areas(zone)]
    for number, cup in enumerate(placements, start=1):
        name = f"cup {number} ({cup.side}, {cup.lateral_mm:g} mm out, y {cup.y_mm:g} mm)"
        found = [*_values(frame, cup), *_caps(cup, suction_kpa, retention_min, kpa_min)]
        if _is_finite(cup):
            found += _place(frame, cup, areas, margins)
        problems += [f"{name}: {problem}" for problem in found]
    problems += _gaps(placements, gap_mm, margins)
    problems += _counts(placements, max_cups, inventory, materials_excluded)
    if sites is not None:
        problems += _mirrors(frame, placements, areas, sites, margins)
    return tuple(problems)


# --- what stands beside the cups, and the dose -----------------------------------------------


def _beside(plan: Plan, screening: Screening) -> Iterator[str]:
    urgency = screening.urgency.certain
    if plan.technique is not None and urgency >= Urgency.URGENT:
        yield f"cups are planned and the urgency is {urgency}"
    if urgency >= Urgency.URGENT:
        return
    kinds = {said.kind for said in plan.co_interventions}
    for kind in REQUIRED_KINDS:
        if kind not in kinds:
            yield f"{kind} is missing beside the cups"


def _dose(plan: Plan, limits: Limits) -> Iterator[str]:
    dose = plan.dose
    if dose is None:
        yield "a technique is chosen and no dose is stated"
        return
    is_moving = any(cup.path is not None for cup in plan.placements)
    if plan.technique is Technique.MOVING and not is_moving and plan.placements:
        yield "a moving cup has no path"
    if plan.technique is not Technique.MOVING and is_moving:
        yield "a cup that stays has a path"
    if not is_moving and dose.cups != len(plan.placements):
        yield f"the dose states {dose.cups} cups, {len(plan.placements)} are placed"
    if limits.cups is not None and dose.cups > limits.cups:
        yield f"{dose.cups} cups in the dose, at most {limits.cups} today"
    if limits.repetitions is not None and not (
        dose.repetitions is not None and 1 <= dose.repetitions <= limits.repetitions
    ):
        yield f"{dose.repetitions} repetitions, at most {limits.repetitions} today"
    for cup in plan.placements:
        if (cup.suction_kpa, cup.retention_min) != (dose.suction_kpa, dose.retention_min):
            yield f"the cup at {cup.level} {cup.side} has another suction or time than the dose"


def _caps(
    cup: Placement,
    suction_kpa: float | None,
    retention_min: float | None,
    kpa_min: float | None,
) -> Iterator[str]:
    suction, minutes = cup.suction_kpa, cup.retention_min
    yield from _cap("suction", suction, suction_kpa, "kPa")
    yield from _cap("retention time", minutes, retention_min, "min")
    if retention_min is not None and minutes is None:
        yield "no retention time is stated"
    if kpa_min is None or minutes is None:
        return
    # A pump cup whose suction is not measured is taken to pull as hard as it may.
    product = (HARDEST_KPA if suction is None else suction) * minutes
    if not product <= kpa_min + _EPS:
        unknown = " (suction not measured)" if suction is None else ""
        yield f"{product:g} kPa·min{unknown}, at most {kpa_min:g}"


def _cap(what: str, value: float | None, cap: float | None, unit: str) -> Iterator[str]:
    if value is None:
        return
    if cap is None:
        yield f"a {what} is stated, and the technique has none"
    elif not 0 < value <= cap + _EPS:
        yield f"{what} {value:g} {unit}, at most {cap:g} {unit} today"


def _counts(
    placements: Sequence[Placement],
    max_cups: int | None,
    inventory: tuple[Cup, ...] | None,
    excluded: tuple[Material, ...],
) -> Iterator[str]:
    moving = [cup for cup in placements if cup.path is not None]
    standing = [cup for cup in placements if cup.path is None]
    if moving and standing:
        yield "a moving cup beside cups that stay"
    if len(moving) > MOST_REGIONS or len({cup.side for cup in moving}) < len(moving):
        yield "a moving cup has one path a side"
    if len({cup.inner_diameter_mm for cup in moving}) > 1:
        yield "a moving cup changes its size"
    used = Counter(cup.inner_diameter_mm for cup in (*standing, *moving[:1]))
    if max_cups is not None and used.total() > max_cups:
        yield f"{used.total()} cups are placed, at most {max_cups} today"
    if inventory is None:
        return
    owned: Counter[float] = Counter()
    for cup in inventory:
        if cup.material not in excluded:
            owned[cup.inner_diameter_mm] += cup.count
    for size, count in sorted(used.items()):
        if count > owned[size]:
            yield f"{count} cups of {size:g} mm are placed, {owned[size]} may be used"


# --- where a cup stands ----------------------------------------------------------------------


def _values(frame: Frame, cup: Placement) -> Iterator[str]:
    if cup.side not in (Side.LEFT, Side.RIGHT):
        yield "a cup stands on the left or on the right"
    if not _is_finite(cup):
        yield "a number is not finite"
        return
    if cup.level != frame.nearest_level(cup.y_mm):
        yield f"named {cup.level}, and {frame.nearest_level(cup.y_mm)} is nearest"
    if cup.path is not None:
        start = cup.path[0] if cup.path else (math.inf, math.inf)
        if math.dist(start, (cup.lateral_mm, cup.y_mm)) > 2 * TOLERANCE_MM:
            yield "its path starts elsewhere"


def _is_finite(cup: Placement) -> bool:
    path = [number for point in cup.path or () for number in point]
    return all(map(math.isfinite, (cup.lateral_mm, cup.y_mm, cup.inner_diameter_mm, *path)))


def _place(
    frame: Frame,
    cup: Placement,
    areas: Sequence[tuple[Zone, Disc | Rectangle]],
    margins: Margins,
) -> list[str]:
    """The problems of the places a cup takes; a moving cup is looked at along its whole path."""
    if cup.side not in (Side.LEFT, Side.RIGHT):
        return []
    worst: dict[str, None] = {}
    for lateral, y in _stations(cup):
        found = _off_limits(frame, cup.inner_diameter_mm, lateral, y, margins)
        found += _near_zones(cup, lateral, y, areas, margins)
        worst |= dict.fromkeys(found)
    return list(worst)


def _stations(cup: Placement) -> Iterator[tuple[float, float]]:
    if not cup.path:
        yield cup.lateral_mm, cup.y_mm
        return
    yield cup.path[0]
    for start, end in zip(cup.path, cup.path[1:], strict=False):
        steps = max(1, math.ceil(math.dist(start, end) / _PATH_STEP_MM))
        for n in range(1, steps + 1):
            share = n / steps
            yield (
                start[0] + share * (end[0] - start[0]),
                start[1] + share * (end[1] - start[1]),
            )


def _ring(lateral: float, y: float, radius: float) -> Iterator[tuple[float, float]]:
    for angle in _ANGLES:
        yield lateral + radius * math.cos(angle), y + radius * math.sin(angle)


def _off_limits(
    frame: Frame, diameter: float, lateral: float, y: float, margins: Margins
) -> list[str]:
    rim = list(_ring(lateral, y, diameter / 2 + margins.rim_mm))
    found = []
    if min(out for out, _ in rim) < margins.midline_mm - TOLERANCE_MM:
        found.append(f"its rim is less than {margins.midline_mm:g} mm from the midline")
    if min(down for _, down in rim) < -TOLERANCE_MM:
        found.append("it reaches above C7")
    if max(down for _, down in rim) > frame.scale_mm - margins.psis_mm + TOLERANCE_MM:
        found.append(f"its rim is less than {margins.psis_mm:g} mm above the PSIS line")
    reach = lateral + diameter / 2 - margins.overhang_mm
    heights = {down for _, down in _ring(lateral, y, diameter / 2)}
    if any(reach > frame.edge_mm(down) + TOLERANCE_MM for down in heights):
        found.append(f"its opening hangs over the edge by more than {margins.overhang_mm:g} mm")
    return found


def _near_zones(
    cup: Placement,
    lateral: float,
    y: float,
    areas: Sequence[tuple[Zone, Disc | Rectangle]],
    margins: Margins,
) -> list[str]:
    """Closed zones that any point of the cup comes too near to, not only its rim."""
    if not areas:
        return []
    outer = cup.inner_diameter_mm / 2 + margins.rim_mm
    rings = [
        outer * n / max(1, math.ceil(outer / _RING_MM))
        for n in range(1 + math.ceil(outer / _RING_MM))
    ]
    points = [
        (signed(cup.side, out), down)
        for radius in rings
        for out, down in (_ring(lateral, y, radius) if radius else [(lateral, y)])
    ]
    least = margins.zone_mm - TOLERANCE_MM
    return [
        f"less than {margins.zone_mm:g} mm from a closed zone ({zone.kind})"
        for zone, area in areas
        if any(area.distance(x, down) < least for x, down in points)
    ]


def _gaps(placements: Sequence[Placement], gap_mm: float, margins: Margins) -> Iterator[str]:
    standing = [(n, cup) for n, cup in enumerate(placements, start=1) if cup.path is None]
    for n, first in standing:
        for m, second in standing:
            if m <= n or first.side is not second.side:
                continue
            centres = math.dist((first.lateral_mm, first.y_mm), (second.lateral_mm, second.y_mm))
            radii = (first.inner_diameter_mm + second.inner_diameter_mm) / 2 + 2 * margins.rim_mm
            if not centres - radii >= gap_mm - TOLERANCE_MM:
                yield (
                    f"cups {n} and {m} on the {first.side} are {centres - radii:.1f} mm apart "
                    f"between their rims, at least {gap_mm:g} mm"
                )


# --- against what was palpated ---------------------------------------------------------------


def _mirrors(
    frame: Frame,
    placements: Sequence[Placement],
    areas: Sequence[tuple[Zone, Disc | Rectangle]],
    sites: Sequence[PalpatedSite],
    margins: Margins,
) -> Iterator[str]:
    """A cup on a side without complaint mirrors one; with both sides in pain all cups are pairs."""
    felt = {
        side
        for site in sites
        for side in ((Side.LEFT, Side.RIGHT) if site.side is Side.BOTH else (site.side,))
    }
    standing = [cup for cup in placements if cup.path is None]
    for cup in standing:
        other = Side.LEFT if cup.side is Side.RIGHT else Side.RIGHT
        has_twin = any(
            twin.side is other
            and abs(twin.lateral_mm - cup.lateral_mm) <= TOLERANCE_MM
            and abs(twin.y_mm - cup.y_mm) <= TOLERANCE_MM
            and twin.inner_diameter_mm == cup.inner_diameter_mm
            for twin in standing
        )
        if has_twin or (len(felt) == 1 and cup.side in felt):
            continue
        if cup.side not in felt:
            yield f"a cup at {cup.level} {cup.side} mirrors none on the side that was palpated"
        elif not _is_closed(cup, other, areas, margins):
            yield f"the cup at {cup.level} {cup.side} has no twin, and its place is open"


def _is_closed(
    cup: Placement,
    side: Side,
    areas: Sequence[tuple[Zone, Disc | Rectangle]],
    margins: Margins,
) -> bool:
    """True where a zone closes the mirrored place; at the very border both readings pass."""
    reach = cup.inner_diameter_mm / 2 + margins.rim_mm + margins.zone_mm + TOLERANCE_MM
    x = signed(side, cup.lateral_mm)
    return any(area.distance(x, cup.y_mm) < reach for _, area in areas)


def _stated_cover(
    frame: Frame, plan: Plan, sites: Sequence[PalpatedSite], margins: Margins
) -> Iterator[str]:
    standing = [cup for cup in plan.placements if cup.path is None]
    if plan.cover is None or not standing:
        return
    nothing_felt = not any(site.tension or site.tenderness for site in sites)
    got = total = 0.0
    for site in sites:
        lateral, y = frame.site_mm(site)
        weight = 1 if nothing_felt else site.tension
        for side in (Side.LEFT, Side.RIGHT):
            if site.side not in (side, Side.BOTH):
                continue
            beyond = min(
                (
                    math.dist((lateral, y), (cup.lateral_mm, cup.y_mm)) - cup.inner_diameter_mm / 2
                    for cup in standing
                    if cup.side is side
                ),
                default=math.inf,
            )
            total += weight
            got += weight * min(1.0, max(0.0, 1 - beyond / margins.fade_mm))
    if total and abs(got / total - plan.cover) > 0.01:
        yield f"the plan states a cover of {plan.cover:.0%}, counted again it is {got / total:.0%}"
