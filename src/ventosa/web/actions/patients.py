"""The register: a new patient, other details, one person entered twice."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from ventosa.matching import Person, birth_dates, keys, likelier, likeness, phone_end, plain, words
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
    PatientKey,
    PatientWord,
    Unmerge,
)
from ventosa.web.scope import Scope

MOST_ALIKE = 8
"""Likely doubles that are shown at most."""

MOST_COMPARED = 200
"""Patients of one common name that are compared at most; one birth date or telephone is always."""


def is_entered(scope: Scope, *, key: str) -> bool:
    """Return whether a submission entered a patient already: a person is no double of itself."""
    return Patient.objects.filter(clinic=scope.clinic, key=key).exists()


def register(scope: Scope, *, details: Details, key: str) -> Patient:
    """Enter a patient with the details; the same submission again gives the same patient.

    Raises:
        SentBefore: the submission was sent before with other words.
    """
    earlier = Patient.objects.filter(clinic=scope.clinic, key=key).first()
    if earlier is not None:
        # The first words are compared where they stand.
        name = f"{key[:56]}-details"
        documents.write(scope, patient=earlier, kind=Kind.DETAILS, body=details, key=name)
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
    """Let a patient be found by every name that is read as this person's, and by what a double
    would share with each record."""
    merged = Patient.objects.filter(merged_into__kept=patient, merged_into__undone=None)
    names = {word for one in [patient, *merged] for word, _ in words(one.name)}
    PatientWord.objects.filter(patient=patient).delete()
    PatientWord.objects.bulk_create(
        PatientWord(clinic=patient.clinic, patient=patient, word=word) for word in sorted(names)
    )
    PatientKey.objects.filter(patient=patient).delete()
    PatientKey.objects.bulk_create(
        PatientKey(clinic=patient.clinic, patient=patient, key=key)
        for key in sorted(keys(_person(patient)))
    )


def _person(patient: Patient) -> Person:
    return Person(patient.name, patient.birth_date, patient.phone_end)


@dataclass(frozen=True, slots=True)
class Doubles:
    """Who might be a person: ``alike`` with the reasons, likeliest first; ``closed`` are records
    closed to whoever asks, of whom two things speak for being the person."""

    alike: list[tuple[Patient, tuple[str, ...]]]
    closed: list[Patient]

    def __bool__(self) -> bool:
        return bool(self.alike or self.closed)

    @property
    def named(self) -> list[Patient]:
        """Everybody of them, as a list that names them remembers."""
        return [*(patient for patient, _ in self.alike), *self.closed]


def doubles(scope: Scope, *, person: Person, beside: Patient | None = None) -> Doubles:
    """Return who might be this person.

    Who is merged is named by the record that is kept; ``beside`` is left out with all of hers.
    """
    left_out = set() if beside is None else set(scope.one_person(beside))
    compared = [one for one in _comparable(scope, person) if one.id not in left_out]
    shut = scope.closed_of([one.id for one in compared])
    kept = scope.kept_of(one.id for one in compared if one.is_merged)
    found: dict[object, tuple[Patient, tuple[str, ...]]] = {}
    closed = []
    for patient in compared:
        why = likeness(person, _person(patient))
        shown = kept.get(patient.id, patient)
        if patient.id in shut:
            if likelier(why) > 1 and shown not in closed:
                closed.append(shown)
        elif why and (shown.id not in found or likelier(why) > likelier(found[shown.id][1])):
            found[shown.id] = (shown, why)
    reasons = sorted(found.values(), key=lambda pair: -likelier(pair[1]))
    return Doubles(reasons[:MOST_ALIKE], closed[:MOST_ALIKE])


def _comparable(scope: Scope, person: Person) -> list[Patient]:
    """Who of the clinic shares something: each way is answered from an index and bounded."""
    shared = sorted(keys(person))
    ways = [Q(phone_end=end)] if (end := phone_end(person.phone)) else []
    ways += [Q(birth_date__in=dates)] if (dates := birth_dates(person)) else []
    if name := plain(person.name)[:400]:
        ways.append(Q(is_merged__in=(False, True), plain_name=name))  # both: as the index begins
    for with_year in (True, False):
        if some := [key for key in shared if (":" in key) is with_year]:
            ways.append(Q(keys__clinic=scope.clinic, keys__key__in=some))
    found: dict[object, Patient] = {}
    for way in ways:
        fit = Patient.objects.filter(clinic=scope.clinic).filter(way)[:MOST_COMPARED]
        found |= {patient.id: patient for patient in fit}
    return list(found.values())


def merge(scope: Scope, *, kept: Patient, merged: Patient) -> Merge:
    """Read two records as one. Nothing is moved: it can be taken back at any time.

    Raises:
        NotAllowed: they are one record, one of them is merged already, or others are merged into
            the one that would go.
    """
    if kept.id == merged.id or kept.clinic_id != merged.clinic_id:
        raise NotAllowed("two records of one clinic are merged, not one with itself")
    with transaction.atomic():
        # Locked in one order, so that two desks that merge crosswise wait and never deadlock.
        both = Patient.objects.select_for_update().filter(id__in=[kept.id, merged.id])
        if any(patient.is_merged for patient in both.order_by("id")):
            raise NotAllowed("one of the two is merged already: take that back first")
        if Merge.objects.filter(kept=merged, undone=None).exists():
            raise NotAllowed(
                f"others are merged into no. {merged.number}: keep it, or take them back first"
            )
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
        _index(kept)
        wrote(scope, kept, "merge", merged=str(merged.id))
        wrote(scope, merged, "merge", kept=str(kept.id))
        return row


def unmerge(scope: Scope, *, merge: Merge) -> None:
    """Take a merge back: both records are again what they were, and what was written since stays
    where it was written."""
    with transaction.atomic():
        list(Patient.objects.select_for_update().filter(id=merge.merged_id))
        if Unmerge.objects.filter(merge=merge).exists():
            return
        Unmerge.objects.create(
            id=new_id(), clinic=scope.clinic, merge=merge, author=scope.membership, at=scope.now
        )
        Patient.objects.filter(id=merge.merged_id).update(is_merged=False)
        _index(merge.kept)
        wrote(scope, merge.kept, "unmerge", merged=str(merge.merged_id))
        wrote(scope, merge.merged, "unmerge", kept=str(merge.kept_id))
