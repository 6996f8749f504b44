"""What stands against cups on every page of a person: words from outside, harms not yet over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ventosa.record import Zone
from ventosa.screening.outside import StandingWord, standing_words
from ventosa.terms import Technique
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import Document, Kind, Patient
from ventosa.web.past import past_events
from ventosa.web.scope import Scope
from ventosa.web.words import clearance_of, words_of

KINDS = (Kind.WORD, Kind.CLEARANCE, Kind.ADVERSE_EVENT)
CAME = {
    "phone": "by phone",
    "letter": "by letter",
    "message": "by message",
    "in_person": "in person",
    "patient": "through the patient",
}


@dataclass(frozen=True, slots=True)
class WordLine:
    """A word from outside that still closes something."""

    document: UUID
    title: str
    says: str
    by: str
    lifted: str


@dataclass(frozen=True, slots=True)
class HarmLine:
    """A harm that nobody has written to be over."""

    document: UUID
    title: str
    by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands today; empty = no word and no open harm (rules are the screening's)."""

    words: tuple[WordLine, ...]
    harms: tuple[HarmLine, ...]


def standing_of(scope: Scope, patient: Patient) -> Standing:
    """Return what stands against cups for a person today."""
    written: dict[str, list[Document]] = {kind: [] for kind in KINDS}
    for document in scope.head(patient):
        if document.kind in KINDS and not hasattr(document, "mistake"):
            written[document.kind].append(document)
    return Standing(
        _words(written[Kind.WORD], written[Kind.CLEARANCE], scope.today),
        _harms(written[Kind.ADVERSE_EVENT], scope.today),
    )


def _words(
    documents: Sequence[Document], clearances: Sequence[Document], on: date
) -> tuple[WordLine, ...]:
    words = words_of(documents, on=on)
    ids = {word.id: one.id for word, one in zip(words, reversed(documents), strict=True)}
    standing = standing_words(words, [clearance_of(one) for one in clearances], on)
    return tuple(
        WordLine(
            ids[one.word.id],
            title_of(one.word.zone, one.word.techniques),
            one.word.says,
            said_by(one),
            _lifted(one),
        )
        for one in standing
        if not all(one.is_lifted(t) for t in Technique if one.covers(t))
    )


def title_of(zone: Zone | None, techniques: Sequence[Technique] | None) -> str:
    """Return what a word closes, as a heading."""
    if zone is not None:
        return f"Do not cup at {place_words(zone)}"
    if techniques is None:
        return "Do not cup"
    return f"Do not cup: {names_of(techniques)}"


def place_words(zone: Zone) -> str:
    """Return where a zone lies, in words."""
    side = "both sides" if zone.side == "both" else str(zone.side)
    if zone.is_disc:
        return f"{zone.level}, {side}"
    levels = (
        zone.from_level
        if zone.from_level == zone.to_level
        else (f"{zone.from_level} to {zone.to_level}")
    )
    return f"{levels}, {side}"


def names_of(techniques: Sequence[str]) -> str:
    """Return techniques by name."""
    return ", ".join(knowledge().techniques[Technique(t)].file.title.lower() for t in techniques)


def said_by(one: StandingWord) -> str:
    """Return who said a word, how it came and until when it holds."""
    word = one.word
    until = "until a written clearance" if word.until is None else f"until {day(word.until)}"
    return f"{word.by}, {CAME[word.how]}, {day(word.on)}, {until}"


def day(value: date) -> str:
    """Return a date as it is written in a record: 24 Nov 2026."""
    return f"{value.day} {value:%b %Y}"


def _lifted(one: StandingWord) -> str:
    lifted = [t for t in Technique if one.covers(t) and one.is_lifted(t)]
    return f"A written clearance lifts it for {names_of(lifted)}." if lifted else ""


def _harms(documents: Sequence[Document], on: date) -> tuple[HarmLine, ...]:
    kinds = {event.id: event for event in library().adverse_events}
    by_source = {f"AdverseEvent/{one.id}": one for one in documents}
    lines = []
    for event in past_events(documents, on=on):
        kind = kinds.get(event.kind)
        if event.healed or (kind is not None and kind.expected):
            continue
        document = by_source[event.source]
        title = event.kind if kind is None else kind.title
        grade = document.body["grade"]
        line = f"grade {grade}, {day(document.on)}, not written to be over"
        if kind is None:
            line += "; its kind is no longer known here, so ask what it left"
        lines.append(HarmLine(document.id, title, line))
    return tuple(lines)
