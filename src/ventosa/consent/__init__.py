"""Consent: the text that a person reads, what was agreed, and whether it covers today's plan.

A signature covers a stated set (techniques, region, greatest dose, sessions, end); a spoken yes of
the day is enough while today's plan lies inside it. Nothing here decides what may be done: that is
screening's. ``docs/screening.md`` says what "complete" means.
"""

from ventosa.consent.agreed import (
    FIELD,
    Consent,
    ConsentKind,
    ConsentSet,
    Difference,
    Method,
    Planned,
    Region,
    Signature,
    Signer,
    SpokenYes,
    Stood,
    inside,
    set_of,
    strokes_sha256,
)
from ventosa.consent.complete import (
    missing,
    missing_for,
    not_adult,
    renewable,
    standing,
    stood_of,
    unheard,
)
from ventosa.consent.keeping import (
    UNDO_SECONDS,
    Kept,
    Withdrawal,
    may_undo,
    read_consent,
    taken_back,
    write_consent,
)
from ventosa.consent.offering import TextsIn, consent_sources, is_offered, source_texts, texts_in
from ventosa.consent.proposing import proposed_set, set_problems
from ventosa.consent.text import SOURCE_LANGUAGE, ConsentText, consent_text, purpose_text

__all__ = [
    "FIELD",
    "SOURCE_LANGUAGE",
    "UNDO_SECONDS",
    "Consent",
    "ConsentKind",
    "ConsentSet",
    "ConsentText",
    "Difference",
    "Kept",
    "Method",
    "Planned",
    "Region",
    "Signature",
    "Signer",
    "SpokenYes",
    "Stood",
    "TextsIn",
    "Withdrawal",
    "consent_sources",
    "consent_text",
    "inside",
    "is_offered",
    "may_undo",
    "missing",
    "missing_for",
    "not_adult",
    "proposed_set",
    "purpose_text",
    "read_consent",
    "renewable",
    "set_of",
    "set_problems",
    "source_texts",
    "standing",
    "stood_of",
    "strokes_sha256",
    "taken_back",
    "texts_in",
    "unheard",
    "write_consent",
]
