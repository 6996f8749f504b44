"""The drawn back as one SVG in millimetres: anatomy, levels, felt places, closed zones, cups."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ventosa.drawing.anatomy import fit, number
from ventosa.drawing.canvas import MARGIN_MM, Canvas, body, closed_area, defs, text
from ventosa.drawing.labels import LINE_MM, Box, place
from ventosa.drawing.style import STYLE
from ventosa.drawing.words import ENGLISH, covers_back, describe_back, sides, zone_name
from ventosa.geometry import Disc, Frame, Rectangle, signed
from ventosa.record import PalpatedSite, Placement, Zone
from ventosa.terms import LEVELS

CUP_RIM_MM = 3.0
"""How far a cup reaches beyond its opening (ED, geometry of the back)."""
FELT_HALF_WIDTH_MM = 21.0
FELT_HALF_HEIGHT_MM = 26.0
"""How large a felt place is drawn (ED): about the width of the muscle beside the spine."""
TENDER_RADIUS_MM = 8.5
BIG_DOTS = ("C7", "T7", "L4")
LEAD_LEVELS = ("C7", "T7", "T12", "S2")


def draw_back(
    frame: Frame,
    *,
    sites: Iterable[PalpatedSite] = (),
    zones: Iterable[Zone] = (),
    placements: Iterable[Placement] = (),
    title: str,
    words: Mapping[str, str] = ENGLISH,
    prefix: str = "back",
    styled: bool = True,
) -> str:
    """A standalone SVG of the back in mm: origin C7, ``x`` to the person's right, ``y`` down.

    ``prefix`` starts every id, so that two drawings can stand on one page; it is cut to letters,
    digits and hyphens. With ``styled=False`` the page has ``RULES`` as a style sheet.
    Raises ``InputError`` for a level the frame does not know.
    """
    every_zone = tuple(zones)
    felt, closed, cups = tuple(sites), _worth_drawing(every_zone), tuple(placements)
    canvas = Canvas(fit(frame), frame, re.sub(r"[^A-Za-z0-9-]", "", prefix) or "back")
    page = canvas.page
    marks = _marks(canvas, felt, cups, closed)
    said = describe_back(frame, sites=felt, zones=every_zone, placements=cups, words=words)
    box = " ".join(
        number(v) for v in (page.left, page.top, page.right - page.left, page.bottom - page.top)
    )
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="vb" viewBox="{box}" role="img" '
        f'aria-labelledby="{canvas.prefix}-title {canvas.prefix}-desc">',
        f'<title id="{canvas.prefix}-title">{text(title)}</title>',
        f'<desc id="{canvas.prefix}-desc">{text(said)}</desc>',
        STYLE if styled else "",
        defs(canvas),
        body(canvas),
        _dots(canvas),
        _felt(canvas, felt),
        _zones(canvas, closed),
        _levels(canvas, {cup.level for cup in cups}),
        "".join(_path(canvas, cup) for cup in cups if cup.path),
        "".join(_cup(canvas, n, cup) for n, cup in enumerate(cups, start=1)),
        _tenderness(marks),
        _names(canvas, closed, [*(_cup_box(cup) for cup in cups), *(m.box for m in marks)], words),
        _sides(canvas, words),
        "</svg>",
    )
    return "".join(parts)


def _worth_drawing(zones: Iterable[Zone]) -> tuple[Zone, ...]:
    """Each zone once; bands that lie in a back closed as a whole add nothing but ink."""
    once = tuple(dict.fromkeys(zones))
    whole = next((zone for zone in once if covers_back(zone)), None)
    return tuple(zone for zone in once if whole is None or zone is whole or zone.is_disc)


def drawn_width_mm(frame: Frame) -> float:
    """The width of the whole drawing in mm of the body."""
    return 2 * Canvas(fit(frame), frame, "back").half_width


# --- the levels ------------------------------------------------------------------------------


def _dots(canvas: Canvas) -> str:
    dots = (
        f'<circle class="vb-dot" data-level="{level}" cx="0" '
        f'cy="{number(canvas.frame.level_mm(level))}" r="{3.4 if level in BIG_DOTS else 2.3}"/>'
        for level in LEVELS
    )
    return f"<g>{''.join(dots)}</g>"


def _levels(canvas: Canvas, marked: set[str]) -> str:
    at = -(canvas.half_width - MARGIN_MM)
    parts = []
    for level in LEVELS:
        y = canvas.frame.level_mm(level)
        leads = level in marked or level in LEAD_LEVELS
        line = f"H{number(-7)}" if leads else "h7"
        kind = "vb-lead" if leads else "vb-tick"
        name = "vb-lv vb-lvs" if leads or level in BIG_DOTS else "vb-lv"
        parts.append(
            f'<path class="{kind}" d="M{number(at)} {number(y)}{line}"/>'
            f'<text class="{name}" x="{number(at - 4)}" y="{number(y + 4.5)}">{level}</text>'
        )
    return f'<g aria-hidden="true">{"".join(parts)}</g>'


def _sides(canvas: Canvas, words: Mapping[str, str]) -> str:
    x, y = canvas.half_width - 10, canvas.page.top + 24
    return (
        f'<text class="vb-side" x="{number(-x)}" y="{number(y)}">{text(words["left"])}</text>'
        f'<text class="vb-side vb-end" x="{number(x)}" y="{number(y)}">'
        f"{text(words['right'])}</text>"
    )


# --- what was found -------------------------------------------------------------------------


def _places(canvas: Canvas, site: PalpatedSite) -> list[tuple[float, float]]:
    lateral, y = canvas.frame.site_mm(site)
    return [(signed(side, lateral), y) for side in sides(site.side)]


def _felt(canvas: Canvas, sites: Sequence[PalpatedSite]) -> str:
    parts = [
        f'<ellipse class="vb-felt" cx="{number(x)}" cy="{number(y)}" '
        f'rx="{number(FELT_HALF_WIDTH_MM)}" ry="{number(FELT_HALF_HEIGHT_MM)}" '
        f'fill="{canvas.url(f"tension-{site.tension}")}"/>'
        for site in sites
        if site.tension
        for x, y in _places(canvas, site)
    ]
    return f"<g>{''.join(parts)}</g>"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where the ring with the tenderness of a place stands."""

    x: float
    y: float
    grade: int

    @property
    def box(self) -> Box:
        r = TENDER_RADIUS_MM + 1
        return Box(self.x - r, self.y - r, self.x + r, self.y + r)


