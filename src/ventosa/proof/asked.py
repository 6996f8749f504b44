"""What is still worth asking somebody (``screening.asking``), and when the interview may stop."""

from collections.abc import Iterator, Mapping
from functools import partial

import z3

from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import Boolean, facts_of
from ventosa.proof.laws import Failure, Obligation, Violations, never
from ventosa.proof.outcome import Outcome, StandingRule, Words, name_of
from ventosa.proof.person import (
    Bool,
    Person,
    any_of,
    anybody,
    rails_of,
    says_everything,
    says_no_less,
    stays_in,
)
from ventosa.record import Zone
from ventosa.screening.decision import QUANTITIES
from ventosa.terms import Decision, Material, Technique, Urgency, ZoneKind

STOP = "Stopping early changes nothing"
HIDDEN = "A screen that is not shown could change nothing"
DETAIL = "A detail of what is no could change nothing"

Offered = Mapping[Technique, Bool]


def could_change(outcome: Outcome, rule: StandingRule, offered: Offered) -> Bool:
    """Return whether a rule is open and could still change something for an offered technique."""
    if rule.rule.red_flag is not None:
        return rule.is_open
    ways = [
        z3.And(
            offered[technique],
            z3.Not(outcome.certain[technique, Decision.AVOID]),
            any_of([*_graver(outcome, rule, technique), *_tighter(outcome, rule, technique)]),
        )
        for technique in Technique
    ]
    return z3.And(rule.is_open, any_of(ways))


def _graver(outcome: Outcome, rule: StandingRule, technique: Technique) -> Iterator[Bool]:
    effect = rule.rule.effects[technique]
    for decision in Decision:
        if Decision.OK < decision <= effect.decision:
            uncleared = (
                z3.BoolVal(True)
                if effect.cleared >= decision
                else z3.Not(rule.cleared[technique].true)
            )
            yield z3.And(uncleared, z3.Not(outcome.certain[technique, decision]))


def _tighter(outcome: Outcome, rule: StandingRule, technique: Technique) -> Iterator[Bool]:
    settled = outcome.certainly_tight
    caps = rule.rule.effects[technique].caps
    for name in QUANTITIES if caps is not None else ():
        value = getattr(caps, name)
        if value is not None and (technique, name, value) in settled:
            yield z3.Not(settled[technique, name, value])
    for band in rule.rule.closes:
        yield z3.Not(settled[band])
    for material in rule.rule.excludes:
        yield z3.Not(settled[material])


def asked(outcome: Outcome, person: Person, offered: Offered) -> dict[str, Bool]:
    """Return for every fact whether it stands open in a rule that could still change something."""
    found: dict[str, list[Bool]] = {}
    for rule in outcome.rules:
        worth = could_change(outcome, rule, offered)
        for fact in facts_of(rule.rule.when):
            found.setdefault(fact, []).append(z3.And(worth, stays_in(fact, rule.rule.when, person)))
    return {fact: any_of(terms) for fact, terms in found.items()}


# --- the interview may stop ------------------------------------------------------------------


def interview_laws(knowledge: Knowledge) -> Iterator[Obligation]:
    """Yield what must hold so that a short interview is as safe as a whole one."""
    yield Obligation(STOP, "all rules", partial(_stop, knowledge))
    for group in knowledge.groups.values():
        if group.only_if is not None:
            yield Obligation(HIDDEN, group.id, partial(_hidden, knowledge, group.id))
    for fact in knowledge.facts.values():
        if fact.detail_of is not None:
            yield Obligation(DETAIL, fact.id, partial(_detail, knowledge, fact))


def _stop(knowledge: Knowledge) -> Failure | None:
    """Where no open rule could change anything, no completion of the answers does."""
    before, sound = anybody("before", knowledge.facts)
    after, also = anybody("after", knowledge.facts)
    words, worded = Words.any("both", knowledge)
    offered = {technique: z3.Bool(f"offered.{technique}") for technique in Technique}
    stopped = Outcome(knowledge, before, words, z3.Bool("starts"))
    full = Outcome(knowledge, after, words, z3.Bool("starts"), like=stopped)
    nothing = [z3.Not(could_change(stopped, rule, offered)) for rule in stopped.rules]
    related = [*sound, *also, *worded, *says_no_less(before, after), *says_everything(after)]
    broken = _changed(stopped, full, offered)
    if never([*related, *nothing], broken):
        return None
    return Failure(STOP, "an answer that is not asked changes the outcome")


def _changed(before: Outcome, after: Outcome, offered: Offered) -> Violations:
    """What an offered technique's decision, urgency, limits, zones or materials differ in."""
    in_use = {
        technique: z3.And(offered[technique], z3.Not(before.certain[technique, Decision.AVOID]))
        for technique in Technique
    }
    broken: Violations = {}
    for what, held in before.certain.items():
        matters = z3.BoolVal(True) if isinstance(what, Urgency) else offered[what[0]]  # type: ignore[index]
        differs = z3.Or(held != after.certain[what], before.possible[what] != after.possible[what])
        broken[name_of(what)] = z3.And(matters, differs)
    for what, stands in before.tight.items():
        match what:
            case ZoneKind():
                continue  # a drawn zone is closed whatever the rule
            case Zone() | Material():
                matters = any_of(list(in_use.values()))
            case (technique, _, _):
                matters = in_use[technique]
        broken[name_of(what)] = z3.And(matters, stands != after.tight[what])
    return broken


def _hidden(knowledge: Knowledge, group_id: str) -> Failure | None:
    """Where a screen's condition is false its facts stand open nowhere.

    Where the condition is open, one of its own facts stands open beside them, and is asked.
    """
    only_if = knowledge.groups[group_id].only_if
    assert only_if is not None
    person, sound = anybody("person", knowledge.facts)
    shown, own = rails_of(only_if, person), facts_of(only_if)
    broken: Violations = {}
    for rule in knowledge.rules:
        named = facts_of(rule.when)
        asks = any_of([stays_in(f, rule.when, person) for f in own if f in named])
        for fact in named:
            if knowledge.facts[fact].group == group_id and fact not in own:
                stays = stays_in(fact, rule.when, person)
                unasked = z3.And(z3.Not(shown.true), z3.Not(shown.false), z3.Not(asks))
                broken[f"{fact} stands open in {rule.id}"] = z3.And(
                    stays, z3.Or(shown.false, unasked)
                )
    return _nobody(HIDDEN, sound, broken)


def _detail(knowledge: Knowledge, fact: Fact) -> Failure | None:
    """Where what it is a detail of is no, it stands open nowhere."""
    assert fact.detail_of is not None
    person, sound = anybody("person", knowledge.facts)
    parent = knowledge.facts[fact.detail_of]
    if isinstance(parent.type, Boolean):
        is_no = person.booleans[parent.id].false
    else:
        is_no = person.words[parent.id]["no"]
    # Settling answers a yes-or-no detail of what is no (``screening.facts``).
    closed = person.booleans[fact.id].false if isinstance(fact.type, Boolean) else z3.BoolVal(True)
    broken = {
        f"{fact.id} stands open in {rule.id}": z3.And(
            is_no, closed, stays_in(fact.id, rule.when, person)
        )
        for rule in knowledge.rules
        if fact.id in facts_of(rule.when)
    }
    return _nobody(DETAIL, sound, broken)


def _nobody(law: str, sound: list[Bool], broken: Violations) -> Failure | None:
    if not broken or never(sound, broken):
        return None
    return Failure(law, " or ".join(broken))
