"""The catalogues: one file a language, checked as a whole, read once."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

import msgspec

from ventosa.knowledge.folder import read_table
from ventosa.languages.plurals import FORMS
from ventosa.record import InputError, KnowledgeError

SOURCE = "en"
"""The language that every sentence is written in first."""

TRANSLATED = ("ar", "de")
PLACES = re.compile(r"\{[a-z]+\}")
"""A place in a sentence that a page fills: ``{n}``."""


class Standing(StrEnum):
    """How far a shown sentence can be trusted to say what its source says."""

    SOURCE = "source"
    READ = "read"
    DRAFT = "draft"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Language:
    """A language as a page needs it.

    ``state`` is ``read`` only once a clinician has read every part, as it stands now. ``read_by``
    names who read a part; empty = nobody.
    """

    code: str
    name: str
    direction: str
    digits: str
    state: Standing
    read_by: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A translation and the hash of its source; a counted one has a text for each plural form."""

    source: str
    forms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The sentences of one language by id, and the parts of it that a clinician has read."""

    language: Language
    sentences: Mapping[str, Sentence]
    read: frozenset[str]


@dataclass(frozen=True, slots=True)
class Words:
    """The English words of the clinic's pages, and its counted sentences with both their forms."""

    language: Language
    words: tuple[str, ...]
    counts: Mapping[str, Mapping[str, str]]


def hash_of(english: str) -> str:
    """Return what a translation remembers of its source: 16 hex digits of its SHA-256."""
    return hashlib.sha256(english.encode()).hexdigest()[:16]


def part_of(key: str) -> str:
    """Return the part that a sentence belongs to: ``fact`` of ``fact.fever``."""
    return key.partition(".")[0]


def languages() -> tuple[Language, ...]:
    """Return the languages of the pages, English first; raises ``KnowledgeError``."""
    return (words().language, *(catalogue(code).language for code in TRANSLATED))


def signed_off(language: str, *parts: str) -> bool:
    """Whether a clinician has read these parts of a language as they stand; English is the source.

    Raises:
        InputError: there is no such language.
    """
    return language == SOURCE or set(parts) <= catalogue(language).read


@cache
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a translated language.

    Raises:
        InputError: there is no such language.
        KnowledgeError: its file cannot be used; names the entry.
    """
    if language not in TRANSLATED:
        raise InputError("language", f"must be one of {', '.join((SOURCE, *TRANSLATED))}")
    name = f"{language}.toml"
    return catalogue_of(name, files(__package__).joinpath(name).read_text("utf-8"))


@cache
def words() -> Words:
    """Return the English words of the pages; raises ``KnowledgeError``."""
    name = f"{SOURCE}.toml"
    table = read_table(name, files(__package__).joinpath(name).read_text("utf-8"), _English)
    for place, text in enumerate(table.words):
        _check_text(name, f"words[{place}]", text)
    counts: dict[str, Mapping[str, str]] = {}
    for entry in table.count:
        forms = {"one": entry.one, "other": entry.other}
        for text in forms.values():
            _check_text(name, entry.other, text)
        counts[entry.other] = MappingProxyType(forms)
    both = [*table.words, *(entry.other for entry in table.count)]
    for text in sorted(set(both)):
        if both.count(text) > 1:
            raise KnowledgeError(name, text, "stands twice")
    head = Language(SOURCE, table.name, table.direction, table.digits, Standing.SOURCE, "")
    return Words(head, tuple(table.words), MappingProxyType(counts))


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    language: str
    name: str
    direction: Literal["ltr", "rtl"]
    digits: Literal["latn", "arab", "arabext"]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    source: str
    text: str = ""
    plural: dict[str, str] = {}


class _Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    part: str
    by: str
    on: date
    seal: str


class _Translated(_Head, frozen=True, forbid_unknown_fields=True, kw_only=True):
    sentence: list[_Entry]
    read: list[_Read] = []


class _Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    one: str
    other: str


class _English(_Head, frozen=True, forbid_unknown_fields=True, kw_only=True):
    words: list[str]
    count: list[_Count]


def catalogue_of(name: str, text: str) -> Catalogue:
    """Return a catalogue file as a checked catalogue; raises ``KnowledgeError``."""
    table = read_table(name, text, _Translated)
    if table.language not in FORMS:
        raise KnowledgeError(name, "language", f"{table.language!r} has no plural rules")
    sentences: dict[str, Sentence] = {}
    for entry in table.sentence:
        if entry.id in sentences:
            raise KnowledgeError(name, entry.id, "stands twice")
        sentences[entry.id] = _sentence(name, entry, FORMS[table.language])
    parts = {part_of(key) for key in sentences}
    read: dict[str, str] = {}
    for reading in table.read:
        where = f"read {reading.part}"
        if reading.part not in parts or reading.part in read:
            raise KnowledgeError(name, where, "is no part, or stands twice")
        if not reading.by.strip():
            raise KnowledgeError(name, where, "does not say who read it")
        if reading.seal == seal_of(sentences, reading.part):
            read[reading.part] = reading.by
    state = Standing.READ if parts and parts == set(read) else Standing.DRAFT
    people = "; ".join(dict.fromkeys(read.values()))
    head = Language(table.language, table.name, table.direction, table.digits, state, people)
    return Catalogue(head, MappingProxyType(sentences), frozenset(read))


def seal_of(sentences: Mapping[str, Sentence], part: str) -> str:
    """Return the hash over a part as it stands: who read it puts this down beside the name.

    One changed, added or dropped sentence of the part changes it, and the part is a draft again.
    """
    digest = hashlib.sha256()
    for key in sorted(key for key in sentences if part_of(key) == part):
        sentence = sentences[key]
        forms = [f"{form}\0{text}" for form, text in sorted(sentence.forms.items())]
        digest.update("\0".join([key, sentence.source, *forms]).encode() + b"\n")
    return digest.hexdigest()[:16]


_ID = re.compile(r"[a-z]+\..*\S", re.DOTALL)
_HASH = re.compile(r"[0-9a-f]{16}")


def _sentence(name: str, entry: _Entry, forms: tuple[str, ...]) -> Sentence:
    where = entry.id or "id"
    if not _ID.fullmatch(entry.id):
        raise KnowledgeError(name, where, "is not an id: a part, a point, the rest")
    if not _HASH.fullmatch(entry.source):
        raise KnowledgeError(name, where, "source is not 16 hex digits")
    if entry.text and entry.plural:
        raise KnowledgeError(name, where, "has both a text and plural forms")
    if entry.plural and set(entry.plural) != set(forms):
        raise KnowledgeError(name, where, f"plural must have {', '.join(forms)}")
    texts = entry.plural or {"other": entry.text}
    for text in texts.values():
        _check_text(name, where, text)
    return Sentence(entry.source, MappingProxyType(dict(texts)))


def _check_text(name: str, where: str, text: str) -> None:
    if not text.strip():
        raise KnowledgeError(name, where, "has no text")
    if text != text.strip():
        raise KnowledgeError(name, where, "begins or ends with a space")
    # A sign that turns the direction of writing can make a sentence read as another one; the page
    # sets the direction. Zero-width joiners are letters' business and stay.
    for sign in text:
        is_turn = unicodedata.bidirectional(sign) in _TURNS or sign in _MARKS
        if is_turn or unicodedata.category(sign) == "Cc":
            raise KnowledgeError(name, where, f"holds the control character U+{ord(sign):04X}")


_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_MARKS = {"\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}", "\N{ARABIC LETTER MARK}"}
