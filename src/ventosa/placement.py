"""Where the cups go: the placement that covers most of what was palpated, proved by a solver.

Of all placements on a grid (5 mm, editorial) that keep every margin, the best is chosen in this
order: tension under the cups, tenderness under the cups, fewer cups, wider smallest gap. The rows
of the grid start at the frame's origin (the C7 tip), so that both sides and all cup sizes share
them; its columns start, for each cup size, as near the midline as that cup may stand, because the
usual line lies just inside of it. Cover is counted in thousandths, so that "equally good" is exact.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ventosa.geometry import USUAL_MARGINS, Disc, Frame, Margins, Rectangle, signed
from ventosa.record import Cup, InputError, PalpatedSite, Zone
from ventosa.terms import Side

COVER_STEPS = 1000  # cover is counted in thousandths
HALF_COVERED = 0.5  # ED: a site with less cover than this is named with a reason
LEAST_PATH_MM = 40.0  # ED: a shorter free line is no path for a moving cup
LEAST_GLIDE_MM = 120.0  # ED: a glide over one level is drawn about a hand's breadth long
_PATH_STEP_MM = 1.0
_EPS = 1e-9


class Reason(StrEnum):
    """Why a site has less than half its cover."""

    CLOSED_ZONE = "closed zone"
    NO_ROOM = "no room"
    TOO_FEW_CUPS = "too few cups"


@dataclass(frozen=True, slots=True)
class PlacementRequest:
    """What a placement is made from.

    ``cups`` are those that may be used today; ``max_cups`` is today's cap. ``time_limit_s`` holds
    for each solve; a result that ran into it says that it is not proved.
    """

    frame: Frame
    sites: tuple[PalpatedSite, ...]
    zones: tuple[Zone, ...]
    cups: tuple[Cup, ...]
    max_cups: int
    gap_mm: float = 20.0
    margins: Margins = USUAL_MARGINS
    time_limit_s: float = 20.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.gap_mm) and 0 <= self.gap_mm <= 200):
            raise InputError("gap_mm", "must lie between 0 and 200")
        if self.max_cups < 0:
            raise InputError("max_cups", "is negative")


@dataclass(frozen=True, slots=True)
class PlacedCup:
    """One cup on the back; ``is_image`` = on the side without complaint, for symmetry."""

    side: Side
    lateral_mm: float
    y_mm: float
    inner_diameter_mm: float
    is_image: bool = False


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A site, on one side, with less than half its cover, and why."""

    site: PalpatedSite
    side: Side
    cover: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class PlacementResult:
    """The cups from top to bottom, and how good they are.

    Covers are shares 0-1; ``None`` = no tension, or no tenderness, was felt. Where neither was
    felt, each site counts as tension 1. ``smallest_gap_mm`` is ``None`` with at most one cup a
    side. ``proved`` = no placement on the grid is better.
    """

    cups: tuple[PlacedCup, ...]
    cover_tension: float | None
    cover_tenderness: float | None
    smallest_gap_mm: float | None
    uncovered: tuple[Uncovered, ...]
    proved: bool
    grid_mm: float

    @property
    def proof(self) -> str:
        """One sentence on how sure it is that no placement is better."""
        if self.proved:
            return (
                f"No placement on a {self.grid_mm:g} mm grid covers more within the same margins."
            )
        return "Not proved the best: the search was stopped, a better placement may exist."


@dataclass(frozen=True, slots=True)
class Strip:
    """The line of a moving cup on one side, from top to bottom.

    ``path`` holds the cup's centre as (lateral_mm, y_mm); ``None`` = no free run is long enough.
    """

    side: Side
    path: tuple[tuple[float, float], ...] | None


@dataclass(frozen=True, slots=True)
class _Target:
    """One side of a palpated site."""

    site: PalpatedSite
    side: Side
    lateral: float
    y: float
    tension: int
    tenderness: int


@dataclass(frozen=True, slots=True)
class _Unit:
    """A cup or a mirrored pair that may be chosen."""

    lateral: float
    y: float
    diameter: float
    sides: tuple[Side, ...]


