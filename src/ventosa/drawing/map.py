"""The back to tap: a third of it, its levels as equal bands, left and right.

The body and what is closed are drawn in millimetres inside a group that is scaled to the map; the
bands are equal, 48 px high on a phone, and their middles lie within 9 mm of the true levels. What
is stored is level and side; cups are placed on the true levels.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ventosa.drawing.anatomy import HALF_BODY, fit, number
from ventosa.drawing.canvas import Canvas, body, closed_area, defs, text
from ventosa.drawing.words import ENGLISH, zone_name
from ventosa.geometry import Disc, Frame, Rectangle
from ventosa.record import PalpatedSite, Zone
from ventosa.terms import LEVELS, Side

THIRDS: Mapping[str, tuple[str, ...]] = {
    "upper": LEVELS[:7],
    "middle": LEVELS[7:13],
    "lower": LEVELS[13:],
}
"""The levels of each third, top to bottom: seven, six, seven."""

HALF_WIDTH, HEAD, BAND, GAP, INNER, OUTER = 108.0, 20.0, 31.4, 2.4, 12.0, 104.0
"""Sizes of the map in its own units; a third of seven levels is 240 high."""


@dataclass(frozen=True, slots=True)
class Band:
    """One level on one side, with what was felt there and what is closed there."""

    level: str
    side: Side
    tension: int
    tenderness: int
    closed: tuple[str, ...]

    @property
    def place(self) -> str:
        """How the band is named between page and map: ``L4:right``."""
        return f"{self.level}:{self.side}"


def third_of(level: str) -> str:
    """Return the third in which a level lies."""
    return next(name for name, levels in THIRDS.items() if level in levels)


def bands(
    frame: Frame,
    third: str,
    *,
    sites: Iterable[PalpatedSite] = (),
    zones: Iterable[Zone] = (),
    words: Mapping[str, str] = ENGLISH,
) -> tuple[Band, ...]:
    """Return the bands of a third, top to bottom, left before right."""
    felt: dict[tuple[str, Side], PalpatedSite] = {}
    for site in sites:
        for side in (Side.LEFT, Side.RIGHT):
            if site.side in (side, Side.BOTH):
                felt[site.level, side] = site
    areas = [(zone_name(zone, words), area) for zone in zones for area in frame.areas(zone)]
    made = []
    for level in THIRDS[third]:
        for side in (Side.LEFT, Side.RIGHT):
            found = felt.get((level, side))
            closed = [name for name, area in areas if _closes(area, frame, level, side)]
            made.append(
                Band(
                    level,
                    side,
                    found.tension if found else 0,
                    found.tenderness if found else 0,
                    tuple(dict.fromkeys(closed)),
                )
            )
    return tuple(made)


def _closes(area: Disc | Rectangle, frame: Frame, level: str, side: Side) -> bool:
    """Whether an area touches the place beside a level where a cup would stand."""
    lateral, y = frame.site_mm(PalpatedSite(level, side, 0, 0))
    x = -lateral if side is Side.LEFT else lateral
    return area.distance(x, y) <= lateral / 2


def draw_map(
    frame: Frame,
    third: str,
    *,
    sites: Iterable[PalpatedSite] = (),
    zones: Iterable[Zone] = (),
    chosen: str = "",
    address: Callable[[str], str],
    title: str,
    words: Mapping[str, str] = ENGLISH,
    prefix: str = "map",
) -> str:
    """Return one third of the back as an SVG whose bands lead to ``address(place)``.

    The page has ``RULES`` as a style sheet. ``chosen`` is the place of the chosen band, empty =
    none. Left and right are the person's own and are written on the map.
    """
    shown_zones = tuple(dict.fromkeys(zones))
    made = bands(frame, third, sites=sites, zones=shown_zones, words=words)
    canvas = Canvas(fit(frame), frame, prefix)
    height = HEAD + BAND * len(THIRDS[third])
    closed = "".join(
        closed_area(canvas, area) for zone in shown_zones for area in frame.areas(zone)
    )
    box = f"{number(-HALF_WIDTH)} 0 {number(2 * HALF_WIDTH)} {number(height)}"
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="vb vm" viewBox="{box}" role="group" '
        f'aria-label="{text(title)}" data-third="{third}">',
        defs(canvas),
        f'<g transform="{_placed(frame, third)}">{body(canvas)}'
        f'<g class="vm-closed">{closed}</g></g>',
        _heads(words),
        "".join(_band(canvas, n, band, chosen, address, words) for n, band in enumerate(made)),
        _level_names(third, chosen),
        "</svg>",
    )
    return "".join(parts)


def _placed(frame: Frame, third: str) -> str:
    """The move from millimetres to the units of the map: levels onto the middles of bands."""
    levels = THIRDS[third]
    first, last = frame.level_mm(levels[0]), frame.level_mm(levels[-1])
    scale = BAND * (len(levels) - 1) / (last - first)
    off = [
        HEAD + BAND * (n + 0.5) - scale * frame.level_mm(level) for n, level in enumerate(levels)
    ]
    shift = (min(off) + max(off)) / 2  # the level that lies furthest off is as near as can be
    return f"translate(0 {number(shift)}) scale({scale:.4f})"


def _heads(words: Mapping[str, str]) -> str:
    x = (INNER + OUTER) / 2
    return "".join(
        f'<text class="vm-side" x="{number(at)}" y="14">{text(words[name])}</text>'
        for at, name in ((-x, "left"), (x, "right"))
    )


def _band(
    canvas: Canvas,
    index: int,
    band: Band,
    chosen: str,
    address: Callable[[str], str],
    words: Mapping[str, str],
) -> str:
    top = HEAD + BAND * (index // 2) + GAP / 2
    left = -OUTER if band.side is Side.LEFT else INNER
    width = OUTER - INNER
    at = f'x="{number(left)}" y="{number(top)}" width="{number(width)}" height="{BAND - GAP:g}"'
    fill = canvas.url(f"tension-{band.tension}") if band.tension else "none"
    is_chosen = band.place == chosen
    tender_x = left + (16 if band.side is Side.LEFT else width - 16)
    middle = top + (BAND - GAP) / 2
    hidden = "" if band.tenderness else ' visibility="hidden"'
    number_text = band.tension if band.tension else ""
    return (
        f'<a class="vm-band{" on" if is_chosen else ""}" href="{text(address(band.place))}" '
        f'data-place="{band.place}" aria-label="{text(said_of(band, words))}">'
        f'<rect class="vm-field" {at} rx="5"/><rect class="vm-felt" {at} rx="5" fill="{fill}"/>'
        f'<text class="vm-n" x="{number(left + width / 2)}" y="{number(middle + 6)}">'
        f"{number_text}</text>"
        f'<g class="vm-tender"{hidden}><circle class="vb-tender" cx="{number(tender_x)}" '
        f'cy="{number(middle)}" r="8"/><text class="vm-t" x="{number(tender_x)}" '
        f'y="{number(middle + 4)}">{band.tenderness or ""}</text></g></a>'
    )


def said_of(band: Band, words: Mapping[str, str] = ENGLISH) -> str:
    """Return a band in words: side, level, what was felt, what is closed."""
    parts = [f"{words[band.side.value]}, {band.level}"]
    if band.tension:
        parts.append(words[f"tension_{band.tension}"])
    if band.tenderness:
        parts.append(words["tenderness"].replace("{n}", str(band.tenderness)))
    parts += [words["is_closed"].replace("{what}", name.lower()) for name in band.closed]
    return ", ".join(parts)


def _level_names(third: str, chosen: str) -> str:
    level_chosen = chosen.partition(":")[0]
    return "".join(
        f'<text class="vm-level{" on" if level == level_chosen else ""}" data-level="{level}" '
        f'x="0" y="{number(HEAD + BAND * (n + 0.5) + 4)}">{level}</text>'
        for n, level in enumerate(THIRDS[third])
    )


def draw_where(frame: Frame, third: str) -> str:
    """Return a small whole back that shows where a third lies; it says nothing to a reader."""
    laid = fit(frame)
    half = laid.path(HALF_BODY)
    levels = THIRDS[third]
    top, bottom = frame.level_mm(levels[0]) - 16, frame.level_mm(levels[-1]) + 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="vm-where" aria-hidden="true" '
        f'viewBox="-262 {number(laid.y(-110))} 524 760"><path d="{half}"/>'
        f'<path transform="scale(-1 1)" d="{half}"/><rect x="-130" y="{number(top)}" width="260" '
        f'height="{number(bottom - top)}" rx="10"/></svg>'
    )
