"""The head of every page about a patient."""

from datetime import date
from typing import Any

from ventosa.languages import counted
from ventosa.web.documents import Details, stored
from ventosa.web.models import Kind, Patient
from ventosa.web.presenters.speaking import language_of, spoken
from ventosa.web.presenters.standing import standing_of
from ventosa.web.scope import Scope


def person_of(scope: Scope, patient: Patient) -> dict[str, Any]:
    """Return who the patient is, as the head of a page and its forms show it."""
    own = (one for one in scope.head(patient) if one.patient_id == patient.id)
    newest = next((one for one in own if one.kind == Kind.DETAILS), None)
    details = Details(name=patient.name)
    if newest is not None:
        body = stored(Kind.DETAILS, newest.body)
        assert isinstance(body, Details)
        details = body
    return {
        "part": "patients",
        "patient": patient,
        "details": details,
        "person_line": line_of(details, patient, scope.today, language_of(scope)),
        "standing": standing_of(scope, patient),
    }


def line_of(details: Details, patient: Patient, on: date, language: str = "en") -> str:
    """Return age, sex and number in one line; what is not known is left out."""
    sex = details.sex and spoken(details.sex, language).text
    number = f"{spoken('no.', language).text} {patient.number}"
    return " · ".join(filter(None, [age_words(details.birth_date, on, language), sex, number]))


def age_words(birth_date: str, on: date, language: str = "en") -> str:
    """Return an age in words; of a partial birth date roughly."""
    if not birth_date:
        return spoken("age not known", language).text
    parts = [int(part) for part in birth_date.split("-")]
    if len(parts) < 3:
        return counted("about {n} years", on.year - parts[0], language).text
    years = on.year - parts[0] - ((on.month, on.day) < (parts[1], parts[2]))
    return counted("{n} years", years, language).text
