"""The access log of one patient, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ventosa.web.ids import id_from
from ventosa.web.models import AuditRow, EmergencyAccess, Kind, Patient
from ventosa.web.scope import Scope

PAGE = 50
"""Lines on one page."""

_READ = {
    "chart": "Opened the record",
    "details": "Looked at the details",
    "assess": "Opened an assessment",
    "access": "Read this log",
    "same_person": "Held it beside another record",
    "import_record": "Looked at a record that was sent in",
}
_WROTE = {
    **{kind.value: f"Wrote: {kind.label}" for kind in Kind},
    "details": "Wrote who the person is",
    "encounter": "Began a visit",
    "entries": "Wrote answers",
    "sign": "Signed a document",
    "entered_in_error": "Said that a document stands here by mistake",
    "join_team": "Joined the treating team",
    "privacy": "Changed who may open the record",
    "merge": "Merged two records",
    "unmerge": "Took a merge back",
    "upload": "Sent in a record",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when, who, what; ``emergency`` is the reason given, empty = there was none."""

    id: UUID
    at: datetime
    who: str
    what: str
    emergency: str


def log_of(scope: Scope, patient: Patient, *, before: str) -> dict[str, Any]:
    """Return the context of the log: lines older than the one named, and the last of them.

    Reading, writing, and lists on which the person was named, of all records read as one.
    """
    ids = scope.one_person(patient)
    own, lists = scope.accesses(ids, before=id_from(before), most=PAGE + 1)
    rows = sorted(
        {row.id: row for row in [*own, *lists]}.values(), key=lambda r: r.id, reverse=True
    )
    shown = rows[:PAGE]
    names = scope.names_of(row.who for row in shown if row.who is not None)
    emergencies = list(scope.emergencies(ids))
    return {
        "tab": "access",
        "lines": [_line(row, names, emergencies) for row in shown],
        "older": shown[-1].id if len(rows) > PAGE else None,
    }


def _line(row: AuditRow, names: dict[UUID, str], emergencies: Sequence[EmergencyAccess]) -> Line:
    who = "The program" if row.who is None else names.get(row.who, "Somebody who left")
    return Line(row.id, row.at, who, what_of(row), _reason(row, emergencies))


def what_of(row: AuditRow) -> str:
    """Return what was done, in words."""
    if row.act == "list":
        return f"Named on a list of {row.detail.get('patients', 'several')}"
    words = row.what.replace("_", " ")
    if row.act == "read":
        return _READ.get(row.what, f"Opened: {words}")
    return _WROTE.get(row.what, f"Wrote: {words}")


def _reason(row: AuditRow, emergencies: Iterable[EmergencyAccess]) -> str:
    for opened in emergencies:
        if opened.membership_id == row.who and opened.at <= row.at < opened.until:
            return opened.reason or "no reason given"
    return ""
