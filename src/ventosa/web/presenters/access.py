"""The access log of one patient, in words."""

import re
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

READ = {
    "chart": "Opened the record",
    "details": "Looked at the details",
    "assess": "Opened an assessment",
    "entries": "Opened an assessment",
    "hand_over": "Opened the questions for the patient",
    "take_back": "Took the tablet back from the patient",
    "visit_read": "Read a visit",
    "plan": "Opened a plan",
    "plan_print": "Printed a plan",
    "plan_finding": "Opened a finding of a plan",
    "consent_done": "Saw how consent stands",
    "decided_again": "Had a decision made again",
    "consent": "Looked at consent",
    "consent_sign": "Opened the consent to be read",
    "consent_photo": "Opened the consent to photos",
    "consent_teaching": "Opened the consent to teaching",
    "consent_print": "Read a signed consent",
    "document": "Read a document",
    "picture": "Looked at a picture",
    "document_move": "Looked for whose a document is",
    "visit_move": "Looked for whose a visit is",
    "team": "Looked at the treating team",
    "access": "Read this log",
    "same_person": "Held it beside another record",
    "import_record": "Looked at a record that was sent in",
    "take": "Looked at how the record can be taken along",
    "take_print": "Took the record along, to print",
    "letter": "Drafted a letter",
    "letter_print": "Printed a letter",
    "letter_pdf": "Printed a letter",
    "answer_word": "Looked at a letter to enter its answer",
    "answer_letter": "Looked at a letter to enter its answer",
    "answer_clearance": "Looked at a letter to enter its answer",
}
"""What opening a page means to the person it is about; a form to write in is named by what is
written there."""

WROTE = {
    **{kind.value: f"Wrote: {kind.label}" for kind in Kind},
    "details": "Wrote who the person is",
    "encounter": "Began a visit",
    "entries": "Wrote answers",
    "sign": "Signed a document",
    "plan_change": "Changed a plan",
    "entered_in_error": "Said that a document stands here by mistake",
    "visit_moved": "Moved a visit to another record",
    "visit_moved_here": "Moved a visit here from another record",
    "moved_here": "Moved a document here from another record",
    "emergency": "Opened the closed record in an emergency",
    "join_team": "Joined the treating team",
    "leave_team": "Left the treating team",
    "privacy": "Changed who may open the record",
    "merge": "Merged two records",
    "unmerge": "Took a merge back",
    "upload": "Sent in a record",
    "taken_along": "Took the record along",
}
FORMS = re.compile(r"(\w+)_new$")


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
        named = f"Named on a list of {row.detail.get('patients', 'several')}"
        return f"{named}, printed for a day on paper" if row.what == "downtime" else named
    words = row.what.replace("_", " ")
    if row.act != "read":
        return WROTE.get(row.what, f"Wrote: {words}")
    form = FORMS.match(row.what)
    if form is not None:
        return f"Opened a form: {form[1]}"
    return READ.get(row.what, f"Opened: {words}")


def _reason(row: AuditRow, emergencies: Iterable[EmergencyAccess]) -> str:
    for opened in emergencies:
        if opened.membership_id == row.who and opened.at <= row.at < opened.until:
            return opened.reason or "no reason given"
    return ""
