"""A bundle that was sent in: what was taken from it, and what is still to ask."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ventosa.knowledge import Knowledge
from ventosa.page import words
from ventosa.record import Answers, PatientRecord, Reading
from ventosa.screening import screen


@dataclass(frozen=True, slots=True)
class Taken:
    """One reading: the question it answers, or stands beside where it is too old to count."""

    question: str
    value: str
    on: date | None
    source: str
    stale: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One screen of the interview with the questions that the record leaves open."""

    title: str
    questions: tuple[str, ...]


def arrival_of(
    record: PatientRecord, register: PatientRecord | None, knowledge: Knowledge, *, on: date
) -> dict[str, Any]:
    """Return the context of a bundle's page: what counts, what only hints, what is open."""
    readings = [_taken(reading, knowledge) for reading in record.readings]
    both = record
    if register is not None:
        both = PatientRecord(record.source, readings=(*register.readings, *record.readings))
    screening = screen(Answers(answered_on=on), both, knowledge, on=on)
    open_: dict[str, list[str]] = {}
    for question in screening.ask:
        open_.setdefault(question.group, []).append(question.text)
    groups = sorted(knowledge.groups.values(), key=lambda group: group.order)
    asked = [Asked(g.title, tuple(open_[g.id])) for g in groups if g.id in open_]
    return {
        "record": record,
        "counts": [one for one in readings if not one.stale],
        "hints": [one for one in readings if one.stale],
        "asked": asked,
        "open_count": sum(len(one.questions) for one in asked),
    }


def _taken(reading: Reading, knowledge: Knowledge) -> Taken:
    fact = knowledge.facts[reading.fact]
    value = words.answer(reading.value)
    several = "s" if fact.unit in ("year", "month", "week", "day") and value != "1" else ""
    value = f"{value} {fact.unit}{several}".strip()
    return Taken(fact.question, value, reading.on, reading.source, reading.stale or "")