def place(request: PlacementRequest) -> PlacementResult:
    """The best placement of the cups at hand, or as many reasons as there are sites."""
    targets = _targets(request.frame, request.sites)
    home = tuple(side for side in (Side.LEFT, Side.RIGHT) if any(t.side is side for t in targets))
    units = _units(request, targets, home)
    chosen, proved = _choose(request, targets, units) if units else ((), True)
    placed = [
        PlacedCup(side, unit.lateral, unit.y, unit.diameter)
        for unit in chosen
        for side in unit.sides
    ]
    if len(home) == 1:
        placed += _image(request, placed)
    placed.sort(key=lambda cup: (cup.y_mm, cup.side is Side.RIGHT, cup.lateral_mm))
    covers = [_best_cover(request.margins, target, placed) for target in targets]
    return PlacementResult(
        cups=tuple(placed),
        cover_tension=_share([t.tension for t in targets], covers),
        cover_tenderness=_share([t.tenderness for t in targets], covers),
        smallest_gap_mm=_smallest_gap(request.margins, placed),
        uncovered=_uncovered(request, targets, covers, placed, home),
        proved=proved,
        grid_mm=request.margins.grid_mm,
    )


def covered(
    frame: Frame, sites: tuple[PalpatedSite, ...], margins: Margins, cups: Sequence[PlacedCup]
) -> tuple[float | None, float | None]:
    """The covers of tension and of tenderness under any cups, as ``PlacementResult`` has them."""
    targets = _targets(frame, sites)
    covers = [_best_cover(margins, target, cups) for target in targets]
    weights = [t.tension for t in targets], [t.tenderness for t in targets]
    return _share(weights[0], covers), _share(weights[1], covers)


def strip(
    frame: Frame,
    sites: tuple[PalpatedSite, ...],
    zones: tuple[Zone, ...],
    margins: Margins,
    cup: Cup,
    regions: int,
) -> tuple[Strip, ...]:
    """The lines of a moving cup: one for each side with sites, the tenser side first.

    A line runs straight down, 1.5 cun out or at the mean distance of the sites, from one inner
    radius above the highest site to one below the lowest (and over ``LEAST_GLIDE_MM`` where that
    is shorter); of its free runs the longest is kept.
    At most ``regions`` sides, and never more than two.
    """
    targets = _targets(frame, sites)
    sides = sorted(
        {target.side for target in targets},
        key=lambda side: (-sum(t.tension for t in targets if t.side is side), side),
    )
    return tuple(
        Strip(side, _path(frame, [t for t in targets if t.side is side], zones, margins, cup))
        for side in sides[: max(0, regions)]
    )


def _path(
    frame: Frame, targets: list[_Target], zones: tuple[Zone, ...], margins: Margins, cup: Cup
) -> tuple[tuple[float, float], ...] | None:
    diameter, side = cup.inner_diameter_mm, targets[0].side
    innermost = margins.midline_mm + diameter / 2 + margins.rim_mm
    lateral = max(innermost, sum(t.lateral for t in targets) / len(targets))
    middle = (min(t.y for t in targets) + max(t.y for t in targets)) / 2
    reach = max(LEAST_GLIDE_MM, max(t.y for t in targets) - min(t.y for t in targets) + diameter)
    top, bottom = middle - reach / 2, middle + reach / 2
    areas = _areas(frame, zones)
    # Between two looks the cup moves half a step at most: so it is taken that much larger.
    slack = _PATH_STEP_MM / 2
    runs: list[list[float]] = [[]]
    for step in range(int((bottom - top) / _PATH_STEP_MM) + 1):
        y = top + step * _PATH_STEP_MM
        if _fits(frame, margins, diameter, lateral, y, slack) and _clears(
            margins, areas, diameter, side, lateral, y, slack
        ):
            runs[-1].append(y)
        else:
            runs.append([])
    longest = max(runs, key=len)
    if not longest or longest[-1] - longest[0] < LEAST_PATH_MM:
        return None
    return (round(lateral, 1), round(longest[0], 1)), (round(lateral, 1), round(longest[-1], 1))


# --- what is wanted, and where a cup may stand -----------------------------------------------


def _targets(frame: Frame, sites: tuple[PalpatedSite, ...]) -> list[_Target]:
    nothing_felt = not any(site.tension or site.tenderness for site in sites)
    targets = []
    for site in sites:
        lateral, y = frame.site_mm(site)
        sides = (Side.LEFT, Side.RIGHT) if site.side is Side.BOTH else (site.side,)
        tension = 1 if nothing_felt else site.tension
        targets += [_Target(site, side, lateral, y, tension, site.tenderness) for side in sides]
    return targets


