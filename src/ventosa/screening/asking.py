"""Which open facts could still change a decision, an urgency, a limit or a zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.model import Caps, Fact, Knowledge
from ventosa.logic import Choice, Number, evaluate, facts_of, remaining
from ventosa.record import Question, Zone
from ventosa.screening.decision import (
    QUANTITIES,
    Standing,
    caps_of,
    closed_zones,
    decide,
    excluded_materials,
    urgency,
)
from ventosa.screening.facts import Settled
from ventosa.screening.ordering import Could, in_order, screens_that_settle
from ventosa.terms import Decision, Material, Technique, Urgency


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is already certain: what true rules alone decide."""

    certain: Mapping[Technique, Decision]
    caps: Mapping[Technique, Caps]
    bands: frozenset[Zone]
    materials: frozenset[Material]
    urgency: Urgency


def questions(
    knowledge: Knowledge,
    settled: Settled,
    standing: Sequence[Standing],
    offered: Sequence[Technique],
) -> tuple[Question, ...]:
    """Return the open facts worth asking, red flags first, then screen by screen (``ordering``).

    A fact is worth asking if it stands in an open rule that could still change something for an
    offered technique. Red flags are asked even when every technique is avoided. A fact that was
    asked at this visit is not asked again; its unanswered details are.
    """
    true_only = [rule for rule in standing if rule.is_true]
    settlement = _settlement(knowledge, settled, true_only, offered)
    could: dict[str, Could] = {}
    for rule in standing:
        if rule.is_true:
            continue
        effect = _could(rule, settlement, offered)
        if effect is None:
            continue
        left = remaining(rule.rule.when, settled.values)
        if isinstance(left, bool):
            continue
        if rule.rule.red_flag is not None:
            effect = replace(effect, taken_by=screens_that_settle(left, knowledge.facts))
        for fact_id in facts_of(left):
            could[fact_id] = effect.joined(could.get(fact_id))
    asked = _worth_asking(knowledge, settled, could)
    return tuple(
        _question(knowledge.facts[f], asked[f], settled.hints.get(f))
        for f in in_order(knowledge, asked)
    )


def _settlement(
    knowledge: Knowledge,
    settled: Settled,
    true_only: Sequence[Standing],
    offered: Sequence[Technique],
) -> Settlement:
    zones = closed_zones(true_only, settled.zones)
    return Settlement(
        certain={t: decide(knowledge, t, true_only).certain for t in offered},
        caps={t: caps_of(knowledge, t, true_only) for t in offered},
        bands=frozenset(closed.zone for closed in zones),
        materials=frozenset(excluded_materials(true_only)),
        urgency=urgency(true_only)[0],
    )


def _could(rule: Standing, settlement: Settlement, offered: Sequence[Technique]) -> Could | None:
    """What an open rule could still change, or ``None``; a red flag always counts."""
    decide_: dict[Technique, Decision] = {}
    limit: set[Technique] = set()
    for technique in offered:
        certain = settlement.certain[technique]
        if certain is Decision.AVOID:
            continue
        gravest = rule.decisions(technique)[1]
        if gravest > certain:
            decide_[technique] = gravest
        if _tightens(rule, technique, settlement):
            limit.add(technique)
    gravest_urgency = rule.urgencies()[1]
    raised = gravest_urgency if gravest_urgency > settlement.urgency else Urgency.NONE
    if not (decide_ or limit or raised > Urgency.NONE or rule.rule.red_flag is not None):
        return None
    return Could(decide_, raised, frozenset(limit), None)


def _tightens(rule: Standing, technique: Technique, settlement: Settlement) -> bool:
    caps, held = rule.rule.effects[technique].caps, settlement.caps[technique]
    for name in QUANTITIES if caps is not None else ():
        mine, theirs = getattr(caps, name), getattr(held, name)
        if mine is not None and theirs is not None and mine < theirs:
            return True
    if any(zone not in settlement.bands for zone in rule.rule.closes):
        return True
    return any(material not in settlement.materials for material in rule.rule.excludes)


def _worth_asking(
    knowledge: Knowledge, settled: Settled, could: Mapping[str, Could]
) -> dict[str, Could]:
    asked: dict[str, Could] = {}
    for fact_id, effect in could.items():
        target = ZONES_RECORDED if knowledge.facts[fact_id].zone is not None else fact_id
        if target == ZONES_RECORDED and settled.zones is not None:
            # The back was looked at: what is open is where a known finding lies.
            continue
        fact = knowledge.facts[target]
        if not _screen_appears(knowledge, settled, fact):
            continue
        if target in settled.asked:
            for detail in _open_details(knowledge, settled, target):
                asked[detail] = effect.joined(asked.get(detail))
        elif _parent_answered(fact, settled):
            asked[target] = effect.joined(asked.get(target))
        elif fact.detail_of is not None and fact.detail_of not in settled.values:
            # A detail that matters by itself brings its parent with it.
            asked[fact.detail_of] = effect.joined(asked.get(fact.detail_of))
    return asked


def _screen_appears(knowledge: Knowledge, settled: Settled, fact: Fact) -> bool:
    """Some screens appear only once a condition holds; its own facts are asked before.

    Where they were asked and the condition is still open (an age between two years), it appears.
    """
    only_if = knowledge.groups[fact.group].only_if
    if only_if is None or fact.id in facts_of(only_if):
        return True
    truth = evaluate(only_if, settled.values)
    if truth is not None:
        return truth
    return all(f in settled.values or f in settled.asked for f in facts_of(only_if))


def _parent_answered(fact: Fact, settled: Settled) -> bool:
    """A detail is asked once its parent is yes, or was asked and is not known."""
    if fact.detail_of is None:
        return True
    parent = settled.values.get(fact.detail_of)
    return parent not in (None, False, "no") or fact.detail_of in settled.asked_unknown


def _open_details(knowledge: Knowledge, settled: Settled, parent: str) -> tuple[str, ...]:
    return tuple(
        fact.id
        for fact in knowledge.facts.values()
        if fact.detail_of == parent
        and fact.id not in settled.values
        and fact.id not in settled.asked_unknown
    )


def choices(fact: Fact) -> tuple[str, ...]:
    """Return the answers a question offers; a number offers its bounds and unit."""
    match fact.type:
        case Choice(words):
            return (*words, "not sure")
        case Number(low, high):
            return (f"{low:g} to {high:g} {fact.unit}".strip(), "not sure")
    return ("yes", "no", "not sure")


def _question(fact: Fact, could: Could, hint: str | None) -> Question:
    return Question(
        fact="zones" if fact.id == ZONES_RECORDED else fact.id,
        group=fact.group,
        text=fact.question,
        choices=choices(fact),
        red_flag=could.red_flag,
        could_decide=MappingProxyType({t: could.decide[t] for t in Technique if t in could.decide}),
        could_urgency=could.urgency,
        could_limit=tuple(t for t in Technique if t in could.limit),
        already=hint,
    )
