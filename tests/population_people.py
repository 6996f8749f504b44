"""People for the population: answers as a table holds them, whole, partial and odd."""

import math
import random
from collections.abc import Iterable
from decimal import Decimal
from types import MappingProxyType

from people import TODAY, disc, healthy_facts
from ventosa.export.sql import SCALE, staged_columns
from ventosa.knowledge import ZONES_RECORDED, Knowledge
from ventosa.logic import Boolean, Choice, Compare, Number, atoms
from ventosa.record import Answers, Interval, Value
from ventosa.terms import Technique

Person = dict[str, Value | None]
"""Answers by fact, those of the map too; ``None`` = not asked."""


def people(knowledge: Knowledge, count: int, seed: int) -> list[Person]:
    """Return people of four kinds in turn: nearly healthy, 15 and 70 % unanswered, torn."""
    maker = _Maker(knowledge, random.Random(seed))
    kinds = (
        maker.nearly_healthy,
        lambda: maker.random(0.15),
        lambda: maker.random(0.7),
        maker.torn,
    )
    return [kinds[number % len(kinds)]() for number in range(count)]


def answers_of(person: Person, techniques: tuple[Technique, ...] = tuple(Technique)) -> Answers:
    """Return a person's answers as one gives them today; a drawn kind becomes a small disc.

    While nobody has looked at the back, a kind of zone that is there is an answer by itself.
    """
    on_map = {fact for fact in person if fact.startswith("zone_")}
    found = [fact for fact in person if fact in on_map and person[fact] is True]
    facts = {
        fact: value
        for fact, value in person.items()
        if value is not None and fact not in on_map and fact != ZONES_RECORDED
    }
    looked = person[ZONES_RECORDED] is True
    return Answers(
        answered_on=TODAY,
        facts=MappingProxyType(facts if looked else facts | dict.fromkeys(found, True)),
        zones=tuple(disc(fact.removeprefix("zone_")) for fact in found) if looked else None,
        techniques=techniques,
    )


def staged_row(knowledge: Knowledge, person: Person, person_id: str) -> tuple[object, ...]:
    """Return a person's row of the staged table."""
    row: list[object] = [person_id]
    for column in staged_columns(knowledge)[1:]:
        value = person[column.fact or ""]
        if isinstance(value, Interval):
            is_low = column.name.endswith("_low")
            end = Decimal(str(value.low if is_low else value.high)) * SCALE
            row.append(math.floor(end) if is_low else math.ceil(end))
        else:
            row.append(value)
    return tuple(row)


class _Maker:
    """Makes people whose numbers lie near the lines that the knowledge draws."""

    def __init__(self, knowledge: Knowledge, rng: random.Random) -> None:
        self.knowledge, self.rng = knowledge, rng
        self.lines: dict[str, list[float]] = {}
        settling = knowledge.settling
        conditions = [rule.when for rule in knowledge.rules]
        conditions += [measured.when for measured in settling.measured]
        for atom in (atom for condition in conditions for atom in atoms(condition)):
            if isinstance(atom, Compare) and isinstance(atom.literal, float):
                self.lines.setdefault(atom.fact, []).append(atom.literal)
        self.settled = [
            *(fact.id for fact in knowledge.facts.values() if fact.detail_of or fact.zone),
            *(measured.fact for measured in settling.measured),
            *(detail.fact for detail in settling.details),
            *(fact for facts in settling.places.values() for fact in facts),
            *(fact for group in settling.groups for fact in (group.when_fact, *group.no)),
            ZONES_RECORDED,
        ]

    def nearly_healthy(self) -> Person:
        person: Person = dict.fromkeys(self.knowledge.facts) | healthy_facts(self.knowledge)
        person[ZONES_RECORDED] = True
        return self._answer(person, self.rng.sample(list(person), self.rng.randint(0, 4)))

    def random(self, missing: float) -> Person:
        person: Person = dict.fromkeys(self.knowledge.facts)
        return self._answer(person, [f for f in person if self.rng.random() >= missing])

    def torn(self) -> Person:
        """Healthy answers beside others that they are settled with."""
        return self._answer(
            self.nearly_healthy(), self.rng.sample(self.settled, self.rng.randint(2, 9))
        )

    def _answer(self, person: Person, facts: Iterable[str]) -> Person:
        for fact in facts:
            person[fact] = None if self.rng.random() < 0.1 else self._value(fact)
        return person

    def _value(self, fact: str) -> Value:
        declared = self.knowledge.facts[fact]
        match declared.type:
            case Boolean():
                riskier = declared.riskier is not False
                return riskier if self.rng.random() < 0.3 else not riskier
            case Choice(words):
                return self.rng.choice(words)
            case Number(low, high):
                return self._number(self.lines.get(fact, [low, high]), low, high)

    def _number(self, lines: list[float], low: float, high: float) -> Interval:
        """One number at a line, just beside it or anywhere, or what lies between two such."""

        def number() -> float:
            line = self.rng.choice(lines)
            near = [line, line - 1, line + 1, line - 0.001, line + 0.001]
            chosen = self.rng.choice([*near, self.rng.uniform(low, high)])
            return round(min(max(chosen, low), high), 3)

        one = number()
        other = number() if self.rng.random() < 0.3 else one
        return Interval(min(one, other), max(one, other))