def _areas(frame: Frame, zones: tuple[Zone, ...]) -> list[Disc | Rectangle]:
    return [area for zone in zones for area in frame.areas(zone)]


def _fits(
    frame: Frame, margins: Margins, diameter: float, lateral: float, y: float, slack: float = 0.0
) -> bool:
    """True where a cup keeps off the midline, C7, the PSIS line and the lateral edge.

    Of two readings of the overhang the stricter one holds: the widest reach of the opening stays
    within the edge at every height that the opening spans, not only at its own.
    """
    inner = diameter / 2
    outer = inner + margins.rim_mm
    if lateral - outer < margins.midline_mm - _EPS:
        return False
    if y - outer - slack < -_EPS or y + outer + margins.psis_mm + slack > frame.scale_mm + _EPS:
        return False
    edge = _narrowest(frame, y - inner - slack, y + inner + slack)
    return lateral + inner <= edge + margins.overhang_mm + _EPS


def _narrowest(frame: Frame, y_from: float, y_to: float) -> float:
    """The least lateral limit between two heights; it is straight between the line's points."""
    corners = [lateral for lateral, y in frame.edge_line() if y_from <= y <= y_to]
    return min(frame.edge_mm(y_from), frame.edge_mm(y_to), *corners)


def _clears(
    margins: Margins,
    areas: list[Disc | Rectangle],
    diameter: float,
    side: Side,
    lateral: float,
    y: float,
    slack: float = 0.0,
) -> bool:
    """True where a cup's rim keeps off every closed area."""
    x, reach = signed(side, lateral), diameter / 2 + margins.rim_mm + margins.zone_mm + slack
    return all(area.distance(x, y) >= reach - _EPS for area in areas)


def _spots(frame: Frame, margins: Margins, diameter: float) -> list[tuple[float, float]]:
    """The grid places where a cup of this size fits, zones apart."""
    first = margins.midline_mm + diameter / 2 + margins.rim_mm
    widest = max(lateral for lateral, _ in frame.edge_line()) + margins.overhang_mm
    step = margins.grid_mm
    columns = [first + step * n for n in range(max(0, int((widest - first) / step) + 1))]
    rows = [step * n for n in range(int(frame.scale_mm / step) + 1)]
    return [
        (lateral, y)
        for y in rows
        for lateral in columns
        if _fits(frame, margins, diameter, lateral, y)
    ]


def _units(
    request: PlacementRequest, targets: list[_Target], home: tuple[Side, ...]
) -> list[_Unit]:
    """Every cup or pair that covers something that was felt; a closed side drops its own cup."""
    margins, areas = request.margins, _areas(request.frame, request.zones)
    felt = [t for t in targets if t.tension or t.tenderness]
    units = []
    for diameter, count in sorted(_stock(request.cups).items(), reverse=True):
        for lateral, y in _spots(request.frame, margins, diameter):
            sides = tuple(s for s in home if _clears(margins, areas, diameter, s, lateral, y))
            reaches = any(
                t.side in sides and _cover(margins, diameter, t, lateral, y) > 0 for t in felt
            )
            if reaches and len(sides) <= min(count, request.max_cups):
                units.append(_Unit(lateral, y, diameter, sides))
    return units


def _choose(
    request: PlacementRequest, targets: list[_Target], units: list[_Unit]
) -> tuple[list[_Unit], bool]:
    """The best units; NumPy and SciPy are imported here, so that nothing else waits for them."""
    import numpy as np

    from ventosa.packing import Packing, pack

    margins = request.margins
    cover = [
        [
            round(COVER_STEPS * _cover(margins, u.diameter, t, u.lateral, u.y))
            if t.side in u.sides
            else 0
            for u in units
        ]
        for t in targets
    ]
    where = np.array([(u.lateral, u.y, u.diameter / 2 + margins.rim_mm) for u in units])
    left = np.array([Side.LEFT in u.sides for u in units])
    right = np.array([Side.RIGHT in u.sides for u in units])
    apart = np.hypot(
        where[:, None, 0] - where[None, :, 0], where[:, None, 1] - where[None, :, 1]
    ) - (where[:, None, 2] + where[None, :, 2])
    share = np.outer(left, left) | np.outer(right, right)
    sizes = np.array([u.diameter for u in units])
    stock = _stock(request.cups)
    packing = Packing(
        cover=np.array(cover),
        weights=(
            np.array([t.tension for t in targets]),
            np.array([t.tenderness for t in targets]),
        ),
        gap=np.where(share, apart, np.inf),
        least_gap=request.gap_mm,
        cups=np.array([len(u.sides) for u in units]),
        budgets=(
            (np.ones(len(units), dtype=bool), request.max_cups),
            *((sizes == size, count) for size, count in stock.items() if (sizes == size).any()),
        ),
        time_limit_s=request.time_limit_s,
    )
    chosen, proved = pack(packing)
    return [units[n] for n in chosen], proved


