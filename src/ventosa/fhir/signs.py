"""What coded resources point at: each code that means a fact, with its date and how it stands.

Reading rules: ``knowledge/codes/README.md``. A resource that is refuted, entered in error, not
done, ended (medicines) or later than the day of reading gives no sign.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import msgspec

from ventosa.codes import SNOMED, CodeRow, CodeTable
from ventosa.fhir.bundle import Entry, read_resource
from ventosa.fhir.moments import Moment, is_future
from ventosa.fhir.person import Person
from ventosa.fhir.resources import (
    AllergyIntolerance,
    Concept,
    Condition,
    Device,
    Procedure,
)

PREGNANCY_ENDED = CodeRow(
    "pregnant", SNOMED, "", "exact", "no: the pregnancy ended", "condition", "codes/README.md"
)
PREGNANCY_ENDS = ("19169002", "714812005")
"""SNOMED CT: miscarriage, termination. They end a pregnancy and say nothing of today."""


class Standing(StrEnum):
    """How a sign stands on the day of reading."""

    CURRENT = "current"
    PAST = "past"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Sign:
    """One code of one resource that means a fact; ``when`` is ``None`` where no date is given."""

    row: CodeRow
    code: str
    source: str
    when: Moment | None
    standing: Standing
    resource: str


_condition = msgspec.json.Decoder(Condition)
_allergy = msgspec.json.Decoder(AllergyIntolerance)
_procedure = msgspec.json.Decoder(Procedure)
_device = msgspec.json.Decoder(Device)

_DISOWNED = ("refuted", "entered-in-error")
_OVER = ("inactive", "remission", "resolved")


def find_rows(concept: Concept | None, codes: CodeTable) -> list[tuple[CodeRow, str]]:
    """Every row that a code of the concept meets, with that code."""
    if concept is None or not concept.coding:
        return []
    return [(row, c.code or "") for c in concept.coding for row in codes.find(c.system, c.code)]


def read_conditions(
    entries: Sequence[Entry], codes: CodeTable, person: Person, on: date
) -> Iterator[Sign]:
    """The signs of Conditions."""
    for entry in entries:
        it = read_resource(_condition, entry)
        rows = [*find_rows(it.code, codes), *_pregnancy_ends(it.code)]
        rows = [(row, code) for row, code in rows if _is_condition(row)]
        if not rows or (it.verification_status and it.verification_status.has(*_DISOWNED)):
            continue
        if not person.has(it.subject, entry):
            continue
        recorded = entry.moment(it.recorded_date, "recordedDate")
        onset = entry.moment(it.onset_date_time, "onsetDateTime")
        onset = onset or entry.start(it.onset_period, "onsetPeriod")
        if is_future(recorded, on) or is_future(onset, on):
            continue
        standing = _standing(it, entry, on)
        for row, code in rows:
            yield Sign(row, code, entry.source(it.id), onset or recorded, standing, entry.type)


def _is_condition(row: CodeRow) -> bool:
    # The code of a substance means an allergy only inside an AllergyIntolerance.
    if row.kind == "allergy":
        return "allergy" in row.label or "anaphylaxis" in row.label
    return row.kind in ("condition", "status")


def _standing(it: Condition, entry: Entry, on: date) -> Standing:
    """Past where the record says so; a condition that ended after ``on`` was still there then."""
    ended = entry.moment(it.abatement_date_time, "abatementDateTime")
    if ended is None and it.abatement_period is not None:
        ended = entry.moment(it.abatement_period.end, "abatementPeriod.end")
    if is_future(ended, on):
        return Standing.CURRENT
    status = it.clinical_status
    if status is not None and status.coding:
        return Standing.PAST if status.has(*_OVER) else Standing.CURRENT
    has_abatement = bool(
        it.abatement_date_time
        or it.abatement_period
        or it.abatement_string
        or len(memoryview(it.abatement_age))
        or len(memoryview(it.abatement_range))
    )
    return Standing.PAST if has_abatement else Standing.CURRENT


def read_allergies(
    entries: Sequence[Entry], codes: CodeTable, person: Person, on: date
) -> Iterator[Sign]:
    """The signs of AllergyIntolerances; a substance may be named by the code or a reaction."""
    for entry in entries:
        it = read_resource(_allergy, entry)
        named = [it.code, *(r.substance for r in it.reaction or ())]
        rows = [
            (row, code)
            for concept in named
            for row, code in find_rows(concept, codes)
            if row.kind == "allergy" or row.fact.endswith("_allergy")
        ]
        if not rows or (it.verification_status and it.verification_status.has(*_DISOWNED)):
            continue
        recorded = entry.moment(it.recorded_date, "recordedDate")
        if is_future(recorded, on) or not person.has(it.patient, entry, "patient"):
            continue
        is_over = it.clinical_status is not None and it.clinical_status.has("inactive", "resolved")
        standing = Standing.HINT if is_over else Standing.CURRENT
        for row, code in rows:
            yield Sign(row, code, entry.source(it.id), recorded, standing, entry.type)


_DONE = {"completed": Standing.PAST, "in-progress": Standing.CURRENT}
_MAYBE_DONE = ("stopped", "on-hold", "unknown", None)


def read_procedures(
    entries: Sequence[Entry], codes: CodeTable, person: Person, on: date
) -> Iterator[Sign]:
    """The signs of Procedures: done is past, being done is current, unclear is a hint."""
    for entry in entries:
        it = read_resource(_procedure, entry)
        rows = [(row, code) for row, code in find_rows(it.code, codes) if row.kind == "procedure"]
        rows += _pregnancy_ends(it.code)
        standing = _DONE.get(it.status or "")
        if standing is None and it.status in _MAYBE_DONE:
            standing = Standing.HINT
        if not rows or standing is None:
            continue
        when = entry.moment(it.performed_date_time, "performedDateTime")
        when = when or entry.start(it.performed_period, "performedPeriod")
        if is_future(when, on) or not person.has(it.subject, entry):
            continue
        for row, code in rows:
            yield Sign(row, code, entry.source(it.id), when, standing, entry.type)


def read_devices(entries: Sequence[Entry], codes: CodeTable, person: Person) -> Iterator[Sign]:
    """The signs of Devices; a device that is not active says nothing of what is still in place."""
    for entry in entries:
        it = read_resource(_device, entry)
        rows = [
            (row, code)
            for row, code in find_rows(it.type, codes)
            if row.fact == "implanted_electrical_device"
        ]
        if not rows or it.status in ("inactive", "entered-in-error"):
            continue
        if person.has(it.patient, entry, "patient"):
            standing = Standing.CURRENT if it.status == "active" else Standing.HINT
            for row, code in rows:
                yield Sign(row, code, entry.source(it.id), None, standing, entry.type)


def _pregnancy_ends(concept: Concept | None) -> list[tuple[CodeRow, str]]:
    if concept is None or not concept.coding:
        return []
    return [
        (PREGNANCY_ENDED, c.code or "")
        for c in concept.coding
        if c.system == SNOMED and c.code in PREGNANCY_ENDS
    ]
