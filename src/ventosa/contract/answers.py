"""Answers as JSON become values: a closed schema, every error with its path.

Shape: ``docs/schemas/answers.schema.json``. Every key is optional; an unknown one is an error.
"""

import json
import math
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, NoReturn

import msgspec

from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import Boolean, Choice, Number
from ventosa.record import (
    EVERY_TECHNIQUE_BUT_FIRE_AND_WET,
    Answers,
    Clearance,
    Complaint,
    Cup,
    InputError,
    Interval,
    PalpatedSite,
    Value,
    Zone,
)
from ventosa.terms import CupKind, Material, Side, Technique, ZoneKind

SCHEMA = "ventosa/answers/1"
MAX_BYTES = 1_000_000
"""Largest answers file; a full interview is about 5 kB."""


class _Zone(msgspec.Struct, forbid_unknown_fields=True):
    kind: ZoneKind
    side: Side
    level: str | None = None
    lateral_mm: float | None = None
    radius_mm: float | None = None
    from_level: str | None = None
    to_level: str | None = None
    lateral_from_mm: float | None = None
    lateral_to_mm: float | None = None


class _Clearance(msgspec.Struct, forbid_unknown_fields=True):
    covers: str
    by: str
    on: date
    until: date | None = None
    techniques: list[Technique] | None = None


class _Site(msgspec.Struct, forbid_unknown_fields=True):
    level: str
    side: Literal["left", "right", "both"]
    tension: int = 0
    tenderness: int = 0
    lateral_mm: float | None = None


class _Complaint(msgspec.Struct, forbid_unknown_fields=True):
    pain_now: int | None = None
    pain_week: int | None = None
    onset_date: date | None = None
    goal: str | None = None
    sites: list[_Site] = []


class _Practitioner(msgspec.Struct, forbid_unknown_fields=True):
    techniques: list[Technique] | None = None


class _Cup(msgspec.Struct, forbid_unknown_fields=True):
    kind: CupKind
    material: Material
    inner_diameter_mm: float
    count: int


class AnswersJson(msgspec.Struct, forbid_unknown_fields=True):
    """The closed schema of an answers file."""

    schema: Literal["ventosa/answers/1"] = SCHEMA  # type: ignore[assignment]
    answered_on: date | None = None
    facts: dict[str, Any] = {}
    zones: list[_Zone] | None = None
    clearances: list[_Clearance] = []
    complaint: _Complaint | None = None
    practitioner: _Practitioner | None = None
    cups: list[_Cup] | None = None


def read_answers(data: bytes, knowledge: Knowledge) -> Answers:
    """Return the answers of a JSON text.

    Raises:
        InputError: names the path in the JSON and what is wrong there.
    """
    raw = _closed(data)
    facts = {key: _fact(key, value, knowledge) for key, value in raw.facts.items()}
    techniques = raw.practitioner.techniques if raw.practitioner else None
    return Answers(
        answered_on=raw.answered_on,
        facts=MappingProxyType(facts),
        zones=None if raw.zones is None else tuple(_each("zones", raw.zones, _zone)),
        clearances=tuple(_clearance(entry) for entry in raw.clearances),
        complaint=None if raw.complaint is None else _complaint(raw.complaint),
        techniques=EVERY_TECHNIQUE_BUT_FIRE_AND_WET if techniques is None else tuple(techniques),
        cups=None if raw.cups is None else tuple(_each("cups", raw.cups, _cup)),
    )


