"""Which screen comes next: red flags first, then the screen that can shorten the interview most.

Red flags come in the order of ``groups.toml``; a screen whose red flags the plain answers of
another could take away comes after those that must be asked anyhow: whoever has no pain that
posture leaves unchanged need not say whether they smoke. After the red flags, the screen that could
close the most techniques for the fewest words comes first. The first screen of ``groups.toml``
opens either part: age, sex and a first session set limits that make milder questions needless.
This is an order only; what is asked, and when the interview may stop, is settled in ``asking``.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import And, AtLeast, Compare, Condition, Is, Not, OneOf, Or, facts_of
from ventosa.terms import Decision, Stage, Technique, Urgency


@dataclass(frozen=True, slots=True)
class Could:
    """What the answer to a fact could still bring.

    ``taken_by`` are the screens that could, each by itself, take the red flag from it: make false
    every rule that makes it one. ``None`` = it is no red flag.
    """

    decide: Mapping[Technique, Decision]
    urgency: Urgency
    limit: frozenset[Technique]
    taken_by: frozenset[str] | None

    @property
    def red_flag(self) -> bool:
        """Whether a rule that makes it a red flag is open."""
        return self.taken_by is not None

    def joined(self, other: "Could | None") -> "Could":
        """Return what either could bring."""
        if other is None:
            return self
        decide = dict(other.decide)
        for technique, decision in self.decide.items():
            decide[technique] = max(decision, decide.get(technique, Decision.OK))
        taken = [by for by in (self.taken_by, other.taken_by) if by is not None]
        return Could(
            decide,
            max(self.urgency, other.urgency),
            self.limit | other.limit,
            frozenset.intersection(*taken) if taken else None,
        )


def screens_that_settle(left: Condition, facts: Mapping[str, Fact]) -> frozenset[str]:
    """Return the screens whose plain answers could, each by itself, make an open condition false.

    An answer is plain where it is not the riskier one.
    """
    screens = {facts[fact].group for fact in facts_of(left)}
    return frozenset(screen for screen in screens if _could_be(False, left, screen, facts))


def _could_be(truth: bool, node: Condition, screen: str, facts: Mapping[str, Fact]) -> bool:
    """Whether the plain answers of one screen could give an open condition that truth."""
    match node:
        case Is(fact) | Compare(fact) | OneOf(fact):
            return facts[fact].group == screen and facts[fact].riskier is not truth
        case Not(term):
            return _could_be(not truth, term, screen, facts)
        case And(terms):
            count = len(terms)
        case Or(terms):
            count = 1
        case AtLeast(count, terms):
            pass
    able = sum(_could_be(truth, term, screen, facts) for term in terms)
    return able >= (count if truth else len(terms) - count + 1)


def in_order(knowledge: Knowledge, asked: Mapping[str, Could]) -> list[str]:
    """Return the facts that are worth asking: red flags first, each part screen by screen.

    Within a screen the order is that of ``facts.csv``.
    """

    def waits(screen: str, facts: Sequence[str]) -> float:
        """1 for a screen whose red flags another one could take away, each of them; else 0."""
        return float(all((asked[fact].taken_by or set()) - {screen} for fact in facts))

    def keeps_open(_: str, facts: Sequence[str]) -> float:
        """The fewer techniques a screen could close for a word, the more."""
        words = sum(len(knowledge.facts[fact].question.split()) for fact in facts)
        return -sum(_closes(knowledge.facts[fact], asked[fact]) for fact in facts) / words

    flags = [fact for fact, could in asked.items() if could.red_flag]
    others = [fact for fact, could in asked.items() if not could.red_flag]
    return [*_by_screen(knowledge, flags, waits), *_by_screen(knowledge, others, keeps_open)]


def _by_screen(
    knowledge: Knowledge, asked: Sequence[str], rank: Callable[[str, Sequence[str]], float]
) -> list[str]:
    """Return facts screen by screen: the opening one, then by rank, the lowest first."""
    place = {fact: index for index, fact in enumerate(knowledge.facts)}
    screens: dict[str, list[str]] = defaultdict(list)
    for fact in sorted(asked, key=place.__getitem__):
        screens[knowledge.facts[fact].group].append(fact)
    opening = min(group.order for group in knowledge.groups.values())

    def key(screen: str) -> tuple[bool, float, int]:
        order = knowledge.groups[screen].order
        return order != opening, rank(screen, screens[screen]), order

    return [fact for screen in sorted(screens, key=key) for fact in screens[screen]]


def _closes(fact: Fact, could: Could) -> int:
    """How many techniques the answer could close for good.

    What the clinic has still to do before the session closes nothing: it can yet be done.
    """
    if fact.riskier is False and fact.stage is Stage.START:
        return 0
    return sum(decision is Decision.AVOID for decision in could.decide.values())
