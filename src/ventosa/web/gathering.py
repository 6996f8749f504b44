"""Everything that the core must know of one visit, fetched in a constant number of queries."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from uuid import UUID

from ventosa import assessing
from ventosa.assessing import Assessed, assess
from ventosa.fhir import read_bundle
from ventosa.interview import answer
from ventosa.practising import Paper, Practising, practising
from ventosa.record import (
    Answers,
    Clearance,
    Cup,
    Interval,
    PatientRecord,
    Reading,
    Screening,
)
from ventosa.screening import screen
from ventosa.terms import CupKind, Material, Stage, Technique
from ventosa.web.documents import ClearanceBody, Details, from_json
from ventosa.web.knowing import codes, knowledge
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
from ventosa.web.scope import Scope

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
    entries: Sequence[Entry]
    earlier: Sequence[Entry]
    papers: Sequence[Training]
    cups: Sequence[CupStock]

    @property
    def on(self) -> date:
        """The day of the visit."""
        return self.encounter.on

    @cached_property
    def details(self) -> Details:
        """The newest details of the person."""
        body = from_json(Kind.DETAILS, self.documents[Kind.DETAILS][0].body)
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
            previous = assess(_said(self.earlier), knowledge(), on=before).answers
        return assess(_said(self.entries), knowledge(), on=self.on, previous=previous)

    @cached_property
    def answers(self) -> Answers:
        """The answers with what the clinic itself knows: papers, cups, doctors' words."""
        told = self.assessed.answers
        facts = dict(self.practising.facts.items())
        return replace(
            answer(told, facts),
            techniques=self.practising.techniques,
            cups=tuple(_cup(one) for one in self.cups) or None,
            clearances=tuple(_clearance(one) for one in self.documents[Kind.CLEARANCE]),
        )

    @cached_property
    def record(self) -> PatientRecord:
        """What the register and imported bundles say of the person."""
        return record_of(self.scope, self.details, self.documents[Kind.IMPORT], on=self.on)

    @cached_property
    def screening(self) -> Screening:
        """The screening of the visit, at stage plan."""
        return screen(self.answers, self.record, knowledge(), on=self.on)

    def at_start(self) -> Screening:
        """The screening at the start of a session."""
        return screen(self.answers, self.record, knowledge(), on=self.on, stage=Stage.START)


def gather(scope: Scope, encounter: Encounter) -> Visit:
    """Return a visit of this clinic."""
    taken: dict[str, list[Document]] = {kind: [] for kind in TAKEN}
    for document in scope.documents(encounter.patient).filter(kind__in=TAKEN):
        if not hasattr(document, "mistake"):
            taken[document.kind].append(document)
    taken[Kind.DETAILS].sort(
        key=lambda d: (d.patient_id == encounter.patient_id, d.at), reverse=True
    )
    ids = [id for id in (encounter.id, encounter.previous_id) if id is not None]
    both = list(
        Entry.objects.filter(clinic=scope.clinic, encounter__in=ids)
        .select_related("author__user")
        .order_by("id")
    )
    return Visit(
        scope,
        encounter,
        encounter.patient,
        MappingProxyType(taken),
        [entry for entry in both if entry.encounter_id == encounter.id],
        [entry for entry in both if entry.encounter_id != encounter.id],
        _papers(scope, encounter.practitioner),
        list(CupStock.objects.filter(clinic=scope.clinic, is_retired=False).order_by("id")),
    )


def _papers(scope: Scope, practitioner: Membership) -> list[Training]:
    """The papers of whoever treats today: the one signed in, or else the one of the visit."""
    treats = scope.membership if scope.membership.practises else practitioner
    return list(Training.objects.filter(clinic=scope.clinic, membership=treats))


def _said(entries: Sequence[Entry]) -> list[assessing.Entry]:
    return [
        assessing.Entry(
            entry.key,
            entry.field,
            entry.value,
            entry.said,
            str(entry.author),
            entry.saw,
            entry.note,
        )
        for entry in entries
    ]


def _cup(one: CupStock) -> Cup:
    return Cup(CupKind(one.kind), Material(one.material), one.inner_diameter_mm, one.count)


def _clearance(document: Document) -> Clearance:
    body = from_json(Kind.CLEARANCE, document.body)
    assert isinstance(body, ClearanceBody)
    techniques = None if body.techniques is None else tuple(body.techniques)
    return Clearance(body.covers, body.by, body.on, body.until, techniques)


def record_of(
    scope: Scope, details: Details, imports: Sequence[Document], *, on: date
) -> PatientRecord:
    """Return what the register and the newest imported bundle say as of a day."""
    readings = list(register_readings(details, on=on))
    if imports:
        digest = imports[0].body["sha256"]
        blob = Blob.objects.filter(clinic=scope.clinic, sha256=digest).first()
        if blob is not None:
            readings += bundle_record(bytes(blob.data), on=on).readings
    return PatientRecord("register", details.name, details.birth_date or None, tuple(readings))


def bundle_record(data: bytes, *, on: date) -> PatientRecord:
    """Return what a bundle says as of a day.

    Raises:
        InputError: it is no bundle of one living person.
    """
    return read_bundle(data, codes(), on)


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
