"""What was kept under an older knowledge opens under the one at hand, and says what is gone."""

from typing import Any

import pytest

from accepted import accept, assessed
from cast import Cast
from ventosa.web.actions import documents
from ventosa.web.documents import AdverseEventBody, from_json
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.models import Document, Encounter, Entry, Kind


@pytest.fixture(autouse=True)
def solved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    from ventosa.web.working import Worker

    monkeypatch.setattr(Worker, "run", lambda self, work, *args, **more: work(*args, **more))


@pytest.fixture
def visit(cast: Cast) -> Encounter:
    return assessed(cast)


def said_then(cast: Cast, visit: Encounter, field: str, value: Any) -> None:
    """What was said when the knowledge still had the question."""
    Entry.objects.create(
        id=new_id(),
        clinic=visit.clinic,
        encounter=visit,
        author=cast.alice,
        at=cast.scope("alice").now,
        key=new_id().hex,
        field=field,
        value=value,
        said="patient",
    )


def harmed(cast: Cast, visit: Encounter) -> None:
    body = AdverseEventBody(event="cup_burst", grade=2, text="The cup broke.")
    documents.write(
        cast.scope("alice"), patient=visit.patient, kind=Kind.ADVERSE_EVENT, body=body, key="burst"
    )


def pages(visit: Encounter) -> list[str]:
    places = ("plan/", "plan/print/", "assess/", "consent/", "")
    return [f"/patients/{visit.patient_id}/", *(f"/visits/{visit.id}/{one}" for one in places)]


def test_a_harm_of_a_kind_that_is_gone_stays_a_harm(cast: Cast, visit: Encounter) -> None:
    harmed(cast, visit)
    accept(cast, visit)
    for path in pages(visit):
        answer = cast.client("alice").get(path)
        assert answer.status_code == 200, path
    shown = cast.client("alice").get(pages(visit)[0]).content.decode()
    assert "cup_burst" in shown and "no longer known" in shown
    scope = cast.scope("alice")
    found = {one.fact: one for one in gather(scope, visit).record.readings}
    assert found["sessions_without_harm"].value.high == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fact:swallowed_a_comet", True),
        ("none:skin", ["swallowed_a_comet"]),
        ("fact:sex", "a word that is no choice any more"),
        ("fact:height_cm", 9000),
    ],
)
def test_an_answer_to_a_question_that_is_gone_counts_as_not_known_and_is_said(
    cast: Cast, visit: Encounter, field: str, value: Any
) -> None:
    said_then(cast, visit, field, value)
    for path in pages(visit):
        answer = cast.client("alice").get(path)
        assert answer.status_code == 200, path
    assert "no longer asks" in cast.client("alice").get(pages(visit)[1]).content.decode()


def kept_then(cast: Cast, visit: Encounter, **changed: Any) -> Document:
    """A decision and its plan, as an older knowledge kept them."""
    scope = cast.scope("alice")
    old = Document.objects.get(kind=Kind.SCREENING).body
    old = {**old, "knowledge_sha256": "0" * 64, **changed}
    return documents.write(
        scope,
        patient=visit.patient,
        kind=Kind.SCREENING,
        body=from_json(Kind.SCREENING, old),
        key="then",
        encounter=visit,
    )


def test_a_decision_that_cannot_be_made_again_says_what_is_missing(
    cast: Cast, visit: Encounter
) -> None:
    accept(cast, visit)
    body = Document.objects.get(kind=Kind.SCREENING).body
    facts = {**body["answers"]["facts"], "swallowed_a_comet": True}
    then = kept_then(cast, visit, answers={**body["answers"], "facts": facts})
    client = cast.client("alice")
    shown = client.get(f"/documents/{then.id}/again/").content.decode()
    assert "cannot be made again" in shown and "swallowed_a_comet" in shown
    assert client.get(f"/documents/{then.id}/").status_code == 200


def test_a_decision_with_a_rule_that_is_gone_is_made_again_and_the_rule_is_named(
    cast: Cast, visit: Encounter
) -> None:
    accept(cast, visit)
    body = Document.objects.get(kind=Kind.SCREENING).body
    dry = body["screening"]["techniques"]["dry_static"]
    finding = {**dry["findings"][0], "rule": "Z99", "state": "true"}
    dry = {**dry, "findings": [*dry["findings"], finding]}
    techniques = {**body["screening"]["techniques"], "dry_static": dry}
    then = kept_then(cast, visit, screening={**body["screening"], "techniques": techniques})
    shown = cast.client("alice").get(f"/documents/{then.id}/again/").content.decode()
    assert "Z99: true → not there" in shown and "with another knowledge" in shown


def test_an_accepted_plan_opens_whose_reason_for_an_override_is_gone(
    cast: Cast, visit: Encounter
) -> None:
    plan = accept(cast, visit)
    other = {"quantity": "suction_kpa", "limit": 20.0, "wanted": 25.0, "reason": "full_moon"}
    other |= {"sentence": "It was a full moon then.", "by": "Alice", "findings_opened": []}
    body = {**plan.body, "overrides": [{**other, "at": str(visit.on)}]}
    documents.write(
        cast.scope("alice"),
        patient=visit.patient,
        kind=Kind.PLAN,
        body=from_json(Kind.PLAN, body),
        key="then",
        encounter=visit,
    )
    for path in pages(visit):
        assert cast.client("alice").get(path).status_code == 200, path
