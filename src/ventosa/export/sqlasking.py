"""What is still worth asking, in SQL: the same questions as ``ventosa.screening.asking``.

A NULL fact is one that was not asked; nothing here was "asked and is not known".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ventosa.export.sqlbrought import Brought
from ventosa.export.sqlsettling import Step, given
from ventosa.export.sqlterms import all_of, any_of, known, negated, truth, within, word
from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.model import Fact, Knowledge, Rule
from ventosa.logic import Boolean, Choice, Number, facts_of
from ventosa.screening.consequences import Consequences
from ventosa.screening.decision import QUANTITIES
from ventosa.terms import Decision, Technique


@dataclass(frozen=True, slots=True)
class Asking:
    """The two steps before the questions, and per fact that may be asked whether it is."""

    opened: Step
    could: Step
    asks: Mapping[str, str]


def asking(
    knowledge: Knowledge, table: Consequences, brought: Brought, offered: Sequence[Technique]
) -> Asking:
    """Return the questions that matter for the offered techniques.

    A rule counts while it is open and could change something; then every fact in what remains of
    it could; then the screens and the parents of details say what is asked for such a fact.
    """
    opening = _Opening(table, brought, offered)
    rules = dict(enumerate(knowledge.rules))
    opened, could = {}, dict[str, list[str]]()
    for index in sorted(brought.counted):
        changes = opening.changes(rules[index])
        if changes == "FALSE":
            continue
        opened[f"_open_{index}"] = all_of([f"{brought.truths[index]} IS NULL", changes])
        when = rules[index].when
        for fact in facts_of(when):
            could.setdefault(fact, []).append(all_of([f"_open_{index}", within(fact, when)]))
    step = {_could(fact): any_of(terms) for fact, terms in could.items()}
    return Asking(opened, step, _Screens(knowledge).asks(could))


@dataclass(frozen=True, slots=True)
class _Opening:
    """What an open rule could still change, beside what is certain already."""

    table: Consequences
    brought: Brought
    offered: Sequence[Technique]

    def changes(self, rule: Rule) -> str:
        """Whether it could change something; a red flag always counts."""
        if rule.red_flag is not None:
            return "TRUE"
        return any_of([term for technique in self.offered for term in self._for(rule, technique)])

    def _for(self, rule: Rule, technique: Technique) -> Iterator[str]:
        """Nothing is changed for a technique that is certainly avoided."""
        mine = self.table.techniques[technique]
        decision = rule.effects[technique].decision
        if mine.always_avoided:
            return
        if decision > Decision.OK:
            yield self._none(b.rule for b in mine.decisions[decision])
        tightens = any_of([*self._caps(rule, technique), *self._places(rule)])
        yield all_of([self._none(b.rule for b in mine.decisions[Decision.AVOID]), tightens])

    def _caps(self, rule: Rule, technique: Technique) -> Iterator[str]:
        """Where it caps a quantity lower than what is certain: the usual cap, and true rules."""
        caps, mine = rule.effects[technique].caps, self.table.techniques[technique]
        for name in QUANTITIES if caps is not None else ():
            value, usual = getattr(caps, name), getattr(mine.usual, name)
            if value is None or (usual is not None and usual <= value):
                continue
            lower = [index for cap in mine.caps[name] if cap.value <= value for index in cap.rules]
            higher = [index for cap in mine.caps[name] if cap.value > value for index in cap.rules]
            is_capped = "TRUE" if usual is not None else self.brought.certain(higher)
            yield all_of([self._none(lower), is_capped])

    def _places(self, rule: Rule) -> Iterator[str]:
        """Where it closes a band or excludes a material that no true rule does.

        A drawn zone is never such a band: the table does not know where it lies.
        """
        for zone in rule.closes:
            yield self._none(self.table.zones[zone])
        for material in rule.excludes:
            yield self._none(self.table.materials[material])

    def _none(self, rules: Iterable[int]) -> str:
        return negated(self.brought.certain(rules))


@dataclass(frozen=True, slots=True)
class _Screens:
    """Which questions are asked where some facts could change something."""

    knowledge: Knowledge

    def asks(self, could: Iterable[str]) -> Mapping[str, str]:
        """Return per question the term that says whether it is asked, in the order of facts."""
        facts, found = self.knowledge.facts, dict[str, list[str]]()
        for fact in could:
            # The map is one question.
            target = facts[fact if facts[fact].zone is None else ZONES_RECORDED]
            for question, terms in self._asked_for(target):
                whole = all_of([_could(fact), *self._appears(target), *terms])
                found.setdefault(question, []).append(whole)
        return {fact: any_of(found[fact]) for fact in facts if fact in found}

    def _asked_for(self, fact: Fact) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield what is asked, and when, where a fact could change something."""
        facts, unasked = self.knowledge.facts, list[str]()
        if isinstance(fact.type, Number) or self._is_measured(fact):
            # It may be open though it was asked: an interval on both sides of a line, a no that a
            # measurement put in doubt. It is not asked again; its unanswered details are.
            unasked = [negated(self._asked(fact))]
            for detail in facts.values():
                if detail.detail_of == fact.id:
                    yield detail.id, [self._asked(fact), negated(known(detail))]
        if fact.detail_of is not None:
            parent = facts[fact.detail_of]
            yield fact.id, [*unasked, _is_answered(parent)]
            # A detail that matters by itself brings its parent with it.
            yield parent.id, [*unasked, negated(known(parent))]
        elif fact.id == ZONES_RECORDED:
            yield fact.id, [negated(known(fact))]
        else:
            yield fact.id, unasked

    def _is_measured(self, fact: Fact) -> bool:
        return any(measured.fact == fact.id for measured in self.knowledge.settling.measured)

    def _asked(self, fact: Fact) -> str:
        return f"{given(fact.id)} IS NOT NULL" if self._is_measured(fact) else known(fact)

    def _appears(self, fact: Fact) -> Sequence[str]:
        """Some screens appear only once a condition holds, or is open though all was asked."""
        only_if = self.knowledge.groups[fact.group].only_if
        if only_if is None or fact.id in facts_of(only_if):
            return ()
        named = [self.knowledge.facts[name] for name in facts_of(only_if)]
        answered = all_of([any_of([known(one), self._asked(one)]) for one in named])
        return (f"COALESCE({truth(only_if)}, {answered})",)


def _could(fact: str) -> str:
    return f"_could_{fact}"


def _is_answered(parent: Fact) -> str:
    """A detail is asked once its parent is anything but no."""
    match parent.type:
        case Boolean():
            return parent.id
        case Choice():
            return f"{parent.id} <> {word('no')}"
        case Number():
            return known(parent)
