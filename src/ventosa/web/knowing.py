"""The knowledge the clinic works with, loaded once a process."""

from functools import cache

from ventosa.codes import CodeTable, load_codes
from ventosa.consent import TextsIn, texts_in
from ventosa.knowledge import Knowledge, load, load_library
from ventosa.knowledge.model import Library


@cache
def knowledge() -> Knowledge:
    """Return the shipped knowledge."""
    return load()


@cache
def library() -> Library:
    """Return what a plan needs beside the rules."""
    return load_library(knowledge())


@cache
def codes() -> CodeTable:
    """Return the shipped list of codes."""
    known = knowledge()
    return load_codes(known.texts["codes/codes.csv"], facts=frozenset(known.facts))


@cache
def consent_texts(language: str) -> TextsIn:
    """Return what a person reads before agreeing, in a language.

    Raises:
        InputError: there is no such language.
    """
    return texts_in(knowledge(), library(), language)
