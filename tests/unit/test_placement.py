"""The solved placement: what fits, that it is the best, and that it passes the separate checker."""

import itertools
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ventosa import geometry, packing
from ventosa.checking import check_placements
from ventosa.geometry import Frame, Margins, frame_for, parse_levels, signed
from ventosa.placement import (
    PlacedCup,
    PlacementRequest,
    PlacementResult,
    Reason,
    place,
    strip,
)
from ventosa.record import Cup, InputError, PalpatedSite, Placement, Zone
from ventosa.terms import LEVELS, CupKind, Material, Side, ZoneKind

TABLE = parse_levels(
    (Path(geometry.__file__).parent / "knowledge" / "geometry" / "levels.csv").read_text("utf-8")
)
WOMAN = frame_for("female", 168, None, TABLE)
MAN = frame_for("male", 178, None, TABLE)
MARGINS = Margins()


def cups(*sizes: tuple[float, int]) -> tuple[Cup, ...]:
    return tuple(Cup(CupKind.PUMP, Material.PLASTIC, size, count) for size, count in sizes)


def felt(levels: str, side: Side = Side.BOTH, tension: int = 2) -> tuple[PalpatedSite, ...]:
    return tuple(PalpatedSite(level, side, tension, 1) for level in levels.split())


def disc(side: Side, level: str, lateral_mm: float, radius_mm: float) -> Zone:
    return Zone(ZoneKind.SCAR, side, level=level, lateral_mm=lateral_mm, radius_mm=radius_mm)


def as_placements(frame: Frame, placed: tuple[PlacedCup, ...]) -> tuple[Placement, ...]:
    return tuple(
        Placement(
            frame.nearest_level(cup.y_mm),
            cup.side,
            cup.lateral_mm,
            cup.y_mm,
            cup.inner_diameter_mm,
            20,
            5,
        )
        for cup in placed
    )


def problems(request: PlacementRequest, result: PlacementResult) -> tuple[str, ...]:
    return check_placements(
        request.frame,
        as_placements(request.frame, result.cups),
        request.zones,
        max_cups=request.max_cups,
        gap_mm=request.gap_mm,
        suction_kpa=20,
        retention_min=5,
        inventory=request.cups,
        margins=request.margins,
        sites=request.sites,
    )


# --- what is known to fit, and what is known not to ------------------------------------------


@pytest.mark.parametrize(
    ("frame", "size", "gap", "pairs"),
    [
        (WOMAN, 45, 20, 1),
        (MAN, 45, 20, 2),
        (MAN, 45, 30, 1),
        (WOMAN, 35, 20, 2),
        (MAN, 35, 20, 2),
    ],
)
def test_l3_to_l5_takes_as_many_pairs_as_computed(
    frame: Frame, size: float, gap: float, pairs: int
) -> None:
    request = PlacementRequest(frame, felt("L3 L4 L5"), (), cups((size, 6)), 6, gap)
    result = place(request)
    assert len(result.cups) == 2 * pairs
    assert result.proved
    assert problems(request, result) == ()
    left = {(c.lateral_mm, c.y_mm) for c in result.cups if c.side is Side.LEFT}
    assert left == {(c.lateral_mm, c.y_mm) for c in result.cups if c.side is Side.RIGHT}


def test_one_pair_on_the_woman_covers_95_percent() -> None:
    result = place(PlacementRequest(WOMAN, felt("L3 L4 L5"), (), cups((45, 6)), 6))
    assert result.cover_tension == pytest.approx(0.95, abs=0.005)
    assert result.uncovered == ()
    assert result.smallest_gap_mm is None


@pytest.mark.parametrize("frame", [WOMAN, MAN])
def test_six_45_mm_cups_at_bl23_to_bl25_with_30_mm_gaps_do_not_exist(frame: Frame) -> None:
    request = PlacementRequest(frame, felt("L2 L3 L4", tension=3), (), cups((45, 6)), 6, 30)
    assert len(place(request).cups) < 6


def test_a_cup_wider_than_the_strip_has_no_room() -> None:
    result = place(PlacementRequest(WOMAN, felt("L3"), (), cups((75, 2)), 6))
    assert result.cups == ()
    assert {entry.reason for entry in result.uncovered} == {Reason.NO_ROOM}
    assert result.cover_tension == 0


