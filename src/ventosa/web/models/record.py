"""The record of a patient: who it is, and everything that was said, decided and done."""

from typing import ClassVar

from django.db import models

from ventosa.web.models.clinic import Clinic, Row
from ventosa.web.models.people import Membership


class Privacy(models.TextChoices):
    """Who may open a record."""

    CLINIC = "clinic", "Everybody who treats here"
    TEAM = "team", "The treating team only"


class Patient(Row):
    """A patient. What is known of the person stands in documents of kind ``details``; the columns
    here repeat the newest of them for searching.

    ``birth_date`` may be partial ("1962", "1962-03"), empty = not known. ``phone_end`` is the
    last nine digits.
    """

    number = models.PositiveIntegerField()
    privacy = models.CharField(max_length=8, choices=Privacy.choices, default=Privacy.CLINIC)
    name = models.CharField(max_length=200)
    plain_name = models.CharField(max_length=400)
    birth_date = models.CharField(max_length=10, blank=True)
    phone_end = models.CharField(max_length=9, blank=True)
    language = models.CharField(max_length=8, default="en")
    is_merged = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    key = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "number"], name="one_number_a_patient"),
            models.UniqueConstraint(fields=["clinic", "key"], name="one_patient_a_submission"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["clinic", "is_merged", "plain_name"], name="patient_by_name"),
            models.Index(fields=["clinic", "birth_date"], name="patient_by_birth"),
            models.Index(fields=["clinic", "phone_end"], name="patient_by_phone"),
        ]

    def __str__(self) -> str:
        return f"Patient {self.number}"


class PatientWord(models.Model):
    """One part of a patient's name, for searching by any part at the cost of an index; rebuilt
    whenever the name changes. While records are read as one, the kept one is found by the names
    of all."""

    id = models.BigAutoField(primary_key=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=60)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "word"], name="patient_word")]


class PatientKey(models.Model):
    """What a person entered twice would share (``matching.keys``): a double is found at the cost
    of an index; rebuilt with the details."""

    id = models.BigAutoField(primary_key=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="keys")
    key = models.CharField(max_length=40)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "key"], name="patient_key")]


class CareTeam(Row):
    """A practitioner who treats a patient."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="team")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "membership"], name="once_in_a_team")
        ]


class Encounter(Row):
    """One visit of a patient. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="encounters")
    practitioner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    previous = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    moved_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    key = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "key"], name="one_encounter_a_submission")
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "-on", "-at"], name="encounter_by_patient"),
            models.Index(fields=["clinic", "on"], name="encounter_by_day"),
        ]


class Kind(models.TextChoices):
    """What a document is. Its body has a closed shape for each (``web/documents.py``)."""

    DETAILS = "details", "Person"
    COMPLAINT = "complaint", "Complaint"
    IMPORT = "import", "Imported record"
    SCREENING = "screening", "Screening"
    PLAN = "plan", "Plan"
    SESSION = "session", "Session"
    MARKS = "marks", "Marks"
    ADVERSE_EVENT = "adverse_event", "Adverse event"
    PHOTO = "photo", "Photo"
    LETTER = "letter", "Letter"
    CONSENT = "consent", "Consent"
    SPOKEN = "spoken", "Spoken yes"
    WITHDRAWAL = "withdrawal", "Consent withdrawn"
    NOTE = "note", "Note"
    WORD = "word", "Word from outside"
    CLEARANCE = "clearance", "Clearance"


class Document(Row):
    """One thing that was written into a record, by whom and when. Append-only.

    ``on`` is the day it speaks of, ``at`` when it was written. ``adds_to`` makes it an addendum;
    ``moved_from`` links it to where it was first written by mistake. ``key`` names the submission:
    the same submission twice writes once.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents")
    encounter = models.ForeignKey(
        Encounter, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    body = models.JSONField()
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField()
    adds_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="addenda"
    )
    moved_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "key"], name="one_document_a_submission")
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "kind", "-at"], name="document_by_kind"),
            models.Index(fields=["patient", "-on", "-at"], name="document_by_day"),
        ]


class Signature(Row):
    """A document was signed: from then on it only grows by addenda. Append-only.

    ``sha256`` is over the body as it was signed.
    """

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="signature")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)


class Mistake(Row):
    """A document that stands in this record by mistake. Append-only.

    ``moved_to`` is where it stands whole, ``None`` where it belongs nowhere.
    """

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="mistake")
    moved_to = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()


class Said(models.TextChoices):
    """Who said an entry."""

    PATIENT = "patient", "the patient"
    PRACTITIONER = "practitioner", "the practitioner"


class Entry(Row):
    """One answer of an assessment as it was given. Append-only.

    ``field`` is ``fact:<id>``, ``none:<group>``, ``zones``, ``sites``, ``pain_now``, ``pain_week``,
    ``onset_date``, ``goal`` … ``value`` is its JSON, ``None`` = asked and not known. ``saw`` is the
    key of the entry that its writer had in sight, empty = none; two entries of which neither saw
    the other stand side by side. ``key`` is made on the device.
    """

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="entries")
    field = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    note = models.TextField(max_length=2000, blank=True)
    said = models.CharField(max_length=16, choices=Said.choices)
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    saw = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "key"], name="one_entry_a_key")
        ]
        indexes: ClassVar = [models.Index(fields=["encounter", "id"], name="entry_by_encounter")]


class Merge(Row):
    """Two records are of one person: ``merged`` is read as part of ``kept``. Append-only."""

    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merged_into")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Unmerge(Row):
    """A merge that was taken back. Append-only."""

    merge = models.OneToOneField(Merge, on_delete=models.PROTECT, related_name="undone")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Blob(Row):
    """Bytes that a document names by their hash: a bundle, a photo. Append-only."""

    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=60)
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "sha256"], name="bytes_once_a_clinic")
        ]


__all__ = [
    "Blob",
    "CareTeam",
    "Document",
    "Encounter",
    "Entry",
    "Kind",
    "Merge",
    "Mistake",
    "Patient",
    "PatientKey",
    "PatientWord",
    "Privacy",
    "Said",
    "Signature",
    "Unmerge",
]