def _marks(
    canvas: Canvas,
    sites: Sequence[PalpatedSite],
    cups: Sequence[Placement],
    zones: Sequence[Zone],
) -> list[_Mark]:
    """The tenderness rings: beside the place and its cup, else further out, below or above.

    Never towards the midline: a ring there would speak of the spine.
    """
    cup_boxes = [_cup_box(cup) for cup in cups]
    taken = list(cup_boxes)
    taken += [
        _core(area) for zone in zones for area in canvas.frame.areas(zone) if isinstance(area, Disc)
    ]
    marks: list[_Mark] = []
    for site in sites:
        for x, y in _places(canvas, site) if site.tenderness else ():
            edge = max(
                (
                    abs(box.left + box.right) / 2 + (box.right - box.left) / 2
                    for box in cup_boxes
                    if box.top <= y <= box.bottom and (box.left + box.right) * x > 0
                ),
                default=0.0,
            )
            out = max(abs(x) + FELT_HALF_WIDTH_MM, edge) + TENDER_RADIUS_MM + 2
            sign = 1 if x > 0 else -1
            down = FELT_HALF_HEIGHT_MM + TENDER_RADIUS_MM + 4
            spots = ((sign * out, y), (sign * (out + 20), y), (x, y + down), (x, y - down))
            best = min(
                (_Mark(at_x, at_y, site.tenderness) for at_x, at_y in spots),
                key=lambda mark: sum(mark.box.overlap(box) for box in taken),
            )
            marks.append(best)
            taken.append(best.box)
    return marks


def _core(disc: Disc) -> Box:
    """The square inside a disc, where a ring would hide it."""
    r = disc.radius_mm * 0.75
    return Box(disc.x_mm - r, disc.y_mm - r, disc.x_mm + r, disc.y_mm + r)


def _tenderness(marks: Sequence[_Mark]) -> str:
    parts = [
        f'<circle class="vb-tender" cx="{number(mark.x)}" cy="{number(mark.y)}" '
        f'r="{number(TENDER_RADIUS_MM)}"/><text class="vb-tendern" x="{number(mark.x)}" '
        f'y="{number(mark.y + 4.6)}">{mark.grade}</text>'
        for mark in marks
    ]
    return f"<g>{''.join(parts)}</g>"


