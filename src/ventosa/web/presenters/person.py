"""The head of every page about a patient."""

from datetime import date
from typing import Any

from ventosa.web.documents import Details, from_json
from ventosa.web.models import Kind, Patient
from ventosa.web.presenters.standing import standing_of
from ventosa.web.scope import Scope


def person_of(scope: Scope, patient: Patient) -> dict[str, Any]:
    """Return who the patient is, as the head of a page and its forms show it."""
    newest = scope.documents(patient).filter(kind=Kind.DETAILS, patient=patient).first()
    details = Details(name=patient.name)
    if newest is not None:
        body = from_json(Kind.DETAILS, newest.body)
        assert isinstance(body, Details)
        details = body
    return {
        "part": "patients",
        "patient": patient,
        "details": details,
        "person_line": line_of(details, patient, scope.today),
        "standing": standing_of(scope, patient),
    }


def line_of(details: Details, patient: Patient, on: date) -> str:
    """Return age, sex and number in one line; what is not known is left out."""
    words = [age_words(details.birth_date, on), details.sex, f"no. {patient.number}"]
    return " · ".join(word for word in words if word)


def age_words(birth_date: str, on: date) -> str:
    """Return an age in words; of a partial birth date roughly."""
    if not birth_date:
        return "age not known"
    parts = [int(part) for part in birth_date.split("-")]
    if len(parts) < 3:
        return f"about {on.year - parts[0]} years"
    years = on.year - parts[0] - ((on.month, on.day) < (parts[1], parts[2]))
    return f"{years} years"
