"""The back to tap: equal bands near the true levels, what was felt and what is closed on them."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from sample_plans import frame
from ventosa.drawing import RULES, THIRDS, bands, draw_back, draw_map, third_of
from ventosa.record import PalpatedSite, Zone
from ventosa.terms import LEVELS, Side, ZoneKind

SVG = "{http://www.w3.org/2000/svg}"
FRAME = frame()


def drawn(third: str = "lower", **parts: object) -> ET.Element:
    made = draw_map(
        FRAME,
        third,
        address=lambda place: f"?place={place}&zoom=1",
        title="Where is it tight?",
        **parts,  # type: ignore[arg-type]
    )
    return ET.fromstring(made)


def test_thirds_hold_each_level_once() -> None:
    assert tuple(level for levels in THIRDS.values() for level in levels) == LEVELS
    assert third_of("L4") == "lower" and third_of("C7") == "upper" and third_of("T7") == "middle"


@pytest.mark.parametrize("body", [frame(), frame("female", 150), frame("male", 205)])
@pytest.mark.parametrize("third", THIRDS)
def test_a_band_lies_within_9_mm_of_its_level(body: object, third: str) -> None:
    made = draw_map(body, third, address=str, title="A map")  # type: ignore[arg-type]
    root = ET.fromstring(made)
    placed = next(g for g in root if "scale(" in g.get("transform", ""))
    move, _, scale = placed.get("transform", "").partition(") scale(")
    shift, factor = float(move.removeprefix("translate(0 ")), float(scale.rstrip(")"))
    rects = [band.find(f"{SVG}rect") for band in root.iter(f"{SVG}a")]
    tops = sorted({float(r.get("y", "nan")) for r in rects if r is not None})
    assert len({round(b - a, 2) for a, b in pairwise(tops)}) == 1
    for level, top in zip(THIRDS[third], tops, strict=True):
        middle_mm = (top + 14.5 - shift) / factor
        assert abs(middle_mm - body.level_mm(level)) <= 9  # type: ignore[attr-defined]


def test_a_band_says_side_level_and_what_is_there() -> None:
    site = PalpatedSite("L4", Side.BOTH, 2, 1)
    scar = Zone(ZoneKind.SCAR, Side.LEFT, level="L4", lateral_mm=40, radius_mm=10)
    root = drawn(sites=[site], zones=[scar], chosen="L4:right")
    named = {a.get("data-place"): a for a in root.iter(f"{SVG}a")}
    assert named["L4:right"].get("aria-label") == "Right, L4, clear tension, tenderness 1 of 3"
    assert named["L4:left"].get("aria-label", "").endswith("closed: scar")
    assert named["L5:right"].get("aria-label") == "Right, L5"
    assert named["L4:right"].get("class") == "vm-band on"
    felt = named["L4:right"].findall(f"{SVG}rect")[1]
    assert felt.get("fill") == "url(#map-tension-2)"
    assert named["L4:left"].get("href") == "?place=L4:left&zoom=1"
    assert any(e.get("class") == "vb-closed" for e in root.iter(f"{SVG}circle"))


def test_left_of_the_picture_is_the_persons_left() -> None:
    root = drawn()
    left = next(a for a in root.iter(f"{SVG}a") if a.get("data-place") == "L1:left")
    rect = left.find(f"{SVG}rect")
    assert rect is not None and float(rect.get("x", "0")) < 0
    sides = {t.text: float(t.get("x", "0")) for t in root.iter(f"{SVG}text")}
    assert sides["Left"] < 0 < sides["Right"]


def test_a_whole_closed_back_closes_every_band() -> None:
    whole = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S2")
    assert all(band.closed for third in THIRDS for band in bands(FRAME, third, zones=[whole]))


def test_a_drawing_without_its_own_style_leaves_the_rules_to_the_page() -> None:
    plain = draw_back(FRAME, title="A back", styled=False)
    assert "<style" not in plain and "style=" not in plain
    assert RULES in draw_back(FRAME, title="A back")
    assert "<style" not in ET.tostring(drawn(), encoding="unicode")
