"""Every read and write leaves a row, and what is done to the rows later is found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from cast import Cast
from ventosa.web import sealing
from ventosa.web.actions import documents
from ventosa.web.actions.audit import BATCH, broken_links, head, holds, seal
from ventosa.web.documents import NoteBody
from ventosa.web.ids import new_id
from ventosa.web.models import AuditRow, AuditSeen, Clinic, Kind, Seal, SealingTurn


def rows(clinic: Clinic, count: int, patient: UUID | None = None) -> None:
    now = datetime.now(UTC)
    AuditRow.objects.bulk_create(
        [
            AuditRow(clinic=clinic, at=now, patient=patient, act="read", what="chart", detail={})
            for _ in range(count)
        ],
        batch_size=500,
    )


@pytest.fixture
def chain(cast: Cast) -> Clinic:
    """A clinic whose chain has three links."""
    clinic = cast.alice.clinic
    for _ in range(3):
        rows(clinic, 4)
        assert seal(clinic, now=datetime.now(UTC))
    assert broken_links(clinic) == []
    return clinic


@pytest.fixture
def tamper(db: None) -> Iterator[Callable[..., None]]:
    """Run statements as somebody who may change the tables."""

    def run(*statements: str) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")
            else:
                # Checks that wait for the transaction's end would hold the tables.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                for table in ("auditrow", "auditseen", "seal"):
                    cursor.execute(f"ALTER TABLE clinic_{table} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)

    yield run


FIRST = "(SELECT id FROM clinic_auditrow WHERE seal = 2 ORDER BY id LIMIT 1)"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"UPDATE clinic_auditrow SET what = 'today' WHERE id = {FIRST}", "a row of link 2 was"),
        (f"UPDATE clinic_auditrow SET patient = id WHERE id = {FIRST}", "a row of link 2 was"),
        (f"DELETE FROM clinic_auditrow WHERE id = {FIRST}", "link 2 holds 3 rows of 4"),
        (f"UPDATE clinic_auditrow SET seal = 1 WHERE id = {FIRST}", "link 1 holds"),
        (f"UPDATE clinic_auditrow SET seal = NULL WHERE id = {FIRST}", "link 2 holds 3 rows of 4"),
        ("DELETE FROM clinic_seal WHERE number = 2", "1 links are missing before link 3"),
        ("DELETE FROM clinic_seal WHERE number = 3", "missing at the end"),
        ("UPDATE clinic_seal SET count = 5 WHERE number = 2", "link 2 holds 4 rows of 5"),
        ("UPDATE clinic_seal SET sha256 = rows_sha256 WHERE number = 2", "link 2 was changed"),
    ],
)
def test_what_was_done_to_it_is_found(
    chain: Clinic, tamper: Callable[..., None], statement: str, found: str
) -> None:
    tamper(statement)
    assert any(found in problem for problem in broken_links(chain)), broken_links(chain)


def test_a_row_put_in_is_found(chain: Clinic, tamper: Callable[..., None]) -> None:
    tamper()
    rows(chain, 1)
    AuditRow.objects.filter(clinic=chain, seal=None).update(seal=2)
    assert "link 2 holds 5 rows of 4" in broken_links(chain)


def test_links_in_another_order_are_found(chain: Clinic, tamper: Callable[..., None]) -> None:
    tamper(
        "UPDATE clinic_seal SET number = 9 WHERE number = 2",
        "UPDATE clinic_seal SET number = 2 WHERE number = 3",
        "UPDATE clinic_seal SET number = 3 WHERE number = 9",
    )
    assert "link 2 does not follow the one before it" in broken_links(chain)


def test_somebody_taken_off_a_list_is_found(cast: Cast, tamper: Callable[..., None]) -> None:
    cast.patient()
    cast.client("alice").get(reverse("patients"))
    clinic = cast.alice.clinic
    seal(clinic, now=datetime.now(UTC))
    assert broken_links(clinic) == []
    assert AuditSeen.objects.exists()
    tamper("DELETE FROM clinic_auditseen")
    assert broken_links(clinic) == ["a row of link 1 was changed"]


def test_an_end_cut_off_needs_a_head_kept_elsewhere(
    chain: Clinic, tamper: Callable[..., None]
) -> None:
    kept = head(chain)
    assert holds(chain, number=kept.number, sha=kept.sha256)
    tamper("DELETE FROM clinic_auditrow WHERE seal = 3", "DELETE FROM clinic_seal WHERE number = 3")
    assert broken_links(chain) == []
    assert not holds(chain, number=kept.number, sha=kept.sha256)


def test_a_second_writer_forks_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other seals the same rows between the reading and the writing of this one."""
    from ventosa.web.actions import audit

    clinic, now = cast.alice.clinic, datetime.now(UTC)
    rows(clinic, 5)
    hashing, inner = audit.rows_hash, []

    def slow(*given: Any) -> str:
        if not inner:
            inner.append(True)
            assert seal(clinic, now=now)
        return hashing(*given)

    monkeypatch.setattr(audit, "rows_hash", slow)
    assert seal(clinic, now=now) == 0
    assert Seal.objects.filter(clinic=clinic).count() == 1
    assert broken_links(clinic) == []


