"""What a person types on one line becomes a value: numbers picked, a finding, a palpated site."""

from ventosa.record import InputError, PalpatedSite, Zone
from ventosa.terms import Side, ZoneKind


def picked_from(line: str, count: int) -> tuple[set[int], set[int]] | None:
    """Return the numbers that are yes and those not sure (``2 5 ?7``); ``None`` = not readable."""
    yes: set[int] = set()
    unsure: set[int] = set()
    for word in line.replace(",", " ").split():
        number = word.removeprefix("?")
        if not number.isdecimal() or len(number) > 3 or not 1 <= int(number) <= count:
            return None
        (unsure if word.startswith("?") else yes).add(int(number))
    return (yes, unsure) if yes or unsure else None


def zone_from(line: str) -> Zone:
    """Return the zone of a line such as ``scar left L3 40 15`` or ``surgery both L4-S1``.

    Raises:
        InputError: the line is not a zone.
    """
    words = line.split()
    form = "write kind, side, level, mm from midline, radius; or kind, side, L4-S1"
    try:
        kind, side = ZoneKind(words[0]), Side(words[1])
        numbers = [float(word) for word in words[3:]]
        place = words[2].upper()
    except (ValueError, IndexError):
        raise InputError("", form) from None
    if "-" in place and len(numbers) <= 2:
        first, _, last = place.partition("-")
        low, high = (*numbers, None, None)[:2]
        return Zone(
            kind,
            side,
            from_level=first,
            to_level=last,
            lateral_from_mm=low,
            lateral_to_mm=high,
        )
    if len(numbers) != 2:
        raise InputError("", form)
    return Zone(kind, side, level=place, lateral_mm=numbers[0], radius_mm=numbers[1])


def site_from(line: str) -> PalpatedSite:
    """Return the palpated site of a line such as ``L4 both 2 1`` or ``T7 left 1 0 45``.

    Raises:
        InputError: the line is not a palpated site.
    """
    words = line.split()
    try:
        if len(words) > 5:
            raise ValueError
        level, side = words[0].upper(), Side(words[1])
        tension, tenderness = int(words[2]), int(words[3])
        lateral = float(words[4]) if len(words) > 4 else None
    except (ValueError, IndexError):
        raise InputError("", "write level, side, tension 0-3, tenderness 0-3") from None
    return PalpatedSite(level, side, tension, tenderness, lateral)