def _stock(cups: tuple[Cup, ...]) -> Mapping[float, int]:
    stock: Counter[float] = Counter()
    for cup in cups:
        stock[cup.inner_diameter_mm] += cup.count
    return stock


def _cover(margins: Margins, diameter: float, target: _Target, lateral: float, y: float) -> float:
    beyond = math.hypot(target.lateral - lateral, target.y - y) - diameter / 2
    return min(1.0, max(0.0, 1 - beyond / margins.fade_mm))


def _image(request: PlacementRequest, placed: list[PlacedCup]) -> list[PlacedCup]:
    """The mirror image of a one-sided placement, as a whole or, where cups run out, not at all."""
    margins, areas = request.margins, _areas(request.frame, request.zones)
    image = []
    for cup in placed:
        side = Side.LEFT if cup.side is Side.RIGHT else Side.RIGHT
        if _clears(margins, areas, cup.inner_diameter_mm, side, cup.lateral_mm, cup.y_mm):
            image.append(PlacedCup(side, cup.lateral_mm, cup.y_mm, cup.inner_diameter_mm, True))
    used = Counter(cup.inner_diameter_mm for cup in [*placed, *image])
    stock = _stock(request.cups)
    enough = used.total() <= request.max_cups and all(used[d] <= stock[d] for d in used)
    return image if enough else []


def _best_cover(margins: Margins, target: _Target, placed: Sequence[PlacedCup]) -> float:
    return max(
        (
            _cover(margins, cup.inner_diameter_mm, target, cup.lateral_mm, cup.y_mm)
            for cup in placed
            if cup.side is target.side
        ),
        default=0.0,
    )


def _share(weights: list[int], covers: list[float]) -> float | None:
    total = sum(weights)
    return sum(w * c for w, c in zip(weights, covers, strict=True)) / total if total else None


def _smallest_gap(margins: Margins, placed: list[PlacedCup]) -> float | None:
    gaps = [
        math.hypot(a.lateral_mm - b.lateral_mm, a.y_mm - b.y_mm)
        - (a.inner_diameter_mm + b.inner_diameter_mm) / 2
        - 2 * margins.rim_mm
        for n, a in enumerate(placed)
        for b in placed[:n]
        if a.side is b.side
    ]
    return min(gaps, default=None)


def _uncovered(
    request: PlacementRequest,
    targets: list[_Target],
    covers: list[float],
    placed: list[PlacedCup],
    home: tuple[Side, ...],
) -> tuple[Uncovered, ...]:
    margins, areas = request.margins, _areas(request.frame, request.zones)
    stock, used = _stock(request.cups), Counter(cup.inner_diameter_mm for cup in placed)
    spots = {diameter: _spots(request.frame, margins, diameter) for diameter in stock}
    uncovered = []
    for target, cover in zip(targets, covers, strict=True):
        if cover >= HALF_COVERED or not (target.tension or target.tenderness):
            continue
        near = [
            (diameter, lateral, y)
            for diameter, places in spots.items()
            for lateral, y in places
            if _cover(margins, diameter, target, lateral, y) >= HALF_COVERED
        ]
        free = [spot for spot in near if _clears(margins, areas, spot[0], target.side, *spot[1:])]
        spare = [size for size, _, _ in free if stock[size] - used[size] >= len(home)]
        if stock and not near:
            reason = Reason.NO_ROOM
        elif stock and not free:
            reason = Reason.CLOSED_ZONE
        elif not spare or len(placed) + len(home) > request.max_cups:
            reason = Reason.TOO_FEW_CUPS
        else:
            reason = Reason.NO_ROOM
        uncovered.append(Uncovered(target.site, target.side, cover, reason))
    return tuple(uncovered)
