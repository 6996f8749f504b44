"""What the person signed in may reach: everything is fetched through the clinic signed in to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest

from ventosa.web.models import (
    AuditRow,
    AuditSeen,
    CareTeam,
    Clinic,
    Document,
    EmergencyAccess,
    Encounter,
    Kind,
    Membership,
    Merge,
    Patient,
    Upload,
    User,
)
from ventosa.web.models.record import Privacy

T = TypeVar("T")

HEAD = (
    Kind.DETAILS,
    Kind.WORD,
    Kind.CLEARANCE,
    Kind.ADVERSE_EVENT,
    Kind.CONSENT,
    Kind.WITHDRAWAL,
)
"""Kinds of document that the head of every page of a person speaks of."""


class Restricted(Exception):
    """The record is open to its treating team only, and this person is not of it."""

    def __init__(self, patient: Patient) -> None:
        super().__init__()
        self.patient = patient


@dataclass(slots=True)
class Scope:
    """One person at work in one clinic, at one moment.

    ``seen`` gathers the patients that were fetched, ``written`` those that an action already wrote
    an audit row for: what was only read gets its row when the request ends. ``kept`` is what this
    request fetched and asks for again; a write forgets it.
    """

    membership: Membership
    now: datetime
    seen: dict[UUID, None] = field(default_factory=dict)
    listed: dict[UUID, None] = field(default_factory=dict)
    written: set[UUID] = field(default_factory=set)
    kept: dict[tuple[str, UUID], Any] = field(default_factory=dict)

    def _once(self, what: str, id: UUID, fetch: Callable[[], T]) -> T:
        found: T = self.kept[what, id] if (what, id) in self.kept else fetch()
        self.kept[what, id] = found
        return found

    @property
    def clinic(self) -> Clinic:
        """The clinic signed in to."""
        return self.membership.clinic

    @property
    def today(self) -> date:
        """The day where the clinic is."""
        return self.now.astimezone(self.zone).date()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the clinic."""
        return ZoneInfo(self.clinic.time_zone)

    def patients(self) -> QuerySet[Patient]:
        """The clinic's patients; those of another person's treating team are not listed."""
        return _patients(self.clinic.id, self.membership.id).all()

    def closed(self) -> QuerySet[Patient]:
        """The clinic's patients whose record is closed to this person: that one is there may be
        said to somebody who knows whom to look for, and nothing else of it."""
        closed = _closed(self.membership.id)
        return Patient.objects.filter(closed, clinic=self.clinic, is_merged__in=(False,))

    def closed_of(self, ids: Iterable[UUID]) -> set[UUID]:
        """Which of these patients of the clinic are closed to this person."""
        found = Patient.objects.filter(_closed(self.membership.id), id__in=list(ids))
        return set(found.values_list("id", flat=True))

    def unmerged(self) -> QuerySet[Patient]:
        """The patients that stand for themselves; SQLite reads no index for ``NOT is_merged``."""
        return self.patients().filter(is_merged__in=(False,))

    def listing(self, patients: Iterable[Patient]) -> list[Patient]:
        """The patients as a list, remembered as seen by name."""
        found = list(patients)
        self.listed.update((patient.id, None) for patient in found)
        return found

    def patient(self, id: UUID) -> Patient:
        """Return one patient of this clinic.

        Raises:
            Http404: there is none here; another clinic's is none.
            Restricted: the record is open to its treating team only.
        """
        found = Patient.objects.filter(clinic=self.clinic, id=id).first()
        if found is None:
            raise Http404
        closed = self._closed_part(found)
        if closed is not None and not self._is_let_in(found):
            raise Restricted(found)
        self.seen[found.id] = None
        return found

    def _closed_part(self, patient: Patient) -> Patient | None:
        """A record read as one with this that is closed to the person, its own included."""
        if patient.privacy == Privacy.CLINIC and len(self.one_person(patient)) == 1:
            return None
        mine = CareTeam.objects.filter(membership=self.membership).values("patient")
        closed = Patient.objects.filter(privacy=Privacy.TEAM).exclude(id__in=mine)
        return closed.filter(id__in=self.one_person(patient)).first()

    def _is_let_in(self, patient: Patient) -> bool:
        """Whether an emergency opened the record, or one that is read as one with it."""
        return EmergencyAccess.objects.filter(
            patient__in=self.one_person(patient),
            membership=self.membership,
            at__lte=self.now,
            until__gt=self.now,
        ).exists()

    def encounter(self, id: UUID) -> Encounter:
        """Return one encounter of this clinic, its patient in sight.

        Raises:
            Http404, Restricted: as for ``patient``.
        """
        found = (
            Encounter.objects.filter(clinic=self.clinic, id=id)
            .select_related("practitioner__user")
            .first()
        )
        if found is None:
            raise Http404
        found.patient = self.patient(found.patient_id)
        return found

    def document(self, id: UUID) -> Document:
        """Return one document of this clinic, its patient in sight.

        Raises:
            Http404, Restricted: as for ``patient``.
        """
        found = (
            Document.objects.filter(clinic=self.clinic, id=id)
            .select_related(
                "author__user", "signature__author__user", "mistake__author__user", "encounter"
            )
            .first()
        )
        if found is None:
            raise Http404
        found.patient = self.patient(found.patient_id)
        return found

    def one_person(self, patient: Patient) -> list[UUID]:
        """The identifiers of the records that are read as one with this one, this one first."""
        return self._once("one person", patient.id, lambda: self._one_person(patient))

    def _one_person(self, patient: Patient) -> list[UUID]:
        merges = Merge.objects.filter(undone=None)
        kept = [patient.id]
        if patient.is_merged:
            kept = list(merges.filter(merged=patient).values_list("kept_id", flat=True)) or kept
        merged = merges.filter(kept__in=kept).values_list("merged_id", flat=True)
        return list(dict.fromkeys([patient.id, *kept, *merged]))

    def merges(self, patient: Patient) -> QuerySet[Merge]:
        """The merges by which records are read as one with this one, newest first."""
        ids = self.one_person(patient)
        return (
            Merge.objects.filter(clinic=self.clinic, undone=None, kept__in=ids)
            .select_related("kept", "merged", "author__user")
            .order_by("-at")
        )

    def kept_of(self, merged: Iterable[UUID]) -> dict[UUID, Patient]:
        """The record that is kept, for each of those that were merged into one."""
        rows = Merge.objects.filter(clinic=self.clinic, undone=None, merged__in=list(merged))
        return {row.merged_id: row.kept for row in rows.select_related("kept")}

    def documents(self, patient: Patient) -> QuerySet[Document]:
        """Everything written of a patient, merged records included, newest first."""
        return (
            Document.objects.filter(clinic=self.clinic, patient__in=self.one_person(patient))
            .select_related("author__user", "signature", "mistake")
            .order_by("-on", "-at")
        )

    def head(self, patient: Patient) -> list[Document]:
        """What the head of every page of a patient speaks of, in one query a request, newest first:
        merged records included, without who wrote it."""
        return self._once("head", patient.id, lambda: self._head(patient))

    def _head(self, patient: Patient) -> list[Document]:
        found = self.documents(patient).filter(kind__in=HEAD).select_related(None)
        return list(found.select_related("mistake"))

    def encounters(self, patient: Patient) -> QuerySet[Encounter]:
        """The visits of a patient, merged records included, newest first."""
        return (
            Encounter.objects.filter(clinic=self.clinic, patient__in=self.one_person(patient))
            .select_related("practitioner__user")
            .order_by("-on", "-at")
        )

    def visits_on(self, day: date) -> QuerySet[Encounter]:
        """The clinic's visits of a day whose record this person may open."""
        listed = self.patients().filter(id=OuterRef("patient"))
        return Encounter.objects.filter(Exists(listed), clinic=self.clinic, on=day).order_by("-at")

    def accesses(
        self, ids: list[UUID], *, before: UUID | None, most: int
    ) -> tuple[list[AuditRow], list[AuditRow]]:
        """Who read or wrote these records, and the lists that named them: newest first."""
        rows = AuditRow.objects.filter(clinic=self.clinic, patient__in=ids)
        seen = AuditSeen.objects.filter(patient__in=ids, row__clinic=self.clinic)
        if before is not None:
            rows, seen = rows.filter(id__lt=before), seen.filter(row__lt=before)
        named = seen.select_related("row").order_by("-row_id")[:most]
        return list(rows.order_by("-id")[:most]), [one.row for one in named]

    def names_of(self, memberships: Iterable[UUID]) -> dict[UUID, str]:
        """The names of people who work or worked in the clinic, and of the one signed in."""
        names = {self.membership.id: str(self.membership)}
        if others := set(memberships) - set(names):
            found = Membership.objects.filter(clinic=self.clinic, id__in=others)
            names |= {one.id: str(one) for one in found.select_related("user")}
        return names

    def emergencies(self, ids: list[UUID]) -> QuerySet[EmergencyAccess]:
        """The emergencies in which these records were opened."""
        return EmergencyAccess.objects.filter(clinic=self.clinic, patient__in=ids)

    def upload(self, id: UUID) -> Upload:
        """Return a bundle that this person sent in and that waits.

        Raises:
            Http404: there is none; another person's is none.
        """
        found = Upload.objects.filter(clinic=self.clinic, author=self.membership, id=id).first()
        if found is None:
            raise Http404
        return found


