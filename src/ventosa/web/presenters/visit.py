"""A visit as a page: what was said, with the words beside each answer, and what was written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ventosa.web.filling import moved_to, said_in
from ventosa.web.knowing import knowledge
from ventosa.web.models import Encounter, Entry
from ventosa.web.presenters.assessment import told_of, where_of
from ventosa.web.presenters.chart import items_of
from ventosa.web.scope import Scope

FIELDS: Mapping[str, str] = {
    "zones": "Closed places",
    "sites": "Places that were felt",
    "pain_now": "Pain now",
    "pain_week": "Pain over the last week",
    "onset_date": "Since",
    "goal": "Goal",
    "note": "Note",
    "confirmed": "What the patient said, as a whole",
}


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One answer as it was given; ``is_past`` where a later one was given with it in sight."""

    question: str
    answer: str
    note: str
    who: str
    entry: Entry
    is_past: bool


def visit_page(scope: Scope, encounter: Encounter) -> dict[str, Any]:
    """Return the context of a visit."""
    entries = said_in(scope, encounter)
    seen = {key for entry in entries for key in entry.saw.split()}
    written = scope.documents(encounter.patient)
    roots = written.filter(encounter=encounter, adds_to=None)
    return {
        "tab": "record",
        "encounter": encounter,
        "said": [_line(entry, entry.key in seen) for entry in entries],
        "items": items_of(scope, written, roots),
        "moved_to": moved_to(scope, encounter),
    }


def _line(entry: Entry, is_past: bool) -> SaidLine:
    who = "the patient" if entry.said == "patient" else str(entry.author)
    return SaidLine(question(entry.field), answer(entry), entry.note, who, entry, is_past)


def question(field: str) -> str:
    """Return what a field asks, in words."""
    kind, _, name = field.partition(":")
    known = knowledge()
    if kind == "fact" and name in known.facts:
        return known.facts[name].question
    if kind == "none" and name in known.groups:
        return known.groups[name].title
    if kind == "repeat":
        asked = {one.id: one.text for one in known.repeat}
        return asked.get(name, known.repeat_anything_new)
    if kind == "site":
        return where_of(name)
    return FIELDS.get(field, field.replace("_", " "))


def answer(entry: Entry) -> str:
    """Return what was said, in words."""
    value = entry.value
    if entry.field.startswith("none:"):
        return f"none of these ({len(value or ())} questions)"
    if entry.field == "confirmed":
        return "confirmed"
    if entry.field in ("zones", "sites") or entry.field.startswith("site:"):
        return told_of(entry.field, value, "", knowledge())
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        if value.get("rather_say"):
            return "would rather say it"
        return ", ".join(f"{key.replace('_', ' ')} {one}" for key, one in value.items())
    return str(value).replace("_", " ") if entry.field.startswith("fact:") else str(value)
