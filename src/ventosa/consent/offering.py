"""In which languages consent can be asked for: a text is whole in a language, or is not there."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ventosa.consent.agreed import ConsentKind
from ventosa.consent.text import SOURCE_LANGUAGE, ConsentText, consent_text, purpose_text, sentences
from ventosa.knowledge.model import Knowledge, Library
from ventosa.languages import Standing, said, sources_of
from ventosa.terms import Technique

PURPOSES = (ConsentKind.PHOTO, ConsentKind.TEACHING)


@dataclass(frozen=True, slots=True)
class TextsIn:
    """All consent texts of one language, or how many of their sentences are missing.

    ``sha256`` is over all texts: who signs a language off for consent signs these words and no
    others. It is empty where a sentence is missing.
    """

    language: str
    texts: tuple[ConsentText, ...]
    sentences: int
    absent: int
    sha256: str

    @property
    def is_whole(self) -> bool:
        """Whether everything that is read can be read in this language."""
        return self.absent == 0


def source_texts(knowledge: Knowledge, library: Library) -> tuple[ConsentText, ...]:
    """Return every text in the language it was written in."""
    return _texts(knowledge, library, SOURCE_LANGUAGE, {})


def consent_sources(knowledge: Knowledge, library: Library) -> dict[str, str]:
    """Return the English sentences of the texts that stand nowhere else, by the id they go by."""
    elsewhere = set(sources_of(knowledge, library).values())
    read = sentences(source_texts(knowledge, library))
    return {f"consent.{english}": english for english in read if english not in elsewhere}


def texts_in(knowledge: Knowledge, library: Library, language: str) -> TextsIn:
    """Return the texts of a language; none at all where one sentence is missing or stale.

    Raises:
        InputError: there is no such language.
    """
    wanted = sentences(source_texts(knowledge, library))
    if language == SOURCE_LANGUAGE:
        return _whole(source_texts(knowledge, library), language, len(wanted))
    translated = _translated(knowledge, library, language, wanted)
    absent = sum(text not in translated for text in wanted)
    if absent:
        return TextsIn(language, (), len(wanted), absent, "")
    return _whole(_texts(knowledge, library, language, translated), language, len(wanted))


def is_offered(texts: TextsIn, signed_off_sha256: str | None) -> bool:
    """Whether consent may be asked for in a language.

    ``signed_off_sha256`` is over the texts that somebody of the clinic read and signed off last;
    ``None`` = nobody did. English needs nobody: it is what the texts were written in, and their
    sentences were reviewed where they stand.
    """
    if texts.language == SOURCE_LANGUAGE:
        return texts.is_whole
    return texts.is_whole and texts.sha256 == signed_off_sha256


def _whole(texts: tuple[ConsentText, ...], language: str, count: int) -> TextsIn:
    joined = json.dumps([[text.about, text.sha256] for text in texts], separators=(",", ":"))
    return TextsIn(language, texts, count, 0, hashlib.sha256(joined.encode()).hexdigest())


def _texts(
    knowledge: Knowledge, library: Library, language: str, translated: Mapping[str, str]
) -> tuple[ConsentText, ...]:
    techniques = [t for t in Technique if t in knowledge.techniques]
    return (
        *(consent_text(t, knowledge, library, language, translated=translated) for t in techniques),
        *(purpose_text(kind, knowledge, language, translated=translated) for kind in PURPOSES),
    )


def _translated(
    knowledge: Knowledge, library: Library, language: str, wanted: Sequence[str]
) -> dict[str, str]:
    """English sentences to those of the language, as far as a translation holds today.

    A sentence is found under the id that it has elsewhere, or under ``consent.`` and its English.
    """
    keys = {english: key for key, english in sources_of(knowledge, library).items()}
    found = {}
    for english in wanted:
        for key in (f"consent.{english}", keys.get(english)):
            shown = None if key is None else said(key, english, language)
            if shown is not None and shown.standing in (Standing.READ, Standing.DRAFT):
                found[english] = shown.text
                break
    return found
