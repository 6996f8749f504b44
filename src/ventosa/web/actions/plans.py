"""Plans: every change is a row, an accepted plan stands with the decision it rests on."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

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
    name = _set_name(name)
    with transaction.atomic():
        kept = _sets(scope)
        kept.filter(name=name).update(is_retired=True)
        made = CupSet.objects.create(
            id=new_id(), clinic=scope.clinic, name=name, owner=scope.membership, cups=cups
        )
        wrote(scope, None, "cup_set", set=str(made.id))
        return made


def rename_set(scope: Scope, *, cup_set: CupSet, name: str) -> None:
    """Give a saved set another name.

    Raises:
        InputError: the name is empty, too long, or another set's.
        NotAllowed: the person does not treat.
    """
    _treats(scope)
    name = _set_name(name)
    with transaction.atomic():
        used = CupSet.objects.filter(clinic=scope.clinic, is_retired=False, name=name)
        if used.exclude(id=cup_set.id).exists():
            raise InputError("name", "another set has this name")
        CupSet.objects.filter(clinic=scope.clinic, id=cup_set.id).update(name=name)
        wrote(scope, None, "cup_set_renamed", set=str(cup_set.id))


def end_set(scope: Scope, *, cup_set: CupSet, is_over: bool) -> None:
    """Say that a saved set is not used any more, or is again; nothing is deleted.

    Raises:
        InputError: a set of its name is in use, or there are too many.
        NotAllowed: the person does not treat.
    """
    _treats(scope)
    with transaction.atomic():
        if not is_over and _sets(scope).filter(name=cup_set.name).exclude(id=cup_set.id).exists():
            raise InputError("name", "another set has this name: rename that one first")
        CupSet.objects.filter(clinic=scope.clinic, id=cup_set.id).update(is_retired=is_over)
        wrote(scope, None, "cup_set_ended" if is_over else "cup_set_taken_up", set=str(cup_set.id))


def _set_name(name: str) -> str:
    refuse_null(name)
    name = name.strip()
    if not name or len(name) > 120:
        raise InputError("name", "write a name of at most 120 signs")
    return name


def _sets(scope: Scope) -> QuerySet[CupSet]:
    """The sets in use, with room for one more."""
    kept = CupSet.objects.filter(clinic=scope.clinic, is_retired=False)
    if kept.count() >= MOST_SETS:
        raise InputError("name", f"the clinic keeps at most {MOST_SETS} sets")
    return kept
