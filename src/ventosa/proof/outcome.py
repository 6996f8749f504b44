"""What the rules bring to somebody, as expressions of the solver."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import z3

from ventosa.knowledge.model import Caps, Knowledge, Rule
from ventosa.proof.person import Bool, Person, Rails, any_of, rails_of
from ventosa.record import Zone
from ventosa.screening.consequences import Bringer, Consequences, consequences
from ventosa.terms import Decision, Material, Stage, Technique, Urgency, ZoneKind

Consequence = (
    tuple[Technique, Decision] | tuple[Technique, str, float] | Urgency | Zone | ZoneKind | Material
)
"""A decision at least so grave, a limit at most so high, an urgency, a closed zone, a material."""

Terms = Mapping[Consequence, Mapping[int, Bool]]
"""For every consequence the rules that bring it, by place, each with when it does."""

ALWAYS = -1
"""In place of a rule: what the table of a technique brings by itself."""


@dataclass(frozen=True, slots=True)
class Words:
    """Doctors' written words: any of them, on any technique.

    ``on`` maps what a word covers and a technique (``None`` = on no technique in particular) to
    whether there is one. ``after_onset`` are the rails of "the assessment is recent and not before
    the onset"; unknown while the onset is not known.
    """

    on: Mapping[tuple[str, Technique | None], Bool]
    after_onset: Rails

    @classmethod
    def any(cls, name: str, *knowledges: Knowledge) -> "tuple[Words, list[Bool]]":
        """Return words of which nothing is settled, and what makes them words at all."""
        covered = {
            cover: None
            for knowledge in knowledges
            for rule in knowledge.rules
            if rule.file.clearance is not None
            for cover in (rule.id, *sorted(rule.covers))
        }
        on = {
            (cover, technique): z3.Bool(f"{name}.word.{cover}.{technique or 'all'}")
            for cover in covered
            for technique in (None, *Technique)
        }
        after = Rails(z3.Bool(f"{name}.word.after_onset"), z3.Bool(f"{name}.word.before_onset"))
        sound = [z3.Not(z3.And(after.true, after.false))]
        sound += [
            z3.Implies(on[cover, None], on[cover, technique])
            for cover in covered
            for technique in Technique
        ]
        return cls(on, after), sound


@dataclass(frozen=True, slots=True)
class StandingRule:
    """A rule of somebody: its truth where it counts, and whether it is cleared."""

    rule: Rule
    holds: Rails
    cleared: Mapping[Technique | None, Rails]

    @property
    def is_open(self) -> Bool:
        """Whether the condition is neither certainly true nor certainly false."""
        return z3.Not(z3.Or(self.holds.true, self.holds.false))

    def brings(self, technique: Technique | None, *, even_cleared: bool, certainly: bool) -> Bool:
        """Whether the rule brings what it means: certainly, or at the gravest."""
        if certainly:
            cleared = z3.BoolVal(True) if even_cleared else self.cleared[technique].false
            return z3.And(self.holds.true, cleared)
        uncleared = z3.BoolVal(True) if even_cleared else z3.Not(self.cleared[technique].true)
        return z3.And(z3.Not(self.holds.false), uncleared)


def standing_rules(
    knowledge: Knowledge, person: Person, words: Words, starts: Bool
) -> tuple[StandingRule, ...]:
    """Return every rule of somebody; ``starts``: the session begins, and start rules count."""
    found = []
    for rule in knowledge.rules:
        holds = rails_of(rule.when, person)
        if rule.stage is Stage.START:
            holds = Rails(z3.And(starts, holds.true), z3.Or(z3.Not(starts), holds.false))
        found.append(
            StandingRule(
                rule, holds, {t: _cleared(rule, holds, words, t) for t in (None, *Technique)}
            )
        )
    return tuple(found)


def _cleared(rule: Rule, holds: Rails, words: Words, technique: Technique | None) -> Rails:
    """``screening.clearing.cleared``, for any words."""
    never = Rails(z3.BoolVal(False), z3.BoolVal(True))
    if rule.file.clearance is None:
        return never
    by_fact = any_of([words.on[cover, technique] for cover in sorted(rule.covers)])
    own = words.on[rule.id, technique]
    if rule.red_flag is None:
        said = z3.Or(by_fact, own)
        return Rails(said, z3.Not(said))
    if not rule.red_flag.clearable:
        return never
    after = words.after_onset
    return Rails(
        z3.And(holds.true, z3.Or(by_fact, z3.And(own, after.true))),
        z3.Or(z3.Not(holds.true), z3.And(z3.Not(by_fact), z3.Or(z3.Not(own), after.false))),
    )


class Outcome:
    """What somebody may rely on, under one knowledge.

    ``certain`` and ``possible`` map a decision or an urgency to "at least so grave". ``tight`` maps
    a cap, a zone and a material to "stands", which true and open rules bring alike.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        person: Person,
        words: Words,
        starts: Bool,
        like: "Outcome | None" = None,
    ) -> None:
        self.knowledge = knowledge
        self.table: Consequences = like.table if like is not None else consequences(knowledge)
        self.rules = standing_rules(knowledge, person, words, starts)

    @cached_property
    def certain(self) -> Mapping[Consequence, Bool]:
        """What true rules bring."""
        return _joined(self.bringing(certainly=True))

    @cached_property
    def possible(self) -> Mapping[Consequence, Bool]:
        """What true and open rules could bring."""
        return _joined(self.bringing(certainly=False))

    @cached_property
    def tight(self) -> Mapping[Consequence, Bool]:
        """What true and open rules cap, close and exclude."""
        return _joined(self.tightening([z3.Not(rule.holds.false) for rule in self.rules]))

    @cached_property
    def certainly_tight(self) -> Mapping[Consequence, Bool]:
        """What true rules alone bring: what is already settled."""
        return _joined(self.tightening([rule.holds.true for rule in self.rules]))

    def bringing(self, *, certainly: bool) -> Terms:
        """Return for every decision and urgency the rules that bring it, each with when it does."""
        found: dict[Consequence, dict[int, Bool]] = {}
        for technique, means in self.table.techniques.items():
            for decision, bringers in means.decisions.items():
                found[technique, decision] = self._brought(bringers, technique, certainly)
                if means.always_avoided:
                    found[technique, decision][ALWAYS] = z3.BoolVal(True)
        for urgency, bringers in self.table.urgencies.items():
            found[urgency] = self._brought(bringers, None, certainly)
        return found

    def _brought(
        self, bringers: Sequence[Bringer], technique: Technique | None, certainly: bool
    ) -> dict[int, Bool]:
        return {
            b.rule: self.rules[b.rule].brings(
                technique, even_cleared=b.even_cleared, certainly=certainly
            )
            for b in bringers
        }

    def tightening(self, stands: Sequence[Bool]) -> Terms:
        """Return for every cap, zone and material the rules that set it; ``stands`` is by rule."""
        found: dict[Consequence, dict[int, Bool]] = {}
        for technique, means in self.table.techniques.items():
            for name, caps in means.caps.items():
                rules: dict[int, Bool] = {}
                for cap in caps:
                    rules |= {index: stands[index] for index in cap.rules}
                    found[technique, name, cap.value] = dict(rules)
        for places in (self.table.zones, self.table.materials):
            for what, indexes in places.items():
                found[what] = {index: stands[index] for index in indexes}
        return found

    def at_most(self, technique: Technique, name: str, value: float) -> Bool:
        """Whether a limit is at most so much; a quantity without a limit never is."""
        means = self.table.techniques[technique]
        usual = getattr(means.usual, name)
        if usual is not None and usual <= value:
            return z3.BoolVal(True)
        lower = [cap.value for cap in means.caps[name] if cap.value <= value]
        return self.tight[technique, name, lower[-1]] if lower else z3.BoolVal(False)


