"""What the standing rules decide: intervals, caps, closed zones and urgency."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ventosa.knowledge.model import Caps, Knowledge, Rule
from ventosa.logic import Truth
from ventosa.record import ClosedZone, Limits, Zone
from ventosa.terms import Decision, DoseClass, Material, State, Technique, Urgency, ZoneKind

QUANTITIES = ("suction_kpa", "retention_min", "kpa_min", "cups", "repetitions")


NEVER_CLEARED: Mapping[Technique, Truth] = MappingProxyType(dict.fromkeys(Technique, False))


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule that holds or is still open, and for each technique whether it is cleared.

    ``cleared_flag`` is the same for its urgency.
    """

    rule: Rule
    is_true: bool
    cleared: Mapping[Technique, Truth]
    cleared_flag: Truth

    def decisions(self, technique: Technique) -> tuple[Decision, Decision]:
        """The mildest and the gravest that this rule means for a technique."""
        effect = self.rule.effects[technique]
        clear = self.cleared[technique]
        if clear is False:
            return effect.decision, effect.decision
        return effect.cleared, (effect.cleared if clear else effect.decision)

    def urgencies(self) -> tuple[Urgency, Urgency]:
        """The mildest and the gravest urgency that this rule means."""
        if self.rule.red_flag is None or self.cleared_flag is True:
            return Urgency.NONE, Urgency.NONE
        urgency = self.rule.red_flag.urgency
        return (Urgency.NONE if self.cleared_flag is None else urgency), urgency

    def state(self, technique: Technique | None) -> State:
        """How the finding is said, for a technique or for urgency (``None``)."""
        clear = self.cleared_flag if technique is None else self.cleared[technique]
        if not self.is_true or clear is None:
            return State.OPEN
        changes = technique is None or self._changes(technique)
        return State.CLEARED if clear and changes else State.TRUE

    def _changes(self, technique: Technique) -> bool:
        effect = self.rule.effects[technique]
        return effect.cleared is not effect.decision


@dataclass(frozen=True, slots=True)
class Verdict:
    """The interval for one technique, and the caps that hold today."""

    certain: Decision
    possible: Decision
    caps: Caps


def standing_rules(
    rules: Sequence[Rule],
    truths: Sequence[Truth],
    clear: Callable[[Rule, Truth, Technique | None], Truth] | None,
) -> tuple[Standing, ...]:
    """Return the rules that are true or unknown, in order; ``clear`` is ``None`` without words."""
    return tuple(
        Standing(
            rule,
            truth is True,
            NEVER_CLEARED
            if clear is None
            else MappingProxyType({t: clear(rule, truth, t) for t in Technique}),
            False if clear is None else clear(rule, truth, None),
        )
        for rule, truth in zip(rules, truths, strict=True)
        if truth is not False
    )


def decide(knowledge: Knowledge, technique: Technique, standing: Sequence[Standing]) -> Verdict:
    """Return the interval and the caps of one technique."""
    certain = possible = Decision.OK
    for rule in standing:
        mildest, gravest = rule.decisions(technique)
        if gravest > possible:
            possible = gravest
        if rule.is_true and mildest > certain:
            certain = mildest
    caps = caps_of(knowledge, technique, standing)
    if below_floor(knowledge, technique, caps):
        possible = Decision.AVOID
        true_only = [rule for rule in standing if rule.is_true]
        if below_floor(knowledge, technique, caps_of(knowledge, technique, true_only)):
            certain = Decision.AVOID
    return Verdict(certain, possible, caps)


def caps_of(knowledge: Knowledge, technique: Technique, standing: Sequence[Standing]) -> Caps:
    """Return the caps that hold for a technique: by minimum per quantity, never multiplied."""
    effects = [rule.rule.effects[technique].caps for rule in standing]
    # Most rules share a column of the technique's table: each is looked at once.
    caps = {id(one): one for one in effects if one is not None}.values()
    usual = usual_caps(knowledge, technique)

    def least(name: str) -> float | int | None:
        values = [v for c in (usual, *caps) if (v := getattr(c, name)) is not None]
        return min(values) if values else None

    return Caps(*map(least, QUANTITIES))  # type: ignore[arg-type]


