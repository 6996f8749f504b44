"""Everything that the core must know of one visit, fetched in a constant number of queries."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from ventosa.assessing import Assessed, assess
from ventosa.assessing import Entry as Said
from ventosa.fhir import read_bundle
from ventosa.history import PastEvent, PastSession, clearances_of, readings_of, tolerated
from ventosa.interview import answer
from ventosa.merging import told_elsewhere
from ventosa.practising import Paper, Practising, practising
from ventosa.record import (
    Answers,
    Cup,
    Dose,
    Interval,
    PatientRecord,
    Reading,
    Screening,
)
from ventosa.screening import screen
from ventosa.terms import CupKind, Material, Stage, Technique
from ventosa.web.documents import Details, stored
from ventosa.web.knowing import codes, knowledge, library
from ventosa.web.models import (
    Blob,
    CupStock,
    Document,
    Encounter,
    Entry,
    Kind,
    Membership,
    Patient,
    Training,
)
from ventosa.web.past import past_events, past_sessions
from ventosa.web.scope import Scope, was_moved
from ventosa.web.words import clearance_of, words_of

TAKEN = (
    Kind.DETAILS,
    Kind.IMPORT,
    Kind.SESSION,
    Kind.ADVERSE_EVENT,
    Kind.WORD,
    Kind.CLEARANCE,
)
"""Kinds of document that the core is told of."""


@dataclass
class Visit:
    """One visit, and what its screening says; nothing here is stored."""

    scope: Scope
    encounter: Encounter
    patient: Patient
    documents: Mapping[str, Sequence[Document]]
    entries: Sequence[Said]
    earlier: Sequence[Said]
    papers: Sequence[Training]
    cups: Sequence[CupStock]
    elsewhere: Sequence[Reading] = ()

    @property
    def on(self) -> date:
        """The day of the visit."""
        return self.encounter.on

    @cached_property
    def details(self) -> Details:
        """The newest details of the person."""
        body = stored(Kind.DETAILS, self.documents[Kind.DETAILS][0].body)
        assert isinstance(body, Details)
        return body

    @cached_property
    def practising(self) -> Practising:
        """What the one who treats today may offer."""
        papers = [Paper(Technique(p.technique), p.kind, p.expires_on) for p in self.papers]
        return practising(papers, on=self.on)

    @cached_property
    def assessed(self) -> Assessed:
        """What was said in this visit."""
        previous = None
        if self.earlier:
            assert self.encounter.previous is not None
            before = self.encounter.previous.on
            previous = assess(self.earlier, knowledge(), on=before).answers
        return assess(self.entries, knowledge(), on=self.on, previous=previous)

    @cached_property
    def answers(self) -> Answers:
        """The answers with what the clinic itself knows: papers, cups, doctors' words."""
        told = self.assessed.answers
        facts = dict(self.practising.facts.items())
        # A clearance that came after the day of an open visit does not open it.
        written = [clearance_of(one) for one in self.documents[Kind.CLEARANCE]]
        noted = clearances_of(self._events, library().adverse_events, on=self.on)
        return replace(
            answer(told, facts),
            techniques=self.practising.techniques,
            cups=tuple(_cup(one) for one in self.cups),
            clearances=(*(one for one in written if one.on <= self.on), *noted),
            outside=words_of(self.documents[Kind.WORD], on=self.on),
        )

    @cached_property
    def record(self) -> PatientRecord:
        """What the register, imported bundles and the clinic's own log say of the person."""
        known = record_of(self.scope, self.details, self.documents[Kind.IMPORT], on=self.on)
        own = readings_of(self._sessions, self._events, library().adverse_events, on=self.on)
        return replace(known, readings=(*known.readings, *own, *self.elsewhere))

    @cached_property
    def tolerated(self) -> Mapping[Technique, Dose]:
        """The dose of the last session without harm, of each technique that had one here."""
        return tolerated(self._sessions)

    @cached_property
    def _sessions(self) -> tuple[PastSession, ...]:
        return past_sessions(self.documents[Kind.SESSION], on=self.on)

    @cached_property
    def _events(self) -> tuple[PastEvent, ...]:
        return past_events(self.documents[Kind.ADVERSE_EVENT], on=self.on)

    @cached_property
    def screening(self) -> Screening:
        """The screening of the visit, at stage plan."""
        return screen(self.answers, self.record, knowledge(), on=self.on)

    @cached_property
    def is_moved(self) -> bool:
        """Whether the visit stands here by mistake: then nothing that was said in it counts."""
        return was_moved(self.encounter)

    def at_start(self, *, consent_given: bool | None = None) -> Screening:
        """The screening at the start of a session.

        Whether consent was given is never a tick of somebody: ``consenting.at_start`` asks the core
        whether it is complete. ``None`` = not asked.
        """
        answers = answer(self.answers, {"consent_given": consent_given})
        return screen(answers, self.record, knowledge(), on=self.on, stage=Stage.START)


