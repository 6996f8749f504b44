"""A small picture of cost against size, both logarithmic, written by hand as SVG."""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 640, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 60
COLOURS = ("#0b5394", "#38761d", "#b45f06", "#741b47")
UNITS = ((1e6, "M"), (1e3, "k"), (1, ""))

Points = Sequence[tuple[float, float]]
"""Pairs of people and seconds."""


def picture(title: str, series: Mapping[str, Points]) -> str:
    """Return the picture of up to four series; dashed is what grows linearly from the first."""
    points = [point for one in series.values() for point in one]
    scale = _Scale(points)
    parts = [_text(WIDTH / 2, 22, title, size=15), *scale.grid()]
    for place, (name, one) in enumerate(series.items()):
        colour, y = COLOURS[place], TOP + 20 * (len(series) - place)
        parts += _line(scale, one, colour)
        parts.append(_text(LEFT + 12, y, name, anchor="start", colour=colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" role="img" aria-label="{escape(title)}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


class _Scale:
    """From people and seconds to a place in the picture, whole powers of ten at the edges."""

    def __init__(self, points: Points) -> None:
        people, seconds = (
            [log10(value) for value in values] for values in zip(*points, strict=True)
        )
        self.x0, self.x1 = floor(min(people)), ceil(max(people))
        self.y0, self.y1 = floor(min(seconds)), ceil(max(seconds))

    def at(self, people: float, seconds: float) -> tuple[float, float]:
        across = (log10(people) - self.x0) / (self.x1 - self.x0)
        up = (log10(seconds) - self.y0) / (self.y1 - self.y0)
        x = LEFT + across * (WIDTH - LEFT - RIGHT)
        return round(x, 1), round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM), 1)

    def grid(self) -> list[str]:
        parts = []
        for power in range(self.x0, self.x1 + 1):
            x, y = self.at(10**power, 10**self.y0)
            parts.append(_rule(x, y, x, TOP))
            parts.append(_text(x, y + 20, _short(10**power)))
        for power in range(self.y0, self.y1 + 1):
            x, y = self.at(10**self.x0, 10**power)
            parts.append(_rule(x, y, WIDTH - RIGHT, y))
            parts.append(_text(x - 8, y + 4, f"{10**power:g}", anchor="end"))
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(_text(middle, HEIGHT - 16, "people"))
        parts.append(_text(LEFT - 8, TOP - 8, "seconds", anchor="end"))
        return parts


def _line(scale: _Scale, points: Points, colour: str) -> list[str]:
    """The measured points, and dashed what they would be if each person cost as at the first."""
    (people, seconds), (most, _) = points[0], points[-1]
    linear = ((people, seconds), (most, seconds * most / people))
    marks = [scale.at(*point) for point in points]
    dots = [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in marks]
    return [
        _path([scale.at(*point) for point in linear], f'stroke="{colour}" stroke-dasharray="3 4"'),
        _path(marks, f'stroke="{colour}" stroke-width="2"'),
        *dots,
    ]


def _path(places: Sequence[tuple[float, float]], how: str) -> str:
    text = " ".join(f"{x},{y}" for x, y in places)
    return f'<polyline points="{text}" fill="none" {how}/>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#dddddd"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    colour: str = "#222222",
    size: int = 13,
) -> str:
    place = f'x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-size="{size}"'
    return f"<text {place}>{escape(text)}</text>"


def _short(number: float) -> str:
    """A whole power of ten as people say it."""
    unit, letter = next((unit, letter) for unit, letter in UNITS if number >= unit)
    return f"{number / unit:g} {letter}".strip()
