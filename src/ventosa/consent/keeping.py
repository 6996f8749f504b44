"""A consent as it is kept, and what became of it: taken back, or taken back by a slip of the hand.

What is stored carries words, never numbers of an order that may change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from ventosa.consent.agreed import Consent, ConsentKind, Stood
from ventosa.record import InputError
from ventosa.terms import Decision

UNDO_SECONDS = 10
"""How long a withdrawal can be undone without a new signature: a slip of the finger is noticed at
once, a change of mind is signed (editorial; the clinic's medical lead decides)."""

WAY_SECONDS = 5
"""What the undo may take on its way to the server (editorial)."""

_WORDS = {decision.word: decision for decision in Decision}


@dataclass(frozen=True, slots=True)
class Kept:
    """A consent, and the moment at which it was signed."""

    consent: Consent
    at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A no: which consent was named, on which day and at which moment."""

    consent: str
    on: date
    at: datetime


def may_undo(withdrawn_at: datetime, now: datetime) -> bool:
    """Whether a withdrawal can still be undone; afterwards only a new signature opens anything."""
    return timedelta(0) <= now - withdrawn_at <= timedelta(seconds=UNDO_SECONDS + WAY_SECONDS)


def taken_back(kept: Sequence[Kept], withdrawals: Sequence[Withdrawal]) -> tuple[Consent, ...]:
    """Return the consents in the order of their signatures, each with the day it was taken back.

    A no to one is a no to all of its kind that were signed up to that moment. A no whose consent is
    not among them is a no to everything: which kind it meant is not known.
    """
    kinds = {one.consent.id: one.consent.kind for one in kept}
    ordered = sorted(kept, key=lambda one: one.at)
    return tuple(_after(one, withdrawals, kinds) for one in ordered)


def _after(
    one: Kept, withdrawals: Sequence[Withdrawal], kinds: Mapping[str, ConsentKind]
) -> Consent:
    consent = one.consent
    no = [
        max(word.on, consent.signed.on)
        for word in withdrawals
        if kinds.get(word.consent, consent.kind) is consent.kind and one.at <= word.at
    ]
    if consent.withdrawn_on is not None:
        no.append(consent.withdrawn_on)
    return replace(consent, withdrawn_on=min(no)) if no else consent


def write_consent(consent: Consent) -> dict[str, Any]:
    """Return the JSON object of a consent; reading it gives it back."""
    tree: dict[str, Any] = msgspec.to_builtins(consent, enc_hook=dict)
    tree["stood"] = {str(technique): _words(stood) for technique, stood in consent.stood.items()}
    return tree


def _words(stood: Stood) -> dict[str, Any]:
    rules = {rule: decision.word for rule, decision in stood.rules.items()}
    return {"possible": stood.possible.word, "rules": rules}


def read_consent(tree: Mapping[str, Any]) -> Consent:
    """Return a consent from its JSON object.

    Raises:
        InputError: names the path; never the value that was refused.
    """
    try:
        stood = {
            technique: {
                "possible": _WORDS[found["possible"]],
                "rules": {rule: _WORDS[word] for rule, word in found["rules"].items()},
            }
            for technique, found in tree["stood"].items()
        }
        return msgspec.convert({**tree, "stood": stood}, Consent)
    except msgspec.ValidationError as error:
        where = str(error).partition(" - at `$.")[2].rstrip("`")
        raise InputError(where or "consent", "is not as a consent is kept") from None
    except (KeyError, AttributeError, TypeError):
        raise InputError("consent.stood", "is not as a consent is kept") from None