def test_one_of_several_has_its_turn(db: None) -> None:
    one, other, now = uuid4(), uuid4(), datetime.now(UTC)
    assert sealing.has_turn(one, now)
    assert not sealing.has_turn(other, now)
    assert sealing.has_turn(one, now + sealing.TURN / 2)
    assert not sealing.has_turn(other, now + sealing.TURN)
    assert sealing.has_turn(other, now + 2 * sealing.TURN)
    assert SealingTurn.objects.count() == 1


def test_more_than_one_batch_is_sealed_in_one_go(cast: Cast) -> None:
    clinic = cast.alice.clinic
    rows(clinic, BATCH + 30)
    assert sealing.seal_waiting(new_id()) >= BATCH + 30
    assert not AuditRow.objects.filter(seal=None).exists()
    assert sealing.seal_waiting(new_id()) == 0
    assert broken_links(clinic) == []


def test_a_check_reads_link_by_link(chain: Clinic) -> None:
    with CaptureQueriesContext(
        connection,
    ) as three:
        broken_links(chain)
    assert len(three) <= 2 + 3


# --- what leaves a row --------------------------------------------------------------------------


def patient_routes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every address about a patient, by name, with the names of its arguments."""
    for pattern in get_resolver().url_patterns:
        policy = getattr(getattr(pattern, "callback", None), "policy", None)
        if policy is not None and policy.about == "patient":
            yield pattern.name, tuple(pattern.pattern.converters)


def test_each_page_about_a_patient_leaves_one_row_of_the_patient(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    body = NoteBody(text="Sleeps badly.")
    note = documents.write(
        cast.scope("alice"), patient=patient, kind=Kind.NOTE, body=body, key="one-note"
    )
    client = cast.client("alice")
    samples = {"patient": patient.id, "visit": visit.id, "document": note.id}
    opened = []
    for name, needed in patient_routes():
        if not needed or not set(needed) <= set(samples):
            continue
        before = set(AuditRow.objects.values_list("id", flat=True))
        response = client.get(reverse(name, kwargs={part: samples[part] for part in needed}))
        left = AuditRow.objects.filter(patient=patient.id).exclude(id__in=before)
        if response.status_code == 200:
            opened.append(name)
            assert [(row.act, row.what) for row in left] == [("read", name)], name
    assert {"chart", "details", "access", "same_person", "import_record"} <= set(opened)


def test_a_list_names_everybody_on_it(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    cast.client("bob").get(reverse("patients"))
    row = AuditRow.objects.get(act="list", what="patients")
    assert row.who == cast.bob.id and row.patient is None
    seen = AuditSeen.objects.filter(row=row).values_list("patient", flat=True)
    assert set(seen) == {first.id, second.id}


MARKER = "Xylophagous-7731"


def test_no_audit_row_holds_a_word_of_the_record(cast: Cast) -> None:
    client = cast.client("alice")
    form = {
        "key": "k1",
        "name": f"{MARKER} One",
        "birth_date": "1971-07-17",
        "phone": "0771 773 1771",
        "remarks": MARKER,
        "language": "en",
    }
    client.post(reverse("patient_new"), form)
    patient = cast.scope("alice").patients().get()
    client.post(reverse("details", args=[patient.id]), {**form, "key": "k2", "address": MARKER})
    client.post(reverse("patients"), {"q": MARKER})
    client.post(reverse("patients_alike"), {"name": MARKER})
    visit = cast.visit(patient)
    said = [{"key": "e", "field": "note", "value": MARKER, "note": MARKER}]
    address = reverse("entries", args=[visit.id])
    answer = client.post(address, {"entries": said}, content_type="application/json")
    assert answer.status_code == 200
    assert AuditRow.objects.count() >= 5
    for row in AuditRow.objects.all():
        words = f"{row.act} {row.what} {row.detail}".casefold()
        assert MARKER.casefold() not in words and "1971" not in words and "7731" not in words


# --- the patient's own log ----------------------------------------------------------------------


def test_the_access_log_says_who_when_and_what(cast: Cast) -> None:
    patient = cast.patient()
    cast.client("bob").get(reverse("chart", args=[patient.id]))
    cast.client("carol").get(reverse("patients"))
    page = cast.client("alice").get(reverse("access", args=[patient.id])).content.decode()
    assert "Bob" in page and "Opened the record" in page
    assert "Carol" in page and "Named on a list" in page


def test_the_log_has_words_for_every_page_and_every_act() -> None:
    import ast
    from pathlib import Path

    from ventosa.web.presenters.access import FORMS, READ, WROTE

    pages = {name for name, needed in patient_routes() if needed and not FORMS.match(name)}
    only_written = {
        "visit_begin", "give", "hand_over_entries", "plan_change", "plan_override", "plan_set",
        "plan_accept", "consent_set", "consent_hand", "consent_spoken", "session_check",
        "consent_withdraw", "consent_undo", "document_sign", "document_add", "document_heal",
        "document_mistake", "unmerge", "import_take", "emergency_open", "team_add", "team_leave",
        "record_privacy",
    }  # fmt: skip
    assert pages - only_written == set(READ)
    written = set()
    actions = Path(__file__).resolve().parents[2] / "src" / "ventosa" / "web" / "actions"
    for file in actions.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "wrote":
                _, patient, what = node.args[:3]
                if isinstance(what, ast.Constant) and not isinstance(patient, ast.Constant):
                    written.add(what.value)
    assert written and written <= set(WROTE)


def test_an_emergency_is_marked(cast: Cast) -> None:
    from ventosa.web.models import EmergencyAccess

    patient, scope = cast.patient(), cast.scope("bob")
    EmergencyAccess.objects.create(
        clinic=scope.clinic,
        patient=patient,
        membership=cast.bob,
        reason="He fainted",
        at=scope.now - timedelta(minutes=1),
        until=scope.now + timedelta(hours=8),
    )
    cast.client("bob").get(reverse("chart", args=[patient.id]))
    page = cast.client("alice").get(reverse("access", args=[patient.id])).content.decode()
    assert "In an emergency" in page and "He fainted" in page


def test_the_log_of_another_clinic_is_not_there(cast: Cast) -> None:
    patient = cast.patient("mallory")
    assert cast.client("alice").get(reverse("access", args=[patient.id])).status_code == 404


def test_a_longer_log_costs_no_more_queries(cast: Cast) -> None:
    patient, client = cast.patient(), cast.client("alice")
    address = reverse("access", args=[patient.id])
    client.get(address)
    counts = []
    for more in (1, 20):
        rows(cast.alice.clinic, more, patient.id)
        with CaptureQueriesContext(connection) as made:
            assert client.get(address).status_code == 200
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_log_goes_on_over_pages_and_repeats_nothing(cast: Cast) -> None:
    from ventosa.web.presenters.access import log_of

    patient, scope = cast.patient(), cast.scope("alice")
    rows(scope.clinic, 130, patient.id)
    ids, before = [], ""
    for _ in range(9):
        page = log_of(scope, patient, before=before)
        ids += [line.id for line in page["lines"]]
        before = str(page["older"] or "")
        if not before:
            break
    assert len(ids) == len(set(ids)) == AuditRow.objects.filter(patient=patient.id).count()


def test_nothing_is_written_without_its_row(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row fails: so does the write."""
    patient, scope = cast.patient(), cast.scope("alice")

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(AuditRow, "save", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        documents.write(
            replace(scope), patient=patient, kind=Kind.NOTE, body=NoteBody(text="a"), key="k"
        )
    assert not scope.documents(patient).filter(kind=Kind.NOTE).exists()