def _closed(data: bytes) -> AnswersJson:
    if len(data) > MAX_BYTES:
        raise InputError("", f"answers are larger than {MAX_BYTES:,} bytes")
    try:
        tree = json.loads(
            data.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise InputError("", f"is not UTF-8 text (byte {error.start})") from None
    except RecursionError:
        raise InputError("", "nests too deeply") from None
    except json.JSONDecodeError as error:
        raise InputError("", f"is not JSON: {error.msg}, line {error.lineno}") from None
    except ValueError as error:  # a number of thousands of digits
        raise InputError(
            "", f"holds a number that cannot be read ({type(error).__name__})"
        ) from None
    if not isinstance(tree, dict):
        raise InputError("", "answers are one JSON object")
    try:
        return msgspec.convert(tree, AnswersJson)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at ")
        raise InputError(where.strip("`").removeprefix("$.") or "answers", problem) from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError(twice[:60], "the key stands twice")
    return found


def _no_constant(word: str) -> NoReturn:
    raise InputError("", f"{word} is not a number")


def _fact(key: str, value: Any, knowledge: Knowledge) -> Value | None:
    path = f"facts.{key[:60]}"
    fact = knowledge.facts.get(key)
    if fact is None or fact.zone is not None or key == "zones_recorded":
        raise InputError(path, "is not a fact that can be answered; see `ventosa ask --list`")
    return None if value is None else read_value(path, fact, value)


def read_value(path: str, fact: Fact, value: Any) -> Value:
    """Return the value of one answer; raises ``InputError`` with the path."""
    match fact.type:
        case Boolean():
            if isinstance(value, bool):
                return value
            raise InputError(path, "is answered with true, false or null")
        case Choice(words):
            if isinstance(value, str) and value in words:
                return value
            raise InputError(path, f"is one of {', '.join(words)}, or null")
        case Number(low, high):
            return _number(path, fact, value, low, high)


def _number(path: str, fact: Fact, value: Any, low: float, high: float) -> Interval:
    if isinstance(value, dict) and set(value) == {"low", "high"}:
        ends = (value["low"], value["high"])
    else:
        ends = (value, value)
    if any(isinstance(end, bool) or not isinstance(end, int | float) for end in ends):
        raise InputError(path, 'is a number, {"low": .., "high": ..}, or null')
    if not all(math.isfinite(end) and low <= end <= high for end in ends):
        unit = f" {fact.unit}" if fact.unit not in ("", "1") else ""
        raise InputError(path, f"lies between {low:g} and {high:g}{unit}")
    if ends[0] > ends[1]:
        raise InputError(path, "low lies above high")
    return Interval(float(ends[0]), float(ends[1]))


def _each(name: str, entries: list[Any], build: Any) -> list[Any]:
    built = []
    for index, entry in enumerate(entries):
        try:
            built.append(build(entry))
        except InputError as error:
            path = f"{name}[{index}]" + (f".{error.path}" if error.path else "")
            raise InputError(path, error.problem) from None
    return built


def _zone(entry: _Zone) -> Zone:
    return Zone(**{name: getattr(entry, name) for name in entry.__struct_fields__})


def _cup(entry: _Cup) -> Cup:
    return Cup(entry.kind, entry.material, entry.inner_diameter_mm, entry.count)


def _site(entry: _Site) -> PalpatedSite:
    return PalpatedSite(
        entry.level, Side(entry.side), entry.tension, entry.tenderness, entry.lateral_mm
    )


def _clearance(entry: _Clearance) -> Clearance:
    techniques = None if entry.techniques is None else tuple(entry.techniques)
    return Clearance(entry.covers, entry.by, entry.on, entry.until, techniques)


def _complaint(entry: _Complaint) -> Complaint:
    for name in ("pain_now", "pain_week"):
        pain = getattr(entry, name)
        if pain is not None and not 0 <= pain <= 10:
            raise InputError(f"complaint.{name}", f"lies between 0 and 10, not {pain}")
    if entry.goal is not None and len(entry.goal) > 500:
        raise InputError("complaint.goal", "has at most 500 characters")
    sites = tuple(_each("complaint.sites", entry.sites, _site))
    return Complaint(entry.pain_now, entry.pain_week, entry.onset_date, entry.goal, sites)


def write_answers(answers: Answers) -> dict[str, Any]:
    """Return the JSON object of answers; reading it gives the answers back."""
    written: dict[str, Any] = {"schema": SCHEMA}
    if answers.answered_on is not None:
        written["answered_on"] = answers.answered_on.isoformat()
    written["facts"] = {key: write_value(value) for key, value in answers.facts.items()}
    if answers.zones is not None:
        written["zones"] = [write_zone(zone) for zone in answers.zones]
    if answers.clearances:
        written["clearances"] = [
            _filled(msgspec.to_builtins(clearance)) for clearance in answers.clearances
        ]
    if answers.complaint is not None:
        complaint = _filled(msgspec.to_builtins(answers.complaint))
        complaint["sites"] = [_filled(site) for site in complaint.get("sites", [])]
        written["complaint"] = complaint
    if answers.techniques != EVERY_TECHNIQUE_BUT_FIRE_AND_WET:
        written["practitioner"] = {"techniques": [str(t) for t in answers.techniques]}
    if answers.cups is not None:
        written["cups"] = [msgspec.to_builtins(cup) for cup in answers.cups]
    return written


def write_value(value: Value | None) -> Any:
    """Return the JSON form of an answer."""
    if isinstance(value, Interval):
        if value.low == value.high:
            return _plain(value.low)
        return {"low": _plain(value.low), "high": _plain(value.high)}
    return value


def write_zone(zone: Zone) -> dict[str, Any]:
    """Return the JSON form of a zone."""
    return _filled(msgspec.to_builtins(zone))


def _filled(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
