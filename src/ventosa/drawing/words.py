"""What a drawing says in words: the labels on it, and its full text equivalent."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ventosa.geometry import SURGERY_HALF_WIDTH_MM, Frame
from ventosa.record import PalpatedSite, Placement, Zone
from ventosa.terms import TAIL_BONE, Side, ZoneKind

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "left": "Left",
        "right": "Right",
        "both": "both sides",
        "midline": "midline",
        "back_closed": "Whole back closed",
        "broken_skin": "Broken skin",
        "skin_infection": "Infected skin",
        "eczema": "Eczema",
        "scar": "Scar",
        "varicose_vein": "Varicose vein",
        "lesion": "Skin lesion",
        "suspicious_lesion": "Suspicious lesion",
        "herpes": "Herpes",
        "unfaded_mark": "Mark not faded",
        "surgery": "Operated",
        "injury": "Injury",
        "port": "Port",
        "irradiated_skin": "Irradiated skin",
        "oedema": "Oedema",
        "numb_area": "Numb area",
        "device": "Device",
        "no_go": "Closed",
        "tension_0": "no tension",
        "tension_1": "slight tension",
        "tension_2": "clear tension",
        "tension_3": "marked tension",
        "tenderness": "tenderness {n} of 3",
        "is_closed": "closed: {what}",
    }
)
"""Words on a drawing; a reader's language hands over a mapping with the same keys."""


def zone_name(zone: Zone, words: Mapping[str, str] = ENGLISH) -> str:
    """The short name of a closed zone, as it stands on the drawing."""
    if covers_back(zone):
        return words["back_closed"]
    return words[zone.kind.value]


def covers_back(zone: Zone) -> bool:
    """True for a band from C7 to S2 or the tail bone, over the full width of both sides."""
    return (
        zone.side is Side.BOTH
        and not _is_operated_strip(zone)
        and zone.from_level == "C7"
        and zone.to_level in ("S2", TAIL_BONE)
        and not zone.lateral_from_mm
        and (zone.lateral_to_mm is None or zone.lateral_to_mm >= 250)
    )


def sides(side: Side) -> tuple[Side, ...]:
    """The sides a word stands for: *both* is left and right."""
    return (Side.LEFT, Side.RIGHT) if side is Side.BOTH else (side,)


def describe_zone(zone: Zone, words: Mapping[str, str] = ENGLISH) -> str:
    """One closed zone in words: kind, where, how large."""
    side = _side(zone.side, words)
    name = words[zone.kind.value]
    if zone.is_disc:
        where = "" if not zone.lateral_mm else f", {zone.lateral_mm:.0f} mm from the midline"
        return f"{name} at {zone.level}, {side}{where}, radius {zone.radius_mm:.0f} mm"
    if covers_back(zone):
        return f"{words['back_closed']} ({name.lower()})"
    tail = "the tail bone" if zone.to_level == TAIL_BONE else str(zone.to_level)
    span = f"at {zone.from_level}"
    if zone.to_level != zone.from_level:
        span = f"from {zone.from_level} to {tail}"
    return f"{name} {span}, {side}, {_width(zone)}"


def describe_cup(number: int, cup: Placement, words: Mapping[str, str] = ENGLISH) -> str:
    """One cup in words: number, size, level, side and distance from the midline."""
    text = (
        f"cup {number}, {cup.inner_diameter_mm:g} mm inside, at {cup.level}, "
        f"{cup.lateral_mm:.0f} mm {_side(cup.side, words)} of the midline"
    )
    if cup.site:
        text += f", near {cup.site}"
    if cup.path:
        start, end = cup.path[0][1], cup.path[-1][1]
        text += f", moved from {start:.0f} to {end:.0f} mm below C7"
    return text


def describe_site(site: PalpatedSite, words: Mapping[str, str] = ENGLISH) -> str:
    """One felt place in words: level, side, tension and tenderness."""
    text = f"{words[f'tension_{site.tension}']} at {site.level}, {_side(site.side, words)}"
    return text + (f", tenderness {site.tenderness} of 3" if site.tenderness else "")


def describe_back(
    frame: Frame,
    *,
    sites: Iterable[PalpatedSite] = (),
    zones: Iterable[Zone] = (),
    placements: Iterable[Placement] = (),
    words: Mapping[str, str] = ENGLISH,
) -> str:
    """The full text equivalent of a drawn back: every cup, closed zone and felt place."""
    cups = [describe_cup(n, cup, words) for n, cup in enumerate(placements, start=1)]
    closed = [describe_zone(zone, words) for zone in dict.fromkeys(zones)]
    felt = [describe_site(site, words) for site in sites]
    return " ".join(
        (
            f"The back seen from behind, to scale, {frame.scale_mm:.0f} mm from C7 to S2.",
            f"Cups: {'; '.join(cups)}." if cups else "No cup.",
            f"Closed: {'; '.join(closed)}." if closed else "Nothing is closed on this drawing.",
            f"Felt: {'; '.join(felt)}." if felt else "No felt place is drawn.",
        )
    )


def _side(side: Side, words: Mapping[str, str]) -> str:
    return words[side.value].lower()


def _is_operated_strip(zone: Zone) -> bool:
    unbounded = zone.lateral_from_mm is None and zone.lateral_to_mm is None
    return zone.kind is ZoneKind.SURGERY and unbounded


def _width(zone: Zone) -> str:
    if _is_operated_strip(zone):
        return f"to {SURGERY_HALF_WIDTH_MM:.0f} mm on each side of the midline"
    low, high = zone.lateral_from_mm or 0, zone.lateral_to_mm
    if high is None:
        return f"from {low:.0f} mm to the flank" if low else "from the midline to the flank"
    return f"from {low:.0f} to {high:.0f} mm from the midline"