def gather(scope: Scope, encounter: Encounter) -> Visit:
    """Return a visit of this clinic."""
    taken: dict[str, list[Document]] = {kind: [] for kind in TAKEN}
    counting = scope.documents(encounter.patient).filter(kind__in=TAKEN, mistake=None)
    for document in counting.select_related(None):
        taken[document.kind].append(document)
    taken[Kind.DETAILS].sort(
        key=lambda d: (d.patient_id == encounter.patient_id, d.at), reverse=True
    )
    ids = [id for id in (encounter.id, encounter.previous_id) if id is not None]
    gone = Exists(Encounter.objects.filter(moved_from=OuterRef("encounter")))
    told = _told(scope, Entry.objects.filter(~gone, clinic=scope.clinic, encounter__in=ids))
    return Visit(
        scope,
        encounter,
        encounter.patient,
        MappingProxyType(taken),
        told.get(encounter.id, ()),
        () if encounter.previous_id is None else told.get(encounter.previous_id, ()),
        _papers(scope, encounter.practitioner),
        list(CupStock.objects.filter(clinic=scope.clinic, is_retired=False).order_by("id")),
        _told_elsewhere(scope, encounter),
    )


def _told_elsewhere(scope: Scope, encounter: Encounter) -> list[Reading]:
    """What was answered last in each other record that is read as one with the visit's."""
    others = [id for id in scope.one_person(encounter.patient) if id != encounter.patient_id]
    if not others:
        return []
    moved = Exists(Encounter.objects.filter(moved_from=OuterRef("id")))
    visits = Encounter.objects.filter(~moved, clinic=scope.clinic, patient__in=others)
    said = visits.filter(Exists(Entry.objects.filter(encounter=OuterRef("id"))))
    newest = {v.patient_id: v for v in said.select_related("patient").order_by("on", "at")}
    told = _told(scope, Entry.objects.filter(encounter__in=newest.values()))
    readings: list[Reading] = []
    for visit in newest.values():
        answers = assess(told.get(visit.id, ()), knowledge(), on=visit.on).answers
        source = f"record no. {visit.patient.number}"
        readings += told_elsewhere(answers, knowledge(), on=visit.on, source=source)
    return readings


def _papers(scope: Scope, practitioner: Membership) -> list[Training]:
    """The papers of whoever treats today: the one signed in, or else the one of the visit."""
    treats = scope.membership if scope.membership.practises else practitioner
    return list(Training.objects.filter(clinic=scope.clinic, membership=treats))


def _told(scope: Scope, found: QuerySet[Entry]) -> dict[UUID, list[Said]]:
    """What was said in each visit, in its order."""
    columns = ("encounter_id", "author_id", "key", "field", "value", "said", "saw", "note")
    rows = list(found.order_by("id").values_list(*columns))
    names = scope.names_of(author for _, author, *_ in rows)
    told: dict[UUID, list[Said]] = {}
    for visit, author, key, field, value, said, saw, note in rows:
        entry = Said(key, field, value, said, names[author], saw, note)
        told.setdefault(visit, []).append(entry)
    return told


def _cup(one: CupStock) -> Cup:
    return Cup(CupKind(one.kind), Material(one.material), one.inner_diameter_mm, one.count)


def record_of(
    scope: Scope, details: Details, imports: Sequence[Document], *, on: date
) -> PatientRecord:
    """Return what the register and the newest imported bundle of each record say as of a day."""
    readings = list(register_readings(details, on=on))
    newest: dict[UUID, str] = {}
    for document in imports:
        newest.setdefault(document.patient_id, document.body["sha256"])
    for blob in Blob.objects.filter(clinic=scope.clinic, sha256__in=newest.values()):
        readings += bundle_record(bytes(blob.data), on=on).readings
    return PatientRecord("register", details.name, details.birth_date or None, tuple(readings))


def bundle_record(data: bytes, *, on: date) -> PatientRecord:
    """Return what a bundle says as of a day.

    Raises:
        InputError: it is no bundle of one living person.
    """
    return read_bundle(data, codes(), on)


def register_record(details: Details, *, on: date) -> PatientRecord:
    """Return what the register alone says of a person as of a day."""
    born = details.birth_date or None
    return PatientRecord("register", details.name, born, tuple(register_readings(details, on=on)))


def register_readings(details: Details, *, on: date) -> list[Reading]:
    """What the register answers: age, as an interval where the birth date is partial; sex."""
    readings = []
    if details.birth_date:
        readings.append(Reading("age_years", _age(details.birth_date, on), "Patient/register", on))
    if details.sex:
        readings.append(Reading("sex", details.sex, "Patient/register", on))
    return readings


def _age(birth_date: str, on: date) -> Interval:
    parts = [int(part) for part in birth_date.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else None
    day = parts[2] if len(parts) > 2 else None
    first = date(year, month or 1, day or 1)
    last = date(year, month or 12, day or monthrange(year, month or 12)[1])

    def years(born: date) -> int:
        return max(0, on.year - born.year - ((on.month, on.day) < (born.month, born.day)))

    return Interval(years(last), years(first))


def visit_by_id(scope: Scope, id: UUID) -> Visit:
    """Return the visit with this identifier, in scope."""
    return gather(scope, scope.encounter(id))
