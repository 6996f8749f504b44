"""A bundle is sent in, looked at and taken: once, and into the record of whom it is about."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cast import Cast
from ventosa.web.actions import imports
from ventosa.web.gathering import gather
from ventosa.web.models import AuditRow, Blob, Document, Kind, Patient, Upload

BUNDLE = Path(__file__).parents[2] / "examples" / "okafor" / "bundle.json"


def bundle(**patient: Any) -> bytes:
    tree = json.loads(BUNDLE.read_text("utf-8"))
    tree["entry"][0]["resource"] |= patient
    return json.dumps(tree).encode()


def send(cast: Cast, data: bytes, patient: Patient | None = None) -> Any:
    address = reverse("patient_from_record")
    if patient is not None:
        address = reverse("import_record", args=[patient.id])
    file = SimpleUploadedFile("bundle.json", data, "application/json")
    return cast.client("alice").post(address, {"record": file})


def take(cast: Cast, patient: Patient, **more: str) -> Any:
    upload = Upload.objects.order_by("-at").first()
    form = {"key": "k", "upload": "" if upload is None else str(upload.id), **more}
    return cast.client("alice").post(reverse("import_take", args=[patient.id]), form)


@pytest.fixture
def daniel(cast: Cast) -> Patient:
    return cast.patient(birth_date="1972-05-09")


def test_what_it_says_is_shown_before_anything_is_taken(cast: Cast, daniel: Patient) -> None:
    page = send(cast, BUNDLE.read_bytes(), daniel)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Nothing speaks against it" in text and "Still to ask" in text
    assert "Condition/sciatica" in text and "178" in text
    assert "is not of today" in text  # a hint beside its question
    assert not Document.objects.filter(kind=Kind.IMPORT).exists()
    assert not Blob.objects.exists()


def test_taken_it_counts_in_the_screening(cast: Cast, daniel: Patient) -> None:
    visit = cast.visit(daniel)
    assert "radiculopathy" not in gather(cast.scope("alice"), visit).screening.facts
    send(cast, BUNDLE.read_bytes(), daniel)
    assert take(cast, daniel).status_code == 302
    known = gather(cast.scope("alice"), visit).screening.facts["radiculopathy"]
    assert known.value is True and known.source == "Condition/sciatica"
    assert not Upload.objects.exists()
    assert AuditRow.objects.filter(patient=daniel.id, what="import").count() == 1


def test_taken_twice_it_is_written_once(cast: Cast, daniel: Patient) -> None:
    send(cast, BUNDLE.read_bytes(), daniel)
    assert take(cast, daniel).status_code == 302
    assert take(cast, daniel).status_code == 302  # the same form again
    send(cast, BUNDLE.read_bytes(), daniel)
    assert take(cast, daniel, key="another").status_code == 302  # the same file again
    assert Document.objects.filter(kind=Kind.IMPORT).count() == 1
    assert Blob.objects.count() == 1


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"birthDate": "1981-01-01"}, "another birth date"),
        ({"name": [{"family": "Schmidt", "given": ["Eva"]}], "birthDate": "1972-05-09"}, "name"),
        ({"name": [], "birthDate": None}, "neither name nor birth date"),
    ],
)
def test_another_person_is_taken_only_on_purpose(
    cast: Cast, daniel: Patient, other: dict[str, Any], said: str
) -> None:
    page = send(cast, bundle(**other), daniel).content.decode()
    assert said in page and "on_purpose" in page
    refused = take(cast, daniel)
    assert refused.status_code == 422 and said in refused.content.decode()
    assert not Document.objects.filter(kind=Kind.IMPORT).exists()
    assert take(cast, daniel, on_purpose="1").status_code == 302
    assert Document.objects.filter(kind=Kind.IMPORT).count() == 1


TWO = json.dumps(
    {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Patient", "id": id}} for id in ("a", "b")],
    }
).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no json", "not JSON"),
        (b"   ", "empty"),
        (TWO, "2 Patients"),
        (bundle(deceasedBoolean=True), "recorded as dead"),
        (bundle(name=[{"text": "Daniel" + chr(0)}]), "null sign"),
        (b"\x00" + BUNDLE.read_bytes(), "not JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"resourceType": "Patient"}', "must be Bundle"),
        (b"[" * 100_000, "Nothing was taken"),
    ],
)
def test_what_is_no_record_is_refused_in_words(
    cast: Cast, daniel: Patient, data: bytes, said: str
) -> None:
    page = send(cast, data, daniel)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Upload.objects.exists()


def test_a_file_that_is_too_large_is_not_kept(
    cast: Cast, daniel: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_BYTES", 100_000)
    page = send(cast, b" " * 200_000, daniel)
    assert page.status_code == 422 and "larger than 64 MB" in page.content.decode()
    assert not Upload.objects.exists()
    page = send(cast, BUNDLE.read_bytes(), daniel)
    assert page.status_code == 200


def test_the_form_needs_its_token(cast: Cast, daniel: Patient) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice.user, "allauth.account.auth_backends.AuthenticationBackend")
    file = SimpleUploadedFile("bundle.json", BUNDLE.read_bytes(), "application/json")
    answer = client.post(reverse("import_record", args=[daniel.id]), {"record": file})
    assert answer.status_code == 403
    assert not Upload.objects.exists()


def test_what_another_sent_in_is_out_of_reach(cast: Cast, daniel: Patient) -> None:
    send(cast, BUNDLE.read_bytes(), daniel)
    waiting = Upload.objects.get()
    address = reverse("import_record", args=[daniel.id])
    assert cast.client("bob").get(address, {"upload": str(waiting.id)}).status_code == 404


def test_what_nobody_took_is_dropped(cast: Cast, daniel: Patient) -> None:
    from dataclasses import replace

    scope = cast.scope("alice")
    then = replace(scope, now=scope.now - imports.WAITS * 2)
    imports.arrive(then, patient=daniel, data=BUNDLE.read_bytes())
    send(cast, BUNDLE.read_bytes(), daniel)
    assert Upload.objects.count() == 1


def test_a_new_patient_from_a_record(cast: Cast) -> None:
    page = send(cast, BUNDLE.read_bytes()).content.decode()
    assert 'value="Daniel Okafor"' in page and 'value="1972-05-09"' in page
    form = {
        "key": "new",
        "upload": str(Upload.objects.get().id),
        "name": "Daniel Okafor",
        "birth_date": "1972-05-09",
        "sex": "male",
        "language": "en",
    }
    client = cast.client("alice")
    assert client.post(reverse("patient_from_record_enter"), form).status_code == 302
    assert client.post(reverse("patient_from_record_enter"), form).status_code == 302
    patient = Patient.objects.get()
    assert Document.objects.filter(patient=patient, kind=Kind.IMPORT).count() == 1


def test_a_new_patient_and_the_record_are_both_written_or_neither(cast: Cast) -> None:
    send(cast, BUNDLE.read_bytes())
    form = {
        "key": "new",
        "upload": str(Upload.objects.get().id),
        "name": "Eva Schmidt",
        "birth_date": "1999",
        "language": "en",
    }
    refused = cast.client("alice").post(reverse("patient_from_record_enter"), form)
    assert refused.status_code == 422
    assert not Patient.objects.exists() and not Document.objects.exists()


def test_who_is_in_the_register_is_noticed_first(cast: Cast, daniel: Patient) -> None:
    page = send(cast, BUNDLE.read_bytes()).content.decode()
    assert "Already in the register?" in page
    assert f"{reverse('import_record', args=[daniel.id])}?upload=" in page


def test_every_synthetic_record_is_read(cast: Cast, shared_patients: list[Path]) -> None:
    read = 0
    for path in shared_patients:
        page = send(cast, path.read_bytes())
        text = page.content.decode()
        if page.status_code == 422:
            assert "recorded as dead" in text
            continue
        assert "Taken as known" in text
        read += 1
    assert read >= 6


def test_the_day_of_the_reading_is_the_clinics(cast: Cast, daniel: Patient) -> None:
    record = imports.read(cast.scope("alice"), BUNDLE.read_bytes())
    age = next(r for r in record.readings if r.fact == "age_years")
    on = cast.scope("alice").today
    assert age.value.low == on.year - 1972 - ((on.month, on.day) < (5, 9))  # type: ignore[union-attr]
    assert on >= date(2026, 1, 1)
