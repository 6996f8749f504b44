"""Knowledge as the core uses it: checked, typed and frozen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from ventosa.compiled import Compiled, compile_conditions
from ventosa.knowledge.files import (
    AdverseEventFile,
    AdviceFile,
    CoInterventionFile,
    CupFile,
    DoseTable,
    EvidenceFile,
    OverlayFile,
    RuleFile,
    SiteFile,
    TechniqueFile,
)
from ventosa.logic import Condition, FactType
from ventosa.record import Value, Zone
from ventosa.terms import (
    CupKind,
    Decision,
    DoseClass,
    Material,
    Stage,
    Technique,
    Urgency,
    ZoneKind,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A question that may be asked.

    ``riskier`` is ``True`` or ``False`` for yes-or-no facts, ``"low"`` or ``"high"`` for numbers,
    ``None`` where neither way is riskier. ``zone`` names the kind for facts that stand for a
    drawn zone; those are answered on the map and belong to no group.
    """

    id: str
    type: FactType
    question: str
    group: str
    who: str
    holds: str
    stage: Stage
    riskier: bool | str | None = None
    unit: str = ""
    detail_of: str | None = None
    sensitive: bool = False
    zone: ZoneKind | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A screen of questions, with the words of its "none of these".

    ``only_if``: the screen appears only once this holds (``None`` = always).
    """

    id: str
    title: str
    none: str
    order: int
    intro: str = ""
    only_if: Condition | None = None


@dataclass(frozen=True, slots=True)
class RepeatQuestion:
    """One sentence of a repeat visit, and the facts that its "none of these" answers with no."""

    id: str
    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Caps:
    """Caps for one technique; ``None`` = the rule says nothing about it."""

    suction_kpa: float | None = None
    retention_min: float | None = None
    kpa_min: float | None = None
    cups: int | None = None
    repetitions: int | None = None

    @classmethod
    def of(cls, table: DoseTable) -> "Caps":
        """Return one column of a technique's file."""
        return cls(
            suction_kpa=table.suction_kpa,
            retention_min=table.retention_min,
            cups=table.cups,
            repetitions=table.repetitions,
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule means for one technique, uncleared and cleared."""

    decision: Decision
    cleared: Decision
    caps: Caps | None


@dataclass(frozen=True, slots=True)
class RedFlag:
    """Urgency of a rule that is a sign of possible serious illness."""

    urgency: Urgency
    within: str | None
    clearable: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule: its condition as a tree, and its effect on every technique."""

    file: RuleFile
    when: Condition
    stage: Stage
    effects: Mapping[Technique, Effect]
    red_flag: RedFlag | None
    covers: frozenset[str]
    closes: tuple[Zone, ...]
    closes_drawn: frozenset[ZoneKind]
    excludes: tuple[Material, ...]

    @property
    def id(self) -> str:
        return self.file.id

    @property
    def is_clearable(self) -> bool:
        """Whether a doctor's written word changes what the rule means for some technique."""
        if self.red_flag is not None and not self.red_flag.clearable:
            return False
        return any(effect.cleared < effect.decision for effect in self.effects.values())


@dataclass(frozen=True, slots=True)
class TechniqueTable:
    """A technique with its columns of doses; ``least`` is ``None`` where it means *avoid*."""

    file: TechniqueFile
    hard_stop: Caps
    columns: Mapping[DoseClass, Caps | None]

    @classmethod
    def of(cls, file: TechniqueFile) -> "TechniqueTable":
        """Return the table of a technique's file."""
        columns = {
            DoseClass.USUAL: Caps.of(file.usual),
            DoseClass.START: Caps.of(file.start),
            DoseClass.LEAST: None if file.least is None else Caps.of(file.least),
        }
        return cls(file, Caps.of(file.hard_stop), MappingProxyType(columns))


@dataclass(frozen=True, slots=True)
class Measured:
    """A condition on measured values that answers a fact as true."""

    fact: str
    when: Condition
    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """A detail whose being given answers its parent."""

    given: str
    fact: str
    value: Value


@dataclass(frozen=True, slots=True)
class GroupSettled:
    """An answer that settles a whole group as no."""

    when_fact: str
    when_value: str
    no: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Settling:
    """How answers settle each other before a rule sees them."""

    measured: tuple[Measured, ...]
    details: tuple[Detail, ...]
    orders: Mapping[str, tuple[str, ...]]
    drawn: Mapping[ZoneKind, str]
    places: Mapping[ZoneKind, tuple[str, ...]]
    groups: tuple[GroupSettled, ...]
    resolved_by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outside:
    """A group of people that the trials left out."""

    id: str
    when: Condition
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named number of the field."""

    value: float
    unit: str
    text: str
    sources: tuple[str, ...]
    editorial: str | None


@dataclass(frozen=True, slots=True)
class Library:
    """What a plan says beside the rules; read when a plan or the rulebook is made."""

    cups: Mapping[CupKind, CupFile]
    sites: tuple[SiteFile, ...]
    advice: tuple[AdviceFile, ...]
    co_interventions: tuple[CoInterventionFile, ...]
    adverse_events: tuple[AdverseEventFile, ...]
    evidence: tuple[EvidenceFile, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The clinical content of one folder, checked as a whole.

    ``sha256`` is the hash of every file in it, and of an overlay's: with the answers it makes a
    past decision repeatable. ``overlay`` is ``None`` where no clinic laid its own rules over it.
    """

    version: str
    reviewed: date
    sha256: str
    facts: Mapping[str, Fact]
    groups: Mapping[str, Group]
    repeat: tuple[RepeatQuestion, ...]
    repeat_anything_new: str
    rules: tuple[Rule, ...]
    compiled: Compiled
    techniques: Mapping[Technique, TechniqueTable]
    settling: Settling
    outside: tuple[Outside, ...]
    quantities: Mapping[str, Quantity]
    references: Mapping[str, Mapping[str, Any]]
    texts: Mapping[str, str]
    """File texts by name, read once, for the parts that are only needed later."""
    overlay: OverlayFile | None = None

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by its id; raises ``KeyError``."""
        return next(rule for rule in self.rules if rule.id == rule_id)

    def with_rules(self, rules: Iterable[Rule]) -> "Knowledge":
        """Return the same knowledge with these rules in place of its own."""
        found = tuple(rules)
        declared = {fact.id: fact.type for fact in self.facts.values()}
        compiled = compile_conditions([rule.when for rule in found], declared)
        return replace(self, rules=found, compiled=compiled)

    def with_rule(self, rule: Rule) -> "Knowledge":
        """Return the same knowledge with one more rule, or one in place of its namesake."""
        if all(other.id != rule.id for other in self.rules):
            return self.with_rules([*self.rules, rule])
        return self.with_rules([rule if other.id == rule.id else other for other in self.rules])

    def number(self, name: str) -> float:
        """Return a named quantity's value."""
        return self.quantities[name].value
