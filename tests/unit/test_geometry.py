"""The frame of the back against its sourced table, and the shape of closed zones."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventosa import geometry
from ventosa.geometry import (
    LEVEL_ERROR_MM,
    NECK_BASE_MM,
    Disc,
    Frame,
    Margins,
    Rectangle,
    frame_for,
    parse_levels,
)
from ventosa.record import InputError, KnowledgeError, PalpatedSite, Zone
from ventosa.terms import LEVELS, Side, ZoneKind

TEXT = (Path(geometry.__file__).parent / "knowledge" / "geometry" / "levels.csv").read_text("utf-8")
TABLE = parse_levels(TEXT)
WOMAN = frame_for("female", 168, None, TABLE)
MAN = frame_for("male", 178, None, TABLE)

# y of the middle of the spinous tip and lateral edge of the erector spinae, mm, as published with
# the table for a woman of 168 cm and a man of 178 cm.
PUBLISHED = {
    "C7": (0.0, 0.0, 34, 36),
    "T1": (24.5, 27.5, 36, 39),
    "T2": (49.8, 56.0, 39, 41),
    "T3": (75.5, 84.8, 40, 42),
    "T4": (101.9, 114.4, 41, 43),
    "T5": (129.8, 145.7, 42, 45),
    "T6": (157.8, 177.1, 44, 47),
    "T7": (185.3, 208.0, 47, 50),
    "T8": (211.6, 237.5, 49, 52),
    "T9": (237.8, 266.9, 52, 56),
    "T10": (263.4, 295.7, 57, 60),
    "T11": (289.4, 324.8, 62, 65),
    "T12": (317.9, 356.9, 65, 69),
    "L1": (345.4, 387.7, 68, 72),
    "L2": (373.3, 419.0, 71, 75),
    "L3": (401.7, 450.9, 71, 75),
    "L4": (429.7, 482.3, 66, 70),
    "L5": (449.7, 504.8, 57, 60),
    "S1": (465.6, 522.7, 48, 51),
    "S2": (491.1, 551.2, 36, 39),
}


@pytest.mark.parametrize("level", LEVELS)
def test_levels_and_widths_agree_with_the_published_table(level: str) -> None:
    y_woman, y_man, edge_woman, edge_man = PUBLISHED[level]
    assert WOMAN.level_mm(level) == pytest.approx(y_woman, abs=0.6)
    assert MAN.level_mm(level) == pytest.approx(y_man, abs=0.6)
    if level not in ("T2", "T3", "T4", "T5", "T6", "T7"):
        assert WOMAN.edge_mm(WOMAN.level_mm(level)) == pytest.approx(edge_woman, abs=0.6)
        assert MAN.edge_mm(MAN.level_mm(level)) == pytest.approx(edge_man, abs=0.6)


def test_scale_and_error_say_what_they_rest_on() -> None:
    assert (WOMAN.scale_mm, WOMAN.cun_mm) == pytest.approx((491, 22.8), abs=0.1)
    assert (MAN.scale_mm, MAN.cun_mm) == pytest.approx((551.2, 24.2), abs=0.1)
    assert WOMAN.error_mm == pytest.approx(26, abs=0.5)
    assert MAN.error_mm == pytest.approx(29, abs=0.5)
    unknown_sex = frame_for(None, 173, None, TABLE)
    assert (unknown_sex.scale_mm, unknown_sex.error_mm) == pytest.approx((521, 33), abs=0.7)
    assert frame_for("other", 173, None, TABLE).scale_mm == unknown_sex.scale_mm


def test_a_tape_measure_wins_over_an_estimate() -> None:
    measured = frame_for("female", 168, 520, TABLE)
    assert measured.scale_mm == 520
    assert measured.error_mm == LEVEL_ERROR_MM < WOMAN.error_mm
    assert measured.cun_mm == WOMAN.cun_mm
    assert "measured" in measured.origin
    assert "estimated" in WOMAN.origin


@pytest.mark.parametrize(("sex", "height"), [("female", 168), ("male", 178), (None, 173)])
def test_an_unknown_height_is_the_reference_height_with_a_wider_error(
    sex: str | None, height: float
) -> None:
    unknown, known = frame_for(sex, None, None, TABLE), frame_for(sex, height, None, TABLE)
    assert (unknown.scale_mm, unknown.cun_mm) == (known.scale_mm, known.cun_mm)
    assert unknown.error_mm > known.error_mm
    assert "no height is known" in unknown.origin


@pytest.mark.parametrize("height", [0, 99, 231, math.nan, math.inf])
def test_an_impossible_height_is_refused(height: float) -> None:
    with pytest.raises(InputError, match="height_cm"):
        frame_for("female", height, None, TABLE)


@pytest.mark.parametrize("length", [299, 751, math.nan])
def test_an_impossible_back_length_is_refused(length: float) -> None:
    with pytest.raises(InputError, match="back_length_mm"):
        frame_for("female", 168, length, TABLE)


def test_the_edge_is_the_scapular_border_between_t2_and_t7() -> None:
    border = 3 * WOMAN.cun_mm
    for level in ("T2", "T4", "T7"):
        assert WOMAN.edge_mm(WOMAN.level_mm(level)) == pytest.approx(border)
    assert WOMAN.edge_mm(WOMAN.level_mm("T2") - 0.1) < border - 25
    assert WOMAN.edge_mm(WOMAN.level_mm("T7") + 0.1) < border - 20
    half = (WOMAN.level_mm("L3") + WOMAN.level_mm("L4")) / 2
    assert WOMAN.edge_mm(half) == pytest.approx(3.0 * WOMAN.cun_mm)
    assert WOMAN.edge_mm(-20) == pytest.approx(1.5 * WOMAN.cun_mm)
    assert WOMAN.edge_mm(9999) == pytest.approx(1.6 * WOMAN.cun_mm)


def test_the_edge_line_runs_along_the_edge() -> None:
    line = WOMAN.edge_line()
    assert [y for _, y in line] == sorted(y for _, y in line)
    for lateral, y in line:
        near = {WOMAN.edge_mm(y), WOMAN.edge_mm(y - 1e-6), WOMAN.edge_mm(y + 1e-6)}
        assert any(lateral == pytest.approx(edge, abs=0.01) for edge in near)


def test_sites_lie_on_the_usual_line_unless_they_were_measured() -> None:
    usual = PalpatedSite("L3", Side.LEFT, 2, 1)
    assert WOMAN.site_mm(usual) == pytest.approx((34.2, 401.7), abs=0.1)
    measured = PalpatedSite("L3", Side.LEFT, 2, 1, lateral_mm=50)
    assert WOMAN.site_mm(measured)[0] == 50


@given(st.sampled_from(LEVELS), st.floats(-8, 8))
def test_the_nearest_level_is_the_one_pointed_at(level: str, off: float) -> None:
    # Neighbours lie at least 16 mm apart, so 7.9 mm off is still nearest.
    assert WOMAN.nearest_level(WOMAN.level_mm(level) + off * 0.98) == level


# --- zones -----------------------------------------------------------------------------------


def band(side: Side = Side.BOTH, kind: ZoneKind = ZoneKind.NO_GO, **bounds: object) -> Zone:
    return Zone(kind, side, from_level="L2", to_level="L3", **bounds)  # type: ignore[arg-type]


def test_a_band_reaches_half_way_to_the_next_levels_and_to_the_flank() -> None:
    upper = (WOMAN.level_mm("L1") + WOMAN.level_mm("L2")) / 2
    lower = (WOMAN.level_mm("L3") + WOMAN.level_mm("L4")) / 2
    assert WOMAN.areas(band()) == (Rectangle(-300, 300, upper, lower),)
    assert WOMAN.areas(band(Side.MIDLINE)) == WOMAN.areas(band())
    assert WOMAN.areas(band(Side.LEFT)) == (Rectangle(-300, 0, upper, lower),)
    assert WOMAN.areas(band(Side.RIGHT)) == (Rectangle(0, 300, upper, lower),)
    bounded = band(lateral_from_mm=20.0, lateral_to_mm=50.0)
    assert [(a.x_from_mm, a.x_to_mm) for a in WOMAN.areas(bounded) if isinstance(a, Rectangle)] == [
        (-50, -20),
        (20, 50),
    ]


def test_the_whole_back_closes_from_the_neck_to_the_tail_bone() -> None:
    whole = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S4")
    (area,) = WOMAN.areas(whole)
    assert area == Rectangle(-300, 300, NECK_BASE_MM, WOMAN.scale_mm + 60)
    to_s2 = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S2")
    (shorter,) = WOMAN.areas(to_s2)
    assert isinstance(shorter, Rectangle)
    assert WOMAN.scale_mm < shorter.y_to_mm < WOMAN.scale_mm + 30


def test_surgery_without_bounds_closes_40_mm_each_side() -> None:
    for side in Side:
        (area,) = WOMAN.areas(band(side, ZoneKind.SURGERY))
        assert isinstance(area, Rectangle)
        assert (area.x_from_mm, area.x_to_mm) == (-40, 40)
    (drawn,) = WOMAN.areas(band(Side.LEFT, ZoneKind.SURGERY, lateral_to_mm=25.0))
    assert isinstance(drawn, Rectangle)
    assert (drawn.x_from_mm, drawn.x_to_mm) == (-25, 0)


def test_distances_are_taken_across_the_midline() -> None:
    disc = Zone(ZoneKind.SCAR, Side.LEFT, level="L3", lateral_mm=5, radius_mm=20)
    y = WOMAN.level_mm("L3")
    assert WOMAN.distance_to_zone(Side.LEFT, 20, y, disc) == 0
    assert WOMAN.distance_to_zone(Side.RIGHT, 20, y, disc) == pytest.approx(5)
    assert WOMAN.distance_to_zone(Side.LEFT, 28, y + 30, disc) == pytest.approx(
        math.hypot(23, 30) - 20
    )
    both = Zone(ZoneKind.SCAR, Side.BOTH, level="L3", lateral_mm=50, radius_mm=5)
    assert WOMAN.distance_to_zone(Side.RIGHT, 40, y, both) == pytest.approx(5)
    assert WOMAN.distance_to_zone(Side.LEFT, 40, y, both) == pytest.approx(5)
    assert WOMAN.distance_to_zone(Side.RIGHT, 30, y, band(Side.LEFT)) == pytest.approx(30)
    middle = Zone(ZoneKind.SCAR, Side.MIDLINE, level="L3", lateral_mm=0, radius_mm=5)
    assert WOMAN.areas(middle) == (Disc(0, y, 5),)


def test_a_point_lies_on_a_side() -> None:
    with pytest.raises(InputError):
        WOMAN.distance_to_zone(Side.BOTH, 30, 100, band())


@given(st.floats(-100, 100), st.floats(0, 500), st.floats(-100, 100), st.floats(0, 500))
def test_distance_never_changes_faster_than_the_point_moves(
    x1: float, y1: float, x2: float, y2: float
) -> None:
    for area in (Disc(20, 300, 15), Rectangle(-40, 40, 200, 260)):
        moved = math.hypot(x1 - x2, y1 - y2)
        assert abs(area.distance(x1, y1) - area.distance(x2, y2)) <= moved + 1e-9


# --- the file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("T4,", "T44,"),
        ("es_lateral_cun", "edge"),
        ("0.5364", "0.4"),
        ("0.5364", "nan"),
        ("0.5364", "half"),
        ("S2,1.0", "S2,1.01"),
        ("3.1,", "-3.1,"),
    ],
)
def test_a_damaged_table_is_refused_with_its_name(old: str, new: str) -> None:
    with pytest.raises(KnowledgeError) as raised:
        parse_levels(TEXT.replace(old, new))
    assert raised.value.file == "geometry/levels.csv"


def test_margins_are_sensible_lengths() -> None:
    with pytest.raises(InputError):
        Margins(zone_mm=-1)
    with pytest.raises(InputError):
        Margins(fade_mm=0)


def test_a_frame_is_a_value() -> None:
    assert frame_for("female", 168, None, TABLE) == WOMAN
    assert isinstance(hash(WOMAN), int)
    assert isinstance(WOMAN, Frame)
