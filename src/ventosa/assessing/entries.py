"""One thing said in an assessment: its shape, and whether it can be said."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ventosa.contract.answers import read_answers, read_value
from ventosa.interview import not_riskier
from ventosa.knowledge.model import Knowledge
from ventosa.record import Answers, InputError, PalpatedSite, Value
from ventosa.terms import Side

RATHER_SAY: Final = {"rather_say": True}
"""The value of a question that the patient would rather answer aloud."""

PATIENT, PRACTITIONER = "patient", "practitioner"

TEXT_FIELDS = ("goal", "note")
COMPLAINT_FIELDS = ("sites", "pain_now", "pain_week", "onset_date", "goal")
WHOLE_FIELDS = ("zones", *COMPLAINT_FIELDS, "note")
"""Fields beside facts: what is drawn, felt and told."""

MOST_SAW = 64
"""Characters of the keys that an entry names as seen; more are settled in two acts."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said. ``key`` is its name, ``saw`` the names of what its writer had in sight,
    separated by blanks: one entry that saw two settles both.

    ``field`` is ``fact:<id>``, ``none:<group>`` (its value lists the facts of the screen that were
    open), ``repeat:<sentence>`` (``"none"`` or ``"yes"``), ``site:<level>:<side>`` (one place that
    was felt; ``None`` = nothing there), ``confirmed`` (the keys of the entries that the
    practitioner confirms as a whole), or one of ``WHOLE_FIELDS``.
    ``value`` is JSON; ``None`` = asked and not known.
    """

    key: str
    field: str
    value: Any
    said: str = PRACTITIONER
    by: str = ""
    saw: str = ""
    note: str = ""

    @property
    def has_seen(self) -> frozenset[str]:
        """The keys of the entries that its writer had in sight."""
        return frozenset(self.saw.split())


def check_entry(entry: Entry, knowledge: Knowledge) -> None:
    """Check that an entry says something that can be said.

    Raises:
        InputError: names the field.
    """
    kind, _, name = entry.field.partition(":")
    if len(entry.saw) > MOST_SAW:
        raise InputError(entry.field, "names more entries as seen than one can settle")
    if kind == "fact":
        fact = knowledge.facts.get(name)
        if fact is None or fact.zone is not None:
            raise InputError(entry.field, "is no question")
        if entry.value is not None and entry.value != RATHER_SAY:
            read_value(entry.field, fact, entry.value)
    elif kind == "none":
        if name not in knowledge.groups or not isinstance(entry.value, list):
            raise InputError(entry.field, "is no screen")
        if not knowledge.groups[name].none:
            raise InputError(entry.field, "is a screen of which none cannot be said")
        for id in entry.value:
            if not_riskier_of(id, knowledge) is None:
                raise InputError(entry.field, "holds a question that none cannot answer")
    elif kind == "repeat":
        known = {repeat.id for repeat in knowledge.repeat} | {"anything_new"}
        if name not in known or entry.value not in ("none", "yes"):
            raise InputError(entry.field, "is no sentence of a repeat visit")
    elif kind == "site":
        site_of(name, entry.value)
    elif entry.field == "confirmed":
        _check_confirmed(entry)
    elif entry.field == "note":
        if not isinstance(entry.value, str):
            raise InputError(entry.field, "is a text")
    elif entry.field in WHOLE_FIELDS:
        whole: dict[str, Any] = {}
        lay(whole, entry.field, entry.value)
        read_whole(whole, knowledge)
    else:
        raise InputError(entry.field, "is no field of an assessment")


def still_said(entry: Entry, knowledge: Knowledge) -> Entry | None:
    """Return what an answer kept earlier says under the knowledge at hand.

    ``None`` = its question is gone. An answer that the question no longer takes is not known.
    """
    kind, _, id = entry.field.partition(":")
    if kind != "fact":
        return entry
    if id not in knowledge.facts:
        return None
    try:
        check_entry(replace(entry, saw=""), knowledge)
    except InputError:
        return replace(entry, value=None)
    return entry


def not_riskier_of(id: object, knowledge: Knowledge) -> Value | None:
    """Return what "none of these" answers for a fact, ``None`` where it answers nothing."""
    fact = knowledge.facts.get(id) if isinstance(id, str) else None
    return None if fact is None else not_riskier(fact)


SITE_KEYS = {"tension", "tenderness", "stiffness", "movement"}
MOST_MOVEMENT = 200
"""Characters of the words on how a place moves."""


def site_of(place: str, value: Any) -> PalpatedSite | None:
    """Return what was felt at a place (``L4:right``), ``None`` = nothing there.

    Raises:
        InputError: it is no place of the map, or no finding.
    """
    level, _, side = place.partition(":")
    path = f"site:{place}"
    if side not in (Side.LEFT, Side.RIGHT):
        raise InputError(path, "a place lies on the left or on the right")
    told = {"tension": 0, "tenderness": 0} if value is None else value
    if not isinstance(told, dict) or not {"tension", "tenderness"} <= set(told) <= SITE_KEYS:
        raise InputError(path, "is told by tension, tenderness, stiffness and movement")
    grades = [told["tension"], told["tenderness"], told.get("stiffness", 0)]
    if any(type(grade) is not int or not 0 <= grade <= 3 for grade in grades):
        raise InputError(path, "grades are whole numbers from 0 to 3")
    movement = told.get("movement", "")
    if not isinstance(movement, str) or len(movement) > MOST_MOVEMENT:
        raise InputError(path, f"movement is told in at most {MOST_MOVEMENT} characters")
    site = PalpatedSite(level, Side(side), grades[0], grades[1])
    return None if value is None or not (grades[0] or grades[1]) else site


def _check_confirmed(entry: Entry) -> None:
    keys = entry.value
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InputError(entry.field, "lists the entries that are confirmed")
    if entry.said != PRACTITIONER:
        raise InputError(entry.field, "is for the practitioner to say")


def lay(whole: dict[str, Any], field: str, value: Any) -> None:
    """Lay a field beside the facts into the answers' JSON."""
    if field == "zones" and value is not None:
        whole["zones"] = value
    elif field in COMPLAINT_FIELDS:
        whole.setdefault("complaint", {})[field] = (
            [] if value is None and field == "sites" else value
        )


def read_whole(whole: Mapping[str, Any], knowledge: Knowledge) -> Answers:
    """Return the answers that such JSON comes to."""
    return read_answers(json.dumps(whole).encode(), knowledge)