def test_no_cup_stands_above_c7_or_over_the_psis_line() -> None:
    request = PlacementRequest(WOMAN, felt("C7 S2", Side.LEFT), (), cups((25, 2)), 6)
    result = place(request)
    top, bottom = result.cups
    assert top.y_mm - 15.5 >= 0
    assert bottom.y_mm + 15.5 <= WOMAN.scale_mm - 10
    assert problems(request, result) == ()


# --- sides -----------------------------------------------------------------------------------


def test_a_one_sided_complaint_is_mirrored_only_where_cups_remain() -> None:
    sites = felt("L3", Side.LEFT)
    two = place(PlacementRequest(WOMAN, sites, (), cups((45, 6)), 2))
    assert [(c.side, c.is_image) for c in two.cups] == [(Side.LEFT, False), (Side.RIGHT, True)]
    assert (two.cups[0].lateral_mm, two.cups[0].y_mm) == (two.cups[1].lateral_mm, two.cups[1].y_mm)
    for request in (
        PlacementRequest(WOMAN, sites, (), cups((45, 6)), 1),
        PlacementRequest(WOMAN, sites, (), cups((45, 1)), 6),
        PlacementRequest(WOMAN, sites, (disc(Side.RIGHT, "L3", 35, 30),), cups((45, 6)), 6),
    ):
        assert [c.side for c in place(request).cups] == [Side.LEFT]


def test_sites_on_both_sides_make_pairs() -> None:
    sites = (*felt("L1", Side.LEFT), *felt("L5", Side.RIGHT))
    request = PlacementRequest(MAN, sites, (), cups((45, 6)), 6)
    result = place(request)
    assert len(result.cups) == 4
    assert problems(request, result) == ()
    assert result.cover_tension == pytest.approx(1, abs=0.02)


def test_a_closed_side_drops_only_its_own_cup() -> None:
    zone = disc(Side.LEFT, "L3", 35, 40)
    request = PlacementRequest(MAN, felt("T12 L3"), (zone,), cups((45, 6)), 6)
    result = place(request)
    assert sum(c.side is Side.RIGHT for c in result.cups) == 2
    assert sum(c.side is Side.LEFT for c in result.cups) == 1
    assert [(u.site.level, u.side, u.reason) for u in result.uncovered] == [
        ("L3", Side.LEFT, Reason.CLOSED_ZONE)
    ]
    assert problems(request, result) == ()


def test_an_odd_cup_is_not_half_a_pair() -> None:
    for request in (
        PlacementRequest(MAN, felt("L1 L5"), (), cups((45, 6)), 3),
        PlacementRequest(MAN, felt("L1 L5"), (), cups((45, 3)), 6),
    ):
        result = place(request)
        assert len(result.cups) == 2
        assert {u.reason for u in result.uncovered} == {Reason.TOO_FEW_CUPS}


def test_without_cups_each_site_says_so() -> None:
    for request in (
        PlacementRequest(MAN, felt("L1 L5"), (), (), 6),
        PlacementRequest(MAN, felt("L1 L5"), (), cups((45, 6)), 0),
    ):
        result = place(request)
        assert result.cups == ()
        assert [u.reason for u in result.uncovered] == [Reason.TOO_FEW_CUPS] * 4
    assert place(PlacementRequest(MAN, (), (), cups((45, 6)), 6)).cups == ()


def test_a_closed_back_takes_no_cup() -> None:
    whole = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S4")
    result = place(PlacementRequest(MAN, felt("L1 L5"), (whole,), cups((45, 6)), 6))
    assert result.cups == ()
    assert {u.reason for u in result.uncovered} == {Reason.CLOSED_ZONE}


def test_a_site_that_stands_beside_another_cup_has_no_room() -> None:
    sites = (PalpatedSite("L3", Side.LEFT, 3, 0), PalpatedSite("L4", Side.LEFT, 1, 0, 66.0))
    result = place(PlacementRequest(WOMAN, sites, (), cups((25, 6)), 6))
    assert [(u.site.level, u.reason) for u in result.uncovered] == [("L4", Reason.NO_ROOM)]


# --- the order of what is wanted -------------------------------------------------------------


def test_nothing_felt_counts_as_tension_one_everywhere() -> None:
    sites = tuple(PalpatedSite(level, Side.LEFT, 0, 0) for level in ("L1", "L5"))
    result = place(PlacementRequest(MAN, sites, (), cups((45, 2)), 2))
    assert result.cover_tension == pytest.approx(1, abs=0.02)
    assert result.cover_tenderness is None


