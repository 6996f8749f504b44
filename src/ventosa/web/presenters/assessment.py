"""The practitioner's assessment page: map, pain, what is asked, what was said."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from ventosa.assessing import (
    PATIENT,
    RATHER_SAY,
    Assessed,
    Differing,
    Entry,
    ask_about,
    read_whole,
    review,
    sides_of,
)
from ventosa.contract.answers import write_value, write_zone
from ventosa.drawing import ENGLISH, THIRDS, draw_map, draw_where, third_of
from ventosa.drawing.words import describe_zone
from ventosa.geometry import Frame
from ventosa.knowledge.model import Knowledge
from ventosa.page.words import urgency_tag
from ventosa.planning import frame_of
from ventosa.record import Complaint
from ventosa.terms import LEVELS, Side, Urgency, ZoneKind
from ventosa.web.gathering import Visit
from ventosa.web.knowing import knowledge
from ventosa.web.presenters.questions import card_of_fact, fitting, screenful, seen, steps_of
from ventosa.web.presenters.speaking import drawing_words, language_of, spoken

BOTH = ("zones", "sites", "goal", "note")
"""Fields of which two answers can stand together."""

RISKIER = "Two different answers. Until it is settled the riskier counts:"
BOTH_STAND = "Two different answers. Until it is settled both stand."
NOT_KNOWN = "Two different answers. Until it is settled it counts as not known."

WORDS = {
    "zones": "Skin of the back",
    "sites": "Places that were felt",
    "pain_now": "Pain now",
    "pain_week": "Pain over the last week",
    "onset_date": "When this pain began",
    "goal": "What the person wants to do again",
    "note": "Note of the visit",
}
GRADES = ((0, "none"), (1, "slight"), (2, "clear"), (3, "marked"))
MOST_ANSWERED = 200


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it stands, in words."""

    field: str
    text: str
    words: str
    by: str
    is_private: bool
    notes: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class TwoWords:
    """Answers that stand side by side; ``saw`` settles them all.

    ``until`` says what counts until then, ``used`` its words where they go on; ``both`` is the JSON
    of what keeps them all, empty where only one can be right.
    """

    field: str
    text: str
    entries: tuple[Said, ...]
    until: str
    used: str
    both: str
    saw: str


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the list: where, and what was felt."""

    place: str
    words: str
    tension: int
    tenderness: int
    stiffness: int
    movement: str
    saw: str


def page_of(visit: Visit, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of the page; ``query`` chooses a third, a place, a question to ask."""
    assessed, known = visit.assessed, knowledge()
    sight = seen(assessed)
    is_repeat = visit.encounter.previous_id is not None
    wanted = query.get("ask", "").removeprefix("fact:")
    asked = ask_about(wanted, assessed, visit.screening, known, is_repeat=is_repeat)
    language = language_of(visit.scope)
    screen = screenful(asked, visit.screening, known, sight, language=language)
    frame = frame_of(visit.screening, known)
    reviewed = review(assessed, visit.screening, known)
    return {
        "screen": screen,
        "steps": steps_of(assessed, known, screen.left),
        "answered": _answered(assessed, known),
        "differing": [_two_words(one, known) for one in assessed.differing],
        "reviewed": reviewed,
        "not_no": [_said(entry.field, entry, known) for entry in reviewed.not_no],
        "to_say": [
            (card_of_fact(known.facts[one.fact], sight, language), one.would_rather_say)
            for one in reviewed.open
        ],
        "conflicts": [
            (
                known.facts[one.fact].question,
                words_of(write_value(one.record), ""),
                words_of(write_value(one.answer), ""),
                one.why,
            )
            for one in reviewed.differing
        ],
        "to_confirm": json.dumps(list(reviewed.to_confirm)),
        "urgency": _urgency(visit),
        **_map(visit, frame, sight, query),
        **_felt(visit, sight),
        "sight": {
            "visit": str(visit.encounter.id),
            "url": reverse("entries", args=[visit.encounter.id]),
            "sight": sight,
            "known": [entry.key for entry in visit.entries],
            "level_mm": {level: frame.level_mm(level) for level in LEVELS},
        },
    }


def _answered(assessed: Assessed, known: Knowledge) -> list[Said]:
    found = [
        _said(field, entry, known, assessed.notes.get(field, ()))
        for field, entry in assessed.current.items()
        if field.startswith(("fact:", "repeat:"))
    ]
    return list(reversed(found))[:MOST_ANSWERED]


def _said(field: str, entry: Entry, known: Knowledge, notes: tuple[str, ...] = ()) -> Said:
    kind, _, name = field.partition(":")
    fact = known.facts.get(name) if kind == "fact" else None
    text, unit, is_private = field, "", False
    if fact is not None:
        text, unit, is_private = fact.question, fact.unit, fact.sensitive
    elif kind == "repeat":
        texts = {one.id: one.text for one in known.repeat}
        text = texts.get(name, known.repeat_anything_new)
    elif kind == "site":
        text = where_of(name)
    else:
        text = WORDS.get(field, field)
    by = "the patient" if entry.said == PATIENT else entry.by
    return Said(
        field,
        text,
        told_of(field, entry.value, unit, known),
        by,
        is_private,
        notes,
        json.dumps(entry.value),
    )


def told_of(field: str, value: Any, unit: str, known: Knowledge) -> str:
    """Return what was said in a field, in words: an answer, a place, or what is drawn."""
    if field.startswith("site:"):
        return _grades_in_words(value or {}) or "Nothing there"
    if field == "zones" and value is not None:
        zones = read_whole({"zones": value}, known).zones or ()
        return "; ".join(describe_zone(zone) for zone in zones) or "Nothing found"
    if field == "sites":
        return "; ".join(
            f"{ENGLISH[one['side']]}, {one['level']}: {_grades_in_words(one) or 'nothing'}"
            for one in value or ()
        )
    return words_of(value, unit)


