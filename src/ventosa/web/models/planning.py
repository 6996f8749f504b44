"""A plan while it is being changed: one row a change, so that nobody's change is lost."""

from typing import ClassVar

from django.db import models

from ventosa.web.models.clinic import Row
from ventosa.web.models.people import Membership
from ventosa.web.models.record import Document, Encounter


class PlanStep(Row):
    """One change of a plan that is not yet accepted. Append-only.

    ``body`` is the plan after the change (technique, dose, cups, overrides) and what was done.
    ``follows`` is the step its writer had in sight, ``None`` = the proposal, or the accepted plan
    ``changes``; two steps that follow one stand side by side until a step that also ``settles``
    the other chooses. ``back_to`` is the earlier step that a change taken back stands for.
    """

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="plan_steps")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    changes = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settles = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    back_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    body = models.JSONField()
    at = models.DateTimeField()
    key = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "key"], name="one_plan_step_a_key")
        ]
        indexes: ClassVar = [models.Index(fields=["encounter", "id"], name="plan_step_by_visit")]
