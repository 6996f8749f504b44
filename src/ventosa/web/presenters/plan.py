"""The plan of a visit as a page: the drawing, the dose, what may be changed, what decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import mark_safe

from ventosa.contract import write_screening
from ventosa.geometry import Frame
from ventosa.knowledge.model import Caps, TechniqueTable
from ventosa.page import PersonHead, TechniqueWords, plan_parts
from ventosa.page import words as written
from ventosa.page.doses import DoseCell
from ventosa.page.questions import Ask, urgency_line
from ventosa.page.words import Tag
from ventosa.planning import frame_of
from ventosa.planning.case import case_of
from ventosa.planning.choosing import usable
from ventosa.planning.overriding import OVERRIDABLE, REASON_WORDS
from ventosa.record import Dose, Interval, Limits, Placement, Plan, Screening
from ventosa.repeating import summary
from ventosa.terms import LEVELS, DoseClass, Technique
from ventosa.web.drafting import Drafted, State
from ventosa.web.gathering import Visit
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import CupSet, Kind
from ventosa.web.presenters.findings import Shown, changed_lines, shown_findings
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.speaking import drawing_words, language_of

STEPS = {"suction_kpa": 5.0, "retention_min": 1.0, "cups": 2.0, "repetitions": 1.0}
LEAST = {"suction_kpa": 10.0, "retention_min": 1.0, "cups": 2.0, "repetitions": 1.0}
"""How far one press of a stepper goes, and where it ends below (the floors of a dose)."""

UNITS = {"suction_kpa": "kPa", "retention_min": "minutes", "cups": "cups", "repetitions": "times"}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the last act: ``kind`` is its ink."""

    kind: str
    lead: str
    text: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """An override that was refused, as it was typed."""

    quantity: str = ""
    wanted: str = ""
    reason: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Stepper:
    """One number of the dose with the next ones; ``None`` where there is none within the limit."""

    quantity: str
    label: str
    note: str
    value: str
    unit: str
    filled: float
    tick: float | None
    limit: str
    bounds: str
    less: str | None
    more: str | None
    can_step: bool
    overridden: bool


@dataclass(frozen=True, slots=True)
class Beyond:
    """The form that goes beyond one limit: what set it, and how far it may go."""

    quantity: str
    label: str
    unit: str
    title: str
    words: str
    least: str
    stop: str
    wanted: str
    reason: str
    sentence: str
    findings: tuple[tuple[Shown, bool], ...]
    """What set the limit, each with whether it was opened."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class CupForm:
    """One cup with its arrows."""

    number: int
    words: str
    size: str
    is_chosen: bool


def plan_context(
    drafted: Drafted,
    *,
    sets: Sequence[CupSet] = (),
    may_edit: bool,
    chosen: str = "1",
    told: Told | None = None,
    typed: Typed | None = None,
    opened: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the context of the plan page."""
    visit, revised = drafted.visit, drafted.revised
    plan, screening = revised.plan, visit.screening
    frame = frame_of(screening, knowledge())
    labels = drawing_words(language_of(visit.scope))
    parts = plan_parts(plan, screening, **gathered(visit, frame), styled=False, labels=labels)
    parts["drawings"] = {name: mark_safe(str(svg)) for name, svg in parts["drawings"].items()}
    decided, still_open = shown_findings(parts["decided"]), shown_findings(parts["still_open"])
    cards = {one.rule: one for one in (*decided, *still_open)}
    return {
        **person_of(visit.scope, visit.patient),
        "tab": "plan",
        "visit": visit,
        "parts": parts,
        "plan": plan,
        "moving": plan.technique is Technique.MOVING,
        "kind_of_plan": kind_of(drafted),
        "decided": decided,
        "still_open": still_open,
        "more_around": parts["around"].lines[5:],
        "takeable": _takeable(visit, plan),
        "steppers": _steppers(plan, screening, parts["doses"]),
        "beyond": [
            _beyond(plan, screening, cell, cards, typed or Typed(), opened)
            for cell in parts["doses"]
            if is_movable(plan, screening, cell.quantity)
        ],
        "reasons": list(REASON_WORDS.items()),
        "overrides": overrides_of(drafted),
        "cup_forms": _cup_forms(plan.placements, chosen),
        "sizes": _sizes(visit),
        "has_cups": bool(visit.cups),
        "levels": LEVELS,
        "sets": sets,
        "told": told or _standing(drafted),
        "gone": _gone(visit),
        **_open(parts["asks"]),
        **_draft(drafted, may_edit=may_edit),
        **_accepted(drafted),
    }


def _draft(drafted: Drafted, *, may_edit: bool) -> dict[str, Any]:
    """How the plan stands while it is changed, and what a form of the page sends back."""
    head, two = drafted.head, len(drafted.heads) > 1
    return {
        "last": bool(drafted.visit.documents[Kind.SESSION]),
        "changed": head.body["said"] if head is not None else "",
        "may_edit": may_edit and drafted.is_editing and not two,
        "editing": drafted.is_editing,
        "saw": _saw(drafted),
        "sha": drafted.sha,
        "summary": summary(write_screening(drafted.visit.screening)),
        "two": _two(drafted) if two else (),
        "problems": drafted.problems,
    }


