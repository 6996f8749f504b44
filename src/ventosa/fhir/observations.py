"""Measurements: the newest value of each number with its unit and its age; answers by code."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from ventosa.codes import CodeTable
from ventosa.fhir.bundle import Entry, read_resource
from ventosa.fhir.moments import Moment, is_future, is_newer, is_older_than
from ventosa.fhir.person import Person
from ventosa.fhir.pregnancy import Gestation
from ventosa.fhir.resources import Concept, Observation, Quantity
from ventosa.fhir.signs import Sign, Standing, find_rows
from ventosa.record import InputError, Interval, Reading

FEVER_CELSIUS = 38.0
"""Editorial: a temperature of today from here on is read as a fever; none is ever read as *no*."""

CAUSE_OF_DEATH = "69453-9"
"""LOINC: its value is a disease the person died of, never one to read."""

_FULL_TERM_DAYS = 280
_VALUES_COUNT = ("final", "amended", "corrected", "preliminary")

_observation = msgspec.json.Decoder(Observation)


@dataclass(frozen=True, slots=True)
class Measure:
    """How a number is read: its name, unit, units taken (factor), range, and how long it counts.

    The range is that of the fact. Ages: ``knowledge/codes/README.md``; that of height is editorial.
    """

    name: str
    unit: str
    factors: Mapping[str, float]
    low: float
    high: float
    holds_days: int
    is_old: str


_PRESSURE = {"mm[Hg]": 1.0}
_PLATELETS = {"10*3/uL": 1.0, "10*9/L": 1.0}
_HAEMOGLOBIN = {"g/dL": 1.0, "g/L": 0.1, "mmol/L": 1.611}
_WEIGHT = {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237}
_HEIGHT = {"cm": 1.0, "m": 100.0, "[in_i]": 2.54}
_TODAY = "is not of today"

MEASURES: Mapping[str, Measure] = {
    "systolic_bp_mmhg": Measure("systolic pressure", "mmHg", _PRESSURE, 50, 300, 0, _TODAY),
    "diastolic_bp_mmhg": Measure("diastolic pressure", "mmHg", _PRESSURE, 20, 200, 0, _TODAY),
    "inr": Measure("INR", "", {"{INR}": 1.0, "1": 1.0}, 0.5, 20, 28, "is older than 4 weeks"),
    "platelets_10e9_l": Measure(
        "platelet count", "10^9/L", _PLATELETS, 0, 2000, 183, "is older than 6 months"
    ),
    "haemoglobin_g_dl": Measure(
        "haemoglobin", "g/dL", _HAEMOGLOBIN, 2, 25, 183, "is older than 6 months"
    ),
    "weight_kg": Measure("weight", "kg", _WEIGHT, 20, 300, 366, "is older than 1 year"),
    "height_cm": Measure("height", "cm", _HEIGHT, 100, 230, 3653, "is older than 10 years"),
}

_TEMPERATURE = ("Cel", "[degF]")
_GESTATION_DAYS = {"wk": 7.0, "d": 1.0}


class _Value(msgspec.Struct, frozen=True, gc=False):
    """A quantity that stands for a fact, with its place in time and in the bundle."""

    quantity: Quantity
    when: Moment | None
    id: str | None
    entry: Entry
    element: str

    @property
    def source(self) -> str:
        return self.entry.source(self.id)

    @property
    def path(self) -> str:
        return f"{self.entry.path}.{self.element}"


@dataclass(slots=True)
class Observed:
    """What the observations of one bundle hold, gathered in one pass."""

    readings: list[Reading] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    gestations: list[Gestation] = field(default_factory=list)


def read_observations(
    entries: Sequence[Entry], codes: CodeTable, person: Person, on: date
) -> Observed:
    """Numbers as readings, coded answers as signs, and weeks of pregnancy."""
    observed = Observed()
    newest: dict[str, _Value] = {}
    for entry in entries:
        it = read_resource(_observation, entry)
        facts = _facts(it.code, codes)
        if (not facts and not it.component) or it.status not in _VALUES_COUNT or it.focus:
            continue
        when = _when(it, entry)
        if is_future(when, on):
            continue
        for fact, value in _values(it, facts, when, entry, codes):
            if not person.has(it.subject, entry):
                break
            if fact in MEASURES:
                there = newest.get(fact)
                if there is None or is_newer(when, there.when):
                    newest[fact] = value
            elif fact == "fever":
                observed.readings += _fever(value, on)
            elif fact == "gestation_weeks":
                observed.gestations.append(_gestation(value))
        _answers(it, facts, when, entry, observed, codes, person, on)
    observed.readings += [_number(fact, value, on) for fact, value in newest.items()]
    return observed


def _facts(concept: Concept | None, codes: CodeTable) -> tuple[str, ...]:
    if concept is None or not concept.coding:
        return ()
    found: tuple[str, ...] = ()
    for coding in concept.coding:
        if coding.code == CAUSE_OF_DEATH:
            return ()
        rows = codes.find(coding.system, coding.code)
        if rows:
            found += tuple([r.fact for r in rows if r.kind == "observation"])
    return found


def _values(
    it: Observation,
    facts: tuple[str, ...],
    when: Moment | None,
    entry: Entry,
    codes: CodeTable,
) -> Iterator[tuple[str, _Value]]:
    """Each number of an observation and of its components, by fact; one without value is none."""
    quantity = it.value_quantity
    if quantity is not None and quantity.value is not None:
        value = _Value(quantity, when, it.id, entry, "valueQuantity.value")
        for fact in facts:
            yield fact, value
    for number, component in enumerate(it.component or ()):
        quantity = component.value_quantity
        if quantity is not None and quantity.value is not None:
            element = f"component[{number}].valueQuantity.value"
            value = _Value(quantity, when, it.id, entry, element)
            for fact in _facts(component.code, codes):
                yield fact, value


def _answers(
    it: Observation,
    facts: tuple[str, ...],
    when: Moment | None,
    entry: Entry,
    observed: Observed,
    codes: CodeTable,
    person: Person,
    on: date,
) -> None:
    """Adds what a coded value or a due date says; the question must be bound to the same fact."""
    if it.value_codeable_concept is not None:
        for row, code in find_rows(it.value_codeable_concept, codes):
            if row.fact in facts and person.has(it.subject, entry):
                source = entry.source(it.id)
                sign = Sign(row, code, source, when, Standing.CURRENT, entry.type)
                observed.signs.append(sign)
    if "gestation_weeks" in facts and person.has(it.subject, entry):
        due = entry.moment(it.value_date_time, "valueDateTime")
        if due is not None:
            observed.gestations.append(_from_due_date(due, when, entry.source(it.id), on))


def _when(it: Observation, entry: Entry) -> Moment | None:
    when = entry.moment(it.effective_date_time, "effectiveDateTime")
    if when is None and it.effective_instant is not None:
        when = entry.moment(it.effective_instant, "effectiveInstant")
    if when is None and it.effective_period is not None:
        end = entry.moment(it.effective_period.end, "effectivePeriod.end")
        when = end or entry.moment(it.effective_period.start, "effectivePeriod.start")
    return when


def _number(fact: str, it: _Value, on: date) -> Reading:
    measure = MEASURES[fact]
    value, problem = _interval(measure, it)
    said = _said(measure, value)
    if problem is None and it.when is None:
        problem = f"{said} has no date"
    elif problem is None and it.when is not None and is_older_than(it.when, on, measure.holds_days):
        problem = f"{said} of {it.when} {measure.is_old}"
    day = it.when.first if it.when is not None else None
    return Reading(fact, value, it.source, day, problem)


def _interval(measure: Measure, it: _Value) -> tuple[Interval, str | None]:
    """The value in the unit of the fact, and why it cannot count (``None`` = it can)."""
    quantity = it.quantity
    raw = quantity.value or 0.0
    of = f" of {it.when}" if it.when is not None else ""
    factor = measure.factors.get(quantity.code or quantity.unit or "")
    if factor is None:
        return Interval(raw, raw), f"{measure.name}{of} is in a unit that is not known here"
    value = raw / 10 if factor == 0.1 else raw * factor
    if not math.isfinite(value):
        raise InputError(it.path, "is a number out of range")
    point = Interval(value, value)
    if not measure.low <= value <= measure.high:
        return point, f"{_said(measure, point)}{of} lies outside the range of the fact"
    if quantity.comparator in ("<", "<="):
        return Interval(measure.low, value), None
    if quantity.comparator in (">", ">="):
        return Interval(value, measure.high), None
    if quantity.comparator is not None:
        return point, f"{measure.name}{of} has a comparator that is not known here"
    return point, None


def _said(measure: Measure, value: Interval) -> str:
    low, high = f"{round(value.low, 1):g}", f"{round(value.high, 1):g}"
    number = low if low == high else f"{low} to {high}"
    return f"{measure.name} {number} {measure.unit}".rstrip()


def _fever(it: _Value, on: date) -> Iterator[Reading]:
    unit = it.quantity.code or it.quantity.unit
    is_of_today = it.when is not None and not is_older_than(it.when, on, 0)
    if unit not in _TEMPERATURE or not is_of_today or it.quantity.comparator in ("<", "<="):
        return
    value = it.quantity.value or 0.0
    celsius = value if unit == "Cel" else (value - 32) / 1.8
    if round(celsius, 6) >= FEVER_CELSIUS and it.when is not None:
        yield Reading("fever", True, it.source, it.when.first)


def _gestation(it: _Value) -> Gestation:
    raw = it.quantity.value or 0.0
    factor = _GESTATION_DAYS.get(it.quantity.code or it.quantity.unit or "")
    days = raw * (factor or 7.0)
    if not 0 <= days <= 400:
        return Gestation(0, it.when, it.source, "the weeks of pregnancy are out of range; ask")
    if factor is None or it.quantity.comparator is not None:
        return Gestation(days, it.when, it.source, "the weeks of pregnancy are not exact; ask")
    return Gestation(days, it.when, it.source)


def _from_due_date(due: Moment, when: Moment | None, source: str, on: date) -> Gestation:
    """40 weeks less the time to go, told as of the day on which the due date was recorded."""
    as_of = when if when is not None else Moment(on, on)
    days = _FULL_TERM_DAYS - (due.first - as_of.first).days
    is_vague = due.first != due.last or as_of.first != as_of.last
    problem = "the due date is not a day; ask" if is_vague else None
    if not 0 <= days <= 400:
        return Gestation(0, as_of, source, "the due date does not fit its record; ask")
    return Gestation(days, as_of, source, problem)
