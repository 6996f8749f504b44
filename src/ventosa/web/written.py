"""What a chart must know of its documents: what each says in a line, by whom, and how it stands.

A plan and its screening hold sixty kilobytes, of which a line says a title: only that is fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, JSONField, QuerySet, When
from django.db.models.functions import JSONObject

from ventosa.web.models import Document, Kind
from ventosa.web.scope import Scope

LONG = (Kind.PLAN, Kind.SCREENING, Kind.CONSENT)
PART = JSONObject(
    title=F("body__plan__title"),
    stage=F("body__stage"),
    knowledge_version=F("body__knowledge_version"),
)
SAID = Case(When(kind__in=LONG, then=PART), default=F("body"), output_field=JSONField())
"""The body of a document; of a long one what its line says."""

STAMPS = ("signature", "mistake", "moved_from__signature")
PEOPLE = ("author_id", *(f"{stamp}__author_id" for stamp in STAMPS))
COLUMNS = (
    *("id", "kind", "on", "adds_to_id", "moved_from_id"),
    *PEOPLE,
    *(f"{stamp}__at" for stamp in STAMPS),
    *("mistake__reason", "mistake__moved_to_id"),
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who signed a document, or struck it and why, and when."""

    author: str
    at: datetime
    reason: str = ""
    moved_to_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document was first written, in another record."""

    signature: Stamp | None


@dataclass(frozen=True, slots=True)
class Written:
    """One document of a chart. What it has of a ``Document`` is called as it is there."""

    id: UUID
    kind: str
    on: date
    body: Mapping[str, Any]
    author: str
    adds_to_id: UUID | None
    moved_from_id: UUID | None
    signature: Stamp | None
    mistake: Stamp | None
    moved_from: Origin | None


def with_addenda(
    scope: Scope, roots: QuerySet[Document], written: QuerySet[Document]
) -> list[tuple[Written, list[Written]]]:
    """Return documents, each with those of the ``written`` that add to it; at most three queries,
    one of them for the names of all who wrote."""
    shown = list(roots.values(*COLUMNS, said=SAID))
    adding = written.filter(adds_to__in=[row["id"] for row in shown]).order_by("at")
    more = list(adding.values(*COLUMNS, said=F("body")))  # what adds to a document is short
    names = scope.names_of({row[name] for row in (*shown, *more) for name in PEOPLE} - {None})
    added: dict[UUID, list[Written]] = {row["id"]: [] for row in shown}
    for row in more:
        added[row["adds_to_id"]].append(_written(row, names))
    return [(_written(row, names), added[row["id"]]) for row in shown]


def _written(row: Mapping[str, Any], names: Mapping[UUID, str]) -> Written:
    moved_from = row["moved_from_id"]
    return Written(
        id=row["id"],
        kind=row["kind"],
        on=row["on"],
        body=row["said"],
        author=names[row["author_id"]],
        adds_to_id=row["adds_to_id"],
        moved_from_id=moved_from,
        signature=_stamp(row, "signature", names),
        mistake=_stamp(row, "mistake", names, "reason", "moved_to_id"),
        moved_from=moved_from and Origin(_stamp(row, "moved_from__signature", names)),
    )


def _stamp(
    row: Mapping[str, Any], stamp: str, names: Mapping[UUID, str], *more: str
) -> Stamp | None:
    by = row[f"{stamp}__author_id"]
    if by is None:
        return None
    return Stamp(names[by], row[f"{stamp}__at"], **{name: row[f"{stamp}__{name}"] for name in more})
