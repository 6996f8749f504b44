"""A clinic and what it says once: places, cups, prices, words of its own."""

from django.db import models

from ventosa.terms import CupKind, Material
from ventosa.web.ids import new_id


class Clinic(models.Model):
    """One clinic. Every other row belongs to one, and no query crosses from one to another.

    ``retention_years`` is how long a closed record is kept: the law of the country decides, the
    number shipped is editorial.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="en")
    languages = models.JSONField(default=list)
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    emergency_number = models.CharField(max_length=16, default="112")
    idle_minutes = models.PositiveSmallIntegerField(default=10)
    retention_years = models.PositiveSmallIntegerField(default=10)
    last_number = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Row(models.Model):
    """What every row of a clinic has: an identifier made by its writer, and the clinic."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Site(Row):
    """A place where the clinic works."""

    name = models.CharField(max_length=120)
    address = models.CharField(max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    is_closed = models.BooleanField(default=False)


class Room(Row):
    """A room of a site."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=120)
    is_closed = models.BooleanField(default=False)


class Bed(Row):
    """A bed or couch of a room."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="beds")
    name = models.CharField(max_length=120)
    is_closed = models.BooleanField(default=False)


class SuctionKnown(models.TextChoices):
    """How the suction of a cup is known."""

    GAUGE = "gauge", "a gauge shows it"
    STROKES = "strokes", "strokes of the pump are counted"
    LEVEL = "level", "a level is set"
    LIFT = "lift", "the lift of the skin is measured"
    NONE = "none", "it is not known"


class CupStock(Row):
    """Cups of one kind and size that the clinic owns."""

    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in CupKind])
    material = models.CharField(max_length=16, choices=[(m.value, m.value) for m in Material])
    inner_diameter_mm = models.PositiveSmallIntegerField()
    count = models.PositiveSmallIntegerField()
    maker = models.CharField(max_length=120, blank=True)
    suction_known = models.CharField(
        max_length=8, choices=SuctionKnown.choices, default=SuctionKnown.NONE
    )
    is_retired = models.BooleanField(default=False)


class Price(Row):
    """A line of the price list; the amount is in the smallest unit of the currency."""

    name = models.CharField(max_length=120)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    is_retired = models.BooleanField(default=False)


class NoteTemplate(Row):
    """The clinic's own beginning of a free note."""

    name = models.CharField(max_length=120)
    text = models.TextField(max_length=4000)
    is_retired = models.BooleanField(default=False)


class CupSet(Row):
    """Cups that are often set together ("my lumbar six"), as levels and distances."""

    name = models.CharField(max_length=120)
    owner = models.ForeignKey("Membership", on_delete=models.PROTECT, related_name="cup_sets")
    cups = models.JSONField()
    is_retired = models.BooleanField(default=False)


class LanguageSignOff(Row):
    """Somebody of the clinic read all consent texts of a language. Append-only; the newest counts.

    ``sha256`` is over the texts as they were read: other words are not signed off.
    """

    language = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64)
    read_by = models.CharField(max_length=120)
    training = models.CharField(max_length=200)
    on = models.DateField()
    author = models.ForeignKey("Membership", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
