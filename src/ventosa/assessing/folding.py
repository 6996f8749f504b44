"""What was said in an assessment, entry by entry, becomes the answers of the visit.

An entry is one thing said: a fact answered, "none of these" to a screen, the places drawn. Nothing
is overwritten: a later entry names the one its writer had in sight. Two entries of which neither
saw the other are both kept, and until somebody settles it the riskier counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from ventosa.assessing.entries import (
    PATIENT,
    RATHER_SAY,
    TEXT_FIELDS,
    WHOLE_FIELDS,
    Entry,
    lay,
    not_riskier_of,
    read_whole,
    site_of,
    still_said,
)
from ventosa.contract.answers import read_value, write_value
from ventosa.interview import repeat_visit
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import Boolean, Number
from ventosa.record import Answers, Complaint, Interval, PalpatedSite, Value
from ventosa.terms import Side


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
    ``gone`` holds answers to what the knowledge at hand no longer asks, or not so: not known.
    """

    answers: Answers
    current: Mapping[str, Entry]
    differing: tuple[Differing, ...]
    to_say: tuple[ToSay, ...]
    notes: Mapping[str, tuple[str, ...]]
    confirmed: frozenset[str] = frozenset()
    """Keys of the entries that the practitioner confirmed."""
    gone: tuple[Entry, ...] = ()


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
    kept = [one for entry in entries for one in _expanded(entry, knowledge)]
    today = [still_said(one, knowledge) for one in kept]
    expanded = [one for one in today if one is not None]
    current: dict[str, Entry] = {}
    differing = []
    told = [entry for entry in expanded if entry.field != "confirmed"]
    for field, standing in _standing(told).items():
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
    confirmed = {key for one in entries if one.field == "confirmed" for key in one.value}
    return Assessed(
        answers,
        MappingProxyType(current),
        tuple(differing),
        to_say,
        MappingProxyType(notes),
        frozenset(confirmed),
        tuple(was for was, now in zip(kept, today, strict=True) if now != was),
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
        seen = frozenset[str]().union(*(entry.has_seen for entry in given))
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
    if field.startswith("site:"):
        return _most_felt(values)
    if field in ("zones", "sites"):
        drawn = [one for value in values for one in (value or ())]
        return [one for index, one in enumerate(drawn) if one not in drawn[:index]]
    if field in ("pain_now", "pain_week"):
        return max((v for v in values if v is not None), default=None)
    if field in TEXT_FIELDS:
        return " / ".join(str(v) for v in values if v)
    return None  # two days on which it began: no day is the riskier, so it is not known


def _most_felt(values: Sequence[Any]) -> Any:
    """The most of each grade that somebody felt, with the words of all."""
    felt = [value for value in values if value is not None]
    if not felt:
        return None
    grades = ("tension", "tenderness", "stiffness")
    most: dict[str, Any] = {name: max(value.get(name, 0) for value in felt) for name in grades}
    most["movement"] = " / ".join(dict.fromkeys(v["movement"] for v in felt if v.get("movement")))
    return most


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
            lay(whole, field, entry.value)
    told = read_whole(whole, knowledge)
    complaint = _complaint(base.complaint, told.complaint, whole.get("complaint"))
    zones = base.zones if "zones" not in current else told.zones
    complaint = _with_places(complaint, current)
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


def _with_places(complaint: Complaint | None, current: Mapping[str, Entry]) -> Complaint | None:
    """The complaint with the places felt today, each in place of what stood there before."""
    today = {
        field.removeprefix("site:"): entry.value
        for field, entry in current.items()
        if field.startswith("site:")
    }
    if not today:
        return complaint
    earlier = complaint or Complaint()
    kept = [
        replace(site, side=side)
        for site in earlier.sites
        for side in sides_of(site)
        if f"{site.level}:{side}" not in today
    ]
    felt = [site for place, value in today.items() if (site := site_of(place, value)) is not None]
    return replace(earlier, sites=(*_joined(kept), *felt))


def sides_of(site: PalpatedSite) -> tuple[Side, ...]:
    """Return the sides on which a place was felt."""
    return (Side.LEFT, Side.RIGHT) if site.side is Side.BOTH else (site.side,)


def _joined(sites: Sequence[PalpatedSite]) -> list[PalpatedSite]:
    """Places that lie on both sides alike stand as one again."""
    joined: list[PalpatedSite] = []
    for site in sites:
        if joined and replace(joined[-1], side=site.side) == site and site.side is Side.RIGHT:
            joined[-1] = replace(site, side=Side.BOTH)
        else:
            joined.append(site)
    return joined
