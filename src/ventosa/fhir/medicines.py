"""Medicines in use: MedicationStatements and MedicationRequests, by code of the medicine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from ventosa.codes import CodeTable
from ventosa.fhir.bundle import Entry, decode, read_resource
from ventosa.fhir.moments import Moment, add_months, is_future
from ventosa.fhir.person import Person
from ventosa.fhir.resources import Concept, Head, Medication, MedicationUse
from ventosa.fhir.signs import Sign, Standing, find_rows

LONG_TERM_MONTHS = 3
"""Steroid tablets for this long count as long-term (the fact asks for months; editorial)."""

_use = msgspec.json.Decoder(MedicationUse)
_medication = msgspec.json.Decoder(Medication)
_head = msgspec.json.Decoder(Head)

_NO_EVIDENCE = ("stopped", "completed", "cancelled", "entered-in-error", "ended", "not-taken")
_ORDERED = (None, "order", "original-order", "reflex-order", "filler-order", "instance-order")
_SUPPLY_DAYS = {"d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}


@dataclass(frozen=True, slots=True)
class _Dates:
    start: Moment | None
    end: Moment | None


def read_medicines(
    uses: Sequence[Entry], shelf: Sequence[Entry], codes: CodeTable, person: Person, on: date
) -> Iterator[Sign]:
    """The signs of medicines in use; ``shelf`` holds the Medications that a use may refer to."""
    places = _places(shelf) if shelf else {}
    for entry in uses:
        it = read_resource(_use, entry)
        if it.status in _NO_EVIDENCE or it.do_not_perform:
            continue
        rows = [
            (row, code)
            for concept in _named(it, entry, places)
            for row, code in find_rows(concept, codes)
            if row.kind == "medication"
        ]
        if not rows or not person.has(it.subject, entry):
            continue
        dates = _dates(it, entry)
        if is_future(dates.start, on):
            continue
        standing = _standing(it, dates, on)
        for row, code in rows:
            stands = _steroid(it, dates, on) if row.fact == "long_term_steroid" else standing
            if stands is not None:
                weaker = Standing.HINT if standing is Standing.HINT else stands
                yield Sign(row, code, entry.source(it.id), dates.start, weaker, entry.type)


def _standing(it: MedicationUse, dates: _Dates, on: date) -> Standing:
    """Current where active and ordered or taken; all else is only a hint."""
    is_over = dates.end is not None and dates.end.last < on
    if it.status == "active" and it.intent in _ORDERED and not is_over:
        return Standing.CURRENT
    return Standing.HINT


def _steroid(it: MedicationUse, dates: _Dates, on: date) -> Standing | None:
    """Long-term, a course that may become so (a hint), or ``None`` for a short course."""
    if _supply_days(it) >= LONG_TERM_MONTHS * 30:
        return Standing.CURRENT
    if dates.start is None:
        return Standing.HINT
    end = dates.end
    if end is not None and add_months(dates.start.first, LONG_TERM_MONTHS) > end.last:
        return None
    until = end.first if end is not None else on
    is_long = add_months(dates.start.last, LONG_TERM_MONTHS) <= until
    return Standing.CURRENT if is_long else Standing.HINT


def _supply_days(it: MedicationUse) -> float:
    """Days that one supply lasts; 0 where the request does not say."""
    request = it.dispense_request
    supply = request.expected_supply_duration if request is not None else None
    if supply is None or supply.value is None:
        return 0.0
    return supply.value * _SUPPLY_DAYS.get(supply.code or supply.unit or "", 0.0)


def _dates(it: MedicationUse, entry: Entry) -> _Dates:
    period = it.effective_period
    start = entry.moment(period.start, "effectivePeriod.start") if period is not None else None
    end = entry.moment(period.end, "effectivePeriod.end") if period is not None else None
    start = start or entry.moment(it.effective_date_time, "effectiveDateTime")
    start = start or entry.moment(it.authored_on, "authoredOn")
    return _Dates(start or entry.moment(it.date_asserted, "dateAsserted"), end)


def _places(shelf: Sequence[Entry]) -> dict[str, Entry]:
    places: dict[str, Entry] = {}
    for entry in shelf:
        it = read_resource(_medication, entry)
        if entry.full_url:
            places[entry.full_url] = entry
        if it.id:
            places[f"Medication/{it.id}"] = entry
    return places


def _named(
    it: MedicationUse, entry: Entry, places: Mapping[str, Entry]
) -> Iterator[Concept | None]:
    """The concepts that name the medicine: its own code, or code and ingredients referred to."""
    yield it.medication_codeable_concept
    target = it.medication_reference and it.medication_reference.reference
    if not target:
        return
    medication = _contained(it, entry, target) if target.startswith("#") else None
    if medication is None:
        bare = target.split("/_history/")[0]
        found = places.get(bare) or places.get("/".join(bare.split("/")[-2:]))
        medication = read_resource(_medication, found) if found is not None else None
    if medication is not None:
        yield medication.code
        yield from (part.item_codeable_concept for part in medication.ingredient or ())


def _contained(it: MedicationUse, entry: Entry, target: str) -> Medication | None:
    for index, raw in enumerate(it.contained or ()):
        path = f"{entry.path}.contained[{index}]"
        head = decode(_head.decode, raw, path)
        if head.resource_type == "Medication" and head.id == target[1:]:
            return decode(_medication.decode, raw, path)
    return None