def _saw(drafted: Drafted) -> str:
    """What a form sends back: the newest change in sight, else the plan accepted before."""
    shown = drafted.head or drafted.accepted
    return "" if shown is None else str(shown.id)


def gathered(visit: Visit, frame: Frame) -> dict[str, Any]:
    """Return what a page of a plan is made from beside the plan and its screening."""
    complaint = visit.answers.complaint
    return {
        "person": _head(visit),
        "frame": frame,
        "sites": complaint.sites if complaint else (),
        "techniques": technique_words(),
        "broken_limits": (),
        "phrases": {fact.id: fact.question for fact in knowledge().facts.values()},
    }


def _head(visit: Visit) -> PersonHead:
    facts = visit.screening.facts
    age, sex, first = facts.get("age_years"), facts.get("sex"), facts.get("first_session")
    return PersonHead(
        name=visit.details.name,
        birth_date=visit.details.birth_date or None,
        age_years=age.value if age and isinstance(age.value, Interval) else None,
        sex=str(sex.value) if sex else None,
        session="first session" if first and first.value is True else None,
        clinic=visit.scope.clinic.name,
    )


def technique_words() -> dict[Technique, TechniqueWords]:
    """Return the name of every technique with its usual dose and hard stop."""
    return {t: _words(table) for t, table in knowledge().techniques.items()}


def _words(table: TechniqueTable) -> TechniqueWords:
    usual = table.columns[DoseClass.USUAL]
    assert usual is not None
    return TechniqueWords(table.file.name, _dose(usual), _dose(table.hard_stop))


def _dose(caps: Caps) -> Dose:
    return Dose(caps.suction_kpa, caps.retention_min, caps.cups or 0, caps.repetitions)


def kind_of(drafted: Drafted) -> str:
    """Return what a plan is: proposed, changed, or accepted."""
    if drafted.accepted is not None and not drafted.is_editing:
        return "Accepted plan"
    return "Proposed plan" if drafted.state.cupping is None else "Plan, changed by hand"


def _takeable(visit: Visit, plan: Plan) -> set[Technique]:
    """The techniques that may be taken in place of the plan's: allowed, offered, with cups."""
    case = case_of(visit.screening, visit.answers, knowledge(), library())
    return set(usable(case)) - {plan.technique}


def _steppers(plan: Plan, screening: Screening, cells: Sequence[DoseCell]) -> tuple[Stepper, ...]:
    if plan.technique is None or plan.dose is None:
        return ()
    limits = screening.techniques[plan.technique].limits
    return tuple(_stepper(plan, limits, cell) for cell in cells)


def _stepper(plan: Plan, limits: Limits, cell: DoseCell) -> Stepper:
    name = cell.quantity
    value: float = getattr(plan.dose, name)
    limit: float | None = getattr(limits, name)
    step, least = STEPS[name], LEAST[name]
    below = max(least, value - step)
    above = value + step if limit is None else min(limit, value + step)
    moving_cups = name == "cups" and plan.technique is Technique.MOVING
    return Stepper(
        name,
        cell.label,
        cell.note,
        f"−{cell.value}" if name == "suction_kpa" else cell.value,
        cell.unit,
        cell.filled,
        cell.tick,
        cell.limit,
        cell.bounds,
        f"{below:g}" if below < value else None,
        f"{above:g}" if above > value else None,
        not moving_cups,
        limit is not None and value > limit,
    )


def is_movable(plan: Plan, screening: Screening, quantity: str) -> bool:
    """Whether the limit of a number lies below the hard stop today."""
    if plan.technique is None or plan.technique is Technique.MOVING:
        return False
    limit = getattr(screening.techniques[plan.technique].limits, quantity)
    stop = getattr(knowledge().techniques[plan.technique].hard_stop, quantity)
    return quantity in OVERRIDABLE and None not in (limit, stop) and limit < stop


def _beyond(
    plan: Plan,
    screening: Screening,
    cell: DoseCell,
    cards: Mapping[str, Shown],
    typed: Typed,
    opened: frozenset[str],
) -> Beyond:
    """The form that goes beyond one limit; ``cards`` are the plan's findings by rule."""
    assert plan.technique is not None
    name, limits = cell.quantity, screening.techniques[plan.technique].limits
    limit = getattr(limits, name)
    stop = getattr(knowledge().techniques[plan.technique].hard_stop, name)
    mine = typed if typed.quantity == name else Typed()
    return Beyond(
        name,
        cell.label,
        UNITS[name],
        f"{cell.label}: go beyond today’s limit of {limit:g}",
        f"Only this number moves, and only up to the hard stop of {stop:g}. "
        "The decision, the closed places and suction × time stay as they are.",
        f"{limit + 1:g}",
        f"{stop:g}",
        mine.wanted or f"{min(stop, limit + STEPS[name]):g}",
        mine.reason,
        mine.sentence,
        tuple((cards[rule], rule in opened) for rule, _ in limits.by.get(name, ())),
        mine.quantity == name,
    )


