"""Answers as JSON become values: a closed schema, every error with its path.

Shape: ``docs/schemas/answers.schema.json``. Every key is optional; an unknown one is an error.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal, NoReturn

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
    OutsideWord,
    PalpatedSite,
    Value,
    Zone,
)
from ventosa.record.answers import MOST_BY, MOST_SAYS, MOST_WORD_ID, WORD_ID
from ventosa.terms import (
    CUP_MATERIALS,
    LEVELS,
    TAIL_BONE,
    Channel,
    CupKind,
    Material,
    Side,
    Technique,
    ZoneKind,
)

SCHEMA = "ventosa/answers/1"
MAX_BYTES = 1_000_000
"""Largest answers file; a full interview is about 5 kB."""

MOST_GOAL = 500
"""Longest goal, in characters."""

_SHOWN = 60
"""Longest key that an error shows; what stands behind a key is never shown."""

_Level = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(LEVELS)})$")]
_LevelOrTail = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join((*LEVELS, TAIL_BONE))})$")]
_Lateral = Annotated[float, msgspec.Meta(ge=0, le=300)]
_Pain = Annotated[int, msgspec.Meta(ge=0, le=10)]
_Grade = Annotated[int, msgspec.Meta(ge=0, le=3)]
_Techniques = Annotated[list[Technique], msgspec.Meta(extra_json_schema={"uniqueItems": True})]


class _Zone(msgspec.Struct, forbid_unknown_fields=True):
    kind: ZoneKind
    side: Side
    level: _Level | None = None
    lateral_mm: _Lateral | None = None
    radius_mm: Annotated[float, msgspec.Meta(ge=1, le=300)] | None = None
    from_level: _Level | None = None
    to_level: _LevelOrTail | None = None
    lateral_from_mm: _Lateral | None = None
    lateral_to_mm: _Lateral | None = None


class _Clearance(msgspec.Struct, forbid_unknown_fields=True):
    covers: str
    by: Annotated[str, msgspec.Meta(max_length=200)]
    on: date
    until: date | None = None
    techniques: _Techniques | None = None


class _OutsideWord(msgspec.Struct, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(pattern=WORD_ID, max_length=MOST_WORD_ID)]
    by: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=MOST_BY)]
    on: date
    how: Channel
    says: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=MOST_SAYS)]
    techniques: (
        Annotated[
            list[Technique],
            msgspec.Meta(min_length=1, extra_json_schema={"uniqueItems": True}),
        ]
        | None
    ) = None
    zone: _Zone | None = None
    until: date | None = None


class _Site(msgspec.Struct, forbid_unknown_fields=True):
    level: _Level
    side: Literal["left", "right", "both"]
    tension: _Grade = 0
    tenderness: _Grade = 0
    lateral_mm: Annotated[float, msgspec.Meta(ge=0, le=200)] | None = None


class _Complaint(msgspec.Struct, forbid_unknown_fields=True):
    pain_now: _Pain | None = None
    pain_week: _Pain | None = None
    onset_date: date | None = None
    goal: Annotated[str, msgspec.Meta(max_length=MOST_GOAL)] | None = None
    sites: list[_Site] = []


class _Practitioner(msgspec.Struct, forbid_unknown_fields=True):
    techniques: _Techniques | None = None


class _Cup(msgspec.Struct, forbid_unknown_fields=True):
    kind: CupKind
    material: Material
    inner_diameter_mm: Annotated[float, msgspec.Meta(ge=15, le=150)]
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)]


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
    outside: list[_OutsideWord] = []


def read_answers(data: bytes, knowledge: Knowledge) -> Answers:
    """Return the answers of a JSON text.

    Raises:
        InputError: names the path in the JSON and what is wrong there.
    """
    raw = _closed(data)
    facts = {key: _fact(key, value, knowledge) for key, value in raw.facts.items()}
    techniques = raw.practitioner.techniques if raw.practitioner else None
    _once("practitioner.techniques", techniques or ())
    outside = _outside(raw.outside)
    words = {word.id for word in outside}
    return Answers(
        answered_on=raw.answered_on,
        facts=MappingProxyType(facts),
        zones=None if raw.zones is None else tuple(_each("zones", raw.zones, _zone)),
        clearances=tuple(
            _clearance(f"clearances[{index}]", entry, knowledge, words)
            for index, entry in enumerate(raw.clearances)
        ),
        complaint=None if raw.complaint is None else _complaint(raw.complaint),
        techniques=EVERY_TECHNIQUE_BUT_FIRE_AND_WET if techniques is None else tuple(techniques),
        cups=None if raw.cups is None else tuple(_each("cups", raw.cups, _cup)),
        outside=outside,
    )


def _closed(data: bytes) -> AnswersJson:
    if len(data) > MAX_BYTES:
        raise InputError("", f"answers are larger than {MAX_BYTES:,} bytes")
    if data.startswith(b"\xef\xbb\xbf"):
        raise InputError("", "begins with a byte order mark; save it as UTF-8 without one")
    tree = _tree(data)
    if not isinstance(tree, dict):
        raise InputError("", "answers are one JSON object")
    try:
        return msgspec.convert(tree, AnswersJson)
    except msgspec.ValidationError as error:
        raise _plain_error(str(error)) from None


def _tree(data: bytes) -> Any:
    try:
        return json.loads(
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


_WORDS: Mapping[str, Sequence[str]] = {
    "schema": (SCHEMA,),
    "zones[].kind": tuple(ZoneKind),
    "zones[].side": tuple(Side),
    "cups[].kind": tuple(CupKind),
    "cups[].material": CUP_MATERIALS,
    "complaint.sites[].side": ("left", "right", "both"),
    "outside[].how": tuple(Channel),
    "outside[].zone.kind": (ZoneKind.NO_GO,),
    "outside[].zone.side": tuple(Side),
}
"""The words of a closed list, by path; every other closed list is of techniques."""


def _plain_error(message: str) -> InputError:
    """A refusal of the schema in plain words, without the value that was refused."""
    problem, _, where = message.partition(" - at `")
    path = where.rstrip("`").removeprefix("$").removeprefix(".") or "answers"
    if problem.startswith("Object contains unknown field"):
        key = problem.partition("`")[2].rstrip("`")
        return InputError(path, f"{key[:_SHOWN]!r} is not a key here")
    if problem.startswith("Invalid enum value"):
        words = _WORDS.get(re.sub(r"\[\d+\]", "[]", path), tuple(Technique))
        return InputError(path, f"is one of {', '.join(words)}")
    if problem.startswith("Invalid RFC3339"):
        return InputError(path, "is not a date such as 2026-11-24")
    if "matching regex" in problem and path.startswith("outside["):
        if path.endswith(".id"):
            return InputError(path, "is OUTSIDE- and letters or digits, such as OUTSIDE-1")
        if path.endswith((".by", ".says")):
            return InputError(path, "is empty: who said it, and what was said, is kept")
    if "matching regex" in problem:
        tail = ", or S4" if path.endswith("to_level") else ""
        return InputError(path, f"is not a level of the back ({LEVELS[0]} to {LEVELS[-1]}{tail})")
    return InputError(path, problem)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(key[:_SHOWN], "the key stands twice")
        found[key] = value
    return found


def _no_constant(word: str) -> NoReturn:
    raise InputError("", f"{word} is not a number")


def _once(path: str, techniques: Sequence[Technique]) -> None:
    if len(set(techniques)) != len(techniques):
        raise InputError(path, "names a technique twice")


def _readable(path: str, text: str) -> str:
    """The text, if it can be written again: no half characters, no control characters."""
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        raise InputError(path, "holds a character that is not text")
    return text


def _fact(key: str, value: Any, knowledge: Knowledge) -> Value | None:
    path = f"facts.{key[:_SHOWN]}"
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
    if not all(low <= end <= high for end in ends):  # also refuses NaN and infinity
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


def _outside(entries: list[_OutsideWord]) -> tuple[OutsideWord, ...]:
    words = tuple(_each("outside", entries, _word))
    for index, word in enumerate(words):
        if any(word.id == other.id for other in words[:index]):
            raise InputError(f"outside[{index}].id", "stands twice")
    return words


def _word(entry: _OutsideWord) -> OutsideWord:
    try:
        zone = None if entry.zone is None else _zone(entry.zone)
    except InputError as error:
        raise InputError(f"zone.{error.path}".rstrip("."), error.problem) from None
    return OutsideWord(
        entry.id,
        _readable("by", entry.by),
        entry.on,
        entry.how,
        _readable("says", entry.says),
        None if entry.techniques is None else tuple(entry.techniques),
        zone,
        entry.until,
    )


def _clearance(
    path: str, entry: _Clearance, knowledge: Knowledge, words: Collection[str]
) -> Clearance:
    known = {*knowledge.facts, *(rule.id for rule in knowledge.rules), *words}
    if entry.covers not in known:
        raise InputError(
            f"{path}.covers", "is neither a fact nor a rule nor a word from outside given here"
        )
    _readable(f"{path}.by", entry.by)
    if not entry.by.strip():
        raise InputError(f"{path}.by", "names nobody: a clearance is somebody's written word")
    _once(f"{path}.techniques", entry.techniques or ())
    techniques = None if entry.techniques is None else tuple(entry.techniques)
    return Clearance(entry.covers, entry.by, entry.on, entry.until, techniques)


def _complaint(entry: _Complaint) -> Complaint:
    _readable("complaint.goal", entry.goal or "")
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
    if answers.outside:
        written["outside"] = [_written_word(word) for word in answers.outside]
    return written


def _written_word(word: OutsideWord) -> dict[str, Any]:
    written = _filled(msgspec.to_builtins(word))
    return written if word.zone is None else written | {"zone": write_zone(word.zone)}


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
