"""The course of a pain as a chart: before and after each session, 0 to 10."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ventosa.drawing.canvas import text

WIDE, HIGH = 480.0, 170.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 12.0, 12.0, 26.0
MOST = 10

STYLE = (
    "<style>.vc text{font:11px system-ui,'Noto Sans',sans-serif;fill:var(--ink2,#464C51)}"
    ".vc-grid{stroke:var(--line,#DDD9D0);stroke-width:1}"
    ".vc-line{fill:none;stroke:var(--accent,#0F5A60);stroke-width:2}"
    ".vc-before{fill:var(--accent,#0F5A60)}"
    ".vc-after{fill:var(--surface,#FFFFFF);stroke:var(--accent,#0F5A60);stroke-width:2}</style>"
)


@dataclass(frozen=True, slots=True)
class PainPoint:
    """The pain of one session; ``None`` = not asked."""

    on: date
    before: int | None
    after: int | None


def draw_course(points: Sequence[PainPoint], *, title: str) -> str:
    """Return a standalone SVG of the pain over sessions, by day; empty where nothing was asked.

    A full dot is before a session, an open one after it. What was not asked leaves a gap in dots
    and none in the line, which joins the values before.
    """
    points = sorted((p for p in points if (p.before, p.after) != (None, None)), key=_day)
    if not points:
        return ""
    first, last = points[0].on, points[-1].on
    line = [
        f"{_x(p.on, first, last):.1f},{_y(p.before):.1f}" for p in points if p.before is not None
    ]
    said = "; ".join(_said(p) for p in points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="vc" viewBox="0 0 {WIDE:g} {HIGH:g}" '
        f'role="img"><title>{text(title)}</title><desc>{text(said)}</desc>{STYLE}',
        *(_grid(level) for level in range(0, MOST + 1, 2)),
        f'<polyline class="vc-line" points="{" ".join(line)}"/>',
        *(_dots(p, _x(p.on, first, last)) for p in points),
        _label(first, LEFT, "start"),
        _label(last, WIDE - RIGHT, "end") if last != first else "",
        "</svg>",
    ]
    return "".join(parts)


def _day(point: PainPoint) -> date:
    return point.on


def _x(on: date, first: date, last: date) -> float:
    span = max((last - first).days, 1)
    return LEFT + (WIDE - LEFT - RIGHT) * (on - first).days / span


def _y(value: int) -> float:
    return TOP + (HIGH - TOP - BOTTOM) * (1 - value / MOST)


def _grid(level: int) -> str:
    y = _y(level)
    return (
        f'<line class="vc-grid" x1="{LEFT:g}" x2="{WIDE - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{level}</text>'
    )


def _dots(point: PainPoint, x: float) -> str:
    dots = ""
    for name, value in (("before", point.before), ("after", point.after)):
        if value is not None:
            dots += f'<circle class="vc-{name}" cx="{x:.1f}" cy="{_y(value):.1f}" r="4"/>'
    return dots


def _label(on: date, x: float, anchor: str) -> str:
    return f'<text x="{x:g}" y="{HIGH - 8:g}" text-anchor="{anchor}">{on.isoformat()}</text>'


def _said(point: PainPoint) -> str:
    words = [point.on.isoformat()]
    if point.before is not None:
        words.append(f"{point.before} before")
    if point.after is not None:
        words.append(f"{point.after} after")
    return " ".join(words)
