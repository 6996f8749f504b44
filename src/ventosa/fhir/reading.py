"""Record in: the bytes of a FHIR R4 bundle become the readings of one person."""

from collections import defaultdict
from datetime import date

from ventosa.codes import CodeTable
from ventosa.fhir.bundle import Entry, open_bundle
from ventosa.fhir.meaning import read_signs, settle
from ventosa.fhir.medicines import read_medicines
from ventosa.fhir.observations import read_observations
from ventosa.fhir.person import read_person
from ventosa.fhir.pregnancy import read_pregnancy
from ventosa.fhir.signs import read_allergies, read_conditions, read_devices, read_procedures
from ventosa.record import PatientRecord


def read_bundle(data: bytes, codes: CodeTable, on: date) -> PatientRecord:
    """What the bundle says of its one patient on a day: at most one reading a fact, by code only.

    What the bundle does not hold has no reading. Resources of after ``on`` are not read. Raises
    `InputError` whose path names the place; it never repeats a value of the record.
    """
    entries = open_bundle(data)
    person = read_person(entries, on)
    of: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        of[entry.type].append(entry)
    observed = read_observations(of["Observation"], codes, person, on)
    uses = [*of["MedicationStatement"], *of["MedicationRequest"]]
    signs = [
        *read_conditions(of["Condition"], codes, person, on),
        *read_allergies(of["AllergyIntolerance"], codes, person, on),
        *read_medicines(uses, of["Medication"], codes, person, on),
        *read_procedures(of["Procedure"], codes, person, on),
        *read_devices(of["Device"], codes, person),
        *observed.signs,
    ]
    readings = (
        *person.readings,
        *observed.readings,
        *read_signs(signs, on),
        *read_pregnancy(signs, observed.gestations, on),
    )
    settled = settle(readings)
    return PatientRecord(person.source, person.name, person.birth_date, settled, person.id)