@lru_cache(maxsize=500)
def _patients(clinic: UUID, membership: UUID) -> QuerySet[Patient]:
    """The question who is listed for somebody, put together once a process; it is asked anew
    each time."""
    mine, into, from_ = _halves(membership)
    return Patient.objects.filter(clinic=clinic).filter(
        Q(privacy=Privacy.CLINIC) | Q(id__in=mine), ~Exists(into), ~Exists(from_)
    )


def _closed(membership: UUID) -> Q:
    """Who is not listed for somebody: the same question the other way round."""
    mine, into, from_ = _halves(membership)
    return Q(privacy=Privacy.TEAM) & ~Q(id__in=mine) | Exists(into) | Exists(from_)


def _halves(membership: UUID) -> tuple[QuerySet[Any], QuerySet[Merge], QuerySet[Merge]]:
    """Whom somebody treats, and the merges whose other half is closed to the person.

    What is read as one closes as one: neither half is listed while one of them is closed. Who is
    closed is asked of the other half alone: a list of all who are grows with the register.
    """
    mine = CareTeam.objects.filter(membership=membership).values("patient")
    other = Merge.objects.filter(undone=None)
    into = other.filter(kept=OuterRef("id"), merged__privacy=Privacy.TEAM).exclude(merged__in=mine)
    from_ = other.filter(merged=OuterRef("id"), kept__privacy=Privacy.TEAM).exclude(kept__in=mine)
    return mine, into, from_


def was_moved(encounter: Encounter) -> bool:
    """Return whether a visit was moved to another record, and stands in this one by mistake."""
    return Encounter.objects.filter(clinic=encounter.clinic_id, moved_from=encounter).exists()


class ClinicRequest(HttpRequest):
    """A request of somebody signed in to a clinic."""

    user: User
    scope: Scope
