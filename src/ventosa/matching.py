"""Whether two people in the register might be one: by the sound of a name, birth date, telephone.

Names of any script are read in Latin letters first, so that one person written in two scripts
meets. A likeness is a reason to look, never a decision.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import combinations

import jellyfish
from anyascii import anyascii

MOST_WORDS = 8
"""Parts of a name that are looked at."""

NEAR_SPELLED = 2
"""Letters in which two spellings of one name differ at most (editorial: the clinic decides)."""

ANOTHER_BIRTH = "another birth date: a namesake, or a mistake in one of them"

_ARTICLES = frozenset(
    {"al", "el", "von", "van", "de", "da", "bin", "ibn", "bint", "abu", "der", "di", "la"}
)
_PHONE_END = 9
"""Digits that two numbers must share from the end: country and trunk prefixes come before them."""

_SERVANT = re.compile(r"abd[aeu]?[lr]([a-z]{4,})")
_SERVANT_ALONE = re.compile(r"abd[aeu]?[lr]")
_ONE_SOUND = (
    (re.compile(r"tsch|sch|sh|ch(?=[aeiou]r)|tz|ts"), "s"),
    (re.compile(r"kh|ch|ck|gh"), "k"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"[td]h"), "t"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"h$|(?<=b)h"), ""),
)
_EXCHANGED = str.maketrans("cqgjzvdb", "kkkksftp")


@dataclass(frozen=True, slots=True)
class Person:
    """What the register knows of somebody; an empty text is not known."""

    name: str
    birth_date: str = ""
    phone: str = ""


def plain(name: str) -> str:
    """Return a name in small Latin letters and digits, one blank between its parts."""
    # The Arabic article is written together with its word, and left out elsewhere.
    bare = re.sub(r"عبد\s+الله", "عبدالله", unicodedata.normalize("NFKC", name))
    bare = re.sub(r"(?<!\w)عبد\s*ال(?=\w{3})", "عبد ", bare)
    bare = re.sub(r"(?<!\w)ال(?=\w{2})", "", bare)
    latin = anyascii(bare).casefold()
    return re.sub(r"[^a-z0-9]+", " ", latin.replace("'", "").replace("`", "")).strip()


def words(name: str) -> tuple[tuple[str, str], ...]:
    """Return the parts of a name, each with its sound, in order; articles are left out."""
    parts = [part for part in plain(name).split() if part not in _ARTICLES] or plain(name).split()
    return tuple((part[:60], sound(part)) for part in parts[:MOST_WORDS])


def sound(word: str) -> str:
    """Return how a word sounds, roughly, in any spelling: its consonants.

    Vowels are not written in every script, so they are left out, and letters that scripts and
    languages exchange are made one: Mohammed, Muhammad and محمد meet, and so do Youssef and يوسف.
    """
    text = word
    for spelled, said in _ONE_SOUND:
        text = spelled.sub(said, text)
    text = re.sub(r"[aeiouyw]", "", text).translate(_EXCHANGED)
    return re.sub(r"(.)\1+", r"\1", text)[:16] or "a"


def phone_end(phone: str) -> str:
    """Return the last nine digits of a telephone number, of any script; fewer than six are none."""
    digits = "".join(str(unicodedata.digit(c)) for c in phone if c.isdigit())
    return digits[-_PHONE_END:] if len(digits) >= 6 else ""


def keys(person: Person) -> frozenset[str]:
    """Return what somebody entered twice would share: two who share none are not compared.

    Any two parts of the name by their sounds, and each part with the year of birth. (The telephone
    and the birth date are looked up by themselves.)
    """
    sounds = sorted(_sounds(person.name))
    found = {f"{one}+{other}"[:40] for one, other in combinations(sounds, 2)}
    if year := person.birth_date[:4]:
        found |= {f"{one}:{year}" for one in sounds}
    return frozenset(found)


def birth_dates(person: Person) -> tuple[str, ...]:
    """Return how the birth date may stand in the register: as it is, or day and month swapped."""
    given = person.birth_date
    if len(given) != len("1962-03-14"):
        return ()
    swapped = f"{given[:4]}-{given[8:]}-{given[5:7]}"
    return (given, swapped) if "01" <= given[8:] <= "12" and swapped != given else (given,)


def likeness(one: Person, other: Person) -> tuple[str, ...]:
    """Return why two might be one person, in words; empty = nothing speaks for it.

    Editorial; the clinic decides: the same telephone, or names that share a sound together with a
    birth date that may be the same, or names whose every part sounds alike.
    """
    is_same_birth = _may_be_one_birth(one.birth_date, other.birth_date)
    reasons = []
    end = phone_end(one.phone)
    if end and end == phone_end(other.phone):
        reasons.append("the same telephone number")
    if name := _same_name(one.name, other.name, is_same_birth):
        reasons.append(name)
    if not reasons:
        return ()
    if is_same_birth:
        reasons.append("the same birth date")
    elif one.birth_date and other.birth_date:
        is_swapped = other.birth_date in birth_dates(one)
        reasons.append("day and month of birth swapped" if is_swapped else ANOTHER_BIRTH)
    return tuple(reasons)


def likelier(reasons: tuple[str, ...]) -> int:
    """Return how much speaks for two being one, to put the likeliest first."""
    return len(reasons) - 2 * (ANOTHER_BIRTH in reasons)


def differences(register: Person, record: Person) -> tuple[str, ...]:
    """Return what speaks against a record being of a person in the register, in words.

    Silence is no consent: a record that says neither name nor birth date speaks against itself.
    """
    against = []
    has_names = bool(plain(register.name) and plain(record.name))
    is_same_birth = _may_be_one_birth(register.birth_date, record.birth_date)
    if has_names and not _same_name(register.name, record.name, is_same_birth):
        against.append("another name")
    if register.birth_date and record.birth_date and not is_same_birth:
        against.append("another birth date")
    if not has_names and not is_same_birth:
        against.append("neither name nor birth date to compare")
    return tuple(against)


def _same_name(one: str, other: str, is_same_birth: bool) -> str:
    """How two names are one, in words; empty = they are not."""
    first, second = _sounds(one), _sounds(other)
    shared, smaller = first & second, min(len(first), len(second))
    if plain(one) and plain(one) == plain(other):
        return "the same name"
    if smaller and len(shared) == smaller and (smaller > 1 or is_same_birth):
        return "a name that sounds the same"
    if shared and is_same_birth:
        return "part of the name sounds the same"
    distance = jellyfish.damerau_levenshtein_distance(plain(one), plain(other))
    if is_same_birth and smaller and distance <= NEAR_SPELLED:
        return "a name that is spelled nearly the same"
    return ""


def _sounds(name: str) -> frozenset[str]:
    """The sounds of a name; "Abdulrahman" is read as the two words it is made of."""
    parts = []
    for word, _ in words(name):
        joined = _SERVANT.fullmatch(word)
        if joined:
            parts += ["abd", joined[1]]
        else:
            parts.append("abd" if _SERVANT_ALONE.fullmatch(word) else word)
    return frozenset(sound(part) for part in parts[:MOST_WORDS])


def _may_be_one_birth(one: str, other: str) -> bool:
    return bool(one and other) and (one.startswith(other) or other.startswith(one))
