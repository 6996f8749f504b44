"""A page in its reader's language: words of the page, of the knowledge, and days."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.utils.dateformat import format as written

from ventosa.drawing import ENGLISH
from ventosa.languages import Rendered, Standing, languages, said, sources_of
from ventosa.languages.catalogue import PLACES
from ventosa.web.knowing import knowledge, library
from ventosa.web.scope import Scope

__all__ = ["PLACES", "drawing_words", "language_of", "spoken", "spoken_by", "spoken_day"]


def spoken_by(code: str) -> dict[str, Any]:
    """Return what a page says of its language; one that is not there is English."""
    known = {one.code: one for one in languages()}
    language = known.get(code, known["en"])
    return {
        "language": language.code,
        "direction": language.direction,
        "is_draft_language": language.state is Standing.DRAFT,
        "script_words": _script_words(language.code),
    }


SCRIPT_WORDS = (
    "All sent",
    "Saved on this device",
    "{n} waits on this tablet since {time}; nothing is lost",
    "{n} wait on this tablet since {time}; nothing is lost",
    "sign in to send them",
    "{n} of another person wait: sent when that person signs in here",
    "{n} not taken: {why}",
    "Kept on this device from {time}.",
    "Discard",
    "Left",
    "Right",
    "slight tension",
    "clear tension",
    "marked tension",
    "tenderness {n} of 3",
    "Answer the question beside this note, or move it to the note of the visit.",
    "The next question comes when the server has these. What you said is kept on this device.",
    "{n} taken away: closed until it is sent",
    "Nothing found on the whole back",
    "Waiting",
    "Remove",
    "{kind} at {level}, {side}, {mm} mm from the midline, radius {radius} mm",
)
"""What scripts say, as they write it in English."""


@cache
def _script_words(language: str) -> Mapping[str, str]:
    """The words of the scripts that are translated; empty = the page is English."""
    found = {english: said(f"ui.{english}", english, language) for english in SCRIPT_WORDS}
    return {key: one.text for key, one in found.items() if one.language == language != "en"}


def language_of(scope: Scope) -> str:
    """Return the language that the person signed in chose for the pages."""
    return str(spoken_by(scope.membership.user.language)["language"])


@cache
def drawing_words(language: str) -> Mapping[str, str]:
    """Return the words on a drawing in a language."""
    return {key: spoken(english, language).text for key, english in ENGLISH.items()}


@cache
def _ids() -> Mapping[str, str]:
    """Under which id each English sentence goes: a question, a technique, a word of a page."""
    return {english: key for key, english in sources_of(knowledge(), library()).items()}


def spoken(english: str, language: str) -> Rendered:
    """Return a sentence in a language, whichever part of a catalogue it stands in.

    Of words that stand in several parts those of the pages come first.
    """
    shown = said(f"ui.{english}", english, language)
    if shown.standing is not Standing.MISSING or english not in _ids():
        return shown
    return said(_ids()[english], english, language)


def spoken_day(when: date, form: str, language: str) -> str:
    """Return a day in a language; ``form`` is how English writes it, in Django's letters."""
    if language == "en":
        return written(when, form)
    clock = form.partition("H:i")
    order = "{weekday}, {day} {month}" if form.startswith("l") else "{day} {month} {year}"
    values = {
        "weekday": spoken(written(when, "l"), language).text,
        "day": str(when.day),
        "month": spoken(f"{written(when, 'F')} [month]", language).text,
        "year": str(when.year),
    }
    text = PLACES.sub(lambda place: values[place[0][1:-1]], spoken(order, language).text)
    if not clock[1] or not isinstance(when, datetime):
        return text
    return f"{text}{spoken(',', language).text} {written(when, clock[1] + clock[2])}"
