"""The separate checker refuses what it must: each rule and each cap, broken one at a time."""

import ast
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ventosa import checking, geometry
from ventosa.checking import check_placements, check_plan
from ventosa.geometry import Frame, frame_for, parse_levels
from ventosa.placement import PlacementRequest, place
from ventosa.record import (
    ClosedZone,
    Cup,
    Dose,
    EvidenceStatement,
    FrameSaid,
    Limits,
    PalpatedSite,
    Placement,
    Plan,
    Said,
    Screening,
    TechniqueScreening,
    UrgencyScreening,
    Zone,
)
from ventosa.terms import (
    CupKind,
    Decision,
    Material,
    Side,
    Stage,
    Technique,
    Urgency,
    ZoneKind,
)

TABLE = parse_levels(
    (Path(geometry.__file__).parent / "knowledge" / "geometry" / "levels.csv").read_text("utf-8")
)
MAN = frame_for("male", 178, None, TABLE)
SITES = tuple(PalpatedSite(level, Side.BOTH, 2, 1) for level in ("L1", "L5"))
CUPS = (
    Cup(CupKind.PUMP, Material.PLASTIC, 45, 6),
    Cup(CupKind.PUMP, Material.GLASS, 35, 4),
)
LIMITS = Limits(suction_kpa=20, retention_min=5, kpa_min=300, cups=4, repetitions=None)
SCAR = Zone(ZoneKind.SCAR, Side.LEFT, level="T12", lateral_mm=60, radius_mm=5)


def cup(side: Side, lateral: float, y: float, size: float = 45, **more: Any) -> Placement:
    return Placement(
        more.pop("level", MAN.nearest_level(y)),
        side,
        lateral,
        y,
        size,
        more.pop("suction_kpa", 20),
        more.pop("retention_min", 5),
        **more,
    )


def pair(lateral: float, y: float, size: float = 45, **more: Any) -> tuple[Placement, ...]:
    return tuple(cup(side, lateral, y, size, **more) for side in (Side.LEFT, Side.RIGHT))


GOOD = (*pair(35.5, 390), *pair(35.5, 480))


def check(placements: tuple[Placement, ...], *zones: Zone, **more: Any) -> str:
    given = {
        "max_cups": 4,
        "gap_mm": 20.0,
        "suction_kpa": 20.0,
        "retention_min": 5.0,
        "kpa_min": 300.0,
        "inventory": CUPS,
        **more,
    }
    return " | ".join(check_placements(MAN, placements, zones, **given))


def test_good_cups_have_no_problem() -> None:
    assert check(GOOD, SCAR, sites=SITES) == ""
    assert check(()) == ""


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ((cup(Side.LEFT, 35.2, 390),), "from the midline"),
        ((cup(Side.LEFT, 54.5, 390),), "hangs over the edge"),
        # Wide enough at its own height, too wide lower down, where the muscle narrows.
        ((cup(Side.LEFT, 35.5, 500),), "hangs over the edge"),
        ((cup(Side.LEFT, 40, 60),), "hangs over the edge"),
        ((cup(Side.LEFT, 24, 13, 15),), None),
        ((cup(Side.LEFT, 24, 9, 15),), "above C7"),
        ((cup(Side.LEFT, 24, 529, 15),), None),
        ((cup(Side.LEFT, 24, 533, 15),), "PSIS"),
        ((cup(Side.BOTH, 35.5, 390),), "on the left or on the right"),
        ((cup(Side.LEFT, math.nan, 390),), "not finite"),
        ((cup(Side.LEFT, 35.5, 390, math.inf),), "not finite"),
        ((cup(Side.LEFT, 35.5, 390, level="L4"),), "L1 is nearest"),
        ((cup(Side.LEFT, 35.5, 390), cup(Side.LEFT, 35.5, 460)), "apart"),
        ((cup(Side.LEFT, 35.5, 390), cup(Side.RIGHT, 35.5, 460)), None),
        ((*GOOD, cup(Side.LEFT, 35.5, 300)), "at most 4 today"),
        ((cup(Side.LEFT, 35.5, 390, suction_kpa=20.5),), "suction 20.5 kPa"),
        ((cup(Side.LEFT, 35.5, 390, suction_kpa=0),), "suction 0 kPa"),
        ((cup(Side.LEFT, 35.5, 390, suction_kpa=math.nan),), "suction nan"),
        ((cup(Side.LEFT, 35.5, 390, retention_min=6),), "retention time 6 min"),
        ((cup(Side.LEFT, 35.5, 390, retention_min=None),), "no retention time"),
        ((cup(Side.LEFT, 35.5, 390, 40),), "of 40 mm are placed, 0 may be used"),
    ],
)
def test_each_rule_is_looked_at(broken: tuple[Placement, ...], said: str | None) -> None:
    sizes = (*CUPS, Cup(CupKind.PUMP, Material.PLASTIC, 15, 2))
    found = check(broken, inventory=sizes)
    assert (found == "") if said is None else (said in found)