def _grades_in_words(told: Mapping[str, Any]) -> str:
    names = ("tension", "tenderness", "stiffness", "movement")
    return ", ".join(f"{name} {told[name]}" for name in names if told.get(name))


def words_of(value: Any, unit: str) -> str:
    """Return an answer in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value is None:
        return "Not sure"
    if value == RATHER_SAY:
        return "Would rather say it"
    if isinstance(value, dict) and set(value) == {"low", "high"}:
        return f"{value['low']} to {value['high']} {unit}".strip()
    return f"{value} {'' if unit == '1' else unit}".strip()


def _two_words(one: Differing, known: Knowledge) -> TwoWords:
    entries = tuple(_said(one.field, entry, known) for entry in one.entries)
    until, used, both = RISKIER, told_of(one.field, one.used, "", known), ""
    if one.field in BOTH:
        until, used, both = BOTH_STAND, "", json.dumps(one.used)
    elif one.used is None:
        until, used = NOT_KNOWN, ""
    saw = fitting(e.key for e in one.entries)
    return TwoWords(one.field, entries[0].text, entries, until, used, both, saw)


def _urgency(visit: Visit) -> Any:
    certain = visit.screening.urgency.certain
    return urgency_tag(certain) if certain >= Urgency.ROUTINE else None


# --- the map --------------------------------------------------------------------------------


def _map(
    visit: Visit, frame: Frame, sight: Mapping[str, str], query: Mapping[str, str]
) -> dict[str, Any]:
    chosen = query.get("place", "")
    level, _, side = chosen.partition(":")
    if level not in LEVELS or side not in (Side.LEFT, Side.RIGHT):
        chosen = ""
    third = query.get("third", "") if query.get("third") in THIRDS else "lower"
    if chosen:
        third = third_of(level)
    language = language_of(visit.scope)
    words = drawing_words(language)
    places = _places(visit, sight, words)
    zones = visit.answers.zones or ()
    complaint = visit.answers.complaint or Complaint()
    maps = [
        (
            name,
            _drawn(
                draw_map(
                    frame,
                    name,
                    sites=complaint.sites,
                    zones=zones,
                    chosen=chosen,
                    address=lambda place: f"?place={place}#map",
                    title=spoken("Where is it tight?", language).text,
                    words=words,
                    prefix=f"map-{name}",
                )
            ),
            _drawn(draw_where(frame, name)),
        )
        for name in THIRDS
    ]
    empty = Place(chosen, "", 0, 0, 0, "", sight.get(f"site:{chosen}", ""))
    sheet = next((place for place in places if place.place == chosen), empty)
    return {
        "maps": maps,
        "third": third,
        "thirds": list(THIRDS),
        "chosen": chosen,
        "chosen_words": where_of(chosen, words) if chosen else "",
        "sheet": sheet,
        "places": places,
        "saw_places": [(field, keys) for field, keys in sight.items() if field.startswith("site:")],
        "grades": GRADES,
        "levels": LEVELS,
        "kinds": [(str(kind), ENGLISH[kind]) for kind in ZoneKind],
    }


def _drawn(svg: str) -> SafeString:
    """A drawing of the core, whose every text is escaped there."""
    return mark_safe(svg)


def _places(visit: Visit, sight: Mapping[str, str], words: Mapping[str, str]) -> list[Place]:
    """Every place where something was felt, also where it is stiff or moves oddly and no more."""
    complaint = visit.answers.complaint or Complaint()
    felt: dict[str, dict[str, Any]] = {
        f"{site.level}:{side}": {"tension": site.tension, "tenderness": site.tenderness}
        for site in complaint.sites
        for side in sides_of(site)
    }
    for field, entry in visit.assessed.current.items():
        if field.startswith("site:") and _grades_in_words(entry.value or {}):
            felt[field.removeprefix("site:")] = entry.value
    found = [
        Place(
            place,
            where_of(place, words),
            told["tension"],
            told["tenderness"],
            told.get("stiffness", 0),
            told.get("movement", ""),
            sight.get(f"site:{place}", ""),
        )
        for place, told in felt.items()
    ]
    return sorted(found, key=lambda p: (LEVELS.index(p.place.partition(":")[0]), p.place))


def where_of(place: str, words: Mapping[str, str] = ENGLISH) -> str:
    """Return a place of the map in words."""
    level, _, side = place.partition(":")
    return f"{words[side]}, {level}"


def _felt(visit: Visit, sight: Mapping[str, str]) -> dict[str, Any]:
    """Zones, pain, onset, goal and note as their forms show them."""
    zones = visit.answers.zones
    written = [write_zone(zone) for zone in zones or ()]
    removable = [
        (describe_zone(zone), json.dumps(written[:n] + written[n + 1 :]))
        for n, zone in enumerate(zones or ())
    ]
    complaint = visit.answers.complaint or Complaint()
    note = visit.assessed.current.get("note")
    return {
        "zones": removable,
        "zones_now": json.dumps(written),
        "is_looked_at": zones is not None,
        "saw": {
            field: sight.get(field, "")
            for field in ("zones", "pain_now", "pain_week", "onset_date", "goal", "note")
        },
        "pains": [
            ("pain_now", "Pain now", complaint.pain_now, sight.get("pain_now", "")),
            (
                "pain_week",
                "Pain over the last week",
                complaint.pain_week,
                sight.get("pain_week", ""),
            ),
        ],
        "strip": range(11),
        "onset": complaint.onset_date.isoformat() if complaint.onset_date else "",
        "goal": complaint.goal or "",
        "note": "" if note is None else note.value,
    }
