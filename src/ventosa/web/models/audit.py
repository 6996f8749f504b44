"""Who read and wrote what: rows, and the chain they are sealed into."""

from typing import ClassVar

from django.db import models

from ventosa.web.models.clinic import Row


class AuditRow(Row):
    """One read or write. Append-only, except that ``seal`` is set once.

    ``who`` is the membership, ``None`` for the program itself; the patient is ``None`` where the
    act concerns none or many (then ``AuditSeen`` names them). ``detail`` never holds a clinical
    value.
    """

    at = models.DateTimeField()
    who = models.UUIDField(null=True)
    patient = models.UUIDField(null=True)
    act = models.CharField(max_length=8)
    what = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    seal = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["clinic", "patient", "-at"], name="audit_by_patient"),
            models.Index(
                fields=["clinic", "id"], name="audit_unsealed", condition=models.Q(seal=None)
            ),
            models.Index(fields=["clinic", "seal"], name="audit_by_seal"),
        ]


class AuditSeen(models.Model):
    """A patient who was named on a list that somebody read."""

    id = models.BigAutoField(primary_key=True)
    row = models.ForeignKey(AuditRow, on_delete=models.PROTECT, related_name="seen")
    patient = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "row"], name="audit_seen")]


class Seal(Row):
    """A link of the chain: ``count`` rows, their hash, and the hash of the link before."""

    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    count = models.PositiveIntegerField()
    rows_sha256 = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "number"], name="one_link_a_number")
        ]


class SealingTurn(models.Model):
    """Whose turn it is to seal: one row. Two who seal at once cannot fork a chain; the turn only
    spares them trying."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    holder = models.UUIDField()
    until = models.DateTimeField()