def test_tension_comes_before_tenderness_and_tenderness_decides_a_tie() -> None:
    tense = PalpatedSite("L1", Side.LEFT, 1, 0)
    tender = PalpatedSite("L5", Side.LEFT, 0, 3)
    one = cups((45, 1))
    result = place(PlacementRequest(MAN, (tense, tender), (), one, 6))
    assert result.cover_tension == 1
    assert [MAN.nearest_level(c.y_mm) for c in result.cups] == ["L1"]
    tie = (PalpatedSite("L1", Side.LEFT, 1, 0), PalpatedSite("L5", Side.LEFT, 1, 3))
    assert [MAN.nearest_level(c.y_mm) for c in place(PlacementRequest(MAN, tie, (), one, 6)).cups]
    assert place(PlacementRequest(MAN, tie, (), one, 6)).cover_tenderness == pytest.approx(
        1, abs=0.02
    )
    assert place(PlacementRequest(MAN, (tender,), (), one, 6)).cover_tension is None


def _exhaustive(
    frame: Frame,
    sites: tuple[PalpatedSite, ...],
    zones: tuple[Zone, ...],
    stock: dict[float, int],
    most: int,
    gap: float,
    margins: Margins,
) -> tuple[int, int, int, float]:
    """The best of all placements of at most two cups or pairs, by looking at every one."""
    sides = {
        s for t in sites for s in ((Side.LEFT, Side.RIGHT) if t.side is Side.BOTH else (t.side,))
    }
    units = []
    for size in stock:
        outer, first = size / 2 + margins.rim_mm, size / 2 + margins.rim_mm + margins.midline_mm
        rows = itertools.takewhile(
            lambda y: y < frame.scale_mm, (margins.grid_mm * n for n in itertools.count())
        )
        for y in rows:
            for lateral in (first + margins.grid_mm * n for n in range(20)):
                heights = [y + size / 2 * n / 100 for n in range(-100, 101)]
                edge = min(frame.edge_mm(h) for h in heights) + margins.overhang_mm
                low = frame.scale_mm - margins.psis_mm
                if lateral + size / 2 > edge or y - outer < 0 or y + outer > low:
                    continue
                free = frozenset(
                    side
                    for side in sides
                    if all(
                        area.distance(signed(side, lateral), y) >= outer + margins.zone_mm
                        for zone in zones
                        for area in frame.areas(zone)
                    )
                )
                if free:
                    units.append((lateral, y, size, free))

    def worth(
        chosen: tuple[tuple[float, float, float, frozenset[Side]], ...],
    ) -> tuple[int, int, int, float] | None:
        used = [size for _, _, size, free in chosen for _ in free]
        if len(used) > most or any(used.count(size) > stock[size] for size in stock):
            return None
        smallest = math.inf
        for a, b in itertools.combinations(chosen, 2):
            if a[3] & b[3]:
                apart = math.dist(a[:2], b[:2]) - (a[2] + b[2]) / 2 - 2 * margins.rim_mm
                if apart < gap - 1e-9:
                    return None
                smallest = min(smallest, apart)
        tension = tenderness = 0
        for site in sites:
            where = frame.site_mm(site)
            for side in sides:
                if site.side not in (side, Side.BOTH):
                    continue
                covers = [
                    round(1000 * min(1.0, max(0.0, 1 - (math.dist(where, u[:2]) - u[2] / 2) / 20)))
                    for u in chosen
                    if side in u[3]
                ]
                tension += site.tension * max(covers, default=0)
                tenderness += site.tenderness * max(covers, default=0)
        return tension, tenderness, -len(used), smallest

    reach = [u for u in units if (worth((u,)) or (0, 0))[:2] > (0, 0)]
    worths = (worth(c) for n in (0, 1, 2) for c in itertools.combinations(reach, n))
    return max(w for w in worths if w is not None)


COARSE = Margins(grid_mm=10)


