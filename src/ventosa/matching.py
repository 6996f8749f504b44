"""Whether two people in the register might be one: by the sound of a name, birth date, telephone.

Names of any script are read in Latin letters first, so that one person written in two scripts
meets. A likeness is a reason to look, never a decision.
"""

import re
import unicodedata
from dataclasses import dataclass

import jellyfish
from anyascii import anyascii

MOST_WORDS = 8
"""Parts of a name that are looked at."""

_ARTICLES = frozenset(
    {"al", "el", "von", "van", "de", "da", "bin", "ibn", "bint", "abu", "der", "di", "la"}
)
_PHONE_END = 9
"""Digits that two numbers must share from the end: country and trunk prefixes come before them."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the register knows of somebody; an empty text is not known."""

    name: str
    birth_date: str = ""
    phone: str = ""


def plain(name: str) -> str:
    """Return a name in small Latin letters and digits, one blank between its parts."""
    # The Arabic article is written together with its word, and left out elsewhere.
    bare = re.sub(r"(?<!\w)ال(?=\w{2})", "", unicodedata.normalize("NFKC", name))
    latin = anyascii(bare).casefold()
    return re.sub(r"[^a-z0-9]+", " ", latin.replace("'", "").replace("`", "")).strip()


def words(name: str) -> tuple[tuple[str, str], ...]:
    """Return the parts of a name, each with its sound, in order; articles are left out."""
    parts = [part for part in plain(name).split() if part not in _ARTICLES] or plain(name).split()
    return tuple((part[:60], sound(part)) for part in parts[:MOST_WORDS])


def sound(word: str) -> str:
    """Return how a word sounds, roughly, in any spelling; a word without letters is its own sound.

    Vowels are dropped after the first letter, and letters that scripts and languages exchange are
    made one: Mohammed, Muhammad and محمد meet.
    """
    text = re.sub(r"(.)\1+", r"\1", word)
    code = jellyfish.metaphone(text)
    return (code or text)[:16]


def phone_end(phone: str) -> str:
    """Return the last nine digits of a telephone number, of any script; fewer than six are none."""
    digits = "".join(str(unicodedata.digit(c)) for c in phone if c.isdigit())
    return digits[-_PHONE_END:] if len(digits) >= 6 else ""


def likeness(one: Person, other: Person) -> tuple[str, ...]:
    """Return why two might be one person, in words; empty = nothing speaks for it.

    Editorial; the clinic decides: the same telephone, or names that share a sound together with a
    birth date that may be the same, or names whose every part sounds alike.
    """
    first, second = {s for _, s in words(one.name)}, {s for _, s in words(other.name)}
    shared, smaller = first & second, min(len(first), len(second))
    same_birth = bool(one.birth_date and other.birth_date) and (
        one.birth_date.startswith(other.birth_date) or other.birth_date.startswith(one.birth_date)
    )
    other_birth = bool(one.birth_date and other.birth_date) and not same_birth
    reasons = []
    end = phone_end(one.phone)
    if end and end == phone_end(other.phone):
        reasons.append("the same telephone number")
    if plain(one.name) == plain(other.name):
        reasons.append("the same name")
    elif smaller and len(shared) == smaller and (smaller > 1 or same_birth):
        reasons.append("a name that sounds the same")
    elif shared and same_birth:
        reasons.append("part of the name sounds the same")
    if same_birth and reasons:
        reasons.append("the same birth date")
    if other_birth and reasons and not end:
        reasons.append("another birth date: a namesake, or a mistake in one of them")
    return tuple(reasons)
