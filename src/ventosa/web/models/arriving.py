"""What was sent in and not yet taken into a record."""

from typing import ClassVar

from django.db import models

from ventosa.web.models.clinic import Row
from ventosa.web.models.people import Membership
from ventosa.web.models.record import Patient


class Upload(Row):
    """A FHIR bundle that somebody sent in and looks at; gone once it is taken or left for an hour.

    ``patient`` is ``None`` while nobody in the register is it about.
    """

    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    data = models.BinaryField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "at"], name="upload_by_age")]


__all__ = ["Upload"]
