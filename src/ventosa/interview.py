"""What is still worth asking, screen by screen, and when it may stop.

A screen is a group of questions: each is answered, or "none of these" is said for the group on
purpose. Silence is never an answer. A repeat visit asks the red flags in five sentences and one
question on anything new.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from ventosa.knowledge.model import Fact, Group, Knowledge
from ventosa.logic import Boolean
from ventosa.record import Answers, InputError, Question, Screening, Value

RENEWED_FOR_DAYS = 365
"""A "no" that holds *ever* is asked again after this many days (``screening.md`` 1)."""


MOVING = frozenset(
    {
        "age_years",
        "pain_duration_weeks",
        "gestation_weeks",
        "postpartum_weeks",
        "cardiac_arrest_months",
        "sessions_without_harm",
        "platelets_10e9_l",
        "haemoglobin_g_dl",
        "inr",
    }
)
"""Numbers that a repeat visit never renews: they move with the calendar or are measured (editorial:
"nothing new" says nothing of a number; the practitioner decides)."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: its group and the questions on it, in order.

    ``can_be_none`` names the facts that "none of these" answers with no.
    """

    group: Group
    questions: tuple[Question, ...]
    can_be_none: tuple[str, ...]


def next_screen(screening: Screening, knowledge: Knowledge) -> Screen | None:
    """Return the next screen, or ``None`` when nothing more can change the outcome.

    Red flags come first, then the screen that can shorten the interview most: ``screening.ask`` is
    in that order. A screen holds every open question of its group, so that a group is visited once
    unless an answer opens details.
    """
    if not screening.ask:
        return None
    group = knowledge.groups[screening.ask[0].group]
    on_screen = tuple(question for question in screening.ask if question.group == group.id)
    return Screen(group, on_screen, tuple(q.fact for q in on_screen if _can_be_none(q, knowledge)))


def _can_be_none(question: Question, knowledge: Knowledge) -> bool:
    fact = knowledge.facts.get(question.fact)
    return fact is not None and not_riskier(fact) is not None


def not_riskier(fact: Fact) -> Value | None:
    """Return what "none of these" answers for a fact, or ``None`` where it answers nothing."""
    if isinstance(fact.type, Boolean) and fact.riskier is True:
        return False
    return "no" if fact.id == "pregnant" else None


def answer(answers: Answers, given: Mapping[str, Value | None]) -> Answers:
    """Return answers with more of them; a value of ``None`` says asked and not known."""
    return replace(answers, facts=MappingProxyType({**answers.facts, **given}))


def answer_none(answers: Answers, screen: Screen, knowledge: Knowledge) -> Answers:
    """Return answers after "none of these" was said for a screen: its open questions are no."""
    given = {fact: not_riskier(knowledge.facts[fact]) for fact in screen.can_be_none}
    return answer(answers, {f: v for f, v in given.items() if f not in answers.facts})


def repeat_visit(
    previous: Answers,
    knowledge: Knowledge,
    *,
    on: date,
    none_of: Collection[str],
    anything_new: bool | None,
) -> Answers:
    """Return the answers a repeat visit begins with.

    ``none_of`` holds the ids of the repeat sentences to which the person said "none of these".
    Only ``anything_new=False``, said on purpose, renews the other earlier answers; ``True`` and
    ``None`` leave them to be asked. What holds only for the day, the pain of the day, and a number
    that moves are always asked again; the skin is always looked at again.

    Raises:
        InputError: the earlier answers lie after ``on``.
    """
    if previous.answered_on is not None and previous.answered_on > on:
        raise InputError("answered_on", f"lies after {on}")
    facts: dict[str, Value | None] = {}
    in_sentences = {fact for repeat in knowledge.repeat for fact in repeat.facts}
    since = (on - previous.answered_on).days if previous.answered_on else RENEWED_FOR_DAYS + 1
    for fact_id, value in previous.facts.items():
        fact = knowledge.facts[fact_id]
        if (
            value is not None
            and fact_id not in MOVING
            and _is_renewed(fact, value, fact_id in in_sentences, anything_new, since)
        ):
            facts[fact_id] = value
    for repeat in knowledge.repeat:
        if repeat.id in none_of:
            for fact_id in repeat.facts:
                # What is known ever (a past cancer) is not undone by "none of these today".
                facts.setdefault(fact_id, not_riskier(knowledge.facts[fact_id]))
    return replace(
        previous,
        answered_on=on,
        facts=MappingProxyType({f: v for f, v in facts.items() if v is not None}),
        zones=None,
        complaint=None
        if previous.complaint is None
        else replace(previous.complaint, pain_now=None, pain_week=None),
    )


def _is_renewed(
    fact: Fact, value: Value, in_sentence: bool, anything_new: bool | None, since_days: int
) -> bool:
    if fact.holds == "episode":
        return True
    if fact.holds == "ever" and value == fact.riskier:
        return True
    if fact.holds == "today" or in_sentence or anything_new is not False:
        return False
    return fact.holds == "visit" or since_days <= RENEWED_FOR_DAYS