def usual_caps(knowledge: Knowledge, technique: Technique) -> Caps:
    """Return the caps of a technique when no rule lowers them.

    Static cups whose suction is known also keep the product of suction and time.
    """
    table = knowledge.techniques[technique]
    usual = table.columns[DoseClass.USUAL]
    assert usual is not None
    has_product = table.file.static and usual.suction_kpa is not None
    product = knowledge.number("kpa_min_limit") if has_product else None
    return Caps(usual.suction_kpa, usual.retention_min, product, usual.cups, usual.repetitions)


def floor_of(knowledge: Knowledge, technique: Technique) -> Caps:
    """Return the least that is worth doing: a cap below it makes a technique avoided."""
    suction = knowledge.number("floor_suction_kpa")
    minutes = knowledge.number("floor_retention_min")
    moving = technique is Technique.MOVING
    cups = knowledge.number("floor_cups_moving" if moving else "floor_cups")
    return Caps(suction, minutes, suction * minutes, int(cups), 1)


def below_floor(knowledge: Knowledge, technique: Technique, caps: Caps) -> bool:
    """Return whether caps leave nothing worth doing: the technique is then avoided."""
    floor = floor_of(knowledge, technique)
    return any(
        (cap := getattr(caps, name)) is not None and cap < getattr(floor, name)
        for name in QUANTITIES
    )


def limits_of(technique: Technique, caps: Caps, standing: Sequence[Standing]) -> Limits:
    """Return caps with the rules that set them, and the materials that are excluded."""
    by: dict[str, tuple[tuple[str, State], ...]] = {}
    for name in QUANTITIES:
        setters = tuple(
            (rule.rule.id, rule.state(technique))
            for rule in standing
            if (rule_caps := rule.rule.effects[technique].caps) is not None
            and getattr(rule_caps, name) is not None
            and getattr(rule_caps, name) == getattr(caps, name)
        )
        if setters:
            by[name] = setters
    excluding = [rule for rule in standing if rule.rule.excludes]
    if excluding:
        by["materials_excluded"] = tuple((r.rule.id, r.state(technique)) for r in excluding)
    return Limits(
        suction_kpa=caps.suction_kpa,
        retention_min=caps.retention_min,
        kpa_min=caps.kpa_min,
        cups=caps.cups,
        repetitions=caps.repetitions,
        materials_excluded=excluded_materials(standing),
        by=MappingProxyType(by),
    )


def excluded_materials(standing: Sequence[Standing]) -> tuple[Material, ...]:
    """Return the materials that standing rules exclude, each once, in order."""
    found = {material for rule in standing for material in rule.rule.excludes}
    return tuple(material for material in Material if material in found)


def closed_zones(
    standing: Sequence[Standing], zones: Sequence[Zone] | None
) -> tuple[ClosedZone, ...]:
    """Return every zone that a standing rule closes: its bands, and drawn zones of its kinds."""
    closed = [ClosedZone(zone, rule.rule.id) for rule in standing for zone in rule.rule.closes]
    for zone in zones or ():
        for rule in standing:
            if zone.kind in rule.rule.closes_drawn:
                closed.append(ClosedZone(zone, rule.rule.id))
                break
        else:
            closed.append(ClosedZone(zone, f"zone_{ZoneKind(zone.kind)}"))
    return tuple(closed)


def urgency(standing: Sequence[Standing]) -> tuple[Urgency, Urgency]:
    """Return the certain and the possible urgency."""
    certain = max([Urgency.NONE, *(r.urgencies()[0] for r in standing if r.is_true)])
    possible = max([Urgency.NONE, *(r.urgencies()[1] for r in standing)])
    return certain, possible
