"""The record of one patient as a page: newest first, and what stands against cups on top."""

from dataclasses import dataclass
from typing import Any

from ventosa.web.models import Document, Kind, Patient
from ventosa.web.presenters.person import person_of
from ventosa.web.scope import Scope

PAGE = 40
"""Documents on one page of a chart."""


@dataclass(frozen=True, slots=True)
class Item:
    """One document as a line of the chart."""

    document: Document
    title: str
    text: str
    is_mistake: bool
    is_signed: bool


def chart_of(scope: Scope, patient: Patient, *, page: str) -> dict[str, Any]:
    """Return the context of a chart; a page that is no number is the first."""
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    number = max(number, 1)
    documents = scope.documents(patient).exclude(kind=Kind.DETAILS)
    shown = list(documents[(number - 1) * PAGE : number * PAGE + 1])
    return {
        **person_of(scope, patient),
        "tab": "record",
        "items": [item_of(document) for document in shown[:PAGE]],
        "encounters": list(scope.encounters(patient)[:5]),
        "team": list(patient.team.select_related("membership__user")),
        "page": number,
        "more": len(shown) > PAGE,
    }


def item_of(document: Document) -> Item:
    """Return a document as a line."""
    return Item(
        document,
        Kind(document.kind).label,
        text_of(document),
        hasattr(document, "mistake"),
        hasattr(document, "signature"),
    )


def text_of(document: Document) -> str:
    """Return what a document says, in a line or two."""
    body = document.body
    match document.kind:
        case Kind.PLAN:
            return str(body["plan"].get("title", ""))
        case Kind.SCREENING:
            return f"Stage {body['stage']}, knowledge {body['knowledge_version']}"
        case Kind.SESSION:
            return _session(body)
        case Kind.WORD:
            return f"{body['by']}: {body['text']}"
        case Kind.ADVERSE_EVENT:
            return f"{body['event'].replace('_', ' ')}, grade {body['grade']}. {body['text']}"
        case Kind.CLEARANCE:
            return f"{body['by']} clears {body['covers']}"
        case Kind.IMPORT:
            return f"{body['readings']} answers were taken from a FHIR bundle"
        case Kind.CONSENT | Kind.SPOKEN | Kind.WITHDRAWAL:
            return ""
    words = (str(body.get(name, "")) for name in ("title", "text"))
    return ". ".join(word for word in words if word)


def _session(body: dict[str, Any]) -> str:
    parts = [str(body["technique"]).replace("_", " "), f"{len(body['cups'])} cups"]
    if body["suction_kpa"]:
        parts.append(f"−{body['suction_kpa']:g} kPa")
    if body["retention_min"]:
        parts.append(f"{body['retention_min']:g} min")
    return " · ".join(parts)
