"""Everything that must be proved of a knowledge, and what a change of one rule puts in question."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from ventosa.knowledge.model import Knowledge
from ventosa.proof.asked import interview_laws
from ventosa.proof.laws import Obligation, laws
from ventosa.proof.rules import allowing_laws, place_laws


def obligations(knowledge: Knowledge) -> Iterator[Obligation]:
    """Yield everything that must be proved of a knowledge."""
    return chain(
        laws(knowledge), interview_laws(knowledge), place_laws(knowledge), allowing_laws(knowledge)
    )


def obligations_of_rule(knowledge: Knowledge, rule_id: str) -> Iterator[Obligation]:
    """Yield what a change of one rule puts in question.

    What a law says of all rules it says of each: decisions, caps and zones are gathered over the
    rules, one by one. So the laws of the rule alone are enough; the places of the rule among the
    others and that the rules allow anything at all are asked of all.
    """
    alone = replace(knowledge, rules=(knowledge.rule(rule_id),))
    yield from laws(alone)
    yield from interview_laws(alone)
    yield from (duty for duty in place_laws(knowledge) if duty.about == rule_id)
    yield from allowing_laws(knowledge)
