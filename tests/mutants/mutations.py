"""Every mutant of the shipped knowledge, made by rule and not by hand; and a fixed part of them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from mutants.mutant import Mutant
from mutants.rules import rule_mutants
from mutants.tables import (
    dose_mutants,
    fact_mutants,
    number_mutants,
    screen_mutants,
    settling_mutants,
)
from ventosa.knowledge import Knowledge


def mutants(knowledge: Knowledge) -> tuple[Mutant, ...]:
    """Return every mutant, sorted by kind; the order within a kind is that of the files."""
    families = (
        rule_mutants,
        dose_mutants,
        number_mutants,
        fact_mutants,
        settling_mutants,
        screen_mutants,
    )
    found = [mutant for family in families for mutant in family(knowledge)]
    return tuple(sorted(found, key=lambda mutant: mutant.kind))


def some(all_mutants: Sequence[Mutant], every: int) -> tuple[Mutant, ...]:
    """Return a fixed part: of each kind the first and every n-th, and one of every place (a rule,
    a fact, ...) that would have none."""
    part: list[Mutant] = []
    for _, group in groupby(all_mutants, key=lambda mutant: mutant.kind):
        part += list(group)[::every]
    return (*part, *_unvisited(all_mutants, {mutant.where for mutant in part}))


def _unvisited(all_mutants: Sequence[Mutant], seen: set[str]) -> Iterator[Mutant]:
    for mutant in all_mutants:
        if mutant.where not in seen:
            seen.add(mutant.where)
            yield mutant
