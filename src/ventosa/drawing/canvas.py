"""The frame of a drawing and what every drawing of a back shares: the body, a closed area, text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from ventosa.drawing import anatomy
from ventosa.drawing.anatomy import Fit, number
from ventosa.drawing.labels import Box
from ventosa.drawing.style import DEFS
from ventosa.geometry import Disc, Frame, Rectangle

WIDE_MM = 150.0
MARGIN_MM = 32.0
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Canvas:
    """What every part of the drawing needs: the map, the frame, the prefix of its ids."""

    fit: Fit
    frame: Frame
    prefix: str

    @property
    def half_width(self) -> float:
        """Half the width of the whole drawing, mm."""
        return self.fit.x(anatomy.DRAWN_HALF_WIDTH_MM) + MARGIN_MM

    @property
    def page(self) -> Box:
        """The whole drawing, mm."""
        top, bottom = self.fit.y(anatomy.DRAWN_TOP_MM), self.fit.y(anatomy.DRAWN_BOTTOM_MM)
        return Box(-self.half_width, top, self.half_width, bottom)

    def url(self, name: str) -> str:
        """The reference to one of the shared definitions."""
        return f"url(#{self.prefix}-{name})"


def text(value: str) -> str:
    """User text, safe in an element: escaped, without characters that XML forbids."""
    return escape(_NOT_XML.sub("", value), {'"': "&quot;", "'": "&#39;"})


# --- the body -------------------------------------------------------------------------------


def defs(canvas: Canvas) -> str:
    """Return the definitions that a drawing refers to."""
    y, path, n = canvas.fit.y, canvas.fit.path, number
    half, page = canvas.fit.x(270), canvas.page
    return DEFS.format(
        p=canvas.prefix,
        body=path(anatomy.HALF_BODY),
        trunk=path(anatomy.HALF_TRUNK),
        arm_fade=path(anatomy.ARM_FADE),
        top=n(page.top - 4),
        bottom=n(page.bottom + 4),
        left=n(-half),
        width=n(2 * half),
        height=n(page.bottom - page.top + 8),
        fade_from=n(y(230)),
        fade_to=n(y(415)),
    )


def _mirrored(parts: str) -> str:
    return f'{parts}<g transform="scale(-1 1)">{parts}</g>'


def _strokes(canvas: Canvas, lines: Iterable[tuple[str, int, float]]) -> str:
    return "".join(
        f'<path d="{canvas.fit.path(d)}" stroke-width="{width}" opacity="{strength:g}"/>'
        for d, width, strength in lines
    )


def body(canvas: Canvas) -> str:
    """Return the drawn back, without anything that was found or done."""
    path = canvas.fit.path
    fine = "".join(
        f'<path d="{path(d)}" stroke-opacity="{strength:g}"/>' for d, strength in anatomy.FINE
    )
    x, y = anatomy.DIMPLE_MM
    fine += (
        f'<ellipse cx="{number(canvas.fit.x(x))}" cy="{number(canvas.fit.y(y))}" rx="6.5" ry="8" '
        'stroke-opacity=".45"/>'
    )
    shade = _strokes(canvas, anatomy.MIDLINE_SHADES) + _mirrored(_strokes(canvas, anatomy.SHADES))
    light = _mirrored(_strokes(canvas, anatomy.LIGHTS))
    outline = _mirrored("".join(f'<path d="{path(d)}"/>' for d in anatomy.OUTLINES))
    return (
        f'<g mask="{canvas.url("fade")}" aria-hidden="true">'
        f'<use href="#{canvas.prefix}-body" class="vb-skin"/>'
        f'<use href="#{canvas.prefix}-body" class="vb-skin" transform="scale(-1 1)"/>'
        f'<g clip-path="{canvas.url("body-clip")}">'
        f'<g class="vb-lo" filter="{canvas.url("soft")}">{shade}</g>'
        f'<g class="vb-hi" filter="{canvas.url("softer")}">{light}</g></g>'
        f'<g class="vb-fine">{_mirrored(fine)}<path d="{path(anatomy.SPINE)}" '
        'stroke-opacity=".34"/></g>'
        f'<g class="vb-out">{outline}<path d="{path(anatomy.GLUTEAL_CLEFT)}"/></g></g>'
    )


def closed_area(canvas: Canvas, area: Disc | Rectangle) -> str:
    """Return a closed area, hatched."""
    if isinstance(area, Disc):
        fill = canvas.url("closed")
        return (
            f'<circle class="vb-closed" cx="{number(area.x_mm)}" cy="{number(area.y_mm)}" '
            f'r="{number(area.radius_mm)}" fill="{fill}"/>'
        )
    tall = area.y_to_mm - area.y_from_mm
    fill = canvas.url("closed-wide" if tall > WIDE_MM else "closed")
    return (
        f'<g clip-path="{canvas.url("trunk-clip")}"><rect class="vb-closed" '
        f'x="{number(area.x_from_mm)}" y="{number(area.y_from_mm)}" '
        f'width="{number(area.x_to_mm - area.x_from_mm)}" '
        f'height="{number(tall)}" fill="{fill}"/></g>'
    )
