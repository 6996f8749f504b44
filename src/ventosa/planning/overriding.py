"""An override: a recorded departure from today's limit, within the hard stop.

It is stored beside the decision and changes neither the decision nor the limits. It moves suction,
time, cups or repetitions, nothing else: not the product of suction and time, not a closed zone, not
a technique that may not be used.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from ventosa.record import Screening
from ventosa.terms import Technique

OVERRIDABLE = ("suction_kpa", "retention_min", "cups", "repetitions")
"""The quantities that an override may move."""

LEAST_WORDS = 4
"""A reason of fewer words says nothing (editorial; the clinic decides)."""


class OverrideReason(StrEnum):
    """Why a practitioner goes beyond a limit: a closed list (editorial; the clinic decides)."""

    TOLERATED_BEFORE = "tolerated_before"
    DOCTOR_AGREED = "doctor_agreed"
    FINDING_EXAMINED = "finding_examined"
    SET_MEASURED = "set_measured"
    BODY_BUILD = "body_build"
    OTHER = "other"


REASON_WORDS: Mapping[OverrideReason, str] = MappingProxyType(
    {
        OverrideReason.TOLERATED_BEFORE: "This person took as much before without harm",
        OverrideReason.DOCTOR_AGREED: "A doctor who knows the finding agreed",
        OverrideReason.FINDING_EXAMINED: "The finding was examined and is milder than its rule",
        OverrideReason.SET_MEASURED: "Our own set was measured and pulls less than it shows",
        OverrideReason.BODY_BUILD: "The back is broad or firm enough for it",
        OverrideReason.OTHER: "Another reason, said in the sentence",
    }
)
"""What each reason says to the practitioner."""


@dataclass(frozen=True, slots=True)
class NeededOverride:
    """A number beyond today's limit that an override could reach, and the rules that set the limit.

    ``rules`` is empty where no rule lowers the technique's usual column.
    """

    technique: Technique
    quantity: str
    limit: float
    wanted: float
    hard_stop: float
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """A practitioner's recorded departure from one limit on one day.

    ``findings_opened`` names the rules whose findings were opened and read before.
    """

    quantity: str
    limit: float
    wanted: float
    reason: OverrideReason
    sentence: str
    by: str
    at: date
    findings_opened: tuple[str, ...]


def check_override(
    override: Override, needed: NeededOverride, screening: Screening
) -> tuple[str, ...]:
    """Return the problems of an override, in words; empty = it covers what is needed."""
    problems = []
    said = (override.quantity, override.limit, override.wanted)
    if said != (needed.quantity, needed.limit, needed.wanted):
        problems.append("the override is of another number than the one that is needed")
    if needed.quantity not in OVERRIDABLE:
        problems.append(f"{needed.quantity} is never overridden")
    if not needed.limit < override.wanted <= needed.hard_stop:
        problems.append(
            f"{override.wanted:g} does not lie above the limit of {needed.limit:g} and within the "
            f"hard stop of {needed.hard_stop:g}"
        )
    if not isinstance(override.reason, OverrideReason):
        problems.append("the reason is not one of the list")
    if len(re.findall(r"\w+", override.sentence)) < LEAST_WORDS:
        problems.append(f"the reason is said in a sentence of at least {LEAST_WORDS} words")
    if not override.by.strip():
        problems.append("nobody is named who answers for it")
    if override.at != screening.on:
        problems.append(f"an override holds for its own day, {override.at}, not {screening.on}")
    unread = [rule for rule in needed.rules if rule not in override.findings_opened]
    if unread:
        titles = {f.rule: f.title for f in screening.techniques[needed.technique].findings}
        named = ", ".join(titles.get(rule, rule) for rule in unread)
        problems.append(f"not opened before: {named}")
    problems += _against_today(needed, screening)
    return tuple(problems)


def _against_today(needed: NeededOverride, screening: Screening) -> list[str]:
    screened = screening.techniques[needed.technique]
    problems = []
    if not screened.may_use:
        problems.append(f"{needed.technique} may not be used today")
    if needed.quantity in OVERRIDABLE:
        setters = tuple(rule for rule, _ in screened.limits.by.get(needed.quantity, ()))
        if (getattr(screened.limits, needed.quantity), setters) != (needed.limit, needed.rules):
            problems.append("today's limit is another one")
    return problems
