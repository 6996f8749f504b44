"""Visits and what is said in them."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from ventosa.assessing import Entry as Said
from ventosa.assessing import check_entry
from ventosa.knowledge import Knowledge
from ventosa.record import NotAllowed
from ventosa.web.actions.audit import wrote
from ventosa.web.documents import refuse_null
from ventosa.web.ids import new_id
from ventosa.web.models import Encounter, Entry, Patient
from ventosa.web.scope import Scope, was_moved

MOST_ENTRIES = 500
"""Entries of one submission; a whole first visit has about a hundred."""


def begin(scope: Scope, *, patient: Patient, key: str) -> Encounter:
    """Begin a visit of today; the same submission again gives the same visit.

    Raises:
        NotAllowed: the person signed in does not treat.
    """
    if not scope.membership.practises:
        raise NotAllowed("a visit is begun by somebody who treats")
    earlier = Encounter.objects.filter(clinic=scope.clinic, key=key).first()
    if earlier is not None:
        return earlier
    moved = Encounter.objects.filter(moved_from=OuterRef("id"))
    # Of this record only: what a merged one says counts beside it, as long as they are one.
    said = scope.encounters(patient).filter(~Exists(moved), patient=patient, entries__isnull=False)
    previous = said.distinct().first()
    try:
        with transaction.atomic():
            encounter = Encounter(
                id=new_id(),
                clinic=scope.clinic,
                patient=patient,
                practitioner=scope.membership,
                on=scope.today,
                previous=previous,
                at=scope.now,
                key=key,
            )
            encounter.save(force_insert=True)
            wrote(scope, patient, "encounter", encounter=str(encounter.id))
            return encounter
    except IntegrityError:
        return Encounter.objects.get(clinic=scope.clinic, key=key)


def say(
    scope: Scope, *, encounter: Encounter, entries: Sequence[Said], knowledge: Knowledge
) -> list[str]:
    """Write what was said; return the keys that are now safe, those sent before included.

    Raises:
        InputError: an entry cannot be said; nothing of the submission is written.
        NotAllowed: there are too many, or the visit was moved to another record.
    """
    if len(entries) > MOST_ENTRIES:
        raise NotAllowed(f"at most {MOST_ENTRIES} entries at once")
    if was_moved(encounter):
        raise NotAllowed("this visit was moved to another record: say it there")
    for entry in entries:
        refuse_null([entry.value, entry.note, entry.key, entry.saw])
        check_entry(entry, knowledge)
    keys = [entry.key for entry in entries]
    with transaction.atomic():
        known = set(
            Entry.objects.filter(clinic=scope.clinic, key__in=keys).values_list("key", flat=True)
        )
        new = {entry.key: entry for entry in entries if entry.key not in known}
        made = Entry.objects.bulk_create(
            (
                Entry(
                    id=new_id(),
                    clinic=scope.clinic,
                    encounter=encounter,
                    field=entry.field,
                    value=entry.value,
                    note=entry.note,
                    said=entry.said,
                    author=scope.membership,
                    at=scope.now,
                    saw=entry.saw,
                    key=entry.key,
                )
                for entry in new.values()
            ),
            ignore_conflicts=True,  # another try of the same submission came first
        )
        if made:
            wrote(scope, encounter.patient, "entries", count=len(made))
    return keys
