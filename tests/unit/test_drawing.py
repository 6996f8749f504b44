"""The drawn back: what is drawn stands where the numbers say, and is said in words too."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from sample_plans import CLOSED, SITES, daniel, frame, ruth
from ventosa.drawing import describe_back, draw_back
from ventosa.drawing.anatomy import DRAWN_LEVELS_MM, fit
from ventosa.drawing.labels import Box, place
from ventosa.drawing.style import STYLE
from ventosa.record import PalpatedSite, Placement, Zone
from ventosa.terms import LEVELS, Side, ZoneKind

SVG = "{http://www.w3.org/2000/svg}"
FRAME = frame()
HOSTILE = "<script>alert(1)</script> & \"quoted\" 'single' \u202eدانيال\x00\x0b"


def drawn(**parts: object) -> ET.Element:
    return ET.fromstring(draw_back(FRAME, title="A back", **parts))  # type: ignore[arg-type]


def of_class(root: ET.Element, tag: str, name: str) -> list[ET.Element]:
    return [e for e in root.iter(SVG + tag) if name in e.get("class", "").split()]


def number(element: ET.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def test_drawing_is_one_svg_in_millimetres_with_its_origin_at_c7() -> None:
    root = drawn()
    left, top, width, height = map(float, root.get("viewBox", "").split())
    assert root.tag == SVG + "svg" and root.get("role") == "img"
    assert left == pytest.approx(-width / 2) and top < 0 < FRAME.scale_mm < top + height


@pytest.mark.parametrize("body", [frame(), frame("female", 150), frame("male", 205)])
def test_level_dots_stand_on_the_levels_of_the_frame(body: object) -> None:
    root = ET.fromstring(draw_back(body, title="A back"))  # type: ignore[arg-type]
    dots = {e.get("data-level"): e for e in of_class(root, "circle", "vb-dot")}
    assert tuple(dots) == LEVELS
    for level, dot in dots.items():
        assert number(dot, "cx") == 0
        assert number(dot, "cy") == pytest.approx(body.level_mm(level), abs=0.01)  # type: ignore[attr-defined]
    large = {level for level, dot in dots.items() if number(dot, "r") > 3}
    assert large == {"C7", "T7", "L4"}


def test_anatomy_is_laid_on_the_levels_of_the_frame() -> None:
    laid = fit(FRAME)
    for level, drawn_mm in DRAWN_LEVELS_MM.items():
        assert laid.y(drawn_mm) == pytest.approx(FRAME.level_mm(level))
    assert laid.x(23.3) == pytest.approx(FRAME.cun_mm)
    heights = [laid.y(y) for y in range(-150, 760, 5)]
    assert heights == sorted(heights)


def test_each_cup_has_the_radius_and_place_of_its_placement() -> None:
    cups = daniel().plan.placements
    root = drawn(placements=cups)
    openings, walls = of_class(root, "circle", "vb-opening"), of_class(root, "circle", "vb-wall")
    assert len(openings) == len(walls) == len(cups)
    for cup, opening, wall in zip(cups, openings, walls, strict=True):
        x = cup.lateral_mm if cup.side is Side.RIGHT else -cup.lateral_mm
        assert number(opening, "cx") == pytest.approx(x, abs=0.01)
        assert number(opening, "cy") == pytest.approx(cup.y_mm, abs=0.01)
        assert number(opening, "r") == pytest.approx(cup.inner_diameter_mm / 2, abs=0.01)
        outer = number(wall, "r") + number(wall, "stroke-width") / 2
        assert outer == pytest.approx(cup.inner_diameter_mm / 2 + 3, abs=0.01)
    assert [e.text for e in of_class(root, "text", "vb-cupn")] == ["1", "2", "3", "4"]


def test_closed_discs_and_bands_stand_where_the_frame_puts_them() -> None:
    disc = CLOSED[0].zone
    band = Zone(ZoneKind.SCAR, Side.RIGHT, from_level="T10", to_level="L1", lateral_to_mm=60)
    root = drawn(zones=(disc, band, disc))
    (circle,) = of_class(root, "circle", "vb-closed")
    (rectangle,) = of_class(root, "rect", "vb-closed")
    assert number(circle, "cx") == -76 and number(circle, "r") == 19
    (area,) = FRAME.areas(band)
    assert number(rectangle, "y") == pytest.approx(area.y_from_mm, abs=0.01)  # type: ignore[union-attr]
    assert number(rectangle, "x") == 0 and number(rectangle, "width") == 60
    assert {e.text for e in of_class(root, "text", "vb-zone")} == {"Skin lesion", "Scar"}


def test_zone_on_both_sides_is_drawn_and_named_twice() -> None:
    both = replace(CLOSED[0].zone, side=Side.BOTH)
    root = drawn(zones=(both,))
    assert sorted(number(e, "cx") for e in of_class(root, "circle", "vb-closed")) == [-76, 76]
    assert len(of_class(root, "text", "vb-zone")) == 2


def test_whole_back_closed_is_said_once_and_lesser_bands_add_no_ink() -> None:
    whole = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S4")
    band = Zone(ZoneKind.SCAR, Side.LEFT, from_level="T10", to_level="L1")
    root = drawn(zones=(whole, band))
    assert [e.text for e in of_class(root, "text", "vb-zone")] == ["Whole back closed"]
    assert len(of_class(root, "rect", "vb-closed")) == 1
    assert "Scar from T10 to L1" in (root.findtext(SVG + "desc") or "")


def test_tension_has_three_densities_and_tenderness_its_number() -> None:
    root = drawn(sites=SITES)
    fills = [e.get("fill") for e in of_class(root, "ellipse", "vb-felt")]
    assert fills == [f"url(#back-tension-{grade})" for grade in (1, 2, 2, 3)]
    assert [e.text for e in of_class(root, "text", "vb-tendern")] == ["1", "2"]
    widths = {number(e, "rx") * 2 for e in of_class(root, "ellipse", "vb-felt")}
    assert widths == {42}
    none = drawn(sites=(PalpatedSite("L3", Side.BOTH, 0, 0),))
    assert not of_class(none, "ellipse", "vb-felt") and not of_class(none, "circle", "vb-tender")


def test_moving_cup_has_its_path_an_arrow_head_and_where_it_ends() -> None:
    path = ((34.0, 263.0), (36.0, 340.0), (34.0, 451.0))
    cup = Placement("T10", Side.LEFT, 34, 263, 45, 15, 3, None, path)
    root = drawn(placements=(cup,))
    ways = of_class(root, "path", "vb-way")
    assert ways[0].get("d") == "M-34 263L-36 340L-34 451" and len(ways) == 2
    (end,) = of_class(root, "circle", "vb-reach")
    assert (number(end, "cx"), number(end, "cy"), number(end, "r")) == (-34, 451, 25.5)


def test_text_equivalent_names_every_cup_zone_and_tender_place() -> None:
    sample = daniel()
    zones = [closed.zone for closed in CLOSED]
    said = describe_back(FRAME, sites=SITES, zones=zones, placements=sample.plan.placements)
    for index in range(1, 5):
        assert f"cup {index}, 45 mm inside" in said
    for part in (
        "at L2, 42 mm left of the midline, near BL23",
        "at L5, 42 mm right of the midline, near BL26",
        "Skin lesion at T12, left, 76 mm from the midline, radius 19 mm",
        "Broken skin at L1, right, 108 mm from the midline, radius 24 mm",
        "marked tension at L5, right, tenderness 2 of 3",
    ):
        assert part in said
    root = drawn(sites=SITES, zones=zones, placements=sample.plan.placements)
    assert root.findtext(SVG + "desc") == said


def test_empty_back_says_so() -> None:
    said = describe_back(FRAME)
    assert "No cup." in said and "Nothing is closed on this drawing." in said


def test_user_text_is_escaped_and_stays_well_formed() -> None:
    svg = draw_back(FRAME, title=HOSTILE * 8)
    root = ET.fromstring(svg)
    title = root.findtext(SVG + "title") or ""
    assert "<script>" not in svg and "<script>" in title and "دانيال" in title


def test_ids_start_with_the_prefix_so_two_drawings_share_a_page() -> None:
    first, second = (
        draw_back(FRAME, title="A", sites=SITES, prefix=prefix) for prefix in ("one", "two")
    )
    ids = [re.findall(r'\bid="([^"]+)"', svg) for svg in (first, second)]
    assert len(set(ids[0])) == len(ids[0]) and not set(ids[0]) & set(ids[1])
    for svg, prefix in ((first, "one-"), (second, "two-")):
        used = re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", svg)
        assert used and all((a or b).startswith(prefix) for a, b in used)
    assert 'id="back-title"' in draw_back(FRAME, title="A", prefix='"><')


def test_saved_file_stands_alone_and_print_stays_light() -> None:
    svg = draw_back(FRAME, title="A back")
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"var\(--[a-z0-9-]+\)", svg), "a token without its light value"
    assert "@media screen and (prefers-color-scheme:dark)" in STYLE
    assert STYLE.count("prefers-color-scheme") == 1


def test_labels_keep_apart_and_off_the_cups() -> None:
    page = Box(-280, -100, 280, 612)
    taken: list[Box] = [Box(-20, 100, 20, 140)]
    for around in (Box(-20, 150, 20, 190), Box(-15, 185, 25, 225), Box(-10, 200, 30, 240)):
        taken.append(around)
        label = place("Unfaded mark", around, taken, page)
        assert not any(label.box.overlap(box) for box in taken)
        assert label.box.outside(page) == pytest.approx(0)
        taken.append(label.box)


def test_plan_without_cups_draws_no_cup() -> None:
    sample = ruth()
    root = ET.fromstring(draw_back(sample.frame, title="A back", sites=sample.sites))
    assert not of_class(root, "circle", "vb-opening")
