"""A closed record is said to be there to who knows the person, and says nothing else of itself."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cast import Cast
from ventosa.matching import Person
from ventosa.web.actions import patients
from ventosa.web.models import Patient

KNOWN = {"name": "Hanna Probe", "birth_date": "1979-03-14", "phone": "07700 900811"}


@pytest.fixture
def closed(cast: Cast) -> Patient:
    """A patient whose record Alice closed to her team."""
    found = cast.patient(sex="female", **KNOWN)
    patients.set_privacy(cast.scope("alice"), patient=found, privacy="team")
    return found


@pytest.mark.parametrize("typed", ["Hanna Probe", "1979-03-14", "07700900811", "1"])
def test_who_knows_the_person_is_told_that_a_record_is_there(
    cast: Cast, closed: Patient, typed: str
) -> None:
    page = cast.client("bob").post(reverse("patients"), {"q": typed}).content.decode()
    assert "A record that is closed to you fits." in page
    assert reverse("emergency_open", args=[closed.id]) in page
    rows = page[page.index('id="rows"') :]
    assert "Probe" not in rows and "1979" not in rows and "900811" not in rows


@pytest.mark.parametrize("typed", ["", "Hanna", "Prob", "1979", "1979-03", "Hanna Other"])
def test_who_only_browses_is_not(cast: Cast, closed: Patient, typed: str) -> None:
    page = cast.client("bob").post(reverse("patients"), {"q": typed}).content.decode()
    assert "closed to you" not in page


def test_an_assistant_is_told_and_offered_no_emergency(cast: Cast, closed: Patient) -> None:
    page = cast.client("carol").post(reverse("patients"), {"q": "Hanna Probe"}).content.decode()
    assert "closed to you" in page and str(closed.id) not in page


def test_nobody_is_told_of_another_clinic(cast: Cast, closed: Patient) -> None:
    page = cast.client("mallory").post(reverse("patients"), {"q": "Hanna Probe"}).content.decode()
    assert "closed to you" not in page


def test_entering_the_same_person_again_stops_at_the_closed_record(
    cast: Cast, closed: Patient
) -> None:
    client = cast.client("bob")
    form = {"key": "k", "language": "en", **KNOWN}
    answer = client.post(reverse("patient_new"), form)
    assert answer.status_code == 200 and "closed to you" in answer.content.decode()
    assert Patient.objects.count() == 1
    told = client.post(reverse("patients_alike"), KNOWN).content.decode()
    assert "closed to you" in told and "Probe" not in told
    meant = client.post(reverse("patient_new"), {**form, "entered_on_purpose": "1"})
    assert meant.status_code == 302 and Patient.objects.count() == 2


def test_one_thing_alone_is_no_likeness_of_a_closed_record(cast: Cast, closed: Patient) -> None:
    scope = cast.scope("bob")
    assert not patients.doubles(scope, person=Person("Maria Lind", "1979-03-14"))
    found = patients.doubles(scope, person=Person("Hana Probe", "1979-03-14"))
    assert found.closed == [closed] and not found.alike
    hers = patients.doubles(cast.scope("alice"), person=Person(**KNOWN))
    assert not hers.closed and hers.alike[0][0] == closed


def test_a_record_closed_through_its_other_half_is_said_to_be_there(
    cast: Cast, closed: Patient
) -> None:
    other = cast.patient(name="Johanna Probe-Lind", birth_date="1979-03-14")
    patients.merge(cast.scope("alice"), kept=other, merged=closed)
    found = patients.doubles(cast.scope("bob"), person=Person(**KNOWN))
    assert found.closed == [other] and not found.alike
    page = cast.client("bob").post(reverse("patients"), {"q": "Johanna Probe"}).content.decode()
    assert "closed to you" in page


def test_a_bundle_of_a_person_whose_record_is_closed_makes_no_twin_unseen(
    cast: Cast, closed: Patient
) -> None:
    resource = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"text": KNOWN["name"]}],
        "birthDate": KNOWN["birth_date"],
    }
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}
    file = SimpleUploadedFile("record.json", json.dumps(bundle).encode(), "application/json")
    page = cast.client("bob").post(reverse("patient_from_record"), {"record": file})
    assert page.status_code == 200 and "closed to you" in page.content.decode()
