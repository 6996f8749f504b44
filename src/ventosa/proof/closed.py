"""Closed bands of two versions made comparable: the back in small cells that each closes or not.

A band that moved by one level is neither the old one nor a new one: what matters is which places
it covers. A cell is a level, a side and a span between two lateral bounds that either version uses.
"""

from collections.abc import Iterable
from itertools import pairwise

from ventosa.geometry import FLANK_MM
from ventosa.proof.outcome import Outcome
from ventosa.proof.person import Bool, any_of
from ventosa.record import Zone
from ventosa.terms import LEVELS, TAIL_BONE, Side, ZoneKind

Cell = tuple[str, Side, float, float]
"""Level, side, and the lateral span in mm."""


def bands_of(outcome: Outcome) -> tuple[Zone, ...]:
    """Return every place that a rule of this knowledge closes by itself."""
    return tuple(zone for zone in outcome.table.zones if isinstance(zone, Zone))


class Cells:
    """The cells that the bands of some versions cut the back into; a disc is a cell by itself."""

    def __init__(self, bands: Iterable[Zone]) -> None:
        self.bands = tuple(dict.fromkeys(bands))
        ends = {0.0, FLANK_MM}
        for band in self.bands:
            if not band.is_disc:
                ends |= set(_span(band))
        self.spans = tuple(pairwise(sorted(ends)))
        self.discs = tuple(band for band in self.bands if band.is_disc)

    def at(self, level: str) -> list[Cell | Zone]:
        """Return the cells at a level."""
        cells: list[Cell | Zone] = [
            (level, side, low, high) for side in (Side.LEFT, Side.RIGHT) for low, high in self.spans
        ]
        return cells + [disc for disc in self.discs if disc.level == level]

    def closed(self, outcome: Outcome, cell: Cell | Zone) -> Bool:
        """Return whether a cell is closed to somebody."""
        return any_of(
            [
                stands
                for zone, stands in outcome.tight.items()
                if isinstance(zone, Zone) and _covers(zone, cell)
            ]
        )


def _covers(zone: Zone, cell: Cell | Zone) -> bool:
    if isinstance(cell, Zone) or zone.is_disc:
        return zone == cell
    level, side, low, high = cell
    levels = (*LEVELS, TAIL_BONE)
    first, last = levels.index(str(zone.from_level)), levels.index(str(zone.to_level))
    from_mm, to_mm = _span(zone)
    return (
        first <= levels.index(level) <= last
        and zone.side in (side, Side.BOTH, Side.MIDLINE)
        and from_mm <= low
        and high <= to_mm
    )


def _span(zone: Zone) -> tuple[float, float]:
    assert zone.kind is ZoneKind.NO_GO or zone.lateral_to_mm is not None
    low = 0.0 if zone.lateral_from_mm is None else zone.lateral_from_mm
    return low, FLANK_MM if zone.lateral_to_mm is None else zone.lateral_to_mm
