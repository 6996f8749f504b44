"""People who work here: who they are, what they may do, until when."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

from ventosa.languages import visible
from ventosa.terms import Technique
from ventosa.web.ids import new_id
from ventosa.web.models.clinic import Clinic, Row


class User(AbstractUser):
    """A person who signs in. What the person may do stands in each clinic's ``Membership``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="en")

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        # A name stands in many sentences: it must not turn the words after it.
        return visible(self.name or self.username)


class Membership(Row):
    """A person in a clinic: roles, and from when to when.

    ``until`` is the last day (a locum has one); ``None`` = open. ``pin`` is a hash, empty where
    none was set; it lets the person take over a shared tablet on which somebody is signed in.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    is_owner = models.BooleanField(default=False)
    practises = models.BooleanField(default=False)
    assists = models.BooleanField(default=False)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    pin = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "user"], name="one_membership_a_clinic")
        ]

    def __str__(self) -> str:
        return str(self.user)


class Invitation(Row):
    """Somebody who signs in already is asked to work in this clinic too.

    ``username`` is the name the owner typed, case-folded; nothing is looked up until its bearer
    looks.
    ``membership`` is set once that person said yes; ``is_over`` once it is answered or taken back.
    """

    username = models.CharField(max_length=150)
    is_owner = models.BooleanField(default=False)
    practises = models.BooleanField(default=False)
    assists = models.BooleanField(default=False)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_over = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["username"], name="invitation_by_name")]


class TrainingKind(models.TextChoices):
    """What a paper says of a person."""

    TRAINING = "training", "Training"
    REGISTRATION = "registration", "Registration"
    LICENCE = "licence", "Licence"
    INSURANCE = "insurance", "Insurance"


class Training(Row):
    """Training, registration, licence or insurance of a person for a technique.

    ``expires_on`` is the last day it counts; ``None`` = it does not expire. One that has expired
    is the same as none.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="trainings")
    technique = models.CharField(max_length=16, choices=[(t.value, t.value) for t in Technique])
    kind = models.CharField(max_length=16, choices=TrainingKind.choices)
    issuer = models.CharField(max_length=120)
    number = models.CharField(max_length=60, blank=True)
    expires_on = models.DateField(null=True, blank=True)


class EmergencyAccess(Row):
    """A restricted record opened in an emergency, with the reason and until when. Append-only."""

    patient = models.ForeignKey("Patient", on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=500)
    at = models.DateTimeField()
    until = models.DateTimeField()


class EmergencySeen(Row):
    """An owner has seen that a closed record was opened. Append-only."""

    access = models.OneToOneField(EmergencyAccess, on_delete=models.PROTECT, related_name="seen")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class AttemptCounter(models.Model):
    """Failed sign-ins of one bucket. There are 4096 buckets and never more rows than that."""

    bucket = models.PositiveIntegerField(primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()


__all__ = [
    "AttemptCounter",
    "Clinic",
    "EmergencyAccess",
    "EmergencySeen",
    "Invitation",
    "Membership",
    "Training",
    "TrainingKind",
    "User",
]
