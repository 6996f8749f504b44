"""One sentence in a reader's language, or its English source where that is the safer one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ventosa.languages.catalogue import (
    PLACES,
    SOURCE,
    Standing,
    catalogue,
    hash_of,
    part_of,
    words,
)
from ventosa.languages.digits import written_digits
from ventosa.languages.plurals import plural_form
from ventosa.record import InputError, KnowledgeError

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rendered:
    """A sentence to show, with the language and direction that its element must carry.

    ``language`` is ``en`` where the translation is stale or missing, whatever was asked for.
    """

    text: str
    language: str
    direction: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a language has of these sources, by id.

    ``unused`` are translations of a sentence that no longer exists.
    """

    language: str
    sources: int
    read: tuple[str, ...]
    draft: tuple[str, ...]
    stale: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]


def said(key: str, english: str, language: str) -> Rendered:
    """Return a sentence in a language, or its English source where the translation does not hold.

    Raises:
        InputError: there is no such language.
        KnowledgeError: the catalogue cannot be used.
    """
    forms, standing = _forms(key, english, language)
    return _rendered(english if forms is None else forms["other"], language, standing)


def ui(english: str, language: str, values: Mapping[str, str] = _NOTHING) -> Rendered:
    """Return words of a page, keyed by their English, with ``values`` put in their places.

    Raises:
        InputError: no such language, or a place of the sentence has no value.
        KnowledgeError: the catalogue cannot be used.
    """
    shown = said(f"ui.{english}", english, language)
    return _rendered(_filled(shown.text, values), language, shown.standing)


def counted(
    english: str,
    count: int,
    language: str,
    values: Mapping[str, str] = _NOTHING,
    digits: str | None = None,
) -> Rendered:
    """Return a counted sentence (``{n} entries wait``) in the plural form that its number takes.

    ``english`` is the form for many, which is also its key. ``count`` is a whole number from 0.
    ``digits``: the clinic's choice of digits; ``None`` = what the language commonly uses.

    Raises:
        InputError: no such language, a negative count, or a place without a value.
        KnowledgeError: the sentence is not listed as a counted one.
    """
    if count < 0:
        raise InputError("count", "is negative")
    source = words().counts.get(english)
    if source is None:
        raise KnowledgeError("en.toml", english, "is not a counted sentence")
    forms, standing = _forms(f"ui.{english}", english, language)
    if forms is not None and len(forms) == 1:
        raise KnowledgeError(f"{language}.toml", f"ui.{english}", "has no plural forms")
    shown = SOURCE if forms is None else language
    own = words().language.digits if shown == SOURCE else catalogue(shown).language.digits
    number = written_digits(str(count), digits or own)
    text = (source if forms is None else forms)[plural_form(shown, count)]
    return _rendered(_filled(text, {**values, "n": number}), language, standing)


def missing_and_stale(language: str, sources: Mapping[str, str]) -> Coverage:
    """Return which sources (id to English) a language has, and which it lacks or has outdated.

    Raises:
        InputError: there is no such language, or it is English, which has nothing to translate.
    """
    kept = catalogue(language)
    found: dict[Standing, list[str]] = {standing: [] for standing in Standing}
    for key, english in sources.items():
        found[_forms(key, english, language)[1]].append(key)
    return Coverage(
        language,
        len(sources),
        read=tuple(found[Standing.READ]),
        draft=tuple(found[Standing.DRAFT]),
        stale=tuple(found[Standing.STALE]),
        missing=tuple(found[Standing.MISSING]),
        unused=tuple(key for key in kept.sentences if key not in sources),
    )


def _forms(key: str, english: str, language: str) -> tuple[Mapping[str, str] | None, Standing]:
    """The texts of a translation, or ``None`` where the English source must be shown."""
    if language == SOURCE:
        return None, Standing.SOURCE
    kept = catalogue(language)
    sentence = kept.sentences.get(key)
    if sentence is None:
        return None, Standing.MISSING
    if sentence.source != hash_of(english):
        return None, Standing.STALE
    return sentence.forms, Standing.READ if part_of(key) in kept.read else Standing.DRAFT


def _rendered(text: str, language: str, standing: Standing) -> Rendered:
    if standing in (Standing.READ, Standing.DRAFT):
        return Rendered(text, language, catalogue(language).language.direction, standing)
    return Rendered(text, SOURCE, words().language.direction, standing)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in their places; a value that itself holds braces is not read again."""
    pieces = PLACES.split(text)
    names = [place[1:-1] for place in PLACES.findall(text)]
    for name in names:
        if name not in values:
            raise InputError(name, "has no value in a sentence of a page")
    ends = [values[name] for name in names] + [""]
    return "".join(piece + end for piece, end in zip(pieces, ends, strict=True))
