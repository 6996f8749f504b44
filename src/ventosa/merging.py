"""What one record of a person says, for another that is read as one with it."""

from datetime import date

from ventosa.knowledge.model import Knowledge
from ventosa.record import Answers, Reading
from ventosa.terms import Stage

_LASTING = ("ever", "episode")
"""How long a fact holds, where an answer of another day still counts."""


def told_elsewhere(
    answers: Answers, knowledge: Knowledge, *, on: date, source: str
) -> tuple[Reading, ...]:
    """Return what was answered in another record of the same person on a day, as readings.

    Only the riskier answer counts, and only while its fact holds; what would make nothing riskier
    is left out, so that it can never answer a question here. The rest is shown beside its question.
    """
    readings = []
    for id, value in answers.facts.items():
        fact = knowledge.facts[id]
        if value is None or fact.stage is Stage.START or fact.zone is not None:
            continue
        if isinstance(value, bool):
            if fact.riskier is None or value is not fact.riskier:
                continue
            if fact.holds in _LASTING:
                readings.append(Reading(id, value, source, on))
                continue
        readings.append(Reading(id, value, source, on, f"answered on {on} in {source}; ask"))
    return tuple(readings)
