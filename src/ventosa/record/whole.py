"""The whole record of one person, as it is taken along: who, which visits, what was written.

Kept apart from what screening needs: nothing here decides anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from ventosa.record.answers import Answers


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who works or worked in the clinic."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to turn to: in need, or the family doctor. An empty text is not known."""

    name: str = ""
    phone: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who the record is of. An empty text is not known; ``birth_date`` may be partial."""

    id: str
    number: int
    name: str
    birth_date: str = ""
    sex: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    language: str = "en"
    remarks: str = ""
    in_need: Contact = Contact()
    doctor: Contact = Contact()


@dataclass(frozen=True, slots=True)
class Attended:
    """One visit, and the answers that were given in it."""

    id: str
    on: date
    at: datetime
    practitioner: Author
    answers: Answers


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed what was written, and the hash of its body as it was signed."""

    by: Author
    at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Struck:
    """Who said that something stands in the record by mistake, and why."""

    by: Author
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """One thing that was written into the record.

    ``body`` is its JSON form, of the closed shape that its ``kind`` has. ``title`` names it for a
    person. ``adds_to`` names what it adds to, ``None`` = it stands alone.
    """

    id: str
    kind: str
    title: str
    on: date
    at: datetime
    author: Author
    body: Mapping[str, Any]
    visit: str | None = None
    adds_to: str | None = None
    signed: Signed | None = None
    struck: Struck | None = None


@dataclass(frozen=True, slots=True)
class KeptBytes:
    """A picture or a bundle, whole."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class WholeRecord:
    """Everything of one person; ``kept`` holds bytes that a body names, by their hash."""

    clinic: str
    taken_at: datetime
    person: Person
    visits: tuple[Attended, ...] = ()
    written: tuple[Written, ...] = ()
    kept: Mapping[str, KeptBytes] = field(default_factory=lambda: MappingProxyType({}))
