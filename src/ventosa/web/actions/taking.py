"""A record is taken along: whoever takes it leaves a row."""

from django.db import transaction

from ventosa.web.actions.audit import wrote
from ventosa.web.models import Patient
from ventosa.web.scope import Scope

FORMS = ("zip", "pdf", "fhir", "csv")
"""In what form a record leaves the clinic; the page for printing leaves the row of any page."""


def taken_along(scope: Scope, *, patient: Patient, form: str) -> None:
    """Leave the row that says who took the record of a person along, and in which form."""
    assert form in FORMS
    with transaction.atomic():
        wrote(scope, patient, "taken_along", form=form)