def test_suction_times_time_is_capped_beyond_the_single_caps() -> None:
    hard = (cup(Side.LEFT, 35.5, 390, suction_kpa=40, retention_min=8),)
    caps = {"suction_kpa": 40.0, "retention_min": 10.0}
    assert "320 kPa·min" in check(hard, **caps)
    assert check((cup(Side.LEFT, 35.5, 390, suction_kpa=40, retention_min=7),), **caps) == ""
    for minutes, passes in ((6, True), (7, False)):
        unmeasured = (cup(Side.LEFT, 35.5, 390, suction_kpa=None, retention_min=minutes),)
        assert (check(unmeasured, **caps) == "") is passes


def test_a_quantity_without_meaning_is_not_stated() -> None:
    silicone = {"suction_kpa": None, "kpa_min": None}
    assert "has none" in check((cup(Side.LEFT, 35.5, 390),), **silicone)
    assert check((cup(Side.LEFT, 35.5, 390, suction_kpa=None),), **silicone) == ""


def test_excluded_materials_are_not_in_stock() -> None:
    small = pair(35.5, 390, 35)
    assert check(small) == ""
    assert "0 may be used" in check(small, materials_excluded=(Material.GLASS,))


@pytest.mark.parametrize("side", list(Side))
def test_zones_keep_their_distance_also_a_small_one_under_a_cup(side: Side) -> None:
    inside = Zone(ZoneKind.LESION, side, level="L1", lateral_mm=35, radius_mm=1)
    hits = check(GOOD, inside).count("closed zone (lesion)")
    # On the midline with a distance means both sides.
    assert hits == (1 if side in (Side.LEFT, Side.RIGHT) else 2)


def test_a_zone_is_cleared_at_ten_millimetres_and_not_before() -> None:
    y = MAN.level_mm("L1")
    one = cup(Side.LEFT, 35.5, y)
    for gap, passes in ((10.0, True), (9.7, False)):
        zone = Zone(
            ZoneKind.SCAR, Side.LEFT, level="L1", lateral_mm=35.5 + 25.5 + gap + 5, radius_mm=5
        )
        assert (check((one,), zone) == "") is passes


def test_pairs_need_their_twin_unless_a_zone_closes_its_place() -> None:
    lone = GOOD[1:]
    assert "has no twin" in check(lone, sites=SITES)
    closing = Zone(ZoneKind.SCAR, Side.LEFT, level="L1", lateral_mm=35, radius_mm=20)
    assert check(lone, closing, sites=SITES) == ""
    one_sided = (PalpatedSite("L1", Side.RIGHT, 2, 1),)
    assert check((GOOD[1],), sites=one_sided) == ""
    assert "mirrors none" in check((GOOD[0],), sites=one_sided)


def test_a_moving_cup_is_followed_along_its_path() -> None:
    def path(side: Side, *points: tuple[float, float], size: float = 45) -> Placement:
        return cup(side, *points[0], size, path=points)

    free = path(Side.LEFT, (36.0, 330.0), (36.0, 430.0))
    assert check((free,), max_cups=1) == ""
    both = (free, path(Side.RIGHT, (36.0, 330.0), (36.0, 430.0)))
    assert check(both, max_cups=1) == ""
    assert "one path a side" in check((free, free), max_cups=1)
    assert "changes its size" in check(
        (free, path(Side.RIGHT, (36.0, 330.0), (36.0, 430.0), size=35)), max_cups=1
    )
    assert "beside cups that stay" in check((free, GOOD[1]))
    small = Zone(ZoneKind.SCAR, Side.LEFT, level="L1", lateral_mm=36, radius_mm=1)
    assert "closed zone" in check((free,), small, max_cups=1)
    crossing = path(Side.LEFT, (36.0, 330.0), (20.0, 430.0))
    assert "from the midline" in check((crossing,), max_cups=1)
    elsewhere = replace(free, path=((36.0, 340.0), (36.0, 430.0)))
    assert "starts elsewhere" in check((elsewhere,), max_cups=1)
    assert "not finite" in check((replace(free, path=((math.nan, 1.0),)),), max_cups=1)
    assert "starts elsewhere" in check((replace(free, path=()),), max_cups=1)


