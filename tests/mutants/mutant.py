"""A mutant: the shipped knowledge with one change of its content."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ventosa.compiled import compile_conditions
from ventosa.knowledge.files import RuleFile
from ventosa.knowledge.model import Knowledge, Rule
from ventosa.knowledge.rulefile import read_rule


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one place.

    ``where`` is the rule, technique, fact or table that is changed; ``make`` returns the changed
    knowledge, checked as the loader checks it (``KnowledgeError`` where it would refuse).
    """

    kind: str
    where: str
    change: str
    make: Callable[[], Knowledge]

    @property
    def name(self) -> str:
        return f"{self.where}: {self.change}"


def with_rules(knowledge: Knowledge, rules: Iterable[Rule]) -> Knowledge:
    """The knowledge with other rules; those that are equal to the shipped ones are kept."""
    shipped = {rule.id: rule for rule in knowledge.rules}
    kept = tuple(shipped[r.id] if r == shipped[r.id] else r for r in rules)
    whens = [rule.when for rule in kept]
    if whens == [rule.when for rule in knowledge.rules]:
        return replace(knowledge, rules=kept)
    declared = {fact.id: fact.type for fact in knowledge.facts.values()}
    return replace(knowledge, rules=kept, compiled=compile_conditions(whens, declared))


def with_rule_file(knowledge: Knowledge, file: RuleFile) -> Knowledge:
    """The knowledge with one rule file changed."""
    rule = read_rule(f"rules/{file.id}", file, knowledge.facts, knowledge.techniques)
    return with_rules(knowledge, (rule if r.id == rule.id else r for r in knowledge.rules))


def read_again(knowledge: Knowledge) -> Knowledge:
    """The knowledge with every rule read again, for a changed technique or fact."""
    rules = (
        read_rule(f"rules/{rule.id}", rule.file, knowledge.facts, knowledge.techniques)
        for rule in knowledge.rules
    )
    return with_rules(knowledge, rules)
