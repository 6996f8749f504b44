"""The forms of the record: which fields each has, and in which words they ask."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from ventosa.record import InputError
from ventosa.terms import LEVELS, Technique
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import Document, Encounter, Kind, NoteTemplate
from ventosa.web.presenters.standing import CAME, day, title_of
from ventosa.web.words import word_of

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. ``type`` says how it is drawn; ``values`` what stands in it."""

    name: str
    label: str
    type: str = "line"
    options: Options = ()
    hint: str = ""
    most: int = 200
    values: tuple[str, ...] = ()
    problem: str = ""
    needed: bool = False

    @property
    def value(self) -> str:
        """What stands in a field of one value."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True)
class Around:
    """What a form is filled from: the person's visits, words, accepted plan; the clinic's texts.

    ``closed`` says why nothing may be written; empty = it may.
    """

    today: str
    visits: Sequence[Encounter] = ()
    words: Sequence[Document] = ()
    plan: Document | None = None
    templates: Sequence[NoteTemplate] = ()
    closed: str = ""

    @property
    def cups(self) -> list[dict[str, Any]]:
        """The cups of the accepted plan; none where there is no plan."""
        return [] if self.plan is None else list(self.plan.body["plan"].get("placements") or [])


TITLES: Mapping[str, str] = {
    Kind.NOTE: "Write a note",
    Kind.COMPLAINT: "Write a complaint",
    Kind.WORD: "A word from outside",
    Kind.CLEARANCE: "A written clearance",
    Kind.ADVERSE_EVENT: "Write down a harm",
    Kind.SESSION: "Write down a session",
    Kind.MARKS: "The marks, looked at later",
    Kind.LETTER: "A letter",
    Kind.PHOTO: "A photo",
}
TOLD: Mapping[str, str] = {
    Kind.WORD: "It closes at once, on every tablet. Only a doctor's written clearance lifts it.",
    Kind.CLEARANCE: "It lifts what it names and nothing else, from its day on.",
    Kind.ADVERSE_EVENT: "It answers the questions of the next screening that are about harm.",
    Kind.PHOTO: "Only with the person's own consent to photos. Position and camera are taken out.",
}
GRADES: Options = (
    ("1", "1 mild, watch only"),
    ("2", "2 moderate, a small local act"),
    ("3", "3 severe, hospital or no self-care"),
    ("4", "4 life-threatening"),
    ("5", "5 death"),
)
"""CTCAE, in the words of ``knowledge/advice/grade_harm.toml`` (X27)."""

MARK_GRADES: Options = (
    ("0", "0 none"),
    ("1", "1 pink"),
    ("2", "2 red"),
    ("3", "3 dark red or purple"),
    ("4", "4 purple-black, or small bleeds that run together"),
)
"""Editorial: no validated scale of marks was found. A blister is a harm and not a mark."""


def form_of(kind: str, around: Around) -> dict[str, Any]:
    """Return the context of an empty form."""
    return {
        "tab": "record",
        "kind": kind,
        "title": TITLES[kind],
        "told": TOLD.get(kind, ""),
        "closed": around.closed,
        "templates": around.templates,
        "has_files": kind in (Kind.PHOTO, Kind.CLEARANCE, Kind.LETTER),
        "fields": fields_of(kind, around, None, None),
    }


def refused(kind: str, around: Around, typed: QueryDict, error: Exception) -> dict[str, Any]:
    """Return what a form that was refused shows: every word typed, and what is wrong where."""
    if not isinstance(error, InputError):
        return {"fields": fields_of(kind, around, typed, None), "problem": str(error)}
    fields = fields_of(kind, around, typed, error)
    wrong = next((one for one in fields if one.problem), None)
    return {"fields": fields, "wrong": wrong, "problem": "" if wrong else error.problem}


def fields_of(
    kind: str, around: Around, typed: QueryDict | None, error: InputError | None
) -> list[Field]:
    """Return the fields of a form with what was typed, and what is wrong beside its field."""
    fields = [*FIELDS[kind](around), *_when(kind, around)]
    if typed is not None:
        fields = [replace(one, values=tuple(typed.getlist(one.name))) for one in fields]
    if error is not None:
        fields = [
            replace(one, problem=error.problem) if one.name == error.path else one for one in fields
        ]
    return fields


def _when(kind: str, around: Around) -> Iterable[Field]:
    if kind not in (Kind.WORD, Kind.CLEARANCE):
        yield Field("on", "Day", "date", values=(around.today,))
    if kind in (Kind.COMPLAINT, Kind.WORD, Kind.CLEARANCE):
        return
    options = tuple((str(one.id), f"{day(one.on)}, {one.practitioner}") for one in around.visits)
    today = [str(one.id) for one in around.visits if one.on.isoformat() == around.today]
    choices = (("", "none"), *options)
    yield Field("visit", "Belongs to the visit", "choice", choices, values=tuple(today[:1]))


def _techniques() -> Options:
    return tuple((t.value, knowledge().techniques[t].file.title) for t in Technique)


def _text(label: str = "Words", *, needed: bool = False) -> Field:
    return Field("text", label, "text", most=20_000, needed=needed)


def _note(around: Around) -> list[Field]:
    return [Field("title", "Title"), _text(needed=True)]


def _complaint(around: Around) -> list[Field]:
    return [
        Field("title", "What the person comes with", needed=True),
        Field("onset_date", "Since", "date", hint="Empty where the day is not known."),
    ]


def _word(around: Around) -> list[Field]:
    levels = tuple((level, level) for level in LEVELS)
    covers = (
        ("everything", "No cups at all"),
        ("techniques", "Not with these techniques"),
        ("place", "Not at this place"),
    )
    sides = (("left", "left"), ("right", "right"), ("both", "both sides"))
    return [
        Field("by", "Who said it", needed=True, hint="Name and practice of the doctor, or who."),
        Field("on", "When", "date", values=(around.today,)),
        Field("how", "How it came", "one", tuple(CAME.items())),
        Field("text", "What was said", "text", most=500, needed=True),
        Field("covers", "What must not be done", "one", covers, values=("everything",)),
        Field("techniques", "Techniques", "some", _techniques(), hint="Only for these techniques."),
        Field("from_level", "Place: from", "choice", (("", "no place"), *levels)),
        Field("to_level", "Place: to", "choice", (("", "no place"), *levels)),
        Field("side", "Place: side", "one", sides, hint="The person's own left and right."),
        Field("until", "Until", "date", hint="Empty where no end was said."),
    ]


def _clearance(around: Around) -> list[Field]:
    said = [(word_of(one, on=one.on), one) for one in around.words]
    words = tuple(
        (word.id, f"{title_of(word.zone, word.techniques)} ({word.by}, {day(one.on)})")
        for word, one in said
    )
    rules = tuple(
        (rule.id, f"{rule.file.title} ({rule.id})")
        for rule in knowledge().rules
        if rule.is_clearable
    )
    return [
        Field("clears", "What it clears", "choice", (("", "choose"), *words, *rules), needed=True),
        Field("by", "Who signed it", needed=True, hint="The doctor's name and practice."),
        Field("on", "Day of the letter", "date", values=(around.today,)),
        Field("until", "Until", "date", hint="Empty where no end is written."),
        Field("techniques", "For these techniques", "some", _techniques(), hint="None is all."),
        Field("in_writing", "It is in writing, and I have it before me", "tick", needed=True),
        _scan(),
    ]


def _scan() -> Field:
    hint = "A photo of the letter: JPEG, PNG or WebP, up to 15 MB. It may be left out."
    return Field("scan", "The letter", "file", hint=hint)


def _harm(around: Around) -> list[Field]:
    events = sorted(library().adverse_events, key=lambda one: (one.expected, one.title))
    options = tuple((one.id, one.title) for one in events)
    over = (("no", "no"), ("yes", "yes"))
    return [
        Field("event", "What it was", "choice", (("", "choose"), *options), needed=True),
        Field("grade", "How grave", "one", GRADES),
        Field("healed", "Is it over", "one", over, values=("no",)),
        _text("How it looked, and what was done"),
    ]


def _session(around: Around) -> list[Field]:
    fields = [
        Field("technique", "Technique", "choice", (("", "choose"), *_techniques()), needed=True),
        Field("suction_kpa", "Suction, kPa below the air around", "number"),
        Field("retention_min", "Minutes a cup stayed", "number"),
    ]
    cups = around.cups
    if cups:
        options = tuple((str(n), cup_words(cup)) for n, cup in enumerate(cups))
        chosen = tuple(value for value, _ in options)
        fields.append(
            Field("cups", "Cups of the accepted plan that were set", "some", options, values=chosen)
        )
    else:
        hint = "0 where none was set: then it is no session."
        fields.append(Field("cups_on", "How many cups were on", "number", hint=hint, needed=True))
    return [
        *fields,
        Field("pain_before", "Pain before, 0 to 10", "number"),
        Field("pain_after", "Pain after, 0 to 10", "number"),
        Field("harmed", "Was there harm", "one", (("no", "no"), ("yes", "yes"))),
        _text(),
        Field("sign", "Sign it now", "tick", hint="Signed, it only grows by addenda."),
    ]


def cup_words(cup: Mapping[str, Any]) -> str:
    """Return where a cup stands, and its size."""
    return f"{cup['level']} {cup['side']}, {cup['inner_diameter_mm']:g} mm"


def _marks(around: Around) -> list[Field]:
    return [
        Field("days_after", "Days after the session", "number", needed=True),
        Field("grade", "How they look", "one", MARK_GRADES),
        _text(),
    ]


def _letter(around: Around) -> list[Field]:
    ways = (("came", "it came"), ("went", "it went out"))
    return [
        Field("direction", "Which way", "one", ways),
        Field("other", "From whom, or to whom", needed=True),
        _text("What it says", needed=True),
        _scan(),
    ]


def _photo(around: Around) -> list[Field]:
    hint = "JPEG, PNG or WebP, up to 15 MB."
    return [Field("picture", "Picture", "file", hint=hint, needed=True), Field("title", "Title")]


FIELDS: Mapping[str, Callable[[Around], list[Field]]] = {
    Kind.NOTE: _note,
    Kind.COMPLAINT: _complaint,
    Kind.WORD: _word,
    Kind.CLEARANCE: _clearance,
    Kind.ADVERSE_EVENT: _harm,
    Kind.SESSION: _session,
    Kind.MARKS: _marks,
    Kind.LETTER: _letter,
    Kind.PHOTO: _photo,
}
"""The fields of each form."""
