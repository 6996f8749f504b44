"""The register: a new patient, other details, one person entered twice."""

from django.db import IntegrityError, transaction
from django.db.models import F

from ventosa.matching import Person, likeness, phone_end, plain, words
from ventosa.record import NotAllowed
from ventosa.web.actions import documents
from ventosa.web.actions.audit import wrote
from ventosa.web.documents import Details
from ventosa.web.ids import new_id
from ventosa.web.models import (
    CareTeam,
    Clinic,
    Document,
    Kind,
    Merge,
    Patient,
    PatientWord,
    Unmerge,
)
from ventosa.web.scope import Scope

MOST_ALIKE = 8
"""Likely doubles that are shown at most."""


def register(scope: Scope, *, details: Details, key: str) -> Patient:
    """Enter a patient with the details; the same submission again gives the same patient."""
    earlier = Patient.objects.filter(clinic=scope.clinic, key=key).first()
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            # The counter's row is the lock: two desks never get one number.
            Clinic.objects.filter(id=scope.clinic.id).update(last_number=F("last_number") + 1)
            number = Clinic.objects.values_list("last_number", flat=True).get(id=scope.clinic.id)
            patient = Patient(
                id=new_id(),
                clinic=scope.clinic,
                number=number,
                created_at=scope.now,
                key=key,
                **_columns(details),
            )
            patient.save(force_insert=True)
            _index(patient)
            documents.write(
                scope, patient=patient, kind=Kind.DETAILS, body=details, key=f"{key[:56]}-details"
            )
            if scope.membership.practises:
                join_team(scope, patient=patient)
            return patient
    except IntegrityError:
        return Patient.objects.get(clinic=scope.clinic, key=key)


def change_details(scope: Scope, *, patient: Patient, details: Details, key: str) -> Document:
    """Write other details of a patient; the earlier ones stay in the record."""
    with transaction.atomic():
        document = documents.write(scope, patient=patient, kind=Kind.DETAILS, body=details, key=key)
        Patient.objects.filter(id=patient.id).update(**_columns(details))
        patient.refresh_from_db()
        _index(patient)
        return document


def join_team(scope: Scope, *, patient: Patient) -> None:
    """Make the person signed in one of those who treat a patient."""
    _, made = CareTeam.objects.get_or_create(
        patient=patient,
        membership=scope.membership,
        defaults={"id": new_id(), "clinic": scope.clinic},
    )
    if made:
        wrote(scope, patient, "join_team")


def set_privacy(scope: Scope, *, patient: Patient, privacy: str) -> None:
    """Open a record to the clinic, or to its treating team only.

    Raises:
        NotAllowed: nobody of the treating team would be left to open it.
    """
    if privacy == "team" and not CareTeam.objects.filter(patient=patient).exists():
        raise NotAllowed("nobody treats this patient yet: the record would be closed to everybody")
    with transaction.atomic():
        Patient.objects.filter(id=patient.id).update(privacy=privacy)
        wrote(scope, patient, "privacy", to=privacy)


def _columns(details: Details) -> dict[str, str]:
    return {
        "name": details.name,
        "plain_name": plain(details.name)[:400],
        "birth_date": details.birth_date,
        "phone_end": phone_end(details.phone),
        "language": details.language,
    }


def _index(patient: Patient) -> None:
    PatientWord.objects.filter(patient=patient).delete()
    PatientWord.objects.bulk_create(
        PatientWord(clinic=patient.clinic, patient=patient, word=word, sound=sound)
        for word, sound in words(patient.name)
    )


def alike(scope: Scope, *, person: Person) -> list[tuple[Patient, tuple[str, ...]]]:
    """Return patients who might be this person, each with the reasons, likeliest first."""
    sounds = [sound for _, sound in words(person.name)]
    by_sound = scope.patients().filter(is_merged=False, words__sound__in=sounds)
    found = {patient.id: patient for patient in by_sound.distinct()[:200]}
    if end := phone_end(person.phone):
        by_phone = scope.patients().filter(is_merged=False, phone_end=end)[:20]
        found |= {patient.id: patient for patient in by_phone}
    reasons = []
    for patient in found.values():
        other = Person(patient.name, patient.birth_date, patient.phone_end)
        why = likeness(person, other)
        if why:
            reasons.append((patient, why))
    reasons.sort(key=lambda pair: -len(pair[1]))
    return reasons[:MOST_ALIKE]


def merge(scope: Scope, *, kept: Patient, merged: Patient) -> Merge:
    """Read two records as one. Nothing is moved: it can be taken back at any time.

    Raises:
        NotAllowed: they are one record, or one of them is merged already.
    """
    if kept.id == merged.id or kept.clinic_id != merged.clinic_id:
        raise NotAllowed("two records of one clinic are merged, not one with itself")
    with transaction.atomic():
        locked = Patient.objects.select_for_update().filter(id__in=[kept.id, merged.id])
        if any(patient.is_merged for patient in locked):
            raise NotAllowed("one of the two is merged already: take that back first")
        row = Merge(
            id=new_id(),
            clinic=scope.clinic,
            kept=kept,
            merged=merged,
            author=scope.membership,
            at=scope.now,
        )
        row.save(force_insert=True)
        Patient.objects.filter(id=merged.id).update(is_merged=True)
        wrote(scope, kept, "merge", merged=str(merged.id))
        wrote(scope, merged, "merge", kept=str(kept.id))
        return row


def unmerge(scope: Scope, *, merge: Merge) -> None:
    """Take a merge back: both records are again what they were, with what was written since."""
    with transaction.atomic():
        if Unmerge.objects.filter(merge=merge).exists():
            return
        Unmerge.objects.create(
            id=new_id(), clinic=scope.clinic, merge=merge, author=scope.membership, at=scope.now
        )
        Patient.objects.filter(id=merge.merged_id).update(is_merged=False)
        wrote(scope, merge.kept, "unmerge", merged=str(merge.merged_id))
        wrote(scope, merge.merged, "unmerge", kept=str(merge.kept_id))
