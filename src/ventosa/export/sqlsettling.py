"""Settling answers in SQL: what ``ventosa.screening.settle`` does for answers of the day.

A settled column keeps the name of its fact. Every step reads the columns as the step before left
them; the steps stand in the order of ``ventosa.screening.facts``.
"""

import re
from collections.abc import Iterator, Mapping

from ventosa.export.sqlterms import all_of, any_of, appears, known, truth, word
from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.model import Detail, Fact, GroupSettled, Knowledge, Measured
from ventosa.logic import Boolean, facts_of
from ventosa.record import KnowledgeError, Value

Step = Mapping[str, str]
"""The columns that a step sets, each with its expression over the columns before it."""


def given(fact: str) -> str:
    """Return the column that keeps a fact as it was answered."""
    return f"_given_{fact}"


def settling_steps(knowledge: Knowledge) -> tuple[Step, ...]:
    """Return the steps from answers as given to settled facts.

    Raises:
        KnowledgeError: a fact that the map answers is settled by something else.
    """
    facts, settling = knowledge.facts, knowledge.settling
    kept = [*(group.when_fact for group in settling.groups), *(m.fact for m in settling.measured)]
    answered: list[Step] = [
        *(_group(group) for group in settling.groups),
        *(_detail(detail, facts[detail.given]) for detail in settling.details),
        _measured(knowledge),
        *_closed_details(facts),
    ]
    on_map = {fact.id for fact in facts.values() if fact.zone is not None} | {ZONES_RECORDED}
    for step in answered:
        if any(on_map & reads(expression) for expression in step.values()) or on_map & set(step):
            raise KnowledgeError("settling.toml", "", "a zone is drawn, not settled by answers")
    return _merged([{given(f): f for f in kept}, *answered, _drawn(knowledge), _zones(knowledge)])


def reads(expression: str) -> set[str]:
    """Return the names that an expression may read."""
    return set(re.findall(r"\w+", expression))


def _merged(steps: list[Step]) -> tuple[Step, ...]:
    """Put neighbours together where the later reads and sets nothing that the earlier one set."""
    merged: list[dict[str, str]] = []
    for step in steps:
        touched = set(step).union(*(reads(expression) for expression in step.values()))
        if merged and not touched & set(merged[-1]):
            merged[-1] |= step
        else:
            merged.append(dict(step))
    return tuple(merged)


def _literal(value: Value) -> str:
    return word(value) if isinstance(value, str) else "TRUE" if value else "FALSE"


def _group(group: GroupSettled) -> Step:
    """An answer settles a group as no, unless one of its questions was answered otherwise."""
    no = {fact: _literal(value) for fact, value in group.no.items()}
    nothing_else = [f"({fact} IS NULL OR {fact} = {value})" for fact, value in no.items()]
    settled = all_of([f"{given(group.when_fact)} = {word(group.when_value)}", *nothing_else])
    return {fact: f"CASE WHEN {settled} THEN {value} ELSE {fact} END" for fact, value in no.items()}


def _detail(detail: Detail, fact: Fact) -> Step:
    """A detail that is given answers its parent; a no gives nothing."""
    is_given = fact.id if isinstance(fact.type, Boolean) else known(fact)
    value = _literal(detail.value)
    return {detail.fact: f"CASE WHEN {is_given} THEN {value} ELSE {detail.fact} END"}


def _measured(knowledge: Knowledge) -> Step:
    """Measured values beyond their lines answer their facts; all read the same values."""
    step: dict[str, str] = {}
    for measured in knowledge.settling.measured:
        held = step.get(measured.fact, measured.fact)
        step[measured.fact] = (
            f"CASE WHEN {truth(measured.when)} THEN TRUE"
            f" WHEN NOT {held} AND {_leaves_open(measured, knowledge.facts)} THEN NULL"
            f" ELSE {held} END"
        )
    return step


def _leaves_open(measured: Measured, facts: Mapping[str, Fact]) -> str:
    """Whether a value that was measured may lie beyond the line, though the person said no."""
    details = [fact for fact in facts.values() if fact.detail_of == measured.fact]
    open_for = [
        all_of(
            [
                appears(fact, measured.when),
                *([known(facts[fact])] if facts[fact] in details else []),
            ]
        )
        for fact in facts_of(measured.when)
    ]
    return all_of([any_of([known(fact) for fact in details]), any_of(open_for)])


def _closed_details(facts: Mapping[str, Fact]) -> Iterator[Step]:
    """A yes-or-no detail of a parent that is no is no."""
    for fact in facts.values():
        parent = facts.get(fact.detail_of or "")
        if (
            parent is not None
            and isinstance(parent.type, Boolean)
            and isinstance(fact.riskier, bool)
        ):
            yield {fact.id: f"COALESCE({fact.id}, CASE WHEN NOT {parent.id} THEN FALSE END)"}


def _drawn(knowledge: Knowledge) -> Step:
    """A zone that was drawn answers its fact."""
    kinds: dict[str, list[str]] = {}
    for kind, fact in knowledge.settling.drawn.items():
        kinds.setdefault(fact, []).append(f"zone_{kind}")
    return {
        fact: f"CASE WHEN {ZONES_RECORDED} AND {any_of(zones)} THEN TRUE ELSE {fact} END"
        for fact, zones in kinds.items()
    }


def _zones(knowledge: Knowledge) -> Step:
    """A kind that was looked for and not drawn is absent, unless a known finding has no place."""
    step = {ZONES_RECORDED: f"CASE WHEN {ZONES_RECORDED} THEN TRUE END"}
    for fact in knowledge.facts.values():
        if fact.zone is None:
            continue
        places = knowledge.settling.places.get(fact.zone, ())
        absent = [_is_no(knowledge.facts[place]) for place in places]
        nowhere = all_of([ZONES_RECORDED, *absent])
        step[fact.id] = f"CASE WHEN {fact.id} THEN TRUE WHEN {nowhere} THEN FALSE END"
    return step


def _is_no(fact: Fact) -> str:
    return f"NOT {fact.id}" if isinstance(fact.type, Boolean) else "FALSE"
