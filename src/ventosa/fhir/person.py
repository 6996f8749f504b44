"""The one person of a bundle: who it is, how old on a day, and whether a resource is theirs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from ventosa.fhir.bundle import Entry, read_resource
from ventosa.fhir.moments import Moment, completed_years, is_future, parse_moment
from ventosa.fhir.resources import HumanName, Patient, Reference
from ventosa.record import InputError, Interval, Reading

OLDEST_YEARS = 120
"""The end of the range of ``age_years``; an older person is a placeholder date of birth."""

_patient = msgspec.json.Decoder(Patient)


@dataclass(frozen=True, slots=True)
class Person:
    """The bundle's Patient; ``types`` holds the type of every resource that has a URL."""

    source: str
    name: str | None
    birth_date: str | None
    readings: tuple[Reading, ...]
    id: str | None
    full_url: str | None
    types: Mapping[str, str]

    def has(self, subject: Reference | None, entry: Entry, element: str = "subject") -> bool:
        """True where the resource is about the person; false where it is about a thing or group.

        Raises `InputError` where it names another patient: two people are never mixed.
        """
        target = subject.reference if subject is not None else None
        if target is None or target == self.full_url or target.startswith("#"):
            return True
        path = f"{entry.path}.{element}"
        if target.startswith("urn:"):
            return self._has_type(self.types.get(target, "Patient"), target in self.types, path)
        parts = target.split("/_history/")[0].split("/")
        if len(parts) < 2:
            return True
        is_same = self.id is None or parts[-1] == self.id
        return self._has_type(parts[-2], not is_same, path)

    def _has_type(self, kind: str, is_other: bool, path: str) -> bool:
        if kind == "Patient" and is_other:
            raise InputError(path, "is about another person than the patient of the bundle")
        return kind == "Patient"


def read_person(entries: Sequence[Entry], on: date) -> Person:
    """The person of the bundle.

    Raises `InputError` unless there is exactly one Patient, alive on ``on`` and born by then.
    """
    people = [e for e in entries if e.type == "Patient"]
    if len(people) != 1:
        how_many = "no Patient" if not people else f"{len(people)} Patients"
        raise InputError("entry", f"the bundle holds {how_many}; it must be about one person")
    entry = people[0]
    patient = read_resource(_patient, entry)
    _check_alive(patient, entry, on)
    source = entry.source(patient.id)
    return Person(
        source=source,
        name=_name(patient.name or ()),
        birth_date=patient.birth_date,
        readings=tuple(_readings(patient, source, entry, on)),
        id=patient.id or _tail(entry.full_url),
        full_url=entry.full_url,
        types={e.full_url: e.type for e in entries if e.full_url},
    )


def _check_alive(patient: Patient, entry: Entry, on: date) -> None:
    if patient.deceased_boolean:
        raise InputError(f"{entry.path}.deceasedBoolean", "the person is recorded as dead")
    if patient.deceased_date_time is None:
        return
    if not is_future(entry.moment(patient.deceased_date_time, "deceasedDateTime"), on):
        raise InputError(f"{entry.path}.deceasedDateTime", "the person is recorded as dead")


def _readings(patient: Patient, source: str, entry: Entry, on: date) -> Iterator[Reading]:
    if patient.birth_date is not None:
        yield _age(_birth(patient.birth_date, f"{entry.path}.birthDate", on), source, on)
    if patient.gender in ("female", "male", "other"):
        yield Reading("sex", patient.gender, source)


def _birth(text: str, path: str, on: date) -> Moment:
    if len(text) > len("1962-03-01"):
        raise InputError(path, "must be a date without a time")
    try:
        birth = parse_moment(text)
    except InputError as error:
        raise InputError(path, error.problem) from None
    if is_future(birth, on):
        raise InputError(path, f"lies after {on.isoformat()}")
    return birth


def _age(birth: Moment, source: str, on: date) -> Reading:
    youngest = completed_years(min(birth.last, on), on)
    oldest = completed_years(birth.first, on)
    too_old = f"born {birth} would be over {OLDEST_YEARS} years old"
    stale = too_old if oldest > OLDEST_YEARS else None
    return Reading("age_years", Interval(youngest, oldest), source, stale=stale)


def _name(names: Sequence[HumanName]) -> str | None:
    for use in ("official", "usual", None):
        for name in names:
            if use is None or name.use == use:
                given = [g for g in name.given or () if g]
                parts = [*given, *([name.family] if name.family else [])]
                if parts or name.text:
                    return " ".join(parts) or name.text
    return None


def _tail(full_url: str | None) -> str | None:
    if full_url is None or full_url.startswith("urn:"):
        return None
    return full_url.split("/")[-1] or None
