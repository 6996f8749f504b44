"""Consent: the text that a person reads, what was agreed, and whether it covers today's plan.

A signature covers a stated set (techniques, region, greatest dose, sessions, end); a spoken yes of
the day is enough while today's plan lies inside it. Nothing here decides what may be done: that is
screening's. ``docs/screening.md`` says what "complete" means.
"""

from ventosa.consent.agreed import (
    Consent,
    ConsentKind,
    ConsentSet,
    Difference,
    Method,
    Region,
    Signature,
    Signer,
    SpokenYes,
    Stood,
    inside,
    set_of,
    strokes_sha256,
)
from ventosa.consent.complete import missing, missing_for, stood_of
from ventosa.consent.text import ConsentText, consent_text, purpose_text

__all__ = [
    "Consent",
    "ConsentKind",
    "ConsentSet",
    "ConsentText",
    "Difference",
    "Method",
    "Region",
    "Signature",
    "Signer",
    "SpokenYes",
    "Stood",
    "consent_text",
    "inside",
    "missing",
    "missing_for",
    "purpose_text",
    "set_of",
    "stood_of",
    "strokes_sha256",
]