# --- whatever was placed, one push into the forbidden is seen --------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["T10", "T12", "L1", "L2", "L3", "L4"]),
    st.sampled_from(["L1", "L3", "L5"]),
    st.sampled_from([35.0, 45.0]),
    st.integers(0, 3),
    st.floats(0, 30),
)
def test_a_result_pushed_into_a_zone_or_out_of_bounds_is_refused(
    first: str, second: str, size: float, which: int, radius: float
) -> None:
    sites = tuple(PalpatedSite(level, Side.BOTH, 2, 1) for level in (first, second))
    stock = (Cup(CupKind.PUMP, Material.PLASTIC, size, 4),)
    result = place(PlacementRequest(MAN, sites, (), stock, 4))
    placed = tuple(cup(c.side, c.lateral_mm, c.y_mm, c.inner_diameter_mm) for c in result.cups)
    given_ = {"max_cups": 4, "inventory": stock, "suction_kpa": 20, "retention_min": 5}
    assert check_placements(MAN, placed, (), sites=sites, **given_) == ()
    victim = placed[which % len(placed)]
    # A disc whose edge lies exactly 10 mm beyond the rim; a push of 15 mm towards it is too near.
    radius = 5.0 + radius
    down = MAN.level_mm(victim.level) - victim.y_mm
    far = victim.inner_diameter_mm / 2 + 3 + 10 + radius
    lateral = victim.lateral_mm + math.sqrt(far**2 - down**2)
    zone = Zone(
        ZoneKind.SCAR, victim.side, level=victim.level, lateral_mm=lateral, radius_mm=radius
    )
    assert check_placements(MAN, (victim,), (zone,), **given_) == ()
    pushed = replace(victim, lateral_mm=victim.lateral_mm + 15)
    found = check_placements(MAN, (pushed,), (zone,), **given_)
    assert any("closed zone" in problem for problem in found)
    one_more = (*placed, cup(Side.LEFT, 30.5, 200, 35))
    assert check_placements(MAN, one_more, (), **{**given_, "max_cups": len(placed)})
    inward = replace(victim, lateral_mm=victim.inner_diameter_mm / 2 + 12)
    assert check_placements(MAN, (inward,), (), **given_)


# --- the whole plan --------------------------------------------------------------------------


def screening(
    limits: Limits = LIMITS,
    *,
    technique: Technique = Technique.DRY_STATIC,
    possible: Decision = Decision.MODIFY,
    offered: bool = True,
    zones: tuple[Zone, ...] = (SCAR,),
    urgency: Urgency = Urgency.NONE,
) -> Screening:
    screened = TechniqueScreening(
        technique,
        Decision.OK,
        possible,
        offered,
        limits,
        (),
        tuple(ClosedZone(zone, "C17") for zone in zones),
    )
    return Screening(
        on=date(2026, 1, 5),
        stage=Stage.PLAN,
        knowledge_version="1",
        knowledge_sha256="0",
        facts=MappingProxyType({}),
        conflicts=(),
        urgency=UrgencyScreening(urgency, urgency, ()),
        techniques=MappingProxyType({technique: screened}),
        before_start=(),
        outside_studied=(),
        unresolved=(),
        ask=(),
        exit=0,
    )


def plan(frame: Frame = MAN, **changes: Any) -> Plan:
    said = (Said("Walk.", kind="exercise"), Said("Stay active.", kind="education"))
    made = Plan(
        technique=Technique.DRY_STATIC,
        dose=Dose(20, 5, 4),
        placements=GOOD,
        frame=FrameSaid(frame.origin, frame.scale_mm, frame.error_mm),
        posture="prone",
        title="Four cups",
        summary="Four cups.",
        cover=None,
        preparation=(),
        monitor=(),
        regimen=None,
        step_up=(),
        stop_rule=(),
        co_interventions=said,
        aftercare=(),
        expect=(),
        evidence=EvidenceStatement("", "low", "", ()),
        refused=(),
        why=(),
        referral=(),
        references=MappingProxyType({}),
    )
    return replace(made, **changes)