@pytest.mark.parametrize(
    ("frame", "sites", "zones", "stock", "most"),
    [
        (WOMAN, felt("L3 L4 L5", Side.LEFT), (), {45: 2}, 2),
        (MAN, felt("T12 L2 L4", Side.LEFT), (), {35: 1, 45: 1}, 2),
        (MAN, felt("L1 L3 L5"), (), {45: 2, 35: 2}, 4),
        (MAN, felt("L2 L4"), (disc(Side.LEFT, "L2", 40, 12),), {45: 3}, 3),
        (
            WOMAN,
            (PalpatedSite("T10", Side.RIGHT, 1, 3), PalpatedSite("T12", Side.RIGHT, 1, 0, 55.0)),
            (disc(Side.BOTH, "T11", 30, 5),),
            {25: 1, 35: 1},
            2,
        ),
        (
            MAN,
            (PalpatedSite("T4", Side.LEFT, 3, 1), PalpatedSite("T6", Side.RIGHT, 2, 2)),
            (),
            {45: 4},
            4,
        ),
    ],
)
def test_the_solver_agrees_with_looking_at_every_placement(
    frame: Frame,
    sites: tuple[PalpatedSite, ...],
    zones: tuple[Zone, ...],
    stock: dict[float, int],
    most: int,
) -> None:
    expected = _exhaustive(frame, sites, zones, stock, most, 20, COARSE)
    # Where the image takes no part, the worth of a result is that of its own cups.
    request = PlacementRequest(frame, sites, zones, cups(*stock.items()), most, 20, COARSE)
    result = place(request)
    own = [c for c in result.cups if not c.is_image]
    tension = sum(t.tension * (2 if t.side is Side.BOTH else 1) for t in sites)
    tenderness = sum(t.tenderness * (2 if t.side is Side.BOTH else 1) for t in sites)
    assert result.proved
    assert (result.cover_tension or 0) * tension == pytest.approx(expected[0] / 1000, abs=0.005)
    assert (result.cover_tenderness or 0) * tenderness == pytest.approx(
        expected[1] / 1000, abs=0.005
    )
    assert len(own) == -expected[2]
    gap = math.inf if result.smallest_gap_mm is None else result.smallest_gap_mm
    assert gap == pytest.approx(expected[3], abs=1e-5)
    assert problems(request, result) == ()


def test_a_search_that_is_stopped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_args: object, **_kwargs: object) -> object:
        return type("Result", (), {"status": 1, "x": None, "fun": None})()

    monkeypatch.setattr(packing, "linprog", stopped)
    monkeypatch.setattr(packing, "milp", stopped)
    result = place(PlacementRequest(WOMAN, felt("L3 L4 L5"), (), cups((45, 6)), 6))
    assert not result.proved
    assert "Not proved" in result.proof


def test_a_whole_placement_is_proved_and_says_on_which_grid() -> None:
    result = place(PlacementRequest(WOMAN, felt("L3"), (), cups((45, 6)), 6))
    assert "5 mm grid" in result.proof


def test_the_same_request_gives_the_same_placement() -> None:
    request = PlacementRequest(MAN, felt("T12 L1 L2 L3 L4 L5 S1"), (), cups((45, 6), (35, 4)), 6)
    assert place(request) == place(request)


