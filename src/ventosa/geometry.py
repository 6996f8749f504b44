"""The frame of the back: where a level lies, how wide the muscle is, how far a zone is away.

Lengths are millimetres along the skin: ``y`` down from the C7 spinous tip, lateral distance from
the midline; where a sign is needed, ``x`` is positive on the person's right. Every number says
what it is: SRC was read in a source, DER is arithmetic on such numbers, ED is editorial (decided
by the project). Sources: ``knowledge/geometry/README.md``.
"""

import csv
import io
import math
from dataclasses import dataclass
from itertools import pairwise

from ventosa.record import InputError, KnowledgeError, PalpatedSite, Zone
from ventosa.terms import LEVELS, TAIL_BONE, Side, ZoneKind

LEVELS_FILE = "geometry/levels.csv"

SITE_CUN = 1.5  # SRC: the inner bladder line
SCAPULA_CUN = 3.0  # SRC, spread 30-80 mm: medial border of the scapula
SCAPULA_LEVELS = ("T2", "T7")  # SRC: interscapular strip
CUN_OF_HEIGHT = 0.01357  # DER: BL25 at 35 mm by CT, cohort height 172 cm ED
LEVEL_ERROR_MM = 16.0  # DER: 3 % of D, from the confidence intervals of Ernst 2013
ESTIMATE_ERROR = 0.053  # DER: standard error of D from height and sex, as a share of D
ESTIMATE_ERROR_SEX_UNKNOWN = 33 / 521  # DER: the same, sex not known
NO_HEIGHT_ERROR_MM = 35.0  # SRC: spread of D between 22 people, Ernst 2013
SURGERY_HALF_WIDTH_MM = 40.0  # ED
FLANK_MM = 300.0  # ED: far beyond the drawn back, so a band without bound reaches the flank
TAIL_BONE_BELOW_S2_MM = 60.0  # ED, from the foramina S2-S4 (48 mm apart on the drawn back)
NECK_BASE_MM = -45.0  # ED: how far a band that starts at C7 reaches up

_D_OF_HEIGHT = {  # DER: D = a * height + b, both mm
    "female": (0.2441, 80.9),
    "male": (0.2611, 86.4),
    "other": ((0.2441 + 0.2611) / 2, (80.9 + 86.4) / 2),
}
_REFERENCE_HEIGHT_CM = {"female": 168.0, "male": 178.0, "other": 173.0}  # ED


