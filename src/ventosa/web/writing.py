"""What was typed into a form of the record becomes a document; an error names its field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.http import QueryDict

from ventosa.languages import western_digits
from ventosa.record import InputError
from ventosa.terms import LEVELS, Technique
from ventosa.web.documents import Body, ClearanceBody, SessionBody, WordBody, from_json
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import Encounter, Kind
from ventosa.web.pictures import MOST_BYTES, Picture, redrawn
from ventosa.web.words import word_from

MOST_LINE, MOST_WORD, MOST_TEXT = 200, 500, 20_000

Read = Callable[[QueryDict, date], Body]
SCANNED = (Kind.CLEARANCE, Kind.LETTER)
"""Kinds that may carry a picture of the paper."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form hands in: a body, its day and visit, its picture, and whether it is signed."""

    kind: str
    body: Body
    on: date
    encounter: Encounter | None
    picture: Picture | None
    is_signed: bool


def draft_from(
    kind: str,
    typed: QueryDict,
    files: Mapping[str, Any],
    *,
    today: date,
    encounter: Encounter | None,
    cups: Sequence[Mapping[str, Any]],
) -> Draft:
    """Return what a form hands in.

    Raises:
        InputError: names the field and says what to do.
    """
    picture = None
    if kind == Kind.PHOTO:
        picture = redrawn(_bytes(files, "picture"), field="picture")
        body = _photo(typed, picture)
    else:
        body = READ[kind](typed, today)
    scanned = kind in SCANNED and files.get("scan") is not None
    if scanned:
        picture = redrawn(_bytes(files, "scan"), field="scan")
        body.scan = sha256(picture.data).hexdigest()  # type: ignore[attr-defined]
    if isinstance(body, SessionBody):
        _set_cups(body, typed, cups)
    day = body.on if isinstance(body, WordBody | ClearanceBody) else None
    return Draft(
        kind, body, day or day_from(typed, "on", today=today), encounter, picture, "sign" in typed
    )


def _set_cups(body: SessionBody, typed: QueryDict, cups: Sequence[Mapping[str, Any]]) -> None:
    """The cups of the plan that were set, each with the dose of the session; or how many."""
    if not cups:
        body.cups_on = _whole(typed, "cups_on", 0, 100)
        if body.cups_on is None:
            raise InputError("cups_on", "write how many cups were on; 0 where none was")
        return
    chosen = typed.getlist("cups")
    if set(chosen) - {str(n) for n in range(len(cups))}:
        raise InputError("cups", "choose from the list")
    dose = {"suction_kpa": body.suction_kpa, "retention_min": body.retention_min}
    body.cups = [{**cup, **dose} for n, cup in enumerate(cups) if str(n) in chosen]
    body.cups_on = len(body.cups)


def _bytes(files: Mapping[str, Any], field: str) -> bytes:
    given = files.get(field)
    if given is None:
        raise InputError(field, "choose a file")
    if given.size > MOST_BYTES:
        raise InputError(field, f"the file is larger than {MOST_BYTES // 1_000_000} MB")
    data: bytes = given.read()
    return data


def _photo(typed: QueryDict, picture: Picture) -> Body:
    tree = {
        "sha256": sha256(picture.data).hexdigest(),
        "width": picture.width,
        "height": picture.height,
        "title": _text(typed, "title", MOST_LINE),
    }
    return _made(Kind.PHOTO, tree)


def day_from(typed: QueryDict, field: str, *, today: date) -> date:
    """Return a day that is not ahead; nothing typed is today.

    Raises:
        InputError: it is no date, or lies ahead.
    """
    day = _date(typed, field)
    if day is None:
        return today
    if day > today:
        raise InputError(field, "lies ahead: write the day on which it was")
    return day


def _date(typed: QueryDict, field: str) -> date | None:
    text = western_digits(typed.get(field, "").strip())
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(field, "write it as 2026-03-14") from None


def _text(typed: QueryDict, field: str, most: int, missing: str = "") -> str:
    text = typed.get(field, "").strip().replace("\r\n", "\n")
    if missing and not text:
        raise InputError(field, missing)
    if len(text) > most:
        raise InputError(field, f"has {len(text):,} signs; at most {most:,} fit")
    return text


def _number(typed: QueryDict, field: str, low: float, high: float, unit: str) -> float | None:
    text = western_digits(typed.get(field, "").strip()).replace(",", ".")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise InputError(field, "write a number") from None
    if not low <= number <= high:
        raise InputError(field, f"lies between {low:g} and {high:g} {unit}".strip())
    return number


def _whole(typed: QueryDict, field: str, low: int, high: int) -> int | None:
    number = _number(typed, field, low, high, "")
    if number is not None and number != int(number):
        raise InputError(field, "is a whole number")
    return None if number is None else int(number)


def _chosen(typed: QueryDict, field: str, choices: object, missing: str) -> str:
    word = typed.get(field, "")
    if word not in choices:  # type: ignore[operator]
        raise InputError(field, missing)
    return word


def _techniques(typed: QueryDict) -> list[str]:
    chosen = list(dict.fromkeys(typed.getlist("techniques")))
    if any(word not in tuple(Technique) for word in chosen):
        raise InputError("techniques", "choose from the list")
    return chosen


def _made(kind: str, tree: Mapping[str, Any]) -> Body:
    return from_json(kind, dict(tree))