def test_scipy_is_not_imported_until_something_is_placed() -> None:
    code = (
        "import sys, ventosa.placement; sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("gap", "most"), [(-1.0, 6), (math.nan, 6), (20.0, -1)])
def test_a_senseless_request_is_refused(gap: float, most: int) -> None:
    with pytest.raises(InputError):
        PlacementRequest(WOMAN, felt("L3"), (), cups((45, 6)), most, gap)


# --- every result passes the separate checker ------------------------------------------------

FRAMES = st.builds(
    frame_for,
    st.sampled_from(["female", "male", None]),
    st.sampled_from([None, 150.0, 168.0, 195.0]),
    st.sampled_from([None, 430.0, 610.0]),
    st.just(TABLE),
)
SITES = st.lists(
    st.builds(
        PalpatedSite,
        st.sampled_from(LEVELS),
        st.sampled_from([Side.LEFT, Side.RIGHT, Side.BOTH]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.none() | st.floats(0, 80),
    ),
    min_size=1,
    max_size=5,
).map(tuple)
DISCS = st.builds(
    disc,
    st.sampled_from(Side),
    st.sampled_from(LEVELS),
    st.floats(0, 80),
    st.floats(1, 40),
)
BANDS = st.builds(
    lambda kind, side, level, low: Zone(
        kind, side, from_level=level, to_level=level, lateral_from_mm=low
    ),
    st.sampled_from([ZoneKind.SURGERY, ZoneKind.NO_GO]),
    st.sampled_from(Side),
    st.sampled_from(LEVELS),
    st.none() | st.floats(0, 60),
)
STOCKS = st.dictionaries(
    st.sampled_from([25.0, 33.3, 45.0, 60.0]), st.integers(1, 6), min_size=1, max_size=2
).map(lambda stock: cups(*stock.items()))
REQUESTS = st.builds(
    PlacementRequest,
    FRAMES,
    SITES,
    st.lists(DISCS | BANDS, max_size=3).map(tuple),
    STOCKS,
    st.sampled_from([1, 2, 4, 6]),
    st.sampled_from([0.0, 20.0, 30.0]),
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(REQUESTS)
def test_every_placement_passes_the_checker(request: PlacementRequest) -> None:
    result = place(request)
    assert result.proved
    assert problems(request, result) == ()
    for cover in (result.cover_tension, result.cover_tenderness):
        assert cover is None or 0 <= cover <= 1


@settings(SLOW, max_examples=30)
@given(REQUESTS, DISCS)
def test_one_more_closed_zone_never_covers_more(request: PlacementRequest, zone: Zone) -> None:
    before = place(request).cover_tension
    after = place(replace(request, zones=(*request.zones, zone))).cover_tension
    # A dropped twin frees a cup, which may then cover another place: only one-sided
    # complaints are free of that.
    sides = {site.side for site in request.sites}
    if before is not None and after is not None and len(sides) == 1 and Side.BOTH not in sides:
        assert after <= before + 0.001


# --- the line of a moving cup ----------------------------------------------------------------

MOVING = Cup(CupKind.PUMP, Material.PLASTIC, 45, 1)


def test_a_moving_cup_runs_from_above_the_highest_to_below_the_lowest_site() -> None:
    left, right = strip(WOMAN, felt("T12 L3"), (), MARGINS, MOVING, 2)
    assert (left.side, right.side) == (Side.LEFT, Side.RIGHT)
    assert left.path == right.path
    assert left.path is not None
    (top_lateral, top), (bottom_lateral, bottom) = left.path
    assert top_lateral == bottom_lateral == 35.5
    assert top == pytest.approx(WOMAN.level_mm("T12") - 22.5, abs=0.1)
    assert bottom == pytest.approx(WOMAN.level_mm("L3") + 22.5, abs=1)


def test_a_moving_cup_takes_the_tenser_side_first_and_at_most_its_regions() -> None:
    sites = (*felt("L1 L4", Side.LEFT, 1), *felt("L1 L4", Side.RIGHT, 3))
    assert [s.side for s in strip(WOMAN, sites, (), MARGINS, MOVING, 1)] == [Side.RIGHT]
    assert strip(WOMAN, sites, (), MARGINS, MOVING, 0) == ()


def test_a_moving_cup_keeps_the_longest_free_run_and_gives_up_a_short_one() -> None:
    scar = disc(Side.LEFT, "L1", 35, 3)
    left, right = strip(WOMAN, felt("T10 L4"), (scar,), MARGINS, MOVING, 2)
    assert left.path is not None and right.path is not None
    clear = WOMAN.level_mm("L1") + 3 + 10 + 25.5
    assert left.path[0][1] == pytest.approx(clear, abs=1.6)
    assert left.path[1] == pytest.approx(right.path[1], abs=1)
    assert right.path[0][1] < left.path[0][1] - 50
    (short,) = strip(WOMAN, felt("L1", Side.LEFT), (scar,), MARGINS, MOVING, 2)
    assert short.path is None


def test_a_moving_cup_follows_the_mean_distance_of_measured_sites() -> None:
    sites = tuple(PalpatedSite(level, Side.LEFT, 2, 0, 45.0) for level in ("L1", "L3"))
    (only,) = strip(MAN, sites, (), MARGINS, MOVING, 2)
    assert only.path is not None and only.path[0][0] == 45


@settings(SLOW, max_examples=40)
@given(FRAMES, SITES, st.lists(DISCS | BANDS, max_size=3).map(tuple), st.sampled_from([35.0, 45.0]))
def test_every_path_passes_the_checker(
    frame: Frame, sites: tuple[PalpatedSite, ...], zones: tuple[Zone, ...], size: float
) -> None:
    cup = Cup(CupKind.PUMP, Material.PLASTIC, size, 1)
    found = [s for s in strip(frame, sites, zones, MARGINS, cup, 2) if s.path is not None]
    placements = [
        Placement(frame.nearest_level(s.path[0][1]), s.side, *s.path[0], size, 20, 3, None, s.path)
        for s in found
        if s.path is not None
    ]
    assert (
        check_placements(
            frame, placements, zones, max_cups=1, suction_kpa=20, retention_min=3, inventory=(cup,)
        )
        == ()
    )
