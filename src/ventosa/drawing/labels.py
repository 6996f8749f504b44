"""Where the names on a drawing stand, so that none lies on another or on a cup."""

from collections.abc import Sequence
from dataclasses import dataclass

LETTER_MM = 10.4
LINE_MM = 19.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the drawing, mm."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """The shared area, mm²; 0 where the two lie apart."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)

    def outside(self, page: "Box") -> float:
        """The area that lies off the page, mm²."""
        return (self.right - self.left) * (self.bottom - self.top) - self.overlap(page)


@dataclass(frozen=True, slots=True)
class Label:
    """A name, centred at ``x`` with its baseline at ``y``."""

    text: str
    x: float
    y: float

    @property
    def box(self) -> Box:
        half = len(self.text) * LETTER_MM / 2
        return Box(self.x - half, self.y - LINE_MM + 4, self.x + half, self.y + 4)


def place(
    text: str, around: Box, taken: Sequence[Box], page: Box, *, inside: bool = False
) -> Label:
    """The label for an area: above it, else below, beside or further off, where least is hidden.

    A band carries its name ``inside``, as high as it is free there.
    """
    middle = (around.left + around.right) / 2
    half = len(text) * LETTER_MM / 2
    if inside:
        rows = int(max((around.bottom - around.top) // LINE_MM, 1))
        tries = [(middle, around.top + (row + 0.85) * LINE_MM) for row in range(rows)]
        tries += [
            (x, y)
            for _, y in list(tries)
            for x in (around.left + half + 6, around.right - half - 6)
        ]
    else:
        centre = (around.top + around.bottom) / 2 + 4
        tries = [
            (middle, around.top - 8),
            (middle, around.bottom + LINE_MM + 1),
            (around.right + half + 6, centre),
            (around.left - half - 6, centre),
            *((middle, around.top - 8 - LINE_MM * step) for step in (1, 2, 3)),
            *((middle, around.bottom + 1 + LINE_MM * step) for step in (2, 3, 4)),
        ]
    labels = [Label(text, x, y) for x, y in tries]
    return min(labels, key=lambda label: _hidden(label, taken, page))


def _hidden(label: Label, taken: Sequence[Box], page: Box) -> float:
    box = label.box
    return sum(box.overlap(other) for other in taken) + 4 * box.outside(page)
