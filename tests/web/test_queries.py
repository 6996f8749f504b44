"""What a page asks the database: of a long record as much as of a short one, each thing once."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accepted import accept, assessed
from cast import Cast
from ventosa.web.actions import documents
from ventosa.web.documents import AdverseEventBody, NoteBody, SessionBody, WordBody
from ventosa.web.models import Encounter, Kind
from ventosa.web.scope import Scope
from ventosa.web.written import with_addenda

OF_A_VISIT = ("assess", "plan", "consent", "visit_read")
OF_A_PERSON = ("chart", "details", "team", "note_new", "session_new", "clearance_new")


def grown(scope: Scope, visit: Encounter, numbers: Sequence[int]) -> None:
    """A record with a session, a note, a word and a harm more for each number."""
    word = {"by": "Dr Marsh", "on": scope.today, "how": "phone", "text": "No cups."}
    for n in numbers:
        for kind, body in (
            (Kind.SESSION, SessionBody(technique="dry_static")),  # type: ignore[arg-type]
            (Kind.NOTE, NoteBody(text="Sleeps badly.")),
            (Kind.WORD, WordBody(**word)),
            (Kind.ADVERSE_EVENT, AdverseEventBody(event="blister", grade=1)),
        ):
            one = documents.write(
                scope,
                patient=visit.patient,
                kind=kind,
                body=body,
                key=f"{kind}-{n}",
                encounter=visit,
            )
            documents.add_to(scope, document=one, text="More of it.", key=f"{kind}-more-{n}")
            if kind == Kind.NOTE:
                documents.sign(scope, document=one)
            if kind == Kind.SESSION:
                documents.enter_in_error(scope, document=one, reason="another person's")


def asked(cast: Cast, who: str, paths: Sequence[str]) -> dict[str, int]:
    client = cast.client(who)
    found = {}
    for path in paths:
        client.get(path)
        with CaptureQueriesContext(connection) as made:
            assert client.get(path).status_code == 200, path
        found[path] = len(made)
    return found


@pytest.fixture
def visit(cast: Cast) -> Encounter:
    found = assessed(cast)
    accept(cast, found)
    return found


def test_no_page_asks_more_of_a_long_record(cast: Cast, visit: Encounter) -> None:
    paths = [reverse(name, args=[visit.id]) for name in OF_A_VISIT]
    paths += [reverse(name, args=[visit.patient_id]) for name in OF_A_PERSON]
    paths += [reverse("today"), reverse("patients")]
    grown(cast.scope("bob"), visit, range(2))
    few = asked(cast, "alice", paths)
    grown(cast.scope("bob"), visit, range(2, 30))
    for number in range(30):
        cast.patient("bob", name=f"Person {number}")
    assert asked(cast, "alice", paths) == few
    assert few[reverse("chart", args=[visit.patient_id])] <= 15


def test_a_chart_fetches_no_plan_whole(cast: Cast, visit: Encounter) -> None:
    scope = cast.scope("alice")
    written = scope.documents(visit.patient)
    bodies = {one.kind: one.body for one, _ in with_addenda(scope, written, written)}
    assert set(bodies[Kind.PLAN]) == {"title", "stage", "knowledge_version"}
    assert bodies[Kind.PLAN]["title"] == written.get(kind=Kind.PLAN).body["plan"]["title"]
    stage = written.get(kind=Kind.SCREENING).body["stage"]
    assert bodies[Kind.SCREENING]["stage"] == stage
    page = cast.client("alice").get(reverse("chart", args=[visit.patient_id]))
    assert f"Stage {stage}, knowledge" in page.content.decode()


def test_what_a_request_keeps_is_forgotten_once_something_is_written(cast: Cast) -> None:
    patient, scope = cast.patient(), cast.scope("alice")
    assert Kind.WORD not in {one.kind for one in scope.head(patient)}
    with CaptureQueriesContext(connection) as made:
        scope.head(patient)
    assert len(made) == 0
    word: dict[str, Any] = {"by": "Dr Marsh", "on": scope.today, "how": "phone", "text": "No."}
    documents.write(scope, patient=patient, kind=Kind.WORD, body=WordBody(**word), key="w")
    assert Kind.WORD in {one.kind for one in scope.head(patient)}
