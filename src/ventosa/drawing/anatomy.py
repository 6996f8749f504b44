"""The lines of one neutral back, and the map that lays them on the frame of a person.

The lines were drawn once, in millimetres, for a back of 500 mm from C7 to S2 on which one
back-cun is 23.3 mm (a stature of 172 cm; Groenemeyer 2009 measured 35 mm for 1.5 cun). They are
editorial: they say where to look and decide nothing. ``Fit`` moves them onto a frame: down the
back piecewise through the twenty levels, sideways by the ratio of the back-cuns.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from ventosa.geometry import Frame

DRAWN_CUN_MM = 23.3
DRAWN_LEVELS_MM = {
    "C7": 0.0,
    "T1": 20.0,
    "T2": 42.0,
    "T3": 64.0,
    "T4": 87.0,
    "T5": 110.0,
    "T6": 133.0,
    "T7": 156.0,
    "T8": 179.0,
    "T9": 203.0,
    "T10": 228.0,
    "T11": 254.0,
    "T12": 282.0,
    "L1": 312.0,
    "L2": 344.0,
    "L3": 377.0,
    "L4": 411.0,
    "L5": 445.0,
    "S1": 474.0,
    "S2": 500.0,
}
DRAWN_TOP_MM = -100.0
DRAWN_BOTTOM_MM = 612.0
DRAWN_HALF_WIDTH_MM = 250.0

# One half each, the person's right; the other is its mirror image.
ARM = (
    "M48 -150C47 -118 47 -92 54 -68C62 -42 104 -22 150 -2C182 10 205 26 216 58"
    "C229 96 231 132 234 172C237 214 245 244 247 290C249 334 246 372 240 420"
)
ARM_INSIDE = "L194 420C196 372 196 326 193 284C190 246 182 214 179 184C177 160 181 140 186 116"
FLANK = (
    "M186 116C180 142 175 168 171 196C166 238 155 280 146 318C141 342 139 362 142 384"
    "C146 414 160 448 170 494C178 530 182 566 182 612C182 664 178 706 172 760"
)
CLEFT = "M3 704C9 716 12 736 12 760"
HALF_BODY = (
    ARM + ARM_INSIDE + FLANK.replace("M186 116", "") + "L12 760C12 736 9 716 3 704L0 704L0 -150Z"
)
HALF_TRUNK = (
    "M48 -150C47 -118 47 -92 54 -68C62 -42 104 -22 150 -2C182 10 205 26 216 58"
    "C210 84 199 103 186 116" + FLANK.replace("M186 116", "") + "L0 760L0 -150Z"
)
ARM_FADE = "M186 116C181 150 183 184 186 210L191 300L191 430L270 430L270 200Z"
OUTLINES = (
    ARM,
    "M186 116C181 140 177 160 179 184C182 214 190 246 193 284C196 326 196 372 194 420",
    FLANK,
    CLEFT,
)
SPINE = "M0 12L0 462"
GLUTEAL_CLEFT = "M0 566C1.2 604 -1.2 656 0 706"
FINE = (
    ("M71 48C63 78 64 118 79 152C84 163 95 163 104 152C112 142 118 132 124 118", 0.55),
    ("M72 70C104 66 142 50 182 30", 0.42),
    ("M206 66C203 88 197 104 186 116", 0.5),
    ("M24 -128C23 -96 24 -64 17 -26", 0.28),
    ("M168 206C150 262 112 320 64 372", 0.2),
    ("M4 286C28 230 52 176 80 120", 0.16),
    ("M61 262C69 320 70 384 52 452", 0.26),
    ("M147 424C132 408 110 403 92 415C70 431 56 462 46 491", 0.34),
    ("M40 512C30 532 16 550 4 562", 0.26),
    ("M4 708C30 727 86 728 132 700", 0.62),
)
"""Scapula, its spine, armpit, nape, latissimus, trapezius, erector edge, crest, sacrum, fold:
the line and its strength."""
SHADES = (
    (ARM, 30, 0.5),
    (FLANK, 38, 0.5),
    ("M4 712C30 731 86 732 134 704", 22, 0.5),
    ("M70 60C64 92 66 124 82 156C92 168 104 156 118 134", 13, 0.42),
    ("M182 30C140 54 100 70 76 74", 11, 0.26),
    ("M45 498L45 506", 16, 0.45),
    ("M147 424C132 408 110 403 92 415", 12, 0.2),
    ("M72 270C82 330 80 384 60 440", 12, 0.2),
    ("M205 70C203 92 197 106 184 120", 14, 0.4),
)
MIDLINE_SHADES = (("M0 30L0 470", 17, 0.5), ("M0 566L0 706", 20, 0.6))
LIGHTS = (
    ("M36 180C42 260 44 330 38 430", 30, 0.8),
    ("M112 84C112 110 106 128 100 142", 34, 0.7),
    ("M96 590C104 610 104 630 98 652", 70, 0.6),
    ("M196 60C208 96 212 130 214 170", 18, 0.55),
)
DIMPLE_MM = (45.0, 500.0)

_TOKEN = re.compile(r"[MCLZ]|-?\d+(?:\.\d+)?")


def number(value: float) -> str:
    """A length in mm as an SVG number: two decimals at most, no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@dataclass(frozen=True, slots=True)
class Fit:
    """The map from the drawn lines to a frame."""

    knots: tuple[tuple[float, float], ...]
    across: float
    along: float

    def x(self, drawn_mm: float) -> float:
        """The place across the back in the frame, mm."""
        return drawn_mm * self.across

    def y(self, drawn_mm: float) -> float:
        """The place down the back in the frame, mm; straight on beyond C7 and S2."""
        drawn = [knot[0] for knot in self.knots]
        if drawn_mm <= drawn[0]:
            return self.knots[0][1] + (drawn_mm - drawn[0]) * self.along
        if drawn_mm >= drawn[-1]:
            return self.knots[-1][1] + (drawn_mm - drawn[-1]) * self.along
        index = bisect_right(drawn, drawn_mm)
        (a, at_a), (b, at_b) = self.knots[index - 1], self.knots[index]
        return at_a + (at_b - at_a) * (drawn_mm - a) / (b - a)

    def path(self, drawn: str) -> str:
        """The line in the frame; control points move with the points they belong to."""
        out: list[str] = []
        across = True
        for token in _TOKEN.findall(drawn):
            if token.isalpha():
                out.append(token)
                across = True
                continue
            value = self.x(float(token)) if across else self.y(float(token))
            out.append(("" if across and out and out[-1].isalpha() else " ") + number(value))
            across = not across
        return "".join(out)


def fit(frame: Frame) -> Fit:
    """The map that puts each drawn level on the level of the frame."""
    knots = tuple((y, frame.level_mm(level)) for level, y in DRAWN_LEVELS_MM.items())
    return Fit(
        knots=knots,
        across=frame.cun_mm / DRAWN_CUN_MM,
        along=frame.scale_mm / DRAWN_LEVELS_MM["S2"],
    )
