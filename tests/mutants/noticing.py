"""Who notices a mutant: the loader, a worked example, a table transcribed by hand, a proof.

Only what a change touches is looked at again: a case of the matrix where a changed rule stands in
it, before or after, and is settled anew only where it names a changed fact; a row of the other
tables by the part of the knowledge that it speaks of.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property, partial

from test_closed import (
    dose_differences,
    fact_differences,
    number_differences,
    rule_differences,
    settled_differences,
    word_differences,
)
from test_matrix import CASES, answers_of, differences, with_clearances

from mutants.mutant import Mutant
from people import TODAY
from ventosa.knowledge import Knowledge
from ventosa.knowledge.model import Caps, Rule
from ventosa.logic import Truth, evaluate, facts_of
from ventosa.proof.asked import interview_laws
from ventosa.proof.laws import HARD_STOP, Obligation, laws
from ventosa.proof.rules import place_laws
from ventosa.record import Answers, KnowledgeError, Value
from ventosa.rulebook import outcome
from ventosa.screening import _clear, consider, settle
from ventosa.screening.decision import Standing, decide, standing_rules, urgency
from ventosa.terms import Decision, Stage, Technique, Urgency

Row = Mapping[str, str]


@dataclass(frozen=True)
class View:
    """One person of the matrix under some knowledge, ready to be looked at under another."""

    answers: Answers
    stage: Stage
    values: Mapping[str, Value]
    standing: Mapping[str, Standing]

    @classmethod
    def of(cls, answers: Answers, stage: Stage, shipped: Knowledge) -> "View":
        considered = consider(answers, None, shipped, on=TODAY, stage=stage)
        standing = {held.rule.id: held for held in considered.standing}
        return cls(answers, stage, considered.settled.values, standing)

    def under(self, change: "Change", settles: bool) -> "View":
        """The same person under changed knowledge: changed rules, or settled anew."""
        knowledge, rules, values = change.knowledge, change.rules, self.values
        if not (settles or rules or change.dropped):
            return self
        if settles:
            values = settle(self.answers, None, knowledge, TODAY).values
        if values != self.values:
            rules = knowledge.rules
        standing = {id_: held for id_, held in self.standing.items() if id_ not in change.dropped}
        for rule in rules:
            standing.pop(rule.id, None)
            held = self._standing(rule, evaluate(rule.when, values), knowledge)
            if held is not None:
                standing[rule.id] = held
        return View(self.answers, self.stage, values, standing)

    def _standing(self, rule: Rule, truth: Truth, knowledge: Knowledge) -> Standing | None:
        counts = rule.stage is Stage.PLAN or self.stage is Stage.START
        complaint = self.answers.complaint
        clear = partial(
            _clear,
            clearances=self.answers.clearances,
            on=TODAY,
            onset=complaint.onset_date if complaint else None,
            assessment_days=int(knowledge.number("assessment_days")),
        )
        words = clear if self.answers.clearances else None
        return next(iter(standing_rules([rule], [truth if counts else False], words)), None)


@dataclass(frozen=True)
class SeenTechnique:
    certain: Decision
    possible: Decision
    limits: Caps


@dataclass(frozen=True)
class SeenUrgency:
    certain: Urgency


@dataclass(frozen=True)
class Seen:
    """The part of a screening that the matrix compares."""

    techniques: Mapping[Technique, SeenTechnique]
    urgency: SeenUrgency

    @classmethod
    def of(cls, view: View, knowledge: Knowledge) -> "Seen":
        standing = tuple(view.standing.values())
        verdicts = {t: decide(knowledge, t, standing) for t in Technique}
        techniques = {t: SeenTechnique(v.certain, v.possible, v.caps) for t, v in verdicts.items()}
        return cls(techniques, SeenUrgency(urgency(standing)[0]))


@dataclass(frozen=True)
class Case:
    """A case of the matrix: its rows, and its person without and with every clearance.

    ``given`` are the facts that it names; a zone that it draws counts as every fact.
    """

    rows: Sequence[Row]
    given: Set[str]
    plain: View
    cleared: View

    @classmethod
    def of(cls, rows: Sequence[Row], shipped: Knowledge) -> "Case":
        text = rows[0]["given"]
        given = {part.partition("=")[0] for part in text.split(" & ")}
        if "zone:" in text:
            given |= shipped.facts.keys()
        answers, stage = answers_of(shipped, text)
        cleared = with_clearances(shipped, answers)
        return cls(rows, given, View.of(answers, stage, shipped), View.of(cleared, stage, shipped))


@dataclass(frozen=True)
class Change:
    """A mutant's knowledge, and which of its parts are not the shipped ones.

    ``rules`` are the changed ones as they are now, ``dropped`` the ids of those that are gone;
    ``facts`` are the changed ones with their parents and details.
    """

    shipped: Knowledge
    knowledge: Knowledge
    rules: tuple[Rule, ...]
    dropped: frozenset[str]
    facts: Set[str]

    @classmethod
    def of(cls, shipped: Knowledge, knowledge: Knowledge) -> "Change":
        before = {rule.id: rule for rule in shipped.rules}
        rules = tuple(rule for rule in knowledge.rules if rule is not before[rule.id])
        dropped = frozenset(before.keys() - {rule.id for rule in knowledge.rules})
        return cls(shipped, knowledge, rules, dropped, _changed_facts(shipped, knowledge))

    def has(self, *parts: str) -> bool:
        """Whether one of these parts of the knowledge is changed."""
        return any(getattr(self.knowledge, p) is not getattr(self.shipped, p) for p in parts)

    def named(self) -> Set[str]:
        """The facts that the changed rules name, before or after."""
        ids = {rule.id for rule in self.rules} | self.dropped
        before = (rule for rule in self.shipped.rules if rule.id in ids)
        return {fact for rule in (*self.rules, *before) for fact in facts_of(rule.when)}


def _changed_facts(shipped: Knowledge, knowledge: Knowledge) -> Set[str]:
    changed = {id_ for id_, fact in knowledge.facts.items() if fact is not shipped.facts[id_]}
    details = {id_ for id_, fact in shipped.facts.items() if fact.detail_of in changed}
    return changed | details | {shipped.facts[id_].detail_of or "" for id_ in changed}


# --- the watchers ---------------------------------------------------------------------------

WATCHERS = ("loader", "examples", "tables", "matrix", "proofs")


class Net:
    """The shipped knowledge and everything that watches over it, made ready once."""

    def __init__(self, shipped: Knowledge) -> None:
        self.shipped = shipped

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        return tuple(Case.of(rows, self.shipped) for _, rows in CASES)

    def noticed_by(self, mutant: Mutant) -> Iterator[str]:
        """Yield who notices a mutant, the quickest first; nobody else is shown one that the
        loader refuses."""
        try:
            change = Change.of(self.shipped, mutant.make())
        except KnowledgeError:
            yield "loader"
            return
        if examples_notice(change):
            yield "examples"
        if tables_notice(change):
            yield "tables"
        if any(matrix_notices(case, change) for case in self.cases):
            yield "matrix"
        if proofs_notice(mutant, change):
            yield "proofs"


def proofs_notice(mutant: Mutant, change: Change) -> bool:
    """Return whether a proof fails that the change puts in question.

    A law of a changed rule is proved of that rule alone (``docs/decisions/0010-proofs.md``); of a
    changed fact, of the rules that name it; of a changed dose, of every technique.
    """
    return any(duty.check() is not None for duty in _in_question(change))


def _in_question(change: Change) -> Iterator[Obligation]:
    knowledge = change.knowledge
    for rule in change.rules:
        alone = replace(knowledge, rules=(rule,))
        yield from (duty for duty in laws(alone) if duty.law != HARD_STOP)
        yield from interview_laws(alone)
    if change.facts:
        naming = [r for r in knowledge.rules if change.facts & set(facts_of(r.when))]
        yield from (
            duty
            for duty in laws(replace(knowledge, rules=tuple(naming)))
            if duty.about in change.facts
        )
    if change.has("groups"):
        yield from interview_laws(knowledge)
    if change.has("techniques", "quantities"):
        yield from (duty for duty in laws(knowledge) if duty.law == HARD_STOP)
    ids = {rule.id for rule in change.rules}
    if ids or change.has("settling"):
        yield from (duty for duty in place_laws(knowledge) if duty.about in ids or not ids)


def examples_notice(change: Change) -> bool:
    """Whether a worked example of a changed rule fails; of any rule where settling changed."""
    rules = change.knowledge.rules if change.has("settling") else change.rules
    return any(
        not outcome(rule.when, example, change.knowledge).holds
        for rule in rules
        for example in rule.file.example
    )


def matrix_notices(case: Case, change: Change) -> bool:
    """Whether a cell of a case differs."""
    settles = change.has("settling") or bool(case.given & change.facts)
    plain, cleared = (view.under(change, settles) for view in (case.plain, case.cleared))
    stands = (plain.standing, cleared.standing)
    is_same = stands == (case.plain.standing, case.cleared.standing)
    if is_same and not change.has("techniques", "quantities"):
        return False
    before, after = Seen.of(plain, change.knowledge), Seen.of(cleared, change.knowledge)
    return any(
        wanted != found for row in case.rows for _, wanted, found in differences(row, before, after)
    )


def tables_notice(change: Change) -> bool:
    """Whether a row of the tables beside the matrix differs."""
    knowledge = change.knowledge
    return bool(
        (change.has("rules") and rule_differences(knowledge.rules))
        or (change.has("rules") and word_differences(knowledge, change.named()))
        or (change.has("facts") and fact_differences(knowledge.facts.values()))
        or (change.has("techniques") and dose_differences(knowledge))
        or (change.has("quantities") and number_differences(knowledge))
        or (change.has("settling", "groups", "outside") and settled_differences(knowledge))
    )