def check_whole(made: Plan, screened: Screening | None = None, **more: Any) -> str:
    return " | ".join(check_plan(made, screened or screening(), MAN, CUPS, **more))


def test_a_good_plan_may_leave() -> None:
    assert check_whole(plan(), sites=SITES) == ""


NO_CUPS = {"technique": None, "dose": None, "placements": ()}


def test_a_plan_without_cups_may_leave_and_holds_none() -> None:
    assert check_whole(plan(**NO_CUPS)) == ""
    assert "no technique is chosen" in check_whole(plan(**{**NO_CUPS, "placements": GOOD}))
    assert "no technique is chosen" in check_whole(plan(**{**NO_CUPS, "dose": Dose(20, 5, 4)}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"technique": Technique.WET}, "was not screened"),
        ({"dose": None}, "no dose"),
        ({"dose": Dose(20, 5, 2)}, "the dose states 2 cups, 4 are placed"),
        ({"dose": Dose(20, 5, 6), "placements": (*GOOD, *pair(35.5, 300))}, "at most 4 today"),
        ({"dose": Dose(15, 5, 4)}, "another suction or time"),
        ({"co_interventions": (Said("Stay active.", kind="education"),)}, "exercise is missing"),
        ({"co_interventions": (Said("Walk.", kind="exercise"),)}, "education is missing"),
        ({"frame": FrameSaid("", 500, 16)}, "another frame"),
    ],
)
def test_a_plan_that_departs_is_refused(changes: dict[str, Any], said: str) -> None:
    assert said in check_whole(plan(**changes))


def test_what_screening_refused_is_refused_again() -> None:
    assert "may not be used" in check_whole(plan(), screening(possible=Decision.REFER))
    assert "not offered" in check_whole(plan(), screening(offered=False))
    assert "urgency is urgent" in check_whole(plan(), screening(urgency=Urgency.URGENT))
    near = Zone(ZoneKind.SCAR, Side.LEFT, level="L1", lateral_mm=60, radius_mm=5)
    assert "closed zone (scar)" in check_whole(plan(), screening(zones=(near,)))
    tight = replace(LIMITS, suction_kpa=10.0, retention_min=3.0)
    assert check_whole(plan(), screening(tight)).count("at most") == 8
    assert "0 may be used" in check_whole(
        plan(), screening(replace(LIMITS, materials_excluded=(Material.PLASTIC,)))
    )


def test_repetitions_are_capped() -> None:
    flash = screening(Limits(None, None, None, 4, 5), technique=Technique.FLASH)
    touches = tuple(replace(c, suction_kpa=None, retention_min=None) for c in GOOD)
    for repetitions, passes in ((5, True), (6, False), (None, False), (0, False)):
        made = plan(
            technique=Technique.FLASH,
            placements=touches,
            dose=Dose(None, None, 4, repetitions),
        )
        assert (check_whole(made, flash) == "") is passes


def test_only_a_moving_cup_has_a_path() -> None:
    line = ((36.0, 330.0), (36.0, 430.0))
    moving = cup(Side.LEFT, 36.0, 330.0, path=line)
    limits = Limits(20, 5, None, 1, 3)
    screened = screening(limits, technique=Technique.MOVING, zones=())
    made = plan(technique=Technique.MOVING, placements=(moving,), dose=Dose(20, 5, 1, 3))
    assert check_whole(made, screened) == ""
    still = replace(made, placements=(replace(moving, path=None),))
    assert "has no path" in check_whole(still, screened)
    assert "has a path" in check_whole(plan(placements=(moving,), dose=Dose(20, 5, 1)))


def test_the_stated_cover_is_counted_again() -> None:
    assert check_whole(plan(cover=0.94), sites=SITES) == ""
    assert "counted again" in check_whole(plan(cover=0.5), sites=SITES)


def test_the_checker_does_not_know_the_solver() -> None:
    source = ast.parse(Path(checking.__file__).read_text("utf-8"))
    imported = {
        name
        for node in ast.walk(source)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert not any("placement" in name or "packing" in name for name in imported)