def _zones(canvas: Canvas, zones: Sequence[Zone]) -> str:
    parts = [closed_area(canvas, area) for zone in zones for area in canvas.frame.areas(zone)]
    return f"<g>{''.join(parts)}</g>"


def _names(
    canvas: Canvas, zones: Sequence[Zone], occupied: Sequence[Box], words: Mapping[str, str]
) -> str:
    """The names of the closed zones, discs first, kept apart from each other and the cups."""
    taken = list(occupied)
    areas = {zone: [_shown(canvas, area) for area in canvas.frame.areas(zone)] for zone in zones}
    discs = {zone: boxes for zone, boxes in areas.items() if zone.is_disc}
    taken += [box for boxes in discs.values() for box in boxes]
    parts = []
    for zone in sorted(areas, key=lambda zone: not zone.is_disc):
        for around in areas[zone]:
            label = place(
                zone_name(zone, words),
                around,
                taken,
                canvas.page,
                inside=not zone.is_disc,
            )
            taken.append(label.box)
            parts.append(
                f'<text class="vb-zone" x="{number(label.x)}" y="{number(label.y)}">'
                f"{text(label.text)}</text>"
            )
    return f"<g>{''.join(parts)}</g>"


def _shown(canvas: Canvas, area: Disc | Rectangle) -> Box:
    """The part of an area that lies on the drawn trunk."""
    if isinstance(area, Disc):
        r = area.radius_mm
        return Box(area.x_mm - r, area.y_mm - r, area.x_mm + r, area.y_mm + r)
    flank = canvas.fit.x(160)
    top = max(area.y_from_mm, canvas.frame.level_mm("T2") - 4)
    if area.y_to_mm - top < LINE_MM:
        top = area.y_from_mm
    return Box(max(area.x_from_mm, -flank), top, min(area.x_to_mm, flank), area.y_to_mm)


# --- what is done ---------------------------------------------------------------------------


def _cup_box(cup: Placement) -> Box:
    x, r = signed(cup.side, cup.lateral_mm), cup.inner_diameter_mm / 2 + CUP_RIM_MM
    return Box(x - r, cup.y_mm - r, x + r, cup.y_mm + r)


def _cup(canvas: Canvas, index: int, cup: Placement) -> str:
    x, y, opening = signed(cup.side, cup.lateral_mm), cup.y_mm, cup.inner_diameter_mm / 2
    wall, shine = opening + CUP_RIM_MM / 2, opening * 0.74
    centre = f'cx="{number(x)}" cy="{number(y)}"'
    size = min(23.0, opening)
    return (
        f'<g class="vb-cup" data-cup="{index}">'
        f'<circle class="vb-opening" {centre} r="{number(opening)}" fill="{canvas.url("glass")}"/>'
        f'<circle class="vb-wall" {centre} r="{number(wall)}" stroke-width="{CUP_RIM_MM:g}"/>'
        f'<circle class="vb-gleam" {centre} r="{number(wall)}"/>'
        f'<path class="vb-shine" d="M{number(x - 0.84 * shine)} {number(y - 0.51 * shine)}'
        f"A{number(shine)} {number(shine)} 0 0 1 {number(x - 0.14 * shine)} "
        f'{number(y - 0.98 * shine)}"/>'
        f'<text class="vb-cupn" x="{number(x)}" y="{number(y + size * 0.35)}" '
        f'font-size="{number(size)}">{index}</text></g>'
    )


def _path(canvas: Canvas, cup: Placement) -> str:
    """The line of a moving cup with an open arrow head, and where the cup ends."""
    points = [(signed(cup.side, lateral), y) for lateral, y in cup.path or ()]
    (x0, y0), (x1, y1) = points[-2] if len(points) > 1 else points[-1], points[-1]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    line = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    head = ""
    if length:
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        wings = [(x1 - 12 * ux + side * 9 * uy, y1 - 12 * uy - side * 9 * ux) for side in (1, -1)]
        head = (
            f'<path class="vb-way" d="M{number(wings[0][0])} {number(wings[0][1])}'
            f'L{number(x1)} {number(y1)}L{number(wings[1][0])} {number(wings[1][1])}"/>'
        )
    return (
        f'<g><circle class="vb-reach" cx="{number(x1)}" cy="{number(y1)}" '
        f'r="{number(cup.inner_diameter_mm / 2 + CUP_RIM_MM)}"/>'
        f'<path class="vb-way" d="M{line}"/>{head}</g>'
    )
