"""The record of one patient as a page: newest first, and what stands against cups on top."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from ventosa.page.words import count
from ventosa.web.filling import visits_of
from ventosa.web.models import Document, Kind, Patient
from ventosa.web.presenters.document import Marks, event_title, marks_of
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.standing import day, names_of
from ventosa.web.scope import Scope
from ventosa.web.written import Written, with_addenda

PAGE = 40
"""Documents on one page of a chart."""

VISITS = 5
"""Visits named beside it; the others are on their documents."""

FILTERS = tuple(kind for kind in Kind if kind != Kind.DETAILS)


@dataclass(frozen=True, slots=True)
class Item:
    """One document as a line of the chart, with what was added to it."""

    document: Written
    id: str
    url: str
    title: str
    text: str
    line: str
    is_mistake: bool
    is_moved: bool
    marks: Marks
    addenda: tuple["Item", ...] = ()


def chart_of(scope: Scope, patient: Patient, *, page: str, kind: str = "") -> dict[str, Any]:
    """Return the context of a chart; a page that is no number is the first."""
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    number = max(number, 1)
    chosen = kind if kind in FILTERS else ""
    found = scope.documents(patient).exclude(kind=Kind.DETAILS)
    # What adds to a document stands under it, and never on a page of its own.
    roots = found.filter(adds_to=None)
    if chosen:
        roots = roots.filter(kind=chosen)
    items = items_of(scope, found, roots[(number - 1) * PAGE : number * PAGE + 1])
    return {
        **person_of(scope, patient),
        "tab": "record",
        "items": items[:PAGE],
        "encounters": list(visits_of(scope, patient)[:VISITS]),
        "page": number,
        "more": len(items) > PAGE,
        "kind": chosen,
        "kinds": [(one.value, one.label) for one in FILTERS],
    }


def items_of(scope: Scope, written: QuerySet[Document], roots: QuerySet[Document]) -> list[Item]:
    """Return documents as lines, each with those of the ``written`` that add to it."""
    found = with_addenda(scope, roots, written)
    return [item_of(root, tuple(map(item_of, added))) for root, added in found]


def item_of(document: Written, addenda: tuple[Item, ...] = ()) -> Item:
    """Return a document as a line."""
    return Item(
        document,
        str(document.id),
        _address().format(document.id),
        Kind(document.kind).label if document.adds_to_id is None else "Addendum",
        text_of(document),
        f"{day(document.on)} · {document.author}",
        document.mistake is not None,
        document.moved_from_id is not None,
        marks_of(document),
        addenda,
    )


@cache
def _address() -> str:
    """Where a document is read, with a place for its identifier: looked up once, not for each."""
    nowhere = UUID(int=0)
    return reverse("document", args=[nowhere]).replace(str(nowhere), "{}")


def text_of(document: Written) -> str:
    """Return what a document says, in a line or two."""
    body = document.body
    match document.kind:
        case Kind.PLAN:
            return str(body["title"] or "")
        case Kind.SCREENING:
            return f"Stage {body['stage']}, knowledge {body['knowledge_version']}"
        case Kind.SESSION:
            return _session(body)
        case Kind.WORD:
            return f"{body['by']}: {body['text']}"
        case Kind.ADVERSE_EVENT:
            over = ", over" if body["healed"] else ""
            return f"{event_title(body['event'])}, grade {body['grade']}{over}. {body['text']}"
        case Kind.CLEARANCE:
            return f"{body['by']} clears {body['covers']}"
        case Kind.IMPORT:
            return f"{body['readings']} answers were taken from a FHIR bundle"
        case Kind.MARKS:
            return f"After {body['days_after']} days, grade {body['grade']}. {body['text']}"
        case Kind.LETTER:
            whose = "From" if body["direction"] == "came" else "To"
            return f"{whose} {body['other']}: {body['text']}"
        case Kind.CONSENT | Kind.SPOKEN | Kind.WITHDRAWAL:
            return ""
    words = (str(body.get(name, "")) for name in ("title", "text"))
    return ". ".join(word for word in words if word)


def _cups(body: Mapping[str, Any]) -> str:
    number = body.get("cups_on")
    return count(len(body["cups"]) if number is None else number, "cup")


def _session(body: Mapping[str, Any]) -> str:
    parts = [names_of([body["technique"]]).capitalize(), _cups(body)]
    if body["suction_kpa"]:
        parts.append(f"−{body['suction_kpa']:g} kPa")
    if body["retention_min"]:
        parts.append(f"{body['retention_min']:g} min")
    if body["harmed"]:
        parts.append("harm")
    if body.get("departures"):
        parts.append("beyond what was decided")
    if body["text"]:
        parts.append(body["text"])
    return " · ".join(parts)
