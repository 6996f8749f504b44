"""The record only grows: the database itself refuses anything else."""

import pytest
from django.db import DatabaseError, transaction

from cast import Cast
from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import documents, patients
from ventosa.web.documents import Details, NoteBody
from ventosa.web.models import AuditRow, Document, Kind, Patient, Seal
from ventosa.web.models.record import PatientWord


def note(cast: Cast, patient: Patient, text: str = "Sleeps badly.", key: str = "k") -> Document:
    body = NoteBody(text=text)
    return documents.write(cast.scope("alice"), patient=patient, kind=Kind.NOTE, body=body, key=key)


def test_a_document_cannot_be_changed_or_deleted(cast: Cast) -> None:
    document = note(cast, cast.patient())
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(id=document.id).update(body={"text": "Sleeps well."})
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(id=document.id).delete()
    document.refresh_from_db()
    assert document.body["text"] == "Sleeps badly."


def test_the_same_submission_writes_once(cast: Cast) -> None:
    patient = cast.patient()
    assert note(cast, patient).id == note(cast, patient).id
    assert Document.objects.filter(kind=Kind.NOTE).count() == 1
    with pytest.raises(InputError, match="sent before"):
        note(cast, patient, text="Something else.")


def test_an_addendum_leaves_the_original(cast: Cast) -> None:
    document = note(cast, cast.patient())
    documents.sign(cast.scope("alice"), document=document)
    added = documents.add_to(cast.scope("alice"), document=document, text="Better now.", key="a")
    assert added.adds_to_id == document.id
    assert Document.objects.get(id=document.id).body["text"] == "Sleeps badly."


def test_only_its_author_signs(cast: Cast) -> None:
    document = note(cast, cast.patient())
    with pytest.raises(NotAllowed):
        documents.sign(cast.scope("bob"), document=document)


def test_a_null_sign_is_refused_in_words(cast: Cast) -> None:
    with pytest.raises(InputError, match="null sign"):
        note(cast, cast.patient(), text="a\x00b")
    assert not Document.objects.filter(kind=Kind.NOTE).exists()


def test_numbers_of_patients_run_in_each_clinic(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    assert (first.number, second.number, cast.patient("mallory").number) == (1, 2, 1)


def test_other_details_leave_the_earlier_ones(cast: Cast) -> None:
    patient = cast.patient()
    other = Details(name="Daniel Okafor-Marsh", birth_date="1972-03-14")
    patients.change_details(cast.scope("bob"), patient=patient, details=other, key="other")
    assert Document.objects.filter(patient=patient, kind=Kind.DETAILS).count() == 2
    assert Patient.objects.get(id=patient.id).name == "Daniel Okafor-Marsh"
    assert PatientWord.objects.filter(patient=patient, word="marsh").exists()


def test_a_write_leaves_its_audit_row_or_nothing_at_all(cast: Cast) -> None:
    patient = cast.patient()
    before = AuditRow.objects.count()
    document = note(cast, patient)
    row = AuditRow.objects.exclude(what="details").get(what=Kind.NOTE)
    assert row.patient == patient.id and row.detail == {"document": str(document.id)}
    assert AuditRow.objects.count() == before + 1


def test_an_audit_row_is_sealed_once_and_never_changed(cast: Cast) -> None:
    from ventosa.web.actions.audit import seal

    cast.patient()
    scope = cast.scope("alice")
    assert seal(scope.clinic, now=scope.now) > 0
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditRow.objects.filter(clinic=scope.clinic).update(act="read")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditRow.objects.filter(clinic=scope.clinic).update(seal=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        Seal.objects.filter(clinic=scope.clinic).delete()
