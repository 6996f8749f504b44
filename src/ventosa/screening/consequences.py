"""The rules turned round: for every consequence, the rules that bring it.

``decide`` and its neighbours walk the rules of one person. Here the same meaning is a table that
needs no person: a decision at least so grave, an urgency, a cap, a closed zone, an excluded
material each stand exactly when one of their rules stands. The prover, the query over many people
and the exports read this table; a property test holds it equal to ``decide``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ventosa.knowledge.model import Caps, Knowledge, Rule
from ventosa.record import Zone
from ventosa.screening.decision import QUANTITIES, below_floor, usual_caps
from ventosa.terms import Decision, Material, Technique, Urgency, ZoneKind


@dataclass(frozen=True, slots=True)
class Bringer:
    """A rule, by its place in ``Knowledge.rules``, that brings a consequence.

    ``even_cleared``: it does so although a doctor's word clears it.
    """

    rule: int
    even_cleared: bool


@dataclass(frozen=True, slots=True)
class Cap:
    """A value that some rules cap a quantity at, with the places of those rules."""

    value: float
    rules: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TechniqueConsequences:
    """What the rules can do to one technique.

    ``decisions[d]`` are the rules that mean at least ``d`` (*modify* and graver), a cap below the
    floor counting as *avoid*. ``usual`` holds where no rule caps; ``caps`` are the lower ones, the
    tightest first. ``always_avoided``: its usual column is below the floor already.
    """

    decisions: Mapping[Decision, tuple[Bringer, ...]]
    usual: Caps
    caps: Mapping[str, tuple[Cap, ...]]
    always_avoided: bool


@dataclass(frozen=True, slots=True)
class Consequences:
    """Everything the rules of a folder can bring.

    ``zones`` maps a band, or a kind of drawn zone, to the rules that close it.
    """

    techniques: Mapping[Technique, TechniqueConsequences]
    urgencies: Mapping[Urgency, tuple[Bringer, ...]]
    zones: Mapping[Zone | ZoneKind, tuple[int, ...]]
    materials: Mapping[Material, tuple[int, ...]]


def consequences(knowledge: Knowledge) -> Consequences:
    """Return the table of a folder's rules."""
    rules = knowledge.rules
    urgencies = {
        urgency: tuple(
            Bringer(index, even_cleared=False)
            for index, rule in enumerate(rules)
            if rule.red_flag is not None and rule.red_flag.urgency >= urgency
        )
        for urgency in Urgency
        if urgency > Urgency.NONE
    }
    zones: dict[Zone | ZoneKind, list[int]] = {}
    materials: dict[Material, list[int]] = {}
    for index, rule in enumerate(rules):
        for band in rule.closes:
            zones.setdefault(band, []).append(index)
        for kind in sorted(rule.closes_drawn):
            zones.setdefault(kind, []).append(index)
        for material in rule.excludes:
            materials.setdefault(material, []).append(index)
    return Consequences(
        MappingProxyType({t: _technique(knowledge, t, rules) for t in Technique}),
        MappingProxyType(urgencies),
        MappingProxyType({zone: tuple(places) for zone, places in zones.items()}),
        MappingProxyType({material: tuple(places) for material, places in materials.items()}),
    )


def _technique(
    knowledge: Knowledge, technique: Technique, rules: Sequence[Rule]
) -> TechniqueConsequences:
    usual = usual_caps(knowledge, technique)
    decisions: dict[Decision, list[Bringer]] = {d: [] for d in Decision if d > Decision.OK}
    caps: dict[str, dict[float, list[int]]] = {name: {} for name in QUANTITIES}
    for index, rule in enumerate(rules):
        effect = rule.effects[technique]
        sinks = effect.caps is not None and below_floor(knowledge, technique, effect.caps)
        for decision, bringers in decisions.items():
            even_cleared = sinks or effect.cleared >= decision
            if even_cleared or effect.decision >= decision:
                bringers.append(Bringer(index, even_cleared))
        for name in QUANTITIES if effect.caps is not None else ():
            value, held = getattr(effect.caps, name), getattr(usual, name)
            if value is not None and (held is None or value < held):
                caps[name].setdefault(value, []).append(index)
    return TechniqueConsequences(
        MappingProxyType({decision: tuple(found) for decision, found in decisions.items()}),
        usual,
        MappingProxyType(
            {
                name: tuple(Cap(value, tuple(found[value])) for value in sorted(found))
                for name, found in caps.items()
            }
        ),
        below_floor(knowledge, technique, usual),
    )
