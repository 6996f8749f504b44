"""What is open: the questions still worth asking, and the line on red flags."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ventosa.page import words
from ventosa.page.words import Tag, TechniqueWords
from ventosa.record import Finding, Plan, Question, Screening
from ventosa.terms import Decision, State, Technique, Urgency


@dataclass(frozen=True, slots=True)
class Could:
    """What an answer could bring to some techniques, or to the urgency."""

    names: str
    certain: Tag
    possible: Tag


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that is still worth asking."""

    text: str
    already: str | None
    could: tuple[Could, ...]
    limits: str
    on_paper: bool
    fact: str = ""


def asks(
    screening: Screening, names: Mapping[Technique, TechniqueWords], on_paper: int
) -> tuple[Ask, ...]:
    """The open questions in the order of the interview, each with what it could bring."""
    return tuple(
        Ask(
            question.text,
            question.already,
            _could(question, screening, names),
            _could_limit(question, names),
            index < on_paper,
            question.fact,
        )
        for index, question in enumerate(screening.ask)
    )


def _could(
    question: Question, screening: Screening, names: Mapping[Technique, TechniqueWords]
) -> tuple[Could, ...]:
    certain = screening.urgency.certain
    out = []
    if question.could_urgency > certain:
        tags = words.urgency_tag(certain), words.urgency_tag(question.could_urgency)
        out.append(Could("", *tags))
    groups: dict[tuple[Decision, Decision], list[Technique]] = {}
    for technique, decision in question.could_decide.items():
        now = screening.techniques[technique].certain
        if decision > now:
            groups.setdefault((now, decision), []).append(technique)
    ordered = sorted(groups.items(), key=lambda group: (-group[0][1], group[0][0]))
    out += [
        Could(words.technique_names(group, names), words.tag(now), words.tag(then))
        for (now, then), group in ordered
    ]
    return tuple(out)


def _could_limit(question: Question, names: Mapping[Technique, TechniqueWords]) -> str:
    if not question.could_limit:
        return ""
    return f"Today’s limits hang on it: {words.technique_names(question.could_limit, names)}"


def ask_note(screening: Screening, plan: Plan) -> str:
    """How many questions are left, and whether one could still rule out what is proposed."""
    number = len(screening.ask)
    if not number:
        return "nothing is open"
    if plan.technique is None:
        return f"{number} left"
    against = sum(
        question.could_decide.get(plan.technique, Decision.OK) > Decision.MODIFY
        for question in screening.ask
    )
    tail = "none can rule out these cups" if not against else f"{against} can rule out these cups"
    return f"{number} left · {tail}"


# --- urgency --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UrgencyLine:
    """The line on red flags: how grave, in words, and what stands behind it."""

    level: str
    icon: str
    lead: str
    text: str


def urgency_line(screening: Screening) -> UrgencyLine:
    """The line on red flags; the open ones are counted, never left out."""
    urgency = screening.urgency
    behind = [f for f in urgency.findings if f.state is State.TRUE]
    reasons = "; ".join(dict.fromkeys(f.title for f in behind if f.urgency == urgency.certain))
    lead = _LEADS[urgency.certain](behind, urgency.possible)
    text = " ".join(filter(None, (words.sentence(reasons), _open_flags(screening))))
    return UrgencyLine(urgency.certain.word, f"i-f-{urgency.certain.word}", lead, text)


def _open_flags(screening: Screening) -> str:
    number = sum(question.red_flag for question in screening.ask)
    if not number:
        if screening.urgency.certain is Urgency.NONE is screening.urgency.possible:
            return "Every question on red flags is answered; they are asked again at every visit."
        if screening.urgency.possible > screening.urgency.certain:
            return f"What is still open could make it {screening.urgency.possible.word}."
        return ""
    could = ""
    if screening.urgency.possible > screening.urgency.certain:
        could = f"; an answer could make it {screening.urgency.possible.word}"
    are = "is" if number == 1 else "are"
    return f"{words.count(number, 'question')} on red flags {are} still open{could}."


def _no_flag(_: Sequence[Finding], possible: Urgency) -> str:
    return "No red flag." if possible is Urgency.NONE else "No red flag so far."


def _routine(_: Sequence[Finding], __: Urgency) -> str:
    return "Routine: tell the doctor at the next visit."


def _urgent(behind: Sequence[Finding], _: Urgency) -> str:
    soonest = next((f.within for f in behind if f.within and f.urgency is Urgency.URGENT), None)
    if soonest is None:
        return "Urgent: a doctor must see this person."
    by = soonest if soonest in ("now", "today") else f"within {soonest}"
    return f"Urgent: a doctor must see this person {by}."


def _emergency(_: Sequence[Finding], __: Urgency) -> str:
    return "Emergency: call now. Do not treat."


_LEADS: Mapping[Urgency, Callable[[Sequence[Finding], Urgency], str]] = {
    Urgency.NONE: _no_flag,
    Urgency.ROUTINE: _routine,
    Urgency.URGENT: _urgent,
    Urgency.EMERGENCY: _emergency,
}