def overrides_of(drafted: Drafted) -> list[dict[str, str]]:
    """Return the overrides that count for the plan as it stands."""
    found = [drafted.override_of(needed) for needed in drafted.revised.overrides_needed]
    return [
        {
            "lead": f"{one.wanted:g} in place of at most {one.limit:g} {UNITS[one.quantity]}.",
            "reason": REASON_WORDS[one.reason],
            "sentence": one.sentence,
            "by": f"{one.by}, {written.day(one.at)}",
        }
        for one in found
        if one is not None
    ]


def _cup_forms(placements: Sequence[Placement], chosen: str) -> list[CupForm]:
    return [
        CupForm(
            number,
            f"{cup.level}, {cup.lateral_mm:g} mm {cup.side}, {cup.inner_diameter_mm:g} mm inside",
            f"{cup.inner_diameter_mm:g}",
            str(number) == chosen,
        )
        for number, cup in enumerate(placements, start=1)
    ]


def _sizes(visit: Visit) -> list[str]:
    cups = visit.answers.cups or ()
    return [f"{size:g}" for size in sorted({cup.inner_diameter_mm for cup in cups}, reverse=True)]


def _two(drafted: Drafted) -> list[dict[str, Any]]:
    return [
        {
            "id": step.id,
            "by": step.author,
            "said": step.body["said"],
            "at": step.at,
            "lines": plan_lines(drafted.state_of(step)),
        }
        for step in drafted.heads
    ]


def plan_lines(state: State) -> list[str]:
    """Return technique, dose and cups in lines of words."""
    if state.cupping is None:
        return ["As proposed by the program"]
    dose = state.cupping.dose
    numbers = (
        ("suction", dose.suction_kpa, "kPa"),
        ("time on", dose.retention_min, "min"),
        ("repetitions", dose.repetitions, ""),
    )
    words = [f"{name} {value:g} {unit}".strip() for name, value, unit in numbers if value]
    return [
        f"{state.cupping.technique.replace('_', ' ')}: {', '.join(words)}",
        *(
            f"{n}: {cup.level}, {cup.lateral_mm:g} mm {cup.side}"
            for n, cup in enumerate(state.cupping.placements, start=1)
        ),
    ]


GRAVITY = ("modify", "routine", "refer", "avoid", "urgent", "emergency")
"""What an answer could still bring, from the mildest to the gravest."""


def _open(asks: Sequence[Ask]) -> dict[str, Any]:
    """What the open questions could bring, all of them and those folded away."""
    more = asks[6:]
    return {"gravest": _gravest(asks), "more_asks": more, "gravest_more": _gravest(more)}


def _gravest(asks: Sequence[Ask]) -> Tag | None:
    """The gravest that an open question could bring; ``None`` = only limits hang on them."""
    could = [c.possible for ask in asks for c in ask.could]
    named = [tag for tag in could if _gravity(tag) in GRAVITY]
    return max(named, key=lambda tag: GRAVITY.index(_gravity(tag)), default=None)


def _gravity(tag: Tag) -> str:
    return tag.icon.rpartition("-")[2]


def _gone(visit: Visit) -> list[str]:
    """What was answered to questions that the knowledge at hand no longer asks, or not so."""
    facts = knowledge().facts
    ids = [entry.field.partition(":")[2] for entry in visit.assessed.gone]
    return [facts[id].question if id in facts else id.replace("_", " ") for id in ids]


def _standing(drafted: Drafted) -> Told | None:
    problems = drafted.problems
    if not problems or not drafted.is_editing:
        return None
    return Told("bad", "This plan cannot be accepted yet.", "", problems)


def _accepted(drafted: Drafted) -> dict[str, Any]:
    """Who accepted what, and whether it still holds for whoever treats now."""
    accepted, decided = drafted.accepted, drafted.decided
    if accepted is None or decided is None:
        return {"accepted": None}
    now = summary(write_screening(drafted.visit.screening))
    lines = changed_lines(summary(decided.body["screening"]), now)
    problems = () if drafted.is_editing else drafted.problems
    who = "for you" if accepted.author_id != drafted.visit.scope.membership.id else "again"
    if problems:
        text = "It no longer passes: it must be changed and accepted anew."
    elif drafted.is_editing:
        # Whether the plan as it is now passes stands above it, beside the reasons.
        text = "It is being changed. What is different since it was accepted:"
    else:
        text = "It still passes. What is different since it was accepted:"
    return {
        "accepted": accepted,
        "decided_with": decided.body["knowledge_version"],
        "decided_id": decided.id,
        "again": {
            "lead": f"Screened {who}.",
            "text": text,
            "lines": lines,
            "problems": problems,
        },
    }


def unplanned_context(drafted: Drafted, why: str) -> dict[str, Any]:
    """Return the context of a visit that cannot be planned yet, with what is urgent said first."""
    visit = drafted.visit
    urgency = urgency_line(visit.screening)
    return {
        **person_of(visit.scope, visit.patient),
        "tab": "plan",
        "visit": visit,
        "urgency": urgency,
        "why": why.partition(": ")[2] or why,
    }
