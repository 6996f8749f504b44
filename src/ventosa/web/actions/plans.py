"""Plans: every change is a row, an accepted plan stands with the decision it rests on."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import documents
from ventosa.web.actions.audit import wrote
from ventosa.web.documents import PlanBody, ScreeningBody, refuse_null
from ventosa.web.ids import new_id
from ventosa.web.models import CupSet, Document, Encounter, Kind, PlanStep
from ventosa.web.scope import Scope, was_moved

MOST_SETS = 200
"""Cup sets of one clinic that are in use."""


def change(
    scope: Scope,
    *,
    encounter: Encounter,
    body: Any,
    changes: Document | None,
    follows: PlanStep | None,
    key: str,
    settles: PlanStep | None = None,
    back_to: PlanStep | None = None,
) -> PlanStep:
    """Write one change of a plan; the same submission again gives the same row.

    ``follows`` is the change its writer had in sight: another one made meanwhile stays beside it.

    Raises:
        NotAllowed: the person does not treat, or the plan was accepted meanwhile.
    """
    _treats(scope)
    refuse_null(body)
    earlier = PlanStep.objects.filter(clinic=scope.clinic, key=key).first()
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            _still(encounter, changes)
            step = PlanStep(
                id=new_id(),
                clinic=scope.clinic,
                encounter=encounter,
                author=scope.membership,
                changes=changes,
                follows=follows,
                settles=settles,
                back_to=back_to,
                body=body,
                at=scope.now,
                key=key,
            )
            step.save(force_insert=True)
            wrote(scope, encounter.patient, "plan_change", step=str(step.id))
            return step
    except IntegrityError:
        return PlanStep.objects.get(clinic=scope.clinic, key=key)


def accept_plan(
    scope: Scope,
    *,
    encounter: Encounter,
    screening: ScreeningBody,
    plan: Callable[[str], PlanBody],
    changes: Document | None,
    key: str,
    saw: PlanStep | None = None,
) -> Document:
    """Keep an accepted plan together with the screening it stands on: both or neither.

    ``changes`` is the plan accepted before, ``saw`` the newest change in sight.

    Raises:
        NotAllowed: the person does not treat; the plan was accepted or changed meanwhile.
    """
    _treats(scope)
    earlier = Document.objects.filter(clinic=scope.clinic, key=key, kind=Kind.PLAN).first()
    if earlier is not None and earlier.encounter_id == encounter.id:
        return earlier
    with transaction.atomic():
        _still(encounter, changes)
        newer = PlanStep.objects.filter(encounter=encounter, changes=changes)
        newest = newer.order_by("at", "id").last()
        if newest != saw:
            raise NotAllowed("somebody changed the plan meanwhile: look at it once more")
        decided = documents.write(
            scope,
            patient=encounter.patient,
            kind=Kind.SCREENING,
            body=screening,
            key=f"{key[:55]}-decided",
            encounter=encounter,
        )
        return documents.write(
            scope,
            patient=encounter.patient,
            kind=Kind.PLAN,
            body=plan(str(decided.id)),
            key=key,
            encounter=encounter,
        )


def _treats(scope: Scope) -> None:
    if not scope.membership.practises:
        raise NotAllowed("a plan is changed and accepted by somebody who treats")


def _still(encounter: Encounter, changes: Document | None) -> None:
    """Refuse where another plan was accepted since, or the visit stands here by mistake; its row
    is the lock."""
    if was_moved(encounter):
        raise NotAllowed("this visit was moved to another record: plan it there")
    Encounter.objects.select_for_update().get(id=encounter.id)
    accepted = Document.objects.filter(
        encounter=encounter, kind=Kind.PLAN, mistake__isnull=True
    ).order_by("at", "id")
    if accepted.last() != changes:
        raise NotAllowed("a plan of this visit was accepted meanwhile: look at it first")


def keep_set(scope: Scope, *, name: str, cups: Any) -> CupSet:
    """Keep cups that are often set together; one of the same name is replaced.

    Raises:
        InputError: the name is empty or too long, or there are too many.
        NotAllowed: the person does not treat.
    """
    _treats(scope)
    name = name.strip()
    refuse_null(name)
    if not name or len(name) > 120:
        raise InputError("name", "write a name of at most 120 signs")
    with transaction.atomic():
        kept = CupSet.objects.filter(clinic=scope.clinic, is_retired=False)
        if kept.count() >= MOST_SETS:
            raise InputError("name", f"the clinic keeps at most {MOST_SETS} sets")
        kept.filter(name=name).update(is_retired=True)
        made = CupSet.objects.create(
            id=new_id(), clinic=scope.clinic, name=name, owner=scope.membership, cups=cups
        )
        wrote(scope, None, "cup_set", set=str(made.id))
        return made
