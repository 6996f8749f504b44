"""Whether a doctor's written word clears a rule today: yes, no, or it cannot be told."""

from collections.abc import Sequence
from datetime import date

from ventosa.knowledge.model import Rule
from ventosa.logic import Truth
from ventosa.record import Clearance
from ventosa.terms import Technique


def cleared(
    rule: Rule,
    truth: Truth,
    technique: Technique | None,
    clearances: Sequence[Clearance],
    *,
    on: date,
    onset: date | None,
    assessment_days: int,
) -> Truth:
    """Return whether a rule counts as cleared for a technique (``None`` as technique: in general).

    A clearable red flag needs a medical assessment under its own id, on or after the onset and
    recent; while the onset is not known that cannot be told (``None``). A red flag that is not
    answered is never cleared. Any other rule is cleared by a valid clearance of its id or of a
    fact it names, also while the fact is unanswered.
    """
    valid = [c for c in clearances if _valid(c, technique, on)]
    by_fact = any(c.covers in rule.covers for c in valid)
    if rule.red_flag is None:
        return by_fact or any(c.covers == rule.id for c in valid)
    if not rule.red_flag.clearable or truth is not True:
        return False
    if by_fact:
        return True
    recent = [c for c in valid if c.covers == rule.id and (on - c.on).days <= assessment_days]
    if not recent:
        return False
    return None if onset is None else any(c.on >= onset for c in recent)


def _valid(clearance: Clearance, technique: Technique | None, on: date) -> bool:
    if clearance.on > on or (clearance.until is not None and clearance.until < on):
        return False
    # A word on some techniques opens those; it does not say that the flag itself is dealt with.
    return clearance.techniques is None or technique in clearance.techniques
