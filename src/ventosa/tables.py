"""The whole record of one person as tables: one of each kind, as CSV that no program runs.

CSV as in RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ventosa.record.whole import Attended, Person, WholeRecord, Written

BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the beginning of a formula."""

BOM = "\ufeff"

_NUMBER = re.compile(r"-?\d+(\.\d+)?")

HEAD = (
    "id",
    "on",
    "written_at",
    "author",
    "visit",
    "adds_to",
    "signed_by",
    "signed_at",
    "in_error",
)
"""Columns that every kind of document has; ``in_error`` is the reason, empty = it is not."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the names of its columns, and rows of as many cells. ``None`` = not known."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def tables_of(record: WholeRecord) -> Mapping[str, Table]:
    """Return the tables by name; a kind of which nothing was written has none."""
    kinds = dict.fromkeys(one.kind for one in record.written)
    found = {
        "person": _person(record.person),
        "visits": _visits(record.visits),
        "answers": _answers(record.visits),
        "felt_places": _places(record.visits),
        **{kind: _documents([w for w in record.written if w.kind == kind]) for kind in kinds},
    }
    return {name: table for name, table in found.items() if table.rows}


def write_csv(table: Table, *, bom: bool = False) -> bytes:
    """Return a table as UTF-8; ``bom`` puts the mark before it by which some programs know that."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([harmless(column) for column in table.columns])
    writer.writerows([harmless(_text(cell)) for cell in row] for row in table.rows)
    return ((BOM if bom else "") + out.getvalue()).encode()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs: a number stays, a formula gets an apostrophe."""
    if text.startswith(BEGINS_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Mapping | list | tuple):
        return json.dumps(cell, ensure_ascii=False, sort_keys=True, default=dict)
    return str(cell)


def _person(person: Person) -> Table:
    cells = {
        "number": person.number,
        "name": person.name,
        "birth_date": person.birth_date,
        "sex": person.sex,
        "phone": person.phone,
        "email": person.email,
        "address": person.address,
        "language": person.language,
        "remarks": person.remarks,
    }
    for whose, contact in (("in_need", person.in_need), ("doctor", person.doctor)):
        cells |= {
            f"{whose}_name": contact.name,
            f"{whose}_phone": contact.phone,
            f"{whose}_relation": contact.relation,
        }
    return Table(tuple(cells), (tuple(cells.values()),))


def _visits(visits: Sequence[Attended]) -> Table:
    columns = ("id", "on", "written_at", "practitioner", "pain_now", "pain_week", "since", "goal")
    rows = []
    for one in visits:
        told = one.answers.complaint
        said = (told.pain_now, told.pain_week, told.onset_date, told.goal) if told else (None,) * 4
        rows.append((one.id, one.on, one.at.isoformat(), one.practitioner.name, *said))
    return Table(columns, tuple(rows))


def _answers(visits: Sequence[Attended]) -> Table:
    """A row for each answer; one that was asked and is not known has an empty value."""
    return Table(
        ("visit", "on", "fact", "value"),
        tuple(
            (visit.id, visit.on, fact, value)
            for visit in visits
            for fact, value in sorted(visit.answers.facts.items())
        ),
    )


def _places(visits: Sequence[Attended]) -> Table:
    return Table(
        ("visit", "on", "level", "side", "tension", "tenderness"),
        tuple(
            (visit.id, visit.on, site.level, site.side, site.tension, site.tenderness)
            for visit in visits
            if visit.answers.complaint is not None
            for site in visit.answers.complaint.sites
        ),
    )


def _documents(written: Iterable[Written]) -> Table:
    written = list(written)
    keys = dict.fromkeys(key for one in written for key in one.body)
    names = [key if key not in HEAD else f"said_{key}" for key in keys]
    rows = []
    for one in written:
        head = (
            one.id,
            one.on,
            one.at.isoformat(),
            one.author.name,
            one.visit,
            one.adds_to,
            one.signed.by.name if one.signed else None,
            one.signed.at.isoformat() if one.signed else None,
            one.struck.reason if one.struck else None,
        )
        rows.append((*head, *(one.body.get(key) for key in keys)))
    return Table((*HEAD, *names), tuple(rows))
