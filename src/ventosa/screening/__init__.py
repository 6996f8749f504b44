"""Answers and rules become findings, limits, closed zones, and a decision as an interval.

The meaning is settled in ``docs/screening.md``: what is unknown can only tighten, what is certain
stays certain, and a technique may be used only if no open question could still forbid it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType

from ventosa.knowledge.model import Knowledge, Rule
from ventosa.logic import Truth, evaluate
from ventosa.record import (
    Answers,
    Clearance,
    Finding,
    InputError,
    PatientRecord,
    Screening,
    StartCheck,
    TechniqueScreening,
    Unresolved,
    UrgencyScreening,
)
from ventosa.screening.asking import questions
from ventosa.screening.clearing import cleared
from ventosa.screening.decision import (
    Standing,
    closed_zones,
    decide,
    limits_of,
    standing_rules,
    urgency,
)
from ventosa.screening.facts import Settled, settle
from ventosa.screening.outside import (
    StandingWord,
    check_words,
    decision_of,
    findings_of,
    standing_words,
    zones_of,
)
from ventosa.terms import Decision, Stage, State, Technique, Urgency

__all__ = ["Considered", "consider", "exit_code", "screen", "settle"]


@dataclass(frozen=True, slots=True)
class Considered:
    """Settled facts and the rules that stand on them, before anything is written up."""

    settled: Settled
    standing: tuple[Standing, ...]


def screen(
    answers: Answers,
    record: PatientRecord | None,
    knowledge: Knowledge,
    *,
    on: date,
    stage: Stage = Stage.PLAN,
) -> Screening:
    """Return the screening of one person as of a day.

    Raises:
        InputError: a clearance covers nothing known, a word from outside has the id of something
            else, or a date lies in the future.
    """
    considered = consider(answers, record, knowledge, on=on, stage=stage)
    settled, standing = considered.settled, considered.standing
    words = standing_words(answers.outside, answers.clearances, on)
    offered = [technique for technique in Technique if technique in answers.techniques]
    zones = closed_zones(standing, settled.zones) + zones_of(words)
    techniques = {}
    for technique in Technique:
        verdict = decide(knowledge, technique, standing)
        word = decision_of(words, technique)
        techniques[technique] = TechniqueScreening(
            technique,
            max(verdict.certain, word),
            max(verdict.possible, word),
            technique in offered,
            limits_of(technique, verdict.caps, standing),
            _findings(standing, words, technique),
            zones,
        )
    # What concerns only techniques that a word closed is not asked: no answer opens them.
    askable = [t for t in offered if decision_of(words, t) < Decision.AVOID]
    certain, possible = urgency(standing)
    flags = UrgencyScreening(certain, possible, _flag_findings(standing))
    return Screening(
        on=on,
        stage=stage,
        knowledge_version=knowledge.version,
        knowledge_sha256=knowledge.sha256,
        facts=settled.known,
        conflicts=settled.conflicts,
        urgency=flags,
        techniques=MappingProxyType(techniques),
        before_start=_before_start(knowledge, settled),
        outside_studied=_outside(knowledge, settled),
        unresolved=_unresolved(knowledge, settled),
        ask=questions(knowledge, settled, standing, askable),
        exit=exit_code(certain, list(techniques.values())),
    )


def consider(
    answers: Answers,
    record: PatientRecord | None,
    knowledge: Knowledge,
    *,
    on: date,
    stage: Stage = Stage.PLAN,
) -> Considered:
    """Return the settled facts and the rules that are true or open at a stage."""
    _check_dates(answers, knowledge, on)
    settled = settle(answers, record, knowledge, on)
    truths = knowledge.compiled.truths(knowledge.compiled.pack(settled.values))
    clear = partial(
        _clear,
        clearances=answers.clearances,
        on=on,
        onset=answers.complaint.onset_date if answers.complaint else None,
        assessment_days=int(knowledge.number("assessment_days")),
    )
    counted = [
        truth if rule.stage is Stage.PLAN or stage is Stage.START else False
        for rule, truth in zip(knowledge.rules, truths, strict=True)
    ]
    words = clear if answers.clearances else None
    return Considered(settled, standing_rules(knowledge.rules, counted, words))


def exit_code(certain: Urgency, techniques: Sequence[TechniqueScreening]) -> int:
    """Return the exit code: 5 emergency, 0 may be used, 3 ask first, 4 none may be used."""
    if certain is Urgency.EMERGENCY:
        return 5
    offered = [technique for technique in techniques if technique.offered]
    if any(technique.may_use for technique in offered):
        return 0
    return 3 if any(t.certain <= Decision.MODIFY for t in offered) else 4


def _clear(
    rule: Rule,
    truth: Truth,
    technique: Technique | None,
    *,
    clearances: Sequence[Clearance],
    on: date,
    onset: date | None,
    assessment_days: int,
) -> Truth:
    if rule.file.clearance is None:
        return False
    return cleared(
        rule,
        truth,
        technique,
        clearances,
        on=on,
        onset=onset,
        assessment_days=assessment_days,
    )


def _check_dates(answers: Answers, knowledge: Knowledge, on: date) -> None:
    taken = frozenset(knowledge.facts) | {rule.id for rule in knowledge.rules}
    check_words(answers.outside, taken, on)
    coverable = taken | {word.id for word in answers.outside}
    if answers.answered_on is not None and answers.answered_on > on:
        raise InputError("answered_on", f"lies after {on}")
    onset = answers.complaint.onset_date if answers.complaint else None
    if onset is not None and onset > on:
        raise InputError("complaint.onset_date", f"lies after {on}")
    for index, clearance in enumerate(answers.clearances):
        path = f"clearances[{index}]"
        if clearance.covers not in coverable:
            problem = "is neither a fact nor a rule nor a word from outside given here"
            raise InputError(f"{path}.covers", problem)
        if clearance.on > on:
            raise InputError(f"{path}.on", f"lies after {on}")
        if clearance.until is not None and clearance.until < clearance.on:
            raise InputError(f"{path}.until", "lies before the day it was given")


def _finding(rule: Standing, technique: Technique | None, decision: Decision) -> Finding:
    file, flag = rule.rule.file, rule.rule.red_flag
    return Finding(
        rule=file.id,
        title=file.title,
        decision=decision,
        state=rule.state(technique),
        because=file.because,
        sources=file.sources,
        strength=file.strength,
        editorial=file.editorial,
        advice=file.advice,
        urgency=flag.urgency if flag else Urgency.NONE,
        within=flag.within if flag else None,
    )


def _findings(
    standing: Sequence[Standing], words: Sequence[StandingWord], technique: Technique
) -> tuple[Finding, ...]:
    """Words from outside, and findings that decide something for a technique or exclude a
    material; gravest first."""
    found = [
        *findings_of(words, technique),
        *(
            _finding(rule, technique, gravest)
            for rule in standing
            if (gravest := rule.decisions(technique)[1]) > Decision.OK or rule.rule.excludes
        ),
    ]
    return tuple(sorted(found, key=lambda f: (-f.decision, f.state is not State.TRUE)))


def _flag_findings(standing: Sequence[Standing]) -> tuple[Finding, ...]:
    """Red flags that hold, then open ones; each with its gravest decision, most urgent first."""
    found = [
        _finding(rule, None, max(rule.decisions(technique)[1] for technique in Technique))
        for rule in standing
        if rule.rule.red_flag is not None
    ]
    return tuple(sorted(found, key=lambda f: (f.state is not State.TRUE, -f.urgency)))


def _before_start(knowledge: Knowledge, settled: Settled) -> tuple[StartCheck, ...]:
    return tuple(
        StartCheck(fact.id, fact.question, settled.values.get(fact.id))
        for fact in knowledge.facts.values()
        if fact.stage is Stage.START
    )


def _outside(knowledge: Knowledge, settled: Settled) -> tuple[str, ...]:
    return tuple(
        row.text for row in knowledge.outside if evaluate(row.when, settled.values) is True
    )


def _unresolved(knowledge: Knowledge, settled: Settled) -> tuple[Unresolved, ...]:
    """Facts asked and not known, and record values too old to count, with what resolves them."""
    found = []
    for fact in knowledge.facts.values():
        asked, hint = fact.id in settled.asked_unknown, settled.hints.get(fact.id)
        if not asked and hint is None:
            continue
        resolves = knowledge.settling.resolved_by.get(fact.id, _WHO_RESOLVES[fact.who])
        found.append(Unresolved(fact.id, f"{resolves} ({hint})" if hint else resolves))
    return tuple(found)


_WHO_RESOLVES = {
    "patient": "the person, or the person's doctor",
    "practitioner": "the practitioner, by looking or asking again",
    "clinic": "the clinic",
    "record": "a newer value in the person's record",
    "derived": "the person or the clinic's own record",
}
