"""Which screen comes next in an assessment: of the practitioner, and of the patient alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ventosa.assessing.entries import Entry
from ventosa.assessing.folding import Assessed
from ventosa.interview import Screen, next_screen
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.record import InputError, Question, Screening
from ventosa.terms import Urgency

ANYTHING_NEW: Final = "anything_new"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a repeat visit; ``id`` as in the field ``repeat:<id>``."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked now: a sentence, or a screen, or nothing more.

    ``details`` are for each question of the screen the facts that a yes opens; ``left`` is how
    many screens there are at most, this one included.
    """

    sentence: Sentence | None
    screen: Screen | None
    details: Mapping[str, tuple[Fact, ...]]
    left: int


def is_for_patient(fact: Fact) -> bool:
    """Whether the patient answers this question alone: the patient's own, and sex."""
    return fact.who == "patient" or fact.id == "sex"


def next_sentence(
    current: Mapping[str, Entry], knowledge: Knowledge, *, is_repeat: bool
) -> Sentence | None:
    """Return the first sentence of a repeat visit that nobody has answered."""
    if not is_repeat:
        return None
    texts = {one.id: one.text for one in knowledge.repeat}
    texts[ANYTHING_NEW] = knowledge.repeat_anything_new
    return next((Sentence(i, t) for i, t in texts.items() if f"repeat:{i}" not in current), None)


def screens_left(
    screening: Screening, current: Mapping[str, Entry], knowledge: Knowledge, *, is_repeat: bool
) -> int:
    """Return how many screens there are at most; a sentence of a repeat visit is one.

    A screen whose condition is still open counts.
    """
    groups = {question.group for question in screening.ask}
    maybe = {g.id for g in knowledge.groups.values() if g.only_if is not None}
    known = set(screening.facts) | {f.removeprefix("fact:") for f in current}
    for group in maybe - groups:
        own = [fact.id for fact in knowledge.facts.values() if fact.group == group]
        if groups and not any(fact in known for fact in own):
            groups.add(group)
    sentences = [one.id for one in knowledge.repeat] + [ANYTHING_NEW]
    open_ = sum(f"repeat:{id}" not in current for id in sentences) if is_repeat else 0
    return len(groups) + open_


def ask_practitioner(
    assessed: Assessed, screening: Screening, knowledge: Knowledge, *, is_repeat: bool
) -> Asked:
    """Return what the practitioner is asked next."""
    left = screens_left(screening, assessed.current, knowledge, is_repeat=is_repeat)
    sentence = next_sentence(assessed.current, knowledge, is_repeat=is_repeat)
    if sentence is not None:
        return Asked(sentence, None, {}, left)
    screen = next_screen(screening, knowledge)
    return Asked(None, screen, _details(screen, screening, knowledge), left)


def ask_about(
    fact: str, assessed: Assessed, screening: Screening, knowledge: Knowledge, *, is_repeat: bool
) -> Asked:
    """Return the screen on which a question stands, open or answered already; what is asked next
    where there is no such question."""
    left = screens_left(screening, assessed.current, knowledge, is_repeat=is_repeat)
    group = next((question.group for question in screening.ask if question.fact == fact), "")
    if group:
        own = tuple(question for question in screening.ask if question.group == group)
        screen = next_screen(replace(screening, ask=own), knowledge)
        return Asked(None, screen, _details(screen, screening, knowledge), left)
    told = knowledge.facts.get(fact)
    if told is None or told.zone is not None:
        return ask_practitioner(assessed, screening, knowledge, is_repeat=is_repeat)
    question = Question(fact, told.group, told.question, (), False, {}, Urgency.NONE, ())
    return Asked(None, Screen(knowledge.groups[told.group], (question,), ()), {}, left)


def ask_patient(
    assessed: Assessed, screening: Screening, knowledge: Knowledge, *, is_repeat: bool
) -> Asked:
    """Return what the patient is asked next, alone: what somebody has answered is not asked again,
    and a question that was left for the practitioner is left."""
    left_for_later = {one.fact for one in assessed.to_say}
    ask = tuple(
        question
        for question in screening.ask
        if question.fact in knowledge.facts
        and is_for_patient(knowledge.facts[question.fact])
        and question.fact not in left_for_later
        and f"fact:{question.fact}" not in assessed.current
    )
    own = replace(screening, ask=ask)
    left = screens_left(own, assessed.current, knowledge, is_repeat=is_repeat)
    sentence = next_sentence(assessed.current, knowledge, is_repeat=is_repeat)
    if sentence is not None:
        return Asked(sentence, None, {}, left)
    screen = next_screen(own, knowledge)
    details = _details(screen, own, knowledge)
    patients = {fact: tuple(d for d in of if is_for_patient(d)) for fact, of in details.items()}
    return Asked(None, screen, patients, left)


def _details(
    screen: Screen | None, screening: Screening, knowledge: Knowledge
) -> dict[str, tuple[Fact, ...]]:
    """For each question of a screen the facts that a yes opens and nobody knows yet."""
    questions: Sequence[Question] = () if screen is None else screen.questions
    asked = {question.fact for question in questions}
    return {
        question.fact: tuple(
            fact
            for fact in knowledge.facts.values()
            if fact.detail_of == question.fact
            and fact.id not in asked
            and fact.id not in screening.facts
        )
        for question in questions
    }


def check_patient_entry(entry: Entry, knowledge: Knowledge) -> None:
    """Check that an entry speaks only of what the patient is asked alone.

    Raises:
        InputError: it speaks of something else.
    """
    kind, _, name = entry.field.partition(":")
    facts = [name] if kind == "fact" else entry.value if kind == "none" else []
    known = knowledge.facts
    if kind not in ("fact", "none", "repeat") or not isinstance(facts, list):
        raise InputError(entry.field, "is not for the patient to say here")
    for id in facts:
        if not isinstance(id, str) or id not in known or not is_for_patient(known[id]):
            raise InputError(entry.field, "is not for the patient to say here")