def _note(typed: QueryDict, today: date) -> Body:
    tree = {
        "title": _text(typed, "title", MOST_LINE),
        "text": _text(typed, "text", MOST_TEXT, "write what is to be kept"),
    }
    return _made(Kind.NOTE, tree)


def _complaint(typed: QueryDict, today: date) -> Body:
    onset = _date(typed, "onset_date")
    if onset is not None and onset > today:
        raise InputError("onset_date", "lies ahead")
    title = _text(typed, "title", MOST_LINE, "write what the person comes with")
    return _made(Kind.COMPLAINT, {"title": title, "onset_date": _iso(onset)})


def _word(typed: QueryDict, today: date) -> Body:
    covers = _chosen(
        typed, "covers", ("everything", "techniques", "place"), "say what must not be done"
    )
    tree: dict[str, Any] = {
        "by": _text(typed, "by", MOST_LINE, "write who said it"),
        "on": _iso(day_from(typed, "on", today=today)),
        "how": _chosen(
            typed,
            "how",
            ("phone", "letter", "message", "in_person", "patient"),
            "say how it came",
        ),
        "text": _text(typed, "text", MOST_WORD, "write what was said"),
        "until": _iso(_date(typed, "until")),
    }
    if covers == "techniques":
        tree["techniques"] = _techniques(typed)
        if not tree["techniques"]:
            raise InputError("techniques", "choose one at least, or everything")
    elif covers == "place":
        tree["zone"] = _place(typed)
    body = _made(Kind.WORD, tree)
    word_from("OUTSIDE-1", body)  # type: ignore[arg-type]
    return body


def _place(typed: QueryDict) -> dict[str, str]:
    first = _chosen(typed, "from_level", LEVELS, "choose where it begins")
    last = _chosen(typed, "to_level", LEVELS, "choose where it ends")
    side = _chosen(typed, "side", ("left", "right", "both"), "choose left, right or both")
    if LEVELS.index(first) > LEVELS.index(last):
        first, last = last, first
    return {"kind": "no_go", "side": side, "from_level": first, "to_level": last}


def _clearance(typed: QueryDict, today: date) -> Body:
    if "in_writing" not in typed:
        raise InputError("in_writing", "only a doctor's written word lifts what is closed")
    covers = _text(typed, "clears", MOST_LINE, "choose what it clears")
    # A clearance of a duty, of age or of an emergency would stand in the record and mean nothing.
    known = {
        one for rule in knowledge().rules if rule.is_clearable for one in (rule.id, *rule.covers)
    }
    if covers not in known and not covers.startswith("OUTSIDE-"):
        raise InputError("clears", "choose from the list")
    on = day_from(typed, "on", today=today)
    until = _date(typed, "until")
    if until is not None and until < on:
        raise InputError("until", "lies before the day it was written")
    tree = {
        "covers": covers,
        "by": _text(typed, "by", MOST_LINE, "write who signed it"),
        "on": _iso(on),
        "until": _iso(until),
        "techniques": _techniques(typed) or None,
    }
    return _made(Kind.CLEARANCE, tree)


def _harm(typed: QueryDict, today: date) -> Body:
    events = {event.id for event in library().adverse_events}
    tree = {
        "event": _chosen(typed, "event", events, "choose what it was"),
        "grade": int(_chosen(typed, "grade", tuple("12345"), "choose how grave it was")),
        "healed": typed.get("healed") == "yes",
        "text": _text(typed, "text", MOST_TEXT),
    }
    return _made(Kind.ADVERSE_EVENT, tree)


def _session(typed: QueryDict, today: date) -> Body:
    harmed = _chosen(typed, "harmed", ("yes", "no"), "say whether there was harm")
    tree = {
        "technique": _chosen(typed, "technique", tuple(Technique), "choose the technique"),
        "suction_kpa": _number(typed, "suction_kpa", 0, 100, "kPa"),
        "retention_min": _number(typed, "retention_min", 0, 60, "minutes"),
        "pain_before": _whole(typed, "pain_before", 0, 10),
        "pain_after": _whole(typed, "pain_after", 0, 10),
        "harmed": harmed == "yes",
        "text": _text(typed, "text", MOST_TEXT),
    }
    return _made(Kind.SESSION, tree)


def _marks(typed: QueryDict, today: date) -> Body:
    days = _whole(typed, "days_after", 0, 365)
    if days is None:
        raise InputError("days_after", "write how many days after the session it was")
    tree = {
        "days_after": days,
        "grade": int(_chosen(typed, "grade", tuple("01234"), "choose how the marks look")),
        "text": _text(typed, "text", MOST_TEXT),
    }
    return _made(Kind.MARKS, tree)


def _letter(typed: QueryDict, today: date) -> Body:
    tree = {
        "direction": _chosen(typed, "direction", ("came", "went"), "say whether it came or went"),
        "other": _text(typed, "other", MOST_LINE, "write from whom or to whom"),
        "text": _text(typed, "text", MOST_TEXT, "write what it says"),
    }
    return _made(Kind.LETTER, tree)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


READ: Mapping[str, Read] = {
    Kind.NOTE: _note,
    Kind.COMPLAINT: _complaint,
    Kind.WORD: _word,
    Kind.CLEARANCE: _clearance,
    Kind.ADVERSE_EVENT: _harm,
    Kind.SESSION: _session,
    Kind.MARKS: _marks,
    Kind.LETTER: _letter,
}
"""How each form of the record is read; a photo has no words to read."""
