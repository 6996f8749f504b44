"""Sentences in other languages, each with the hash of the English sentence it was made from.

English is the source. A translation whose source has changed is stale: the reader is shown the
English sentence instead, and can be told so. A translation is a draft until a clinician read it
(``docs/languages.md``).
"""

from ventosa.languages.catalogue import Catalogue, Language, Standing, languages, signed_off
from ventosa.languages.digits import western_digits, written_digits
from ventosa.languages.saying import Coverage, Rendered, counted, missing_and_stale, said, ui
from ventosa.languages.sources import sources_of
from ventosa.languages.turning import visible

__all__ = [
    "Catalogue",
    "Coverage",
    "Language",
    "Rendered",
    "Standing",
    "counted",
    "languages",
    "missing_and_stale",
    "said",
    "signed_off",
    "sources_of",
    "ui",
    "visible",
    "western_digits",
    "written_digits",
]
