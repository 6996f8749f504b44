"""The sheet for the person: the plan in plain words, large, on one page."""

from collections.abc import Sequence
from dataclasses import dataclass

from ventosa.geometry import Frame
from ventosa.page import words
from ventosa.page.sentences import share
from ventosa.page.words import PersonHead
from ventosa.record import Dose, Placement, Plan, Said, Screening
from ventosa.terms import LEVELS, Technique, Urgency

SHEET_LETTERS = 2150
ROOMY_LETTERS = 1100
CLOSE_LETTERS = 1650
HEADINGS = {
    "expect": "What it is like",
    "co_interventions": "What you can do",
    "aftercare": "Afterwards",
}
MOST_QUESTIONS = 4
SAFETY_NET = "safety_net"
"""The kind of the sentences that say when to call for help."""

ASK_US = (
    "What speaks for this, and what against it?",
    "What else could help me?",
    "What happens if I do nothing for now?",
    "How will we see whether it helps?",
)
REFUSE = (
    "You decide. You can say no now, or stop at any time, also while cups are on. "
    "You need not give a reason."
)
REFUSE_CARE = "You decide. You can say no at any time. You need not give a reason."


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its sentences; ``grave`` parts stand in a frame."""

    heading: str
    lines: tuple[tuple[str, str], ...]
    grave: bool = False


@dataclass(frozen=True, slots=True)
class PatientSheet:
    """Everything on the sheet for the person."""

    title: str
    head: str
    proposal: tuple[str, ...]
    scale: str
    with_cups: bool
    has_zones: bool
    parts: tuple[Part, ...]
    evidence: str
    certainty: str
    density: str


def patient_sheet(
    plan: Plan,
    screening: Screening,
    person: PersonHead,
    to_ask: Sequence[Said],
    scale: str,
    course: str,
    *,
    frame: Frame,
    has_zones: bool,
) -> PatientSheet:
    """The sheet for the person; when to call is never cut, other parts are at most a few lines."""
    told = {
        name: _told(getattr(plan, name)) for name in ("expect", "co_interventions", "aftercare")
    }
    safety_net = [item for item in _told(plan.referral) if item.kind == SAFETY_NET]
    referral = [item for item in _told(plan.referral) if item.kind != SAFETY_NET]
    asked = tuple(item.text for item in to_ask[:MOST_QUESTIONS]) or ASK_US
    fixed = sum(len(x.title) + len(x.text) for x in (*safety_net, *referral))
    fixed += sum(len(text) for text in asked)
    kept = share(told, SHEET_LETTERS - fixed - len(plan.evidence.text))
    part = {name: _part(HEADINGS[name], items[: kept[name]]) for name, items in told.items()}
    urgent = screening.urgency.certain >= Urgency.URGENT
    emergency = screening.urgency.certain is Urgency.EMERGENCY
    see_doctor = _part("Why" if emergency else "See a doctor", referral, grave=urgent)
    doctor_first = urgent or plan.technique is None
    net = _part("When to call for help", safety_net, grave=True)
    refuse = Part("You can say no", (("", REFUSE if plan.technique else REFUSE_CARE),))
    questions = Part("Questions you may want to ask", tuple(("", text) for text in asked))
    ordered = (
        *((see_doctor,) if doctor_first else ()),
        part["expect"],
        part["co_interventions"],
        part["aftercare"],
        *(() if doctor_first else (see_doctor,)),
        refuse,
        questions,
        net,
    )
    if screening.urgency.certain is Urgency.EMERGENCY:
        # Exercise and questions can wait; nothing may stand between the person and help.
        ordered = (see_doctor, net, refuse)
    parts = [part for part in ordered if part.lines]
    weight = len(plan.evidence.text) + sum(len(a) + len(b) for x in parts for a, b in x.lines)
    return PatientSheet(
        title=_title(plan, screening),
        head=" · ".join(
            filter(None, (words.born(person.birth_date), words.day(screening.on), person.clinic))
        ),
        proposal=_proposal(plan, course, frame),
        scale=scale,
        with_cups=plan.technique is not None,
        has_zones=has_zones,
        parts=tuple(parts),
        evidence="" if urgent else plan.evidence.text,
        certainty=""
        if urgent
        else f"How sure we are of what trials say: {plan.evidence.certainty} certainty.",
        density=_density(weight),
    )


def _title(plan: Plan, screening: Screening) -> str:
    if screening.urgency.certain is Urgency.EMERGENCY:
        return "Emergency: call now"
    return "What we propose" if plan.technique else "No cups today"


def _told(items: Sequence[Said]) -> list[Said]:
    """The sentences that may be said to the person."""
    return [item for item in items if item.audience in ("patient", "both")]


def _density(weight: int) -> str:
    if weight > CLOSE_LETTERS:
        return "tight"
    return "close" if weight > ROOMY_LETTERS else "roomy"


def _proposal(plan: Plan, course: str, frame: Frame) -> tuple[str, ...]:
    if plan.technique is None or plan.dose is None:
        return tuple(filter(None, (words.sentence(plan.title), words.sentence(plan.summary))))
    return tuple(filter(None, (*_cups(plan, plan.dose, frame), course)))


def _cups(plan: Plan, dose: Dose, frame: Frame) -> tuple[str, ...]:
    """What will stand on the back, where, and for how long, in plain sentences."""
    number = f"{words.count_word(dose.cups)} {'cup' if dose.cups == 1 else 'cups'}"
    sizes = sorted({cup.inner_diameter_mm for cup in plan.placements})
    size = f", {' and '.join(words.amount(s) for s in sizes)} mm wide inside," if sizes else ""
    where = _where(plan.placements, frame)
    if plan.technique is Technique.MOVING:
        text = f"{number}{size} moved along {where}."
    elif dose.retention_min is None:
        text = f"{number}{size} set on {where} and taken off again within seconds."
    else:
        text = f"{number}{size} on {where}."
    if dose.retention_min is None:
        return (text,)
    minutes = "minute" if dose.retention_min == 1 else "minutes"
    where_long = " at each place" if plan.technique is Technique.MOVING else ""
    return text, f"It takes {words.amount(dose.retention_min)} {minutes}{where_long}."


def _where(placements: Sequence[Placement], frame: Frame) -> str:
    """The parts of the back that carry cups: upper to T6, middle to T12, lower below."""
    levels = [cup.level for cup in placements]
    levels += [frame.nearest_level(y) for cup in placements for _, y in cup.path or ()]
    order = [LEVELS.index(level) for level in levels]
    ends = ((LEVELS.index("T6"), "upper"), (LEVELS.index("T12"), "middle"), (99, "lower"))
    named = dict.fromkeys(
        next(word for end, word in ends if level <= end) for level in sorted(order)
    )
    back = f"your {' and '.join(named)} back" if named else "your back"
    found = {cup.side for cup in placements}
    if len(found) == 2:
        return f"{back}, on both sides of the spine"
    return f"{back}, on the {next(iter(found))}" if found else back


def _part(heading: str, items: Sequence[Said], *, grave: bool = False) -> Part:
    lines = tuple(
        (words.sentence(item.title) if item.title else "", words.sentence(item.text))
        for item in items
    )
    return Part(heading, lines, grave)
