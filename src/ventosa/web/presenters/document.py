"""A document as words: nothing of its body is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from ventosa.terms import Technique
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import Document, Kind
from ventosa.web.presenters.standing import CAME, day
from ventosa.web.scope import Scope
from ventosa.web.written import Written

LABELS: Mapping[str, str] = {
    "suction_kpa": "Suction, kPa",
    "retention_min": "Time a cup stays, min",
    "on": "On",
    "by": "Who said it",
    "how": "How it came",
    "other": "From or to",
    "event": "What it was",
    "harmed": "Harm",
    "healed": "Over",
    "sha256": "Hash of the bytes",
    "text": "Words",
    "scan": "Scan, by its hash",
    "width": "Width, px",
    "height": "Height, px",
    "answers": "Answers the letter",
    "opening": "First, because it is urgent",
    "course": "Pain before and after",
    "rules": "Asked about",
    "plan": "Drawn plan",
}
"""Keys whose name alone would not say enough."""

DIRECTION = {"came": "It came", "went": "It went out"}


@dataclass(frozen=True, slots=True)
class Line:
    """A label with its text, or with lines of its own."""

    label: str
    text: str
    lines: tuple["Line", ...] = ()


def lines_of(document: Document) -> tuple[Line, ...]:
    """Return the whole body of a document, line by line."""
    told = sorted(document.body.items(), key=lambda one: one[0] != "title")  # its title first
    return tuple(_line(key, value) for key, value in told)


def _line(key: str, value: Any) -> Line:
    label = LABELS.get(key, key.replace("_", " ").capitalize())
    if isinstance(value, dict):
        return Line(label, "" if value else "none", tuple(_line(k, v) for k, v in value.items()))
    if isinstance(value, list):
        if any(isinstance(one, dict | list) for one in value):
            return Line(label, "", tuple(_line(str(n), one) for n, one in enumerate(value, 1)))
        return Line(label, ", ".join(_word(key, one) for one in value) or "none")
    return Line(label, _word(key, value))


def _word(key: str, value: Any) -> str:
    if value is None:
        return "not said"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in ("technique", "techniques") and value in tuple(Technique):
        return knowledge().techniques[Technique(value)].file.title
    if key == "how":
        return CAME.get(str(value), str(value))
    if key == "direction":
        return DIRECTION.get(str(value), str(value))
    if key == "event":
        return event_title(str(value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value != "" else "–"


def event_title(event: str) -> str:
    """Return the name of a kind of harm; one that is not known any more by its id."""
    return next((one.title for one in library().adverse_events if one.id == event), event)


@dataclass(frozen=True, slots=True)
class Marks:
    """How a document stands: signed, moved, by mistake; each in words, empty = not so."""

    signed: str
    signed_elsewhere: str
    mistake: str
    moved_here: str


def _on(moment: datetime) -> str:
    return day(localtime(moment).date())


def marks_of(document: Document | Written) -> Marks:
    """Return how a document stands in its record."""
    signed = elsewhere = mistake = moved = ""
    if one := getattr(document, "signature", None):
        signed = f"Signed by {one.author} on {_on(one.at)}"
    origin = document.moved_from
    if origin is not None:
        moved = "It came here from another record, where it was written by mistake"
        if one := getattr(origin, "signature", None):
            elsewhere = (
                f"Signed by {one.author} on {_on(one.at)} in the other record; "
                "here it needs a new signature"
            )
    if one := getattr(document, "mistake", None):
        mistake = f"Entered in error, says {one.author} on {_on(one.at)}: {one.reason}"
    return Marks(signed, elsewhere, mistake, moved)


def page_of(scope: Scope, document: Document) -> dict[str, Any]:
    """Return the context of a document's page."""
    added = scope.documents(document.patient).filter(adds_to=document).order_by("at")
    is_mistake = hasattr(document, "mistake")
    is_mine = document.author_id == scope.membership.id
    is_harm = document.kind == Kind.ADVERSE_EVENT and document.adds_to_id is None
    addenda = [(one, lines_of(one), marks_of(one)) for one in added]
    healed = any(one.body.get("healed") for one, _, _ in addenda)
    has_picture = document.kind == Kind.PHOTO or bool(document.body.get("scan"))
    return {
        "tab": "record",
        "document": document,
        "title": title_of(document),
        "lines": lines_of(document),
        "marks": marks_of(document),
        "addenda": addenda,
        "may_sign": is_mine and not is_mistake and not hasattr(document, "signature"),
        "may_add": not is_mistake and document.adds_to_id is None,
        "may_move": not is_mistake and document.kind != Kind.DETAILS,
        "may_strike": not is_mistake and document.kind not in (Kind.DETAILS, Kind.WORD),
        "may_heal": is_harm and not is_mistake and not healed,
        "has_picture": has_picture,
        **letter_of(scope, document),
    }


def letter_of(scope: Scope, document: Document) -> dict[str, Any]:
    """Return what the page of a letter that went out needs: it is printed, and answered."""
    if document.kind != Kind.LETTER or document.body["direction"] != "went":
        return {}
    found = scope.documents(document.patient).filter(body__answers=str(document.id))
    is_standing = not hasattr(document, "mistake")
    return {"went_out": is_standing, "replies": [(one, title_of(one)) for one in found]}


def title_of(document: Document) -> str:
    """Return the heading of a document."""
    return Kind(document.kind).label