def _check(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise InputError(name, f"must lie between {low:g} and {high:g}, not {value:g}")


@dataclass(frozen=True, slots=True)
class Level:
    """One row of the level table: ``u`` is the share of D, ``es_lateral_cun`` the muscle edge."""

    name: str
    u: float
    es_lateral_cun: float
    basis: str


@dataclass(frozen=True, slots=True)
class Disc:
    """A closed disc on the back; ``x_mm`` is positive on the person's right."""

    x_mm: float
    y_mm: float
    radius_mm: float

    def distance(self, x_mm: float, y_mm: float) -> float:
        """The distance in mm from a point, 0 inside."""
        return max(0.0, math.hypot(x_mm - self.x_mm, y_mm - self.y_mm) - self.radius_mm)


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A closed band on the back; ``x`` is positive on the person's right."""

    x_from_mm: float
    x_to_mm: float
    y_from_mm: float
    y_to_mm: float

    def distance(self, x_mm: float, y_mm: float) -> float:
        """The distance in mm from a point, 0 inside."""
        dx = max(self.x_from_mm - x_mm, 0.0, x_mm - self.x_to_mm)
        dy = max(self.y_from_mm - y_mm, 0.0, y_mm - self.y_to_mm)
        return math.hypot(dx, dy)


@dataclass(frozen=True, slots=True)
class Margins:
    """How far a cup keeps away from what; all mm, all ED (the clinic decides).

    ``rim_mm`` is the width of a cup's wall: outer radius = inner radius + rim. The others hold
    from the outer edge, ``overhang_mm`` from the opening. ``fade_mm``: how far beyond the opening
    the cover of a site falls to nothing. ``grid_mm``: the steps in which places are tried; a level
    is known to 16 mm, so finer would be false precision.
    """

    rim_mm: float = 3.0
    midline_mm: float = 10.0
    zone_mm: float = 10.0
    psis_mm: float = 10.0
    overhang_mm: float = 5.0
    fade_mm: float = 20.0
    grid_mm: float = 5.0

    def __post_init__(self) -> None:
        for name in ("rim_mm", "midline_mm", "zone_mm", "psis_mm", "overhang_mm"):
            _check(name, getattr(self, name), 0, 100)
        _check("fade_mm", self.fade_mm, 1, 100)
        _check("grid_mm", self.grid_mm, 1, 50)


USUAL_MARGINS = Margins()


@dataclass(frozen=True, slots=True)
class Frame:
    """The back of one person.

    ``scale_mm`` is D, from C7 to the PSIS line; ``cun_mm`` one back-cun; ``error_mm`` how far a
    level may be off (one standard deviation); ``origin`` says where D came from.
    """

    scale_mm: float
    cun_mm: float
    error_mm: float
    origin: str
    levels: tuple[Level, ...]

    def level_mm(self, level: str) -> float:
        """The ``y`` of the middle of the spinous tip of a level."""
        if level == TAIL_BONE:
            return self.scale_mm + TAIL_BONE_BELOW_S2_MM
        for row in self.levels:
            if row.name == level:
                return row.u * self.scale_mm
        raise InputError("level", f"{level!r} is not a level of the back")

    def nearest_level(self, y_mm: float) -> str:
        """The level whose spinous tip lies nearest; the upper one of two equally near."""
        return min(self.levels, key=lambda row: abs(row.u * self.scale_mm - y_mm)).name

    def edge_line(self) -> tuple[tuple[float, float], ...]:
        """The lateral limit as (lateral_mm, y_mm) points from top to bottom.

        It runs along the erector edge, and along the scapular border between T2 and T7; at those
        two levels it steps sideways.
        """
        border = SCAPULA_CUN * self.cun_mm
        top, bottom = SCAPULA_LEVELS
        line: list[tuple[float, float]] = []
        for row in self.levels:
            y, erector = row.u * self.scale_mm, row.es_lateral_cun * self.cun_mm
            if row.name == top:
                line += [(erector, y), (border, y)]
            elif row.name == bottom:
                line += [(border, y), (erector, y)]
            elif not self.level_mm(top) < y < self.level_mm(bottom):
                line.append((erector, y))
        return tuple(line)

    def edge_mm(self, y_mm: float) -> float:
        """The lateral limit at a height: scapular border at T2-T7, else the erector edge.

        Above C7 and below S2 the value there holds on.
        """
        top, bottom = SCAPULA_LEVELS
        if self.level_mm(top) <= y_mm <= self.level_mm(bottom):
            return SCAPULA_CUN * self.cun_mm
        rows = [(row.u * self.scale_mm, row.es_lateral_cun * self.cun_mm) for row in self.levels]
        if y_mm <= rows[0][0]:
            return rows[0][1]
        for (y0, edge0), (y1, edge1) in pairwise(rows):
            if y_mm <= y1:
                return edge0 + (edge1 - edge0) * (y_mm - y0) / (y1 - y0)
        return rows[-1][1]

    def site_mm(self, site: PalpatedSite) -> tuple[float, float]:
        """The place of a palpated site as (lateral_mm, y_mm)."""
        lateral = SITE_CUN * self.cun_mm if site.lateral_mm is None else site.lateral_mm
        return lateral, self.level_mm(site.level)

    def areas(self, zone: Zone) -> tuple[Disc | Rectangle, ...]:
        """The closed areas of a zone; a zone on ``both`` or ``midline`` counts on both sides."""
        if zone.level is not None and zone.lateral_mm is not None and zone.radius_mm is not None:
            y = self.level_mm(zone.level)
            xs = {sign * zone.lateral_mm for sign in _signs(zone.side)}
            return tuple(Disc(x, y, zone.radius_mm) for x in sorted(xs))
        y_from, y_to = self._band_mm(str(zone.from_level), str(zone.to_level))
        spans = _spans(zone)
        return tuple(Rectangle(x_from, x_to, y_from, y_to) for x_from, x_to in spans)

    def distance_to_zone(self, side: Side, lateral_mm: float, y_mm: float, zone: Zone) -> float:
        """The distance in mm from a point on one side to the closed area of a zone, 0 inside."""
        x = signed(side, lateral_mm)
        return min(area.distance(x, y_mm) for area in self.areas(zone))

    def _band_mm(self, from_level: str, to_level: str) -> tuple[float, float]:
        """A band reaches half-way to the level above its first and below its last level."""
        names = [row.name for row in self.levels]
        first, upper = names.index(from_level), self.level_mm(from_level)
        y_from = NECK_BASE_MM if first == 0 else (upper + self.level_mm(names[first - 1])) / 2
        if to_level == TAIL_BONE:
            return y_from, self.level_mm(TAIL_BONE)
        lower, after = self.level_mm(to_level), names.index(to_level) + 1
        # S3 is not in the table: half of the way to it is taken as half of the last pitch (ED).
        pitch = (
            self.level_mm(names[after]) - lower
            if after < len(names)
            else lower - self.level_mm(names[-2])
        )
        return y_from, lower + pitch / 2


def frame_for(
    sex: str | None,
    height_cm: float | None,
    back_length_mm: float | None,
    levels: tuple[Level, ...],
) -> Frame:
    """The frame of a back from what is known of the person; ``None`` = not known.

    A measured back length wins over an estimate. Raises ``InputError`` for a height outside
    100-230 cm or a back length outside 300-750 mm.
    """
    _check("height_cm", height_cm, 100, 230)
    _check("back_length_mm", back_length_mm, 300, 750)
    known_sex = sex if sex in ("female", "male") else None
    group = known_sex or "other"
    height = _REFERENCE_HEIGHT_CM[group] if height_cm is None else height_cm
    slope, offset = _D_OF_HEIGHT[group]
    scale = slope * height * 10 + offset if back_length_mm is None else back_length_mm
    if back_length_mm is not None:
        error = LEVEL_ERROR_MM
    elif height_cm is None:
        error = NO_HEIGHT_ERROR_MM
    else:
        error = scale * (ESTIMATE_ERROR if known_sex else ESTIMATE_ERROR_SEX_UNKNOWN)
    return Frame(
        scale_mm=scale,
        cun_mm=CUN_OF_HEIGHT * height * 10,
        error_mm=error,
        origin=_origin(known_sex, height_cm, back_length_mm, height),
        levels=levels,
    )


def parse_levels(text: str) -> tuple[Level, ...]:
    """The levels of the shipped table, from its text (CSV); every level C7 to S2 in order.

    Raises ``KnowledgeError`` naming the row that cannot be used.
    """
    levels: list[Level] = []
    for row in csv.DictReader(io.StringIO(text)):
        name = str(row.get("level"))
        try:
            level = Level(name, float(row["u"]), float(row["es_lateral_cun"]), row["basis"] or "")
        except (KeyError, TypeError, ValueError) as error:
            raise KnowledgeError(LEVELS_FILE, name, "a column is missing or no number") from error
        if not (0 <= level.u <= 1 and 0 < level.es_lateral_cun <= 6):
            raise KnowledgeError(LEVELS_FILE, name, "u lies in 0-1, the edge in 0-6 cun")
        if levels and level.u <= levels[-1].u:
            raise KnowledgeError(LEVELS_FILE, name, "lies above the level before it")
        levels.append(level)
    if tuple(level.name for level in levels) != LEVELS:
        raise KnowledgeError(LEVELS_FILE, "level", "must list C7 to S2 in order, once each")
    if levels[0].u != 0 or levels[-1].u != 1:
        raise KnowledgeError(LEVELS_FILE, "u", "runs from 0 at C7 to 1 at S2")
    return tuple(levels)


def signed(side: Side, lateral_mm: float) -> float:
    """The ``x`` of a lateral distance on one side: positive on the person's right."""
    if side not in (Side.LEFT, Side.RIGHT):
        raise InputError("side", "a point lies on the left or on the right")
    return -lateral_mm if side is Side.LEFT else lateral_mm


def _signs(side: Side) -> tuple[int, ...]:
    return {Side.LEFT: (-1,), Side.RIGHT: (1,)}.get(side, (-1, 1))


def _spans(zone: Zone) -> tuple[tuple[float, float], ...]:
    """The lateral spans of a band, as signed (x_from, x_to)."""
    unbounded = zone.lateral_from_mm is None and zone.lateral_to_mm is None
    if zone.kind is ZoneKind.SURGERY and unbounded:
        return ((-SURGERY_HALF_WIDTH_MM, SURGERY_HALF_WIDTH_MM),)
    low = 0.0 if zone.lateral_from_mm is None else zone.lateral_from_mm
    high = FLANK_MM if zone.lateral_to_mm is None else zone.lateral_to_mm
    if zone.side is Side.LEFT:
        return ((-high, -low),)
    if zone.side is Side.RIGHT:
        return ((low, high),)
    return ((-high, high),) if low == 0 else ((-high, -low), (low, high))


def _origin(
    sex: str | None, height_cm: float | None, back_length_mm: float | None, height: float
) -> str:
    who = {"female": "a woman", "male": "a man"}.get(sex or "", "an adult whose sex is not known")
    if height_cm is None:
        stature = f"the reference height of {who}, {height:g} cm, because no height is known"
    else:
        stature = f"the height of {who}, {height:g} cm"
    if back_length_mm is not None:
        return (
            f"Back length measured along the skin from C7 to the PSIS line: {back_length_mm:g} mm; "
            f"widths from {stature}."
        )
    return f"Back length and widths estimated from {stature}; a tape measure would be nearer."
