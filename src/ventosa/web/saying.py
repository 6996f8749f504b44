"""What a device or a form sent becomes entries; who said them is not for the device to choose."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ventosa.assessing import Entry
from ventosa.record import InputError

TOLD = ("goal", "note", "onset_date")
"""Fields whose value is the text as it was typed; every other value is JSON."""

ANSWERS = ("fact:", "none:", "repeat:")
WHOLE = ("zones", "pain_now", "pain_week", "confirmed")
SETTLES = "settle:"
"""Before a field: one of the answers that stand side by side is taken, as JSON, whatever it is."""

GRADES = ("tension", "tenderness", "stiffness")


def entries_of_device(tree: Any, *, said: str) -> list[Entry]:
    """Return the entries that a device kept and now sends.

    Raises:
        KeyError, TypeError, ValueError: it is no list of entries.
    """
    return [
        Entry(
            key=str(one["key"])[:64],
            field=str(one["field"])[:60],
            value=one["value"],
            said=said,
            saw=str(one.get("saw", "")),
            note=str(one.get("note", ""))[:2000],
        )
        for one in tree["entries"]
    ]


def entries_of_form(typed: Mapping[str, str], *, said: str) -> list[Entry]:
    """Return the entries of a form that came without a script; what was left empty is not said.

    Raises:
        InputError: a field holds what cannot be read.
    """
    entries = []
    facts = {field for field, text in typed.items() if field.startswith("fact:") and text.strip()}
    values = {**_plain(typed), **_places(typed), **_zones(typed)}
    for field, text in typed.items():
        if field.startswith("note:") and text.strip() and field.removeprefix("note:") not in values:
            raise InputError(field.removeprefix("note:"), "has a note and no answer: give both")
    for field, value in values.items():
        if field.startswith("none:") and isinstance(value, list):
            value = [fact for fact in value if f"fact:{fact}" not in facts]
        entries.append(
            Entry(
                key=key_of(typed.get("key", ""), field),
                field=field[:60],
                value=value,
                said=said,
                saw=typed.get(f"saw:{field}", ""),
                note=typed.get(f"note:{field}", "").strip()[:2000],
            )
        )
    return entries


def key_of(submission: str, field: str) -> str:
    """Return the key of one field of a submission: the same form sent twice says it once."""
    return sha256(f"{submission} {field}".encode()).hexdigest()[:20]


def _plain(typed: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, text in typed.items():
        told = text.strip()
        if field in TOLD and (told or typed.get(f"saw:{field}")):
            values[field] = told or ("" if field != "onset_date" else None)
        elif (field.startswith((*ANSWERS, SETTLES)) or field in WHOLE) and told:
            try:
                values[field.removeprefix(SETTLES)] = json.loads(told)
            except ValueError:
                raise InputError(field, "is no number") from None
    return values


def _places(typed: Mapping[str, str]) -> dict[str, Any]:
    """One place of the map, or the two sides of a level."""
    if not typed.get("place"):
        return {}
    level, _, side = typed["place"].partition(":")
    sides = ("left", "right") if side == "both" else (side,)
    value: dict[str, Any] | None = None
    if "clear" not in typed:
        value = {name: _grade(typed.get(name, "")) for name in GRADES}
        value["movement"] = typed.get("movement", "").strip()
    return {f"site:{level}:{side}": value for side in sides}


def _grade(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) == 1 else 0


def _zones(typed: Mapping[str, str]) -> dict[str, Any]:
    """A skin finding beside those that were in sight."""
    if not typed.get("zone_kind"):
        return {}
    try:
        zone = {
            "kind": typed["zone_kind"],
            "side": typed["zone_side"],
            "level": typed["zone_level"],
            "lateral_mm": float(typed["zone_lateral"]),
            "radius_mm": float(typed["zone_radius"]),
        }
        return {"zones": [*json.loads(typed.get("zones_now", "[]")), zone]}
    except (KeyError, ValueError, TypeError):
        raise InputError(
            "zones", "a finding needs a kind, a level, a side and two lengths"
        ) from None
