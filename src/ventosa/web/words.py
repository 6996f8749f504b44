"""Words from outside as they are stored become words that the core knows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from ventosa.languages import visible
from ventosa.record import Clearance, InputError, OutsideWord, Zone
from ventosa.record.answers import MOST_SAYS
from ventosa.terms import Channel, Side, ZoneKind
from ventosa.web.documents import ClearanceBody, WordBody, from_json
from ventosa.web.models import Document, Kind

ID_SIGNS = 10
"""Signs of a document's id that name a word: chance, enough to be alone in one record."""


def word_id(document: UUID) -> str:
    """Return the id under which a stored word is known; a clearance names it."""
    return f"OUTSIDE-{document.hex[-ID_SIGNS:].upper()}"


def word_from(id: str, body: WordBody) -> OutsideWord:
    """Return the word of a body.

    Raises:
        InputError: names the field; such a body is never written.
    """
    return OutsideWord(
        id=id,
        by=visible(body.by),
        on=body.on,
        how=Channel(body.how),
        says=visible(body.text)[:MOST_SAYS],
        techniques=None if body.techniques is None else tuple(body.techniques),
        zone=None if body.zone is None else _zone(body.zone),
        until=body.until,
    )


def word_of(document: Document, *, on: date) -> OutsideWord:
    """Return a stored word as it counts on a day.

    A word that came after the day of an open visit counts in it too, from that day: it closes at
    once, everywhere. Its sentence then says when it was said.
    """
    body = from_json(Kind.WORD, document.body)
    assert isinstance(body, WordBody)
    word = word_from(word_id(document.id), body)
    if word.on <= on:
        return word
    said = f" (said on {word.on})"
    return replace(word, on=on, says=word.says[: MOST_SAYS - len(said)] + said)


def words_of(documents: Sequence[Document], *, on: date) -> tuple[OutsideWord, ...]:
    """Return the stored words of a person, oldest first."""
    return tuple(word_of(document, on=on) for document in reversed(documents))


def clearance_of(document: Document) -> Clearance:
    """Return a stored clearance."""
    body = from_json(Kind.CLEARANCE, document.body)
    assert isinstance(body, ClearanceBody)
    techniques = None if body.techniques is None else tuple(body.techniques)
    return Clearance(body.covers, visible(body.by), body.on, body.until, techniques)


def _zone(tree: dict[str, Any]) -> Zone:
    known = {
        name: tree.get(name)
        for name in (
            "level",
            "lateral_mm",
            "radius_mm",
            "from_level",
            "to_level",
            "lateral_from_mm",
            "lateral_to_mm",
        )
    }
    try:
        return Zone(ZoneKind(tree["kind"]), Side(tree["side"]), **known)
    except (KeyError, ValueError, TypeError):
        raise InputError("zone", "is no part of the back") from None
