"""A letter to a doctor or a physiotherapist, drafted from the record; a practitioner signs it.

What is urgent stands first and is not the writer's to move. What to write follows
``knowledge/advice/write_letter.toml``; the order and the words are editorial.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ventosa.knowledge.model import Knowledge
from ventosa.logic import facts_of
from ventosa.record import Answers, Finding, InputError, Interval, Screening
from ventosa.terms import Decision, State, Technique, Urgency

DAYS_TO_ANSWER = 14
"""After so many days an unanswered letter is asked about (editorial; the clinic decides)."""

MOST_SESSIONS = 12
"""Sessions that a letter lists; the count says how many there were."""


class LetterKind(StrEnum):
    """Why it is written."""

    REFERRAL = "referral"
    PROGRESS = "progress"


class Reader(StrEnum):
    """To whom."""

    DOCTOR = "doctor"
    PHYSIOTHERAPIST = "physiotherapist"


@dataclass(frozen=True, slots=True)
class Done:
    """A session as it was done; ``None`` = not written down."""

    on: date
    technique: Technique
    cups: int | None = None
    suction_kpa: float | None = None
    retention_min: float | None = None
    pain_before: int | None = None
    pain_after: int | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """A harm, and whether it is over."""

    on: date
    title: str
    grade: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class Case:
    """What a letter is drafted from; ``plan`` is the accepted plan in a line, empty = none."""

    screening: Screening
    answers: Answers
    sessions: tuple[Done, ...] = ()
    harms: tuple[Happened, ...] = ()
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A drafted letter. ``opening`` is what stands first where it is urgent, empty = it is not."""

    kind: LetterKind
    reader: Reader
    urgency: Urgency
    opening: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The parts as plain text; the opening is not in it, so that nobody edits it away."""
        return "\n\n".join("\n".join((part.heading, *part.lines)) for part in self.parts)


def draft(case: Case, knowledge: Knowledge, *, kind: LetterKind, reader: Reader) -> Letter:
    """Return a letter from what the record holds; a part of which nothing is known is left out."""
    may_know = reader is Reader.DOCTOR or case.screening.urgency.certain >= Urgency.URGENT
    parts = [
        Part("What was found", _found(case.screening, knowledge, is_told=may_know)),
        Part("What the person comes with", _complaint(case.answers)),
        Part("Asked and answered", _answered(case, knowledge)),
        Part("Cupping done here", _done(case)),
        Part("Harm", _harms(case)),
        Part("Plan", (case.plan,) if case.plan else ()),
        Part("What we ask", _asks(case.screening, kind, reader)),
    ]
    return Letter(
        kind,
        reader,
        case.screening.urgency.certain,
        opening_of(case.screening),
        tuple(part for part in parts if part.lines),
    )


def opening_of(screening: Screening) -> str:
    """Return what stands first, gravest finding first; empty where nothing certain is urgent."""
    words = {
        Urgency.EMERGENCY: "Emergency. We ask you to see this person now. ",
        Urgency.URGENT: "We ask you to see this person ",
    }
    urgency = screening.urgency.certain
    if urgency not in words:
        return ""
    flags = [
        finding
        for finding in screening.urgency.findings
        if finding.state is State.TRUE and finding.urgency is urgency
    ]
    because = " ".join(dict.fromkeys(finding.because for finding in flags))
    if urgency is Urgency.EMERGENCY:
        return (words[urgency] + because).strip()
    within = next((finding.within for finding in flags if finding.within), None)
    by = f"within {within}" if within and within[0].isdigit() else within or "today"
    return f"{words[urgency]}{by}. {because}".strip()


def held(screening: Screening) -> tuple[Finding, ...]:
    """Return what holds and forbids or refers, each rule once, as grave as for any technique."""
    found: dict[str, Finding] = {}
    for screened in screening.techniques.values():
        for finding in screened.findings if screened.offered else ():
            is_grave = finding.decision >= Decision.REFER and finding.state is State.TRUE
            there = found.get(finding.rule)
            if is_grave and (there is None or finding.decision > there.decision):
                found[finding.rule] = finding
    return tuple(found.values())


def to_be_cleared(screening: Screening) -> tuple[Finding, ...]:
    """Return what a doctor may clear for at least one offered technique, each rule once."""
    found = {
        finding.rule: finding
        for screened in screening.techniques.values()
        for finding in (screened.findings if screened.offered else ())
        if finding.decision is Decision.REFER and finding.state is State.TRUE
    }
    return tuple(found.values())


def _found(screening: Screening, knowledge: Knowledge, *, is_told: bool) -> tuple[str, ...]:
    """What holds. What rests on something confidential is told to a doctor, or where urgent."""
    flags = [f for f in screening.urgency.findings if f.state is State.TRUE]
    every = {finding.rule: finding for finding in (*flags, *held(screening))}
    told = {rule for rule in every if is_told or not _is_confidential(rule, knowledge)}
    lines = [f"- {every[rule].title}: {every[rule].because}" for rule in every if rule in told]
    if len(told) < len(every):
        lines.append("- What is confidential is left out; ask the person.")
    if screening.urgency.possible > screening.urgency.certain:
        lines.append("- Some questions are still open and could make this more urgent.")
    return tuple(lines)


def _is_confidential(rule: str, knowledge: Knowledge) -> bool:
    known = {one.id: one for one in knowledge.rules}.get(rule)
    facts = facts_of(known.when) if known is not None else ()
    return any(knowledge.facts[fact].sensitive for fact in facts)


def _complaint(answers: Answers) -> tuple[str, ...]:
    told = answers.complaint
    if told is None:
        return ()
    lines = []
    if told.onset_date is not None:
        lines.append(f"- Since {told.onset_date.isoformat()}")
    for name, value in (("now", told.pain_now), ("over the last week", told.pain_week)):
        if value is not None:
            lines.append(f"- Pain {name}: {value} of 10")
    if told.goal:
        lines.append(f"- Goal: {told.goal}")
    lines += [
        f"- Felt at {site.level}, {site.side}: tension {site.tension}, "
        f"tenderness {site.tenderness} (of 3)"
        for site in told.sites
    ]
    return tuple(lines)


def _answered(case: Case, knowledge: Knowledge) -> tuple[str, ...]:
    """What was said to be so and what is not known; a plain no is only counted.

    What a person may not wish to be told on (``sensitive``) stands here only where it is urgent.
    """
    is_urgent = case.screening.urgency.certain >= Urgency.URGENT
    lines, unknown, no, kept = [], [], 0, 0
    for id, value in case.answers.facts.items():
        fact = knowledge.facts.get(id)
        if fact is None or fact.who in ("clinic", "derived"):
            continue
        if value is False:
            no += 1
        elif fact.sensitive and not is_urgent:
            kept += 1
        elif value is None:
            unknown.append(f"- {fact.question} Not known.")
        else:
            lines.append(f"- {fact.question} {_value(value, fact.unit)}")
    if no:
        lines.append(f"- {no} other questions were answered with no.")
    if kept:
        lines.append("- What is confidential is left out; ask the person.")
    return (*lines, *unknown)


def _value(value: object, unit: str) -> str:
    if value is True:
        return "Yes."
    if isinstance(value, Interval):
        return f"{value} {unit.split()[0] if unit else ''}".strip() + "."
    return f"{str(value).replace('_', ' ').capitalize()}."


def _done(case: Case) -> tuple[str, ...]:
    if not case.sessions:
        return ("- None so far.",)
    sessions = sorted(case.sessions, key=lambda one: one.on)
    lines = [_session(one) for one in sessions[-MOST_SESSIONS:]]
    if len(sessions) > MOST_SESSIONS:
        lines.insert(0, f"- {len(sessions)} sessions; the last {MOST_SESSIONS}:")
    return tuple(lines)


def _session(one: Done) -> str:
    words = [one.technique.replace("_", " ")]
    if one.cups is not None:
        words.append(f"{one.cups} cups")
    if one.suction_kpa is not None:
        words.append(f"{one.suction_kpa:g} kPa below ambient")
    if one.retention_min is not None:
        words.append(f"{one.retention_min:g} min")
    if one.pain_before is not None and one.pain_after is not None:
        words.append(f"pain {one.pain_before} before, {one.pain_after} after")
    return f"- {one.on.isoformat()}: {', '.join(words)}"


def _harms(case: Case) -> tuple[str, ...]:
    return tuple(
        f"- {one.on.isoformat()}: {one.title}, grade {one.grade} of 5, "
        f"{'over' if one.is_over else 'not over yet'}"
        for one in sorted(case.harms, key=lambda one: one.on)
    )


def _asks(screening: Screening, kind: LetterKind, reader: Reader) -> tuple[str, ...]:
    asks = []
    if reader is Reader.DOCTOR:
        asks += [
            f"- May cups be used in spite of this: {finding.title}? ({finding.rule})"
            for finding in to_be_cleared(screening)
        ]
    if kind is LetterKind.REFERRAL:
        asks.append(
            "- Please examine this person and tell us what you find."
            if reader is Reader.DOCTOR
            else "- Please assess movement and load, and tell us what we should leave to you."
        )
    else:
        asks.append("- Please tell us of anything that speaks against going on.")
    return (*asks, "- Please tell us of medicines that changed and of places to leave out.")


def answer_place(screening_rules: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the lines that are left open for the answer, each to be filled by hand."""
    asked = tuple(f"{rule}: cups may be used   yes / no" for rule in screening_rules)
    return (
        "Seen on",
        *asked,
        "Must not be cupped (everything, techniques, places), until when",
        "Name, telephone, signature",
    )


def kind_of(text: str) -> LetterKind:
    """Return the kind of a letter.

    Raises:
        InputError: there is none of this name.
    """
    try:
        return LetterKind(text)
    except ValueError:
        raise InputError("kind", "choose referral or progress") from None


def reader_of(text: str) -> Reader:
    """Return the reader of a letter.

    Raises:
        InputError: there is none of this name.
    """
    try:
        return Reader(text)
    except ValueError:
        raise InputError("reader", "choose doctor or physiotherapist") from None