def _joined(terms: Terms) -> dict[Consequence, Bool]:
    return {what: any_of(list(brought.values())) for what, brought in terms.items()}


def limit_values(table: Consequences, technique: Technique, name: str) -> tuple[float, ...]:
    """Return the values that a limit can take."""
    means = table.techniques[technique]
    usual = getattr(means.usual, name)
    values = {cap.value for cap in means.caps[name]} | ({usual} if usual is not None else set())
    return tuple(sorted(values))


def hard_stop_of(knowledge: Knowledge, technique: Technique) -> Caps:
    """Return the caps that nothing may pass, the product of suction and time among them."""
    table = knowledge.techniques[technique]
    stop = table.hard_stop
    product = knowledge.number("kpa_min_limit") if table.file.static else None
    known = stop.suction_kpa is not None
    return Caps(
        stop.suction_kpa,
        stop.retention_min,
        product if known else None,
        stop.cups,
        stop.repetitions,
    )


def name_of(consequence: Consequence) -> str:
    """Return a consequence as a clinician would say it."""
    match consequence:
        case (technique, Decision() as decision):
            return f"{technique} at least {decision}"
        case (technique, str() as quantity, value):
            return f"{technique} {quantity} at most {value:g}"
        case Urgency():
            return f"urgency at least {consequence}"
        case Zone():
            return f"{consequence.from_level} to {consequence.to_level} closed"
        case ZoneKind():
            return f"drawn zones of kind {consequence} closed"
    return f"no {consequence}"
