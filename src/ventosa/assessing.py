"""What was said in an assessment, entry by entry, becomes the answers of the visit.

An entry is one thing said: a fact answered, "none of these" to a screen, the places drawn. Nothing
is overwritten: a later entry names the one its writer had in sight. Two entries of which neither
saw the other are both kept, and until somebody settles it the riskier counts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from ventosa.contract.answers import read_answers, read_value, write_value
from ventosa.interview import not_riskier, repeat_visit
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import Boolean, Number
from ventosa.record import Answers, Complaint, InputError, Interval, Value
from ventosa.terms import Stage

RATHER_SAY: Final = {"rather_say": True}
"""The value of a question that the patient would rather answer aloud."""

PATIENT, PRACTITIONER = "patient", "practitioner"

TEXT_FIELDS = ("goal", "note")
COMPLAINT_FIELDS = ("sites", "pain_now", "pain_week", "onset_date", "goal")
WHOLE_FIELDS = ("zones", *COMPLAINT_FIELDS, "note")
"""Fields beside facts: what is drawn, felt and told."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said. ``key`` is its name, ``saw`` the name of what its writer had in sight.

    ``field`` is ``fact:<id>``, ``none:<group>`` (its value lists the facts of the screen that were
    open), ``repeat:<sentence>`` (``"none"`` or ``"yes"``), or one of ``WHOLE_FIELDS``.
    ``value`` is JSON; ``None`` = asked and not known.
    """

    key: str
    field: str
    value: Any
    said: str = PRACTITIONER
    by: str = ""
    saw: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Differing:
    """Entries of one field that stand side by side, and what counts until it is settled."""

    field: str
    entries: tuple[Entry, ...]
    used: Any


@dataclass(frozen=True, slots=True)
class ToSay:
    """A question that the patient left for the practitioner: not sure, or would rather say it."""

    fact: str
    would_rather_say: bool


@dataclass(frozen=True, slots=True)
class Assessed:
    """The answers as they stand, with what is open between people.

    ``current`` names for each field the entry that counts; ``notes`` the words beside an answer.
    """

    answers: Answers
    current: Mapping[str, Entry]
    differing: tuple[Differing, ...]
    to_say: tuple[ToSay, ...]
    notes: Mapping[str, tuple[str, ...]]


def check_entry(entry: Entry, knowledge: Knowledge) -> None:
    """Check that an entry says something that can be said.

    Raises:
        InputError: names the field.
    """
    kind, _, name = entry.field.partition(":")
    if kind == "fact":
        fact = knowledge.facts.get(name)
        if fact is None or fact.zone is not None:
            raise InputError(entry.field, "is no question")
        if entry.value is not None and entry.value != RATHER_SAY:
            read_value(entry.field, fact, entry.value)
    elif kind == "none":
        if name not in knowledge.groups or not isinstance(entry.value, list):
            raise InputError(entry.field, "is no screen")
        for id in entry.value:
            if not_riskier_of(id, knowledge) is None:
                raise InputError(entry.field, "holds a question that none cannot answer")
    elif kind == "repeat":
        known = {repeat.id for repeat in knowledge.repeat} | {"anything_new"}
        if name not in known or entry.value not in ("none", "yes"):
            raise InputError(entry.field, "is no sentence of a repeat visit")
    elif entry.field == "note":
        if not isinstance(entry.value, str):
            raise InputError(entry.field, "is a text")
    elif entry.field in WHOLE_FIELDS:
        whole: dict[str, Any] = {}
        _lay(whole, entry.field, entry.value)
        _read(whole, knowledge)
    else:
        raise InputError(entry.field, "is no field of an assessment")


def not_riskier_of(id: object, knowledge: Knowledge) -> Value | None:
    """Return what "none of these" answers for a fact, ``None`` where it answers nothing."""
    fact = knowledge.facts.get(id) if isinstance(id, str) else None
    return None if fact is None else not_riskier(fact)


def assess(
    entries: Sequence[Entry],
    knowledge: Knowledge,
    *,
    on: date,
    previous: Answers | None = None,
) -> Assessed:
    """Return what the entries of one visit come to.

    ``previous`` are the answers of the last visit, for a repeat one: what was said there is renewed
    as the sentences of the repeat visit allow.
    """
    expanded = [one for entry in entries for one in _expanded(entry, knowledge)]
    current: dict[str, Entry] = {}
    differing = []
    for field, standing in _standing(expanded).items():
        current[field] = standing[-1]
        if len(standing) > 1 and not _agree(standing):
            used = _riskiest(field, standing, knowledge)
            current[field] = replace(standing[-1], value=used)
            differing.append(Differing(field, tuple(standing), used))
    base = _base(current, knowledge, on, previous)
    answers, to_say = _answered(base, current, knowledge, {one.field for one in differing})
    notes: dict[str, tuple[str, ...]] = {}
    for entry in expanded:
        if entry.note:
            notes[entry.field] = (*notes.get(entry.field, ()), entry.note)
    return Assessed(
        answers, MappingProxyType(current), tuple(differing), to_say, MappingProxyType(notes)
    )


def _expanded(entry: Entry, knowledge: Knowledge) -> Iterable[Entry]:
    """A "none of these" as one answer for each question that was open."""
    if not entry.field.startswith("none:"):
        return [entry]
    return [
        replace(entry, field=f"fact:{id}", value=write_value(not_riskier_of(id, knowledge)))
        for id in entry.value
    ]


def _standing(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """For each field the entries that no later one of it had in sight."""
    by_field: dict[str, list[Entry]] = {}
    for entry in entries:
        by_field.setdefault(entry.field, []).append(entry)
    standing = {}
    for field, given in by_field.items():
        seen = {entry.saw for entry in given}
        standing[field] = [entry for entry in given if entry.key not in seen] or given[-1:]
    return standing


def _agree(entries: Sequence[Entry]) -> bool:
    return all(entry.value == entries[0].value for entry in entries)


def _riskiest(field: str, entries: Sequence[Entry], knowledge: Knowledge) -> Any:
    """The value that counts while entries differ: the riskier, else what holds them all."""
    values = [entry.value for entry in entries]
    if field.startswith("fact:"):
        return _riskiest_fact(knowledge.facts[field.removeprefix("fact:")], values)
    if field.startswith("repeat:"):
        return "yes" if "yes" in values else "none"
    if field in ("zones", "sites"):
        drawn = [one for value in values for one in (value or ())]
        return [one for index, one in enumerate(drawn) if one not in drawn[:index]]
    if field in ("pain_now", "pain_week"):
        return max((v for v in values if v is not None), default=None)
    if field in TEXT_FIELDS:
        return " / ".join(str(v) for v in values if v)
    return values[-1]


def _riskiest_fact(fact: Fact, values: Sequence[Any]) -> Any:
    known = [v for v in values if v is not None and v != RATHER_SAY]
    if isinstance(fact.type, Boolean) and fact.riskier in known:
        return fact.riskier
    if len(known) < len(values):
        return None  # somebody is not sure: no milder answer hides that
    if isinstance(fact.type, Number):
        read = [read_value(fact.id, fact, v) for v in known]
        ends = [end for v in read if isinstance(v, Interval) for end in (v.low, v.high)]
        if fact.riskier == "low":
            return min(ends)
        if fact.riskier == "high":
            return max(ends)
        return {"low": min(ends), "high": max(ends)}
    if fact.id == "pregnant":
        return max(known, key=("no", "possible", "yes").index)
    return known[0] if len(set(map(str, known))) == 1 else None


def _base(
    current: Mapping[str, Entry], knowledge: Knowledge, on: date, previous: Answers | None
) -> Answers:
    if previous is None:
        return Answers(answered_on=on)
    said = {
        field.removeprefix("repeat:"): entry.value
        for field, entry in current.items()
        if field.startswith("repeat:")
    }
    new = said.pop("anything_new", None)
    return repeat_visit(
        previous,
        knowledge,
        on=on,
        none_of=[id for id, value in said.items() if value == "none"],
        anything_new=None if new is None else new == "yes",
    )


def _answered(
    base: Answers, current: Mapping[str, Entry], knowledge: Knowledge, differing: set[str]
) -> tuple[Answers, tuple[ToSay, ...]]:
    facts: dict[str, Value | None] = dict(base.facts)
    to_say = []
    whole: dict[str, Any] = {}
    for field, entry in current.items():
        if field.startswith("fact:"):
            id = field.removeprefix("fact:")
            fact = knowledge.facts[id]
            if entry.value is None or entry.value == RATHER_SAY:
                if entry.said == PATIENT or field in differing:
                    to_say.append(ToSay(id, entry.value == RATHER_SAY))
                    facts.pop(id, None)  # open until the practitioner asks
                else:
                    facts[id] = None
            else:
                facts[id] = read_value(id, fact, entry.value)
        elif field in WHOLE_FIELDS:
            _lay(whole, field, entry.value)
    told = _read(whole, knowledge)
    complaint = _complaint(base.complaint, told.complaint, whole.get("complaint"))
    zones = base.zones if "zones" not in current else told.zones
    given = replace(base, facts=MappingProxyType(facts), zones=zones, complaint=complaint)
    return given, tuple(to_say)


def _complaint(
    earlier: Complaint | None, told: Complaint | None, written: Mapping[str, Any] | None
) -> Complaint | None:
    """The complaint of today over that of the last visit, part by part."""
    if told is None or earlier is None or written is None:
        return told if earlier is None else earlier
    parts = {name: getattr(told, name) for name in written}
    return replace(earlier, **parts)


def _lay(whole: dict[str, Any], field: str, value: Any) -> None:
    """Lay a field beside the facts into the answers' JSON."""
    if field == "zones" and value is not None:
        whole["zones"] = value
    elif field in COMPLAINT_FIELDS:
        whole.setdefault("complaint", {})[field] = (
            [] if value is None and field == "sites" else value
        )


def _read(whole: Mapping[str, Any], knowledge: Knowledge) -> Answers:
    return read_answers(json.dumps(whole).encode(), knowledge)


def open_to_practitioner(knowledge: Knowledge) -> frozenset[str]:
    """Facts that the patient is not asked: the practitioner's, the clinic's, the record's."""
    return frozenset(
        fact.id
        for fact in knowledge.facts.values()
        if fact.who != "patient" and fact.id != "sex" and fact.stage is Stage.PLAN
    )
